import { observationKey } from './observation.ts';

/**
 * What this process knows besides the status: only times that make it more patient. Losing it (a restart) costs a
 * longer wait or a repeated write of the same value, never a wrong one.
 */
export interface Memory {
  firstSeen(node: string, epoch: number, attempt: string): number;
  wrote(node: string, epoch: number, fields: readonly string[]): void;
  lastWritten(node: string, epoch: number, field: string): number | undefined;
  removed(node: string, epoch: number): void;
  wasRemoved(node: string, epoch: number): boolean;
}

export function createMemory(now: () => number): Memory {
  const firstSeen = new Map<string, number>();
  const written = new Map<string, number>();
  const removed = new Set<string>();
  return {
    firstSeen(node, epoch, attempt) {
      const key = `${observationKey(node, epoch)}#${attempt}`;
      const seen = firstSeen.get(key) ?? now();
      firstSeen.set(key, seen);
      return seen;
    },
    wrote(node, epoch, fields) {
      for (const field of fields) written.set(`${observationKey(node, epoch)}.${field}`, now());
    },
    lastWritten: (node, epoch, field) => written.get(`${observationKey(node, epoch)}.${field}`),
    removed: (node, epoch) => void removed.add(observationKey(node, epoch)),
    wasRemoved: (node, epoch) => removed.has(observationKey(node, epoch)),
  };
}
