import type { JournalEntry } from '../../hack/bench/aws/journal.ts';

/** Reads again only what may have been written since it was last read, by whomever: all writes go through the gateway. */
export interface Unwritten {
  read<T>(of: Asked, read: () => Promise<T>): Promise<T>;
}

export interface Asked {
  readonly service: string;
  /** Of one resource. */
  readonly name?: string;
  /** Without a name: what of all that the service has, which others may write too, as EKS makes roles. */
  readonly what?: string;
}

/** They write to no other service. */
const KEEP_TO_THEMSELVES = new Set(['kms', 's3', 'sns', 'sqs']);

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

  function isWritten({ service, name }: Asked, at: number): boolean {
    const [first] = gateway.journal;
    // Everything was emptied.
    if (first === undefined || first.id > at + 1) return true;
    return gateway.journalSince(at).some(entry => {
      if (!entry.mutating) return false;
      if (name === undefined) return entry.service === service || !KEEP_TO_THEMSELVES.has(entry.service);
      return entry.service === service && (entry.resource === '' || entry.resource.includes(name));
    });
  }

  return {
    async read<T>(of: Asked, read: () => Promise<T>): Promise<T> {
      const key = JSON.stringify([of.service, of.name, of.what]);
      const known = answers.get(key);
      if (known !== undefined && !isWritten(of, known.at)) return known.value as T;
      const at = gateway.journal.at(-1)?.id ?? 0;
      const value = await read();
      answers.set(key, { at, value });
      return value;
    },
  };
}

/** For a gateway in another process, whose writes nobody tells us. */
export const alwaysRead: Unwritten = { read: (_, read) => read() };
