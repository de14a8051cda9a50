import { DescribeLogGroupsCommand, type LogGroup } from '@aws-sdk/client-cloudwatch-logs';
import type { Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { listed, noteWrite } from '../whole.ts';

// Amazon CloudWatch Logs API Reference names no time for its control plane but the five minutes in which a key takes effect,
// which reads do not show.
export const LOGS_SETTLE_MS = 60_000;

const KEY = 'logs/log-groups';
// Amazon CloudWatch Logs API Reference, DescribeLogGroups: logGroupIdentifiers, at most 50; a page has as many unless told.
const PAGE = 50;

interface ListedGroup {
  readonly group: LogGroup;
  readonly tags: Tags;
}

/** Undefined: it is to be read by itself. */
export async function listedGroup(scope: AwsScope, name: string): Promise<ListedGroup | undefined> {
  const groups = { key: KEY, settleMs: LOGS_SETTLE_MS, read: () => read(scope) };
  return (await listed(scope.listings, groups, name))?.get(name);
}

export function noteLogGroupWrite({ listings }: AwsScope, name: string): void {
  noteWrite(listings, { key: KEY }, name);
}

/** The tagging API tells which are ours; what they are is asked for 50 at a time. */
async function read({ logs, tagged }: AwsScope) {
  const tags = new Map<string, Tags>();
  for (const [arn, of] of await tagged.list('logs:log-group', 'fresh')) tags.set(nameIn(arn), of);
  const names = [...tags.keys()];
  const items = new Map<string, ListedGroup>();
  let pages = 0;
  for (let from = 0; from < names.length; from += PAGE) {
    const logGroupIdentifiers = names.slice(from, from + PAGE);
    // Tags are shown of what is no more; whether that refuses the others is not said. Beside names there may be no limit.
    const page = await orAbsent(logs.send(new DescribeLogGroupsCommand({ logGroupIdentifiers })));
    pages += 1;
    for (const group of page?.logGroups ?? []) {
      const { logGroupName: name = '' } = group;
      const of = tags.get(name);
      if (of !== undefined) items.set(name, { group, tags: of });
    }
  }
  return { items, pages, singles: 2 * names.length };
}

function nameIn(arn: string): string {
  return arn.replace(/^.*:log-group:/, '').replace(/:\*$/, '');
}
