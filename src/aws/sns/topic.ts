import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns';
import type { Adaptor, Change, Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { nameOfArn, topicArn } from '../arn.ts';
import { orAbsent } from '../errors.ts';
import { samePolicy, statementNames } from '../policy.ts';
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

export const topicAdaptor: Adaptor<TopicDesired, TopicState> = {
  type: 'sns/topic',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  settleMs: SETTLE_MS,
  optionalKeys: desired => OPTIONAL.filter(key => desired.attributes[key] !== undefined),
  find: (scope, identity) => find(scope as AwsScope, identity),
  diff,
  create: (scope, identity, desired, tags) => create(scope as AwsScope, identity, desired, tags),
  async update(scope, found, desired, changes) {
    const attributes: Record<string, string> = { ...found.state.attributes };
    for (const { field } of changes) {
      const AttributeValue = desired.attributes[field] ?? '';
      await (scope as AwsScope).sns.send(
        new SetTopicAttributesCommand({ TopicArn: found.id, AttributeName: field, AttributeValue }),
      );
      attributes[field] = AttributeValue;
    }
    return { ...found, state: { attributes } };
  },
  async tag(scope, found, set, unset) {
    const { sns } = scope as AwsScope;
    if (Object.keys(set).length > 0) {
      await sns.send(new TagResourceCommand({ ResourceArn: found.id, Tags: tagList(set) }));
    }
    if (unset.length > 0)
      await sns.send(new UntagResourceCommand({ ResourceArn: found.id, TagKeys: [...unset] }));
  },
  async remove(scope, found) {
    await orAbsent((scope as AwsScope).sns.send(new DeleteTopicCommand({ TopicArn: found.id })));
  },
  readiness: () => ({ is: 'ready' }),
};

async function find(scope: AwsScope, identity: Identity): Promise<readonly Found<TopicState>[]> {
  const arn = identity.id ?? (identity.name === undefined ? undefined : topicArn(scope, identity.name));
  if (arn === undefined) return [];
  const readAttributes = () => orAbsent(scope.sns.send(new GetTopicAttributesCommand({ TopicArn: arn })));
  const readTags = () => orAbsent(scope.sns.send(new ListTagsForResourceCommand({ ResourceArn: arn })));
  // A topic that is on record is nearly always there; one that is looked for nearly never.
  const [attributes, tags] =
    identity.id === undefined
      ? await readAttributes().then(
          async one => [one, one === undefined ? undefined : await readTags()] as const,
        )
      : await Promise.all([readAttributes(), readTags()]);
  if (attributes === undefined || tags === undefined) return [];
  return [foundOf(arn, { ...attributes.Attributes }, tagsOf(tags.Tags))];
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
    const values = field === 'Policy' ? { from: statementNames(from), to: statementNames(to) } : { from, to };
    changes.push({ field, ...values, risk: field === 'FifoTopic' ? 'High' : 'Low', ...replace });
  }
  for (const field of OPTIONAL) {
    const from = state.attributes[field];
    if (
      desired.attributes[field] === undefined &&
      recorded.includes(field) &&
      from !== undefined &&
      from !== ''
    ) {
      changes.push({ field, from, to: undefined, risk: 'Low' });
    }
  }
  return changes;
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
  const answer = await scope.sns.send(
    new CreateTopicCommand({ Name: identity.name, Attributes, Tags: tagList(tags) }),
  );
  if (answer.TopicArn === undefined)
    throw new CloudError('Unknown', 'SNS CreateTopic answered without an ARN');
  // A repeated create succeeds on somebody else's topic too: only its tags tell whose it is.
  const readBack = await scope.sns.send(new ListTagsForResourceCommand({ ResourceArn: answer.TopicArn }));
  return foundOf(answer.TopicArn, desired.attributes, tagsOf(readBack.Tags));
}

function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function tagsOf(list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Tags {
  return Object.fromEntries((list ?? []).map(tag => [tag.Key ?? '', tag.Value ?? '']));
}
