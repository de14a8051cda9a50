import {
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import { asCloudError, CloudError } from '../../engine/errors.ts';
import { tagsOfParent } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import { dropped } from '../attributes.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { onceVisible } from '../existing.ts';
import { sameJson } from '../policy.ts';
import { replacing } from '../replacing.ts';
import type { AwsScope } from '../scope.ts';
import { isAlreadyThere, readTopicTags } from './topic.ts';

export interface SubscriptionDesired {
  readonly topicArn: string;
  readonly queueArn: string;
  /** By SNS's own attribute names and texts. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface SubscriptionState {
  readonly topicArn: string;
  readonly queueArn: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The natural key: what is delivered, and where to. */
export function subscriptionName(topicArn: string, queueArn: string): string {
  return `${topicArn} ${queueArn}`;
}

const FILTER = ['FilterPolicy', 'FilterPolicyScope'];
const RAW = 'RawMessageDelivery';
// Amazon SNS Developer Guide, "Filter policy constraints": up to 15 minutes to take effect; reads show it at once.
const SETTLE_MS = 60_000;

/** A queue's subscription to a topic. It has no tags: it belongs to whom the topic belongs to. */
export const subscriptionAdaptor: AwsAdaptor<SubscriptionDesired, SubscriptionState> = {
  type: 'sns/subscription',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  // Until it does, messages go to a queue that the Queue has left.
  movesFreely: true,
  settleMs: SETTLE_MS,
  optionalKeys: desired => [...FILTER, RAW].filter(key => desired.attributes[key] !== undefined),
  // Who reads the queue knows messages in one form: what others subscribed goes on in theirs.
  keysOfMade: [RAW],
  find: (scope, identity, { desired }) => find(scope, identity, desired),
  diff,
  async create(scope, _identity, desired) {
    const { topicArn, queueArn, attributes } = desired;
    try {
      const command = new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'sqs',
        Endpoint: queueArn,
        // An empty filter is none, and takes one away only where there is one.
        Attributes: withoutEmpty(attributes),
        ReturnSubscriptionArn: true,
      });
      const answer = await onceVisible(`topic ${topicArn}`, scope.sns.send(command));
      const arn = answered(answer.SubscriptionArn, 'SNS Subscribe', 'an ARN');
      return foundOf(arn, topicArn, queueArn, attributes);
    } catch (error) {
      if (!isAlreadyThere(error)) throw error;
      // Amazon SNS API Reference, Subscribe: made before, with other attributes; they are changed by an update.
      const existing = await findBetween(scope, topicArn, queueArn);
      if (existing !== undefined) return existing;
      throw new CloudError('NotYet', `the subscription of ${queueArn} exists and SNS does not show it yet`, {
        cause: error,
      });
    }
  },
  async update(scope, found, desired, changes) {
    const attributes: Record<string, string> = { ...found.state.attributes };
    const fields = inOrder(changes, desired);
    for (const field of fields) {
      const value = desired.attributes[field] ?? DEFAULTS[field] ?? '';
      try {
        await set(scope, found.id, field, value);
      } catch (error) {
        if (
          field === 'FilterPolicy' &&
          attributes.FilterPolicyScope !== found.state.attributes.FilterPolicyScope
        )
          await setScopeBack(scope, found, error);
        throw error;
      }
      attributes[field] = value;
    }
    return { ...found, state: { ...found.state, attributes } };
  },
  async remove(scope, found) {
    await scope.sns.send(new UnsubscribeCommand({ SubscriptionArn: found.id }));
  },
  readiness(state) {
    if (state.attributes.PendingConfirmation !== 'true') return { is: 'ready' };
    return { is: 'in progress', message: 'the subscription waits for confirmation', againInMs: 15_000 };
  },
};

/** AWS's own values, for what the spec no longer names (Amazon SNS API Reference, SetSubscriptionAttributes). */
const DEFAULTS: Readonly<Record<string, string>> = {
  FilterPolicy: '{}',
  FilterPolicyScope: 'MessageAttributes',
  [RAW]: 'false',
};

function withoutEmpty(attributes: SubscriptionDesired['attributes']): Record<string, string> {
  const { FilterPolicy, ...others } = attributes;
  if (FilterPolicy === undefined || FilterPolicy === DEFAULTS.FilterPolicy) return others;
  return { ...others, FilterPolicy };
}

async function set(
  { sns }: AwsScope,
  SubscriptionArn: string,
  AttributeName: string,
  AttributeValue: string,
): Promise<void> {
  const command = new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue });
  await onceVisible(`subscription ${SubscriptionArn}`, sns.send(command));
}

/** The filter that stays was written for the scope of before: of the other one it matches nothing, and messages are lost. */
async function setScopeBack(
  scope: AwsScope,
  { id, state }: Found<SubscriptionState>,
  error: unknown,
): Promise<void> {
  // Where no answer came the new filter may be there.
  if (!(error instanceof CloudError) || !error.refused) return;
  const before = state.attributes.FilterPolicyScope ?? DEFAULTS.FilterPolicyScope ?? '';
  await set(scope, id, 'FilterPolicyScope', before).catch((failed: unknown) => {
    const { class: of, code, message } = error;
    const left = `FilterPolicyScope could not be set back to ${before}, so messages may be lost until the filter is mended`;
    throw new CloudError(of, `${message}; ${left}: ${asCloudError(failed).message}`, { code, cause: error });
  });
}

/**
 * A nested filter is refused while the scope is the attributes (Amazon SNS Developer Guide, "Subscription filter policy
 * scope"): the scope goes first to the body, with the filter next, and last back to the attributes. What no filter is about goes
 * before, or a refused filter would hold it up.
 */
function inOrder(changes: readonly Change[], desired: SubscriptionDesired): readonly string[] {
  const fields = changes.map(change => change.field);
  const filter = fields.filter(field => field === 'FilterPolicy');
  const others = fields.filter(field => !FILTER.includes(field));
  if (!fields.includes('FilterPolicyScope')) return [...others, ...filter];
  return desired.attributes.FilterPolicyScope === 'MessageBody'
    ? [...others, 'FilterPolicyScope', ...filter]
    : [...others, ...filter, 'FilterPolicyScope'];
}

async function find(
  scope: AwsScope,
  identity: Identity,
  desired: SubscriptionDesired | undefined,
): Promise<readonly Found<SubscriptionState>[]> {
  const [topicArn, queueArn] = (identity.name ?? '').split(' ');
  if (topicArn === undefined || queueArn === undefined) return [];
  // An id that leads to another topic or queue is not this subscription, whatever the status says.
  const recorded = identity.id && (await read(scope, identity.id, topicArn, queueArn));
  const found = recorded || (await findBetween(scope, topicArn, queueArn));
  if (found === undefined) return [];
  if (desired?.topicArn === topicArn && desired.queueArn === queueArn) return [found];
  // The ends are those of a status, which proves nothing: the topic's tags do.
  const tags = (await readTopicTags(scope, topicArn)) ?? {};
  return [{ ...found, tags: tagsOfParent(tags, identity.node) }];
}

async function findBetween(
  scope: AwsScope,
  topicArn: string,
  queueArn: string,
): Promise<Found<SubscriptionState> | undefined> {
  const arn = await arnOf(scope, topicArn, queueArn);
  return arn === undefined ? undefined : read(scope, arn, topicArn, queueArn);
}

async function read(
  scope: AwsScope,
  arn: string,
  topicArn: string,
  queueArn: string,
): Promise<Found<SubscriptionState> | undefined> {
  const answer = await orAbsent(
    scope.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn })),
  );
  const attributes = answer?.Attributes;
  if (attributes?.TopicArn !== topicArn || attributes.Endpoint !== queueArn) return undefined;
  return foundOf(arn, topicArn, queueArn, attributes);
}

async function arnOf(scope: AwsScope, TopicArn: string, queueArn: string): Promise<string | undefined> {
  let NextToken: string | undefined;
  do {
    const page = await orAbsent(scope.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken })));
    const mine = page?.Subscriptions?.find(one => one.Protocol === 'sqs' && one.Endpoint === queueArn);
    // `PendingConfirmation` and `Deleted` stand where there is no ARN (yet, or any more).
    if (mine?.SubscriptionArn?.startsWith('arn:')) return mine.SubscriptionArn;
    NextToken = page?.NextToken;
  } while (NextToken !== undefined);
  return undefined;
}

function foundOf(
  arn: string,
  topicArn: string,
  queueArn: string,
  attributes: Readonly<Record<string, string>>,
): Found<SubscriptionState> {
  return {
    id: arn,
    arn,
    name: subscriptionName(topicArn, queueArn),
    tags: 'inherited',
    state: { topicArn, queueArn, attributes },
  };
}

function diff(
  desired: SubscriptionDesired,
  state: SubscriptionState,
  recorded: readonly string[],
): readonly Change[] {
  // A Queue or Topic that was made anew under another name: deliveries would go on to the one before.
  const changes = replacing(['topicArn', 'queueArn'], desired, state);
  const ours = recorded.includes(RAW) ? { [RAW]: 'false' } : {};
  for (const [field, to] of Object.entries({ ...ours, ...desired.attributes })) {
    const from = state.attributes[field];
    const shown = from ?? DEFAULTS[field];
    const same = field === 'FilterPolicy' ? sameJson(shown, to) : shown === to;
    if (!same) changes.push({ field, from, to, risk: 'Low' });
  }
  const of = { desired: desired.attributes, shown: state.attributes, recorded };
  return [...changes, ...dropped(FILTER, of, DEFAULTS)];
}
