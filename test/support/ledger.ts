import type { JournalEntry } from '../../hack/bench/aws/journal.ts';

/** Calls that make a thing, and those that take one away; each may take effect once for a thing of a story. */
const COUNTED = new Set([
  'CreateKey',
  'CreateAlias',
  'CreateQueue',
  'CreateTopic',
  'Subscribe',
  'CreateBucket',
  'ScheduleKeyDeletion',
  'DeleteAlias',
  'DeleteQueue',
  'DeleteTopic',
  'Unsubscribe',
  'DeleteBucket',
]);

/** How often each thing was made and taken away: `CreateQueue test-dev-shop-orders-abc123` to 1. */
export type Ledger = Readonly<Record<string, number>>;

export function ledgerOf(journal: readonly JournalEntry[]): Ledger {
  const counts: Record<string, number> = {};
  for (const entry of journal) {
    // What a person does by hand is part of the story.
    if (entry.observer === true || !COUNTED.has(entry.operation) || !tookEffect(entry)) continue;
    const what = `${entry.operation} ${thingOf(entry)}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

/** Also where its answer never came. */
function tookEffect({ status, lost }: JournalEntry): boolean {
  return [200, 204].includes(lost ?? status);
}

/** Ids that AWS made differ from run to run. */
function thingOf({ operation, resource, tags }: JournalEntry): string {
  if (operation === 'CreateKey') return `${tags?.['opta.dev/kind']} ${tags?.['opta.dev/name']}`;
  return operation === 'ScheduleKeyDeletion' || operation === 'Unsubscribe' ? '' : resource;
}

/** Lines for what was done more or less often than before. */
export function ledgerDifference(expected: Ledger, actual: Ledger): readonly string[] {
  const all = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...all].flatMap(what => {
    const [before, now] = [expected[what] ?? 0, actual[what] ?? 0];
    return before === now ? [] : [`${what}: ${before} times undisturbed, now ${now}`];
  });
}
