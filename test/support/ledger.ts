import type { JournalEntry } from '../../hack/bench/aws/journal.ts';

/** Calls that make a thing, and those that take one away; each may take effect once for a thing of a story. */
const COUNTED = new Set([
  'CreateKey',
  'CreateAlias',
  'CreateQueue',
  'CreateTopic',
  'Subscribe',
  'CreateBucket',
  'CreateRole',
  'ScheduleKeyDeletion',
  'DeleteAlias',
  'DeleteQueue',
  'DeleteTopic',
  'Unsubscribe',
  'DeleteBucket',
  'DeleteRole',
]);

/** Of networks, clusters and domains; what they are made of differs too much in its names. */
const PARTS = new Set(['ec2', 'eks', 'logs', 'route53', 'acm', 'iam']);
const MAKES_OR_TAKES = /^(Create|Allocate|Request|Delete|Release)(?!.*(Tag|Route$|RolePolicy|Version))/;

/** How often each thing was made and taken away: `CreateQueue test-dev-shop-orders-abc123` to 1. */
export type Ledger = Readonly<Record<string, number>>;

export function ledgerOf(journal: readonly JournalEntry[]): Ledger {
  const counts: Record<string, number> = {};
  for (const entry of journal) {
    // What a person does by hand is part of the story.
    if (entry.observer === true || !isCounted(entry) || !tookEffect(entry)) continue;
    const what = `${entry.operation} ${thingOf(entry)}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

function isCounted({ service, operation, resource }: JournalEntry): boolean {
  // EKS makes it again for logs that come late: it goes as often as it comes, and the audit sees that none is left.
  if (operation === 'DeleteLogGroup' && resource.startsWith('/aws/eks/')) return false;
  return COUNTED.has(operation) || (PARTS.has(service) && MAKES_OR_TAKES.test(operation));
}

/** Also where its answer never came. */
function tookEffect({ status, lost }: JournalEntry): boolean {
  return [200, 201, 204].includes(lost ?? status);
}

/** Ids that AWS made differ from run to run. */
function thingOf({ service, operation, resource, tags }: JournalEntry): string {
  if (service === 'ec2' || service === 'acm' || service === 'route53')
    return [tags?.['opta.dev/node'] ?? '', tags?.['opta.dev/epoch'] ?? ''].join(' ').trim();
  if (operation === 'CreateKey') return `${tags?.['opta.dev/kind']} ${tags?.['opta.dev/name']}`;
  return operation === 'ScheduleKeyDeletion' || operation === 'Unsubscribe'
    ? ''
    : resource.replace(/[0-9A-F]{32}$|\ba-[0-9a-f]{17}$/, '');
}

/** Lines for what was done more or less often than before. */
export function ledgerDifference(expected: Ledger, actual: Ledger): readonly string[] {
  const all = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...all].flatMap(what => {
    const [before, now] = [expected[what] ?? 0, actual[what] ?? 0];
    return before === now ? [] : [`${what}: ${before} times undisturbed, now ${now}`];
  });
}
