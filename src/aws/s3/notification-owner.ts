import type { NotificationConfiguration } from '@aws-sdk/client-s3';
import { sameNotifications } from './same.ts';

// Amazon S3 API Reference, PutBucketNotificationConfiguration: Id.
const LONGEST_ID = 255;
const OWN_ID = /^opta-\d+-/;

/** By which an entry is known as ours: S3 keeps it as it was written. */
export function notificationId(index: number, destination: string): string {
  return `opta-${index}-${destination}`.slice(0, LONGEST_ID);
}

type Entry =
  | NonNullable<NotificationConfiguration['QueueConfigurations']>[number]
  | NonNullable<NotificationConfiguration['TopicConfigurations']>[number]
  | NonNullable<NotificationConfiguration['LambdaFunctionConfigurations']>[number];

function isOurs({ Id }: Entry): boolean {
  return Id !== undefined && OWN_ID.test(Id);
}

/** What of a bucket's configuration is ours; undefined where nothing is. */
export function ownOf(all: NotificationConfiguration): NotificationConfiguration | undefined {
  const { QueueConfigurations: queues = [], TopicConfigurations: topics = [] } = all;
  const own = ofSorts(queues.filter(isOurs), topics.filter(isOurs));
  return Object.keys(own).length === 0 ? undefined : own;
}

/** What others set, to be written back: functions, delivery to EventBridge, and queues and topics with other Ids. */
export function othersOf(all: NotificationConfiguration): NotificationConfiguration {
  const { QueueConfigurations: queues = [], TopicConfigurations: topics = [] } = all;
  const { EventBridgeConfiguration, LambdaFunctionConfigurations } = all;
  const foreign = <E extends Entry>(entries: readonly E[]) => entries.filter(one => !isOurs(one));
  return {
    ...(EventBridgeConfiguration === undefined ? {} : { EventBridgeConfiguration }),
    ...(LambdaFunctionConfigurations === undefined ? {} : { LambdaFunctionConfigurations }),
    ...ofSorts(foreign(queues), foreign(topics)),
  };
}

/** What of others stands beside ours: S3 does not take one entry under two Ids, and no event is lost where ours says the same. */
export function beside(
  ours: NotificationConfiguration,
  others: NotificationConfiguration,
): NotificationConfiguration {
  const { QueueConfigurations: queues = [], TopicConfigurations: topics = [], ...rest } = others;
  const isElse = (entry: Entry) => !entriesOf(ours).some(one => saysSame(one, entry));
  return { ...rest, ...ofSorts(queues.filter(isElse), topics.filter(isElse)) };
}

function saysSame(a: Entry, b: Entry): boolean {
  const [one, other] = [a, b].map(({ Id: _, ...entry }) => ({ QueueConfigurations: [entry] }));
  return sameNotifications(one, other);
}

export function together(
  others: NotificationConfiguration,
  ours: NotificationConfiguration,
): NotificationConfiguration {
  const sorts = [others, ours];
  return {
    ...others,
    ...ofSorts(
      sorts.flatMap(one => one.QueueConfigurations ?? []),
      sorts.flatMap(one => one.TopicConfigurations ?? []),
    ),
  };
}

function ofSorts(
  queues: NonNullable<NotificationConfiguration['QueueConfigurations']>,
  topics: NonNullable<NotificationConfiguration['TopicConfigurations']>,
): NotificationConfiguration {
  return {
    ...(queues.length === 0 ? {} : { QueueConfigurations: queues }),
    ...(topics.length === 0 ? {} : { TopicConfigurations: topics }),
  };
}

function entriesOf(all: NotificationConfiguration): readonly Entry[] {
  const { QueueConfigurations = [], TopicConfigurations = [], LambdaFunctionConfigurations = [] } = all;
  return [...QueueConfigurations, ...TopicConfigurations, ...LambdaFunctionConfigurations];
}

function destinationOf(entry: Entry): string {
  if ('QueueArn' in entry) return entry.QueueArn ?? '';
  if ('TopicArn' in entry) return entry.TopicArn ?? '';
  return 'LambdaFunctionArn' in entry ? (entry.LambdaFunctionArn ?? '') : '';
}

/** For messages; each destination once. */
export function destinationsIn(all: NotificationConfiguration): string {
  return [...new Set(entriesOf(all).map(destinationOf))].join(', ');
}

/** The entries of others that S3 takes for the same events of the same keys as one of ours, for messages. */
export function overlapsWith(others: NotificationConfiguration, ours: NotificationConfiguration): string {
  return entriesOf(others)
    .filter(one => entriesOf(ours).some(other => overlap(one, other) !== undefined))
    .map(one => `${one.Id ?? ''} to ${destinationOf(one)}`)
    .join(', ');
}

/**
 * The event that both would tell of for the same keys, which S3 does not take. Amazon S3 User Guide, "Configuring
 * notifications with object key name filtering".
 */
export function overlap(
  a: Pick<Entry, 'Events' | 'Filter'>,
  b: Pick<Entry, 'Events' | 'Filter'>,
): string | undefined {
  const [one, other] = [filterOf(a), filterOf(b)];
  const prefixes = one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix);
  const suffixes = one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix);
  if (!prefixes || !suffixes) return undefined;
  const [mine, theirs] = [a.Events ?? [], b.Events ?? []];
  return mine.find(x => theirs.some(y => covers(y, x))) ?? theirs.find(y => mine.some(x => covers(x, y)));
}

function filterOf({ Filter }: Pick<Entry, 'Filter'>) {
  const value = (name: string) =>
    Filter?.Key?.FilterRules?.find(rule => rule.Name?.toLowerCase() === name)?.Value ?? '';
  return { prefix: value('prefix'), suffix: value('suffix') };
}

function covers(pattern: string, event: string): boolean {
  return pattern === event || (pattern.endsWith('*') && event.startsWith(pattern.slice(0, -1)));
}
