import type { JournalEntry } from '../../hack/bench/aws/journal.ts';

/** Reads again only what may have been written since it was last read, by whomever: all writes go through the gateway. */
export interface Unwritten {
  /** `name`: of one resource; absent: whatever the service has. */
  read<T>(of: { readonly service: string; readonly name?: string }, read: () => Promise<T>): Promise<T>;
}

interface Answer {
  /** The newest entry of the journal when it was asked for. */
  readonly at: number;
  readonly value: unknown;
}

export interface Journaled {
  readonly journal: readonly JournalEntry[];
  journalSince(id: number): readonly JournalEntry[];
}

export function createUnwritten(gateway: Journaled): Unwritten {
  const answers = new Map<string, Answer>();

  function isWritten(service: string, name: string | undefined, at: number): boolean {
    const [first] = gateway.journal;
    // Everything was emptied.
    if (first === undefined || first.id > at + 1) return true;
    return gateway.journalSince(at).some(entry => {
      if (!entry.mutating || entry.service !== service) return false;
      return name === undefined || entry.resource === '' || entry.resource.includes(name);
    });
  }

  return {
    async read<T>({ service, name }: { service: string; name?: string }, read: () => Promise<T>): Promise<T> {
      const key = `${service} ${name ?? ''}`;
      const known = answers.get(key);
      if (known !== undefined && !isWritten(service, name, known.at)) return known.value as T;
      const at = gateway.journal.at(-1)?.id ?? 0;
      const value = await read();
      answers.set(key, { at, value });
      return value;
    },
  };
}

/** For a gateway in another process, whose writes nobody tells us. */
export const alwaysRead: Unwritten = { read: (_, read) => read() };
