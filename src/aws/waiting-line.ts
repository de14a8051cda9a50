import { LANES, type Lane, TURNS, type Waiting } from './lane.ts';

/** Calls that wait for one rate: lanes by turns, so that none starves, and within a lane flows by turns. */
export interface WaitingLine {
  readonly length: number;
  /** The returned function takes it out, before its turn. */
  add(who: Waiting, go: () => void): () => void;
  /** Takes out whose turn it is. */
  next(): (() => void) | undefined;
}

/** Flows in the order of their turns; one that was served goes to the end. */
type Queue = Map<string, (() => void)[]>;

export function createWaitingLine(): WaitingLine {
  const queues: Readonly<Record<Lane, Queue>> = { delete: new Map(), change: new Map(), drift: new Map() };
  let length = 0;
  let turn = 0;

  function laneOfTurn(): Lane | undefined {
    const lane = TURNS[turn++ % TURNS.length];
    if (lane !== undefined && queues[lane].size > 0) return lane;
    return LANES.find(one => queues[one].size > 0);
  }

  function leave({ lane, flow }: Waiting, go: () => void): void {
    const queue = queues[lane].get(flow);
    const at = queue?.indexOf(go) ?? -1;
    if (queue === undefined || at < 0) return;
    queue.splice(at, 1);
    length -= 1;
    if (queue.length === 0) queues[lane].delete(flow);
  }

  return {
    get length() {
      return length;
    },
    add(who, go) {
      const { lane, flow } = who;
      const queue = queues[lane].get(flow);
      if (queue === undefined) queues[lane].set(flow, [go]);
      else queue.push(go);
      length += 1;
      return () => leave(who, go);
    },
    next() {
      const lane = laneOfTurn();
      if (lane === undefined) return undefined;
      for (const [flow, queue] of queues[lane]) {
        const go = queue.shift();
        queues[lane].delete(flow);
        if (queue.length > 0) queues[lane].set(flow, queue);
        length -= 1;
        return go;
      }
      return undefined;
    },
  };
}
