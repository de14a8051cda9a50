import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import type { Change, Found, Identity, Risk } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import { queueArn } from '../arn.ts';
import { dropped } from '../attributes.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { isOfPart, partByPart } from '../part-by-part.ts';
import { samePolicy } from '../policy.ts';
import { policyChange } from '../policy-change.ts';
import type { AwsScope } from '../scope.ts';
import { onceSeen, refusing, type Unseen } from '../unseen.ts';

/** By SQS's own attribute names, with SQS's own texts; an attribute that is not named is left alone. */
export type QueueAttributes = Readonly<Record<string, string>>;

export interface QueueDesired {
  readonly attributes: QueueAttributes;
}

export interface QueueState {
  readonly attributes: QueueAttributes;
}

/** Attributes that a spec may leave out; set by us and then dropped they are cleared. */
const OPTIONAL = ['RedrivePolicy'];
/** Their text is JSON, which SQS may give back in another form. */
const JSON_ATTRIBUTES = new Set(['Policy', 'RedrivePolicy', 'RedriveAllowPolicy']);
// Amazon SQS API Reference, SetQueueAttributes: up to 60 seconds to spread, retention up to 15 minutes.
const SETTLE_MS = 60_000;
// Amazon SQS API Reference, CreateQueue: the name of a deleted queue is free again after 60 seconds.
const NAME_FREE_AFTER_MS = 60_000;

export const queueAdaptor: AwsAdaptor<QueueDesired, QueueState> = {
  type: 'sqs/queue',
  createBy: 'name',
  nameScope: 'region',
  lossOnRemoval: 'with the messages in it',
  holdsData: false,
  settleMs: SETTLE_MS,
  optionalKeys: desired => OPTIONAL.filter(key => (desired.attributes[key] ?? '') !== ''),
  find: (scope, identity) => find(scope, identity),
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  async update(scope, found, desired, changes) {
    const Attributes = Object.fromEntries(
      changes.map(({ field }) => [field, desired.attributes[field] ?? '']),
    );
    await setAttributes(scope, found.id, Attributes);
    const attributes = Object.fromEntries(
      Object.entries({ ...found.state.attributes, ...Attributes }).filter(([, value]) => value !== ''),
    );
    return { ...found, state: { attributes } };
  },
  async tag({ sqs }, found, set, unset) {
    if (Object.keys(set).length > 0)
      await sqs.send(new TagQueueCommand({ QueueUrl: found.id, Tags: { ...set } }));
    if (unset.length > 0) await sqs.send(new UntagQueueCommand({ QueueUrl: found.id, TagKeys: [...unset] }));
  },
  async remove(scope, found) {
    await scope.sqs.send(new DeleteQueueCommand({ QueueUrl: found.id }));
  },
  readiness: () => ({ is: 'ready' }),
};

/**
 * The dead-letter queue stands before the queue, and may have been made a moment ago. SQS says the same of one that is not
 * there ("… Reason: Dead letter target does not exist."), so not for ever: a change is seen after 60 seconds, twice that.
 */
const UNSEEN_DEAD_LETTER: Unseen = {
  is: refusing(/dead.?letter (target|queue) does not exist/i, 'InvalidParameterValue'),
  hint: 'a dead-letter queue that was made a moment ago is not visible to SQS yet; otherwise it is missing',
  missing: 'the dead-letter queue does not exist',
  retryAfterMs: 5_000,
  patienceMs: 120_000,
};

/** A write of attributes; where they name a dead-letter queue, it may not be seen yet. */
function onceItIsSeen<T>(
  scope: AwsScope,
  queue: string,
  { RedrivePolicy = '' }: Readonly<Record<string, string>>,
  call: Promise<T>,
): Promise<T> {
  if (RedrivePolicy === '') return call;
  return onceSeen(scope, `redrive of ${queue}: ${RedrivePolicy}`, call, UNSEEN_DEAD_LETTER);
}

/** SQS sets all of a call or nothing: where it refuses one, the others are set by themselves. */
async function setAttributes(
  scope: AwsScope,
  QueueUrl: string,
  all: Readonly<Record<string, string>>,
): Promise<void> {
  const set = (Attributes: Record<string, string>) => {
    const command = new SetQueueAttributesCommand({ QueueUrl, Attributes });
    return onceItIsSeen(scope, QueueUrl, Attributes, scope.sqs.send(command));
  };
  try {
    await set({ ...all });
  } catch (error) {
    const entries = Object.entries(all);
    if (entries.length === 1 || !isOfPart(error)) throw error;
    await partByPart(
      entries,
      ([name]) => name,
      ([name, value]) => set({ [name]: value }),
    );
  }
}

async function find(scope: AwsScope, identity: Identity): Promise<readonly Found<QueueState>[]> {
  const url = isOwnUrl(scope, identity) ? identity.id : await urlOf(scope, identity.name);
  if (url === undefined) return [];
  const [attributes, tags] = await Promise.all([
    orAbsent(scope.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))),
    orAbsent(scope.sqs.send(new ListQueueTagsCommand({ QueueUrl: url }))),
  ]);
  if (attributes === undefined || tags === undefined) return [];
  const state = { attributes: { ...attributes.Attributes } };
  return [foundOf(url, state, { ...tags.Tags })];
}

/** Where SQS has its queues, by what it answered in this account and region. */
const hosts = new WeakMap<AwsScope, string>();

/**
 * A status can be written by others: a URL of another host, account or name is not followed, nor told to who sends there. Which
 * host it is depends on the endpoint that the operator uses, so SQS itself is asked once.
 */
function isOwnUrl(scope: AwsScope, { id, name }: Identity): boolean {
  if (id === undefined) return false;
  return name === undefined || id === `${hosts.get(scope)}/${scope.accountId}/${name}`;
}

/** What SQS answered. */
function learned(scope: AwsScope, url: string | undefined, name: string | undefined): string | undefined {
  const path = `/${scope.accountId}/${name}`;
  if (url?.endsWith(path) === true) hosts.set(scope, url.slice(0, -path.length));
  return url;
}

async function urlOf(scope: AwsScope, name: string | undefined): Promise<string | undefined> {
  if (name === undefined) return undefined;
  const answer = await orAbsent(scope.sqs.send(new GetQueueUrlCommand({ QueueName: name })));
  return learned(scope, answer?.QueueUrl, name);
}

function foundOf(url: string, state: QueueState, tags: Tags): Found<QueueState> {
  const arn = state.attributes.QueueArn;
  return {
    id: url,
    name: url.slice(url.lastIndexOf('/') + 1),
    ...(arn === undefined ? {} : { arn }),
    tags,
    state,
  };
}

function diff(desired: QueueDesired, state: QueueState, recorded: readonly string[]): readonly Change[] {
  const changes: Change[] = [];
  for (const [field, to] of Object.entries(desired.attributes)) {
    const from = state.attributes[field];
    if (sameAttribute(field, from, to)) continue;
    const replace = field === 'FifoQueue' ? { replace: true } : {};
    changes.push({ field, ...shownValues(field, from, to), risk: riskOf(field, from, to), ...replace });
  }
  const of = { desired: desired.attributes, shown: state.attributes, recorded };
  return [...changes, ...dropped(OPTIONAL, of)];
}

function sameAttribute(field: string, from: string | undefined, to: string): boolean {
  if (JSON_ATTRIBUTES.has(field)) return samePolicy(from, to);
  return (from ?? '') === to || (from === undefined && to === 'false');
}

function shownValues(field: string, from: string | undefined, to: string): { from: unknown; to: unknown } {
  return field === 'Policy' ? policyChange(from, to) : { from, to };
}

/** A shorter retention deletes the messages that are older. */
function riskOf(field: string, from: string | undefined, to: string): Risk {
  if (field === 'FifoQueue') return 'High';
  return field === 'MessageRetentionPeriod' && Number(to) < Number(from ?? 0) ? 'High' : 'Low';
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: QueueDesired,
  tags: Tags,
): Promise<Found<QueueState>> {
  const QueueName = identity.name ?? '';
  // FifoQueue=false is refused; a standard queue leaves it out (Amazon SQS API Reference, CreateQueue).
  const Attributes = Object.fromEntries(
    Object.entries(desired.attributes).filter(([, value]) => value !== 'false' && value !== ''),
  );
  const { url: made, existing } = await createOrFind(
    scope,
    identity,
    new CreateQueueCommand({ QueueName, Attributes, tags: { ...tags } }),
  );
  if (existing !== undefined) return existing;
  const url = answered(made, 'SQS CreateQueue', 'a URL');
  // A repeated create succeeds on somebody else's queue too: only its tags tell whose it is.
  const readBack = await orAbsent(scope.sqs.send(new ListQueueTagsCommand({ QueueUrl: url })));
  // Amazon SQS API Reference, CreateQueue: a new queue can be used after a second.
  if (readBack === undefined || Object.keys(readBack.Tags ?? {}).length === 0) {
    throw new CloudError('NotYet', `queue ${QueueName} does not show its tags yet`, { retryAfterMs: 1_000 });
  }
  const attributes = { ...desired.attributes, QueueArn: queueArn(scope, QueueName) };
  return foundOf(url, { attributes }, { ...readBack.Tags });
}

async function createOrFind(
  scope: AwsScope,
  identity: Identity,
  command: CreateQueueCommand,
): Promise<{ url?: string | undefined; existing?: Found<QueueState> }> {
  const { QueueName, Attributes = {} } = command.input;
  try {
    const call = scope.sqs.send(command);
    const { QueueUrl } = await onceItIsSeen(scope, `new ${QueueName}`, Attributes, call);
    return { url: learned(scope, QueueUrl, QueueName) };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (error.code.includes('QueueDeletedRecently')) {
      const message = `a queue ${QueueName} was deleted less than 60 seconds ago; SQS makes it again after that`;
      throw new CloudError('Busy', message, { code: error.code, retryAfterMs: NAME_FREE_AFTER_MS });
    }
    if (!/Queue(NameExists|AlreadyExists)/.test(error.code)) throw error;
    // Made with other attributes before: ours of a lost answer, or somebody else's; its tags tell.
    const [existing] = await find(scope, { ...identity, id: undefined });
    if (existing !== undefined) return { existing };
    throw new CloudError('NotYet', `queue ${QueueName} exists and SQS does not show it yet`, {
      cause: error,
    });
  }
}
