import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import { nameOfArn, topicArn } from '../arn.ts';
import { dropped } from '../attributes.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { partByPart } from '../part-by-part.ts';
import { samePolicy } from '../policy.ts';
import { policyChange } from '../policy-change.ts';
import type { AwsScope } from '../scope.ts';

/** By SNS's own attribute names and texts; an attribute that is not named is left alone. */
export type TopicAttributes = Readonly<Record<string, string>>;

export interface TopicDesired {
  readonly attributes: TopicAttributes;
}

export interface TopicState {
  readonly attributes: TopicAttributes;
}

const OPTIONAL = ['DisplayName'];
// SNS publishes no figure; a minute is what SQS names for the same kind of attribute.
const SETTLE_MS = 60_000;

export const topicAdaptor: AwsAdaptor<TopicDesired, TopicState> = {
  type: 'sns/topic',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  settleMs: SETTLE_MS,
  optionalKeys: desired => OPTIONAL.filter(key => desired.attributes[key] !== undefined),
  find: (scope, identity) => find(scope, identity),
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  async update(scope, found, desired, changes) {
    const attributes: Record<string, string> = { ...found.state.attributes };
    await partByPart(
      changes,
      change => change.field,
      async ({ field }) => {
        const AttributeValue = desired.attributes[field] ?? '';
        await scope.sns.send(
          new SetTopicAttributesCommand({ TopicArn: found.id, AttributeName: field, AttributeValue }),
        );
        attributes[field] = AttributeValue;
      },
    );
    return { ...found, state: { attributes } };
  },
  async tag({ sns }, found, set, unset) {
    if (Object.keys(set).length > 0) {
      await sns.send(new TagResourceCommand({ ResourceArn: found.id, Tags: tagList(set) }));
    }
    if (unset.length > 0)
      await sns.send(new UntagResourceCommand({ ResourceArn: found.id, TagKeys: [...unset] }));
  },
  async remove(scope, found) {
    await scope.sns.send(new DeleteTopicCommand({ TopicArn: found.id }));
  },
  readiness: () => ({ is: 'ready' }),
};

async function find(scope: AwsScope, identity: Identity): Promise<readonly Found<TopicState>[]> {
  // A status can be written by others: the name says which topic it is, not the recorded ARN.
  const arn = identity.name === undefined ? identity.id : topicArn(scope, identity.name);
  if (arn === undefined) return [];
  const readAttributes = () => orAbsent(scope.sns.send(new GetTopicAttributesCommand({ TopicArn: arn })));
  // A topic that is on record is nearly always there; one that is looked for nearly never.
  const [attributes, tags] =
    identity.id === undefined
      ? await readAttributes().then(
          async one => [one, one === undefined ? undefined : await readTopicTags(scope, arn)] as const,
        )
      : await Promise.all([readAttributes(), readTopicTags(scope, arn)]);
  if (attributes === undefined || tags === undefined) return [];
  return [foundOf(arn, { ...attributes.Attributes }, tags)];
}

function foundOf(arn: string, attributes: TopicAttributes, tags: Tags): Found<TopicState> {
  return { id: arn, arn, name: nameOfArn(arn), tags, state: { attributes } };
}

function diff(desired: TopicDesired, state: TopicState, recorded: readonly string[]): readonly Change[] {
  const changes: Change[] = [];
  for (const [field, to] of Object.entries(desired.attributes)) {
    const from = state.attributes[field];
    const same =
      field === 'Policy'
        ? samePolicy(from, to)
        : (from ?? '') === to || (from === undefined && to === 'false');
    if (same) continue;
    const replace = field === 'FifoTopic' ? { replace: true } : {};
    const values = field === 'Policy' ? policyChange(from, to) : { from, to };
    changes.push({ field, ...values, risk: field === 'FifoTopic' ? 'High' : 'Low', ...replace });
  }
  const of = { desired: desired.attributes, shown: state.attributes, recorded };
  return [...changes, ...dropped(OPTIONAL, of)];
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: TopicDesired,
  tags: Tags,
): Promise<Found<TopicState>> {
  const Attributes = Object.fromEntries(
    Object.entries(desired.attributes).filter(([, value]) => value !== 'false' && value !== ''),
  );
  let made: string | undefined;
  try {
    const answer = await scope.sns.send(
      new CreateTopicCommand({ Name: identity.name, Attributes, Tags: tagList(tags) }),
    );
    made = answer.TopicArn;
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
    // Made with other tags or attributes before: ours of a lost answer, or somebody else's; its tags tell.
    const [existing] = await find(scope, { ...identity, id: undefined });
    if (existing !== undefined) return existing;
    throw new CloudError('NotYet', `topic ${identity.name} exists and SNS does not show it yet`, {
      cause: error,
    });
  }
  const arn = answered(made, 'SNS CreateTopic', 'an ARN');
  // A repeated create succeeds on somebody else's topic too: only its tags tell whose it is.
  const readBack = await readTopicTags(scope, arn);
  if (readBack === undefined || Object.keys(readBack).length === 0) {
    throw new CloudError('NotYet', `topic ${identity.name} does not show its tags yet`, {
      retryAfterMs: 1_000,
    });
  }
  return foundOf(arn, desired.attributes, readBack);
}

/** Amazon SNS API Reference, CreateTopic: InvalidParameter, "already exists with different tags" (or attributes). */
export function isAlreadyThere(error: unknown): boolean {
  return error instanceof CloudError && error.class === 'Invalid' && /already exists/i.test(error.message);
}

function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Undefined: no such topic. */
export async function readTopicTags({ sns }: AwsScope, arn: string): Promise<Tags | undefined> {
  const answer = await orAbsent(sns.send(new ListTagsForResourceCommand({ ResourceArn: arn })));
  if (answer === undefined) return undefined;
  return Object.fromEntries((answer.Tags ?? []).map(tag => [tag.Key ?? '', tag.Value ?? '']));
}
