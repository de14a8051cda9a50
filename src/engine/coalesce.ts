/**
 * What many ask for at once: of a key one run at a time, and who asks while it is under way shares the next, which begins when
 * that has ended. So every answer is of a time after the question.
 */
export type Coalesced<T> = (key: string, run: () => Promise<T>) => Promise<T>;

interface Turn<T> {
  hasBegun: boolean;
  readonly result: Promise<T>;
}

export function coalesced<T>(): Coalesced<T> {
  /** The last of each key: under way, or waiting for the one before. */
  const turns = new Map<string, Turn<T>>();

  return (key, run) => {
    const before = turns.get(key);
    if (before?.hasBegun === false) return before.result;
    function begin(): Promise<T> {
      turn.hasBegun = true;
      return run();
    }
    function end(): void {
      if (turns.get(key) === turn) turns.delete(key);
    }
    const turn: Turn<T> =
      before === undefined
        ? { hasBegun: true, result: run() }
        : { hasBegun: false, result: before.result.then(begin, begin) };
    turns.set(key, turn);
    turn.result.then(end, end);
    return turn.result;
  };
}
