import { queueKind } from '../../../src/kinds/queue.ts';
import { ACCOUNT } from '../../support/world.ts';
import { keyPolicies, s18, s19 } from './checks.ts';
import { FOREIGN } from './judge.ts';
import { inNode, type ObjectMutant } from './mutants.ts';
import { add, attributePolicy, change, drop, inAttributes, keyPolicy, missing } from './mutate.ts';

const inQueue = inNode('Queue', 'queue');
const inDeadLetter = inNode('Queue', 'dead-letter');
const inQueueKey = inNode('Queue', 'key');
const inTopic = inNode('Topic', 'topic');
const inEnvironmentKey = (edit: Parameters<typeof keyPolicy>[0]) =>
  inNode('OptaEnvironment', 'key')('dev', keyPolicy(edit));

const everybody = { Principal: '*', Resource: '*' };
const foreigners = { Principal: { AWS: `arn:aws:iam::${FOREIGN}:root` }, Resource: '*' };

function root(action: string) {
  return {
    Sid: 'Root',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: action,
    Resource: '*',
  };
}

function key(id: string): (attributes: Record<string, string>) => void {
  return attributes => {
    attributes.KmsMasterKeyId = id;
  };
}

function sqsKeys(attributes: Record<string, string>): void {
  delete attributes.KmsMasterKeyId;
  attributes.SqsManagedSseEnabled = 'true';
}

const QUEUES = (keyOfOrders: () => string): readonly ObjectMutant[] => [
  {
    check: s18,
    what: 'one key for two queues',
    ...inQueue(
      'other',
      inAttributes(attributes => key(keyOfOrders())(attributes)),
    ),
    says: /-other-\w{6}: its key is of Queue shop\/orders/,
    also: /-other-\w{6}: no alias of its key|^key \S+ is shared by Queue (orders|other), Queue (orders|other)$/,
  },
  {
    check: s18,
    what: 'plain HTTP is let in',
    ...inQueue(
      'inbox',
      attributePolicy(statements => [...drop('DenyPlaintext')(statements), root('sqs:*')]),
    ),
    says: /-inbox-\w{6}: sqs:\w+ over plain HTTP is not denied/,
  },
  {
    check: s18,
    what: 'plain HTTP is let in to the dead letters',
    ...inDeadLetter(
      'orders',
      attributePolicy(() => [root('sqs:*')]),
    ),
    says: /-orders-dead-letter-\w{6}: sqs:\w+ over plain HTTP is not denied/,
  },
  {
    check: s18,
    what: 'plain HTTP is denied for sending only',
    ...inQueue('orders', attributePolicy(change('DenyPlaintext', { Action: 'sqs:SendMessage' }))),
    says: /-orders-\w{6}: sqs:ReceiveMessage over plain HTTP is not denied/,
  },
  {
    check: s18,
    what: 'everybody may do everything',
    ...inQueue('other', attributePolicy(add({ ...everybody, Action: 'sqs:*' }))),
    says: /-other-\w{6}: its policy names everybody without a condition \(Mutant\)/,
    also: /-other-\w{6}: sqs:\w+ is allowed to/,
  },
  {
    check: s18,
    what: 'another account may do everything with the dead letters',
    ...inDeadLetter('other', attributePolicy(add({ ...foreigners, Action: 'sqs:*' }))),
    says: /-other-dead-letter-\w{6}: sqs:\w+ is allowed to a role of another account/,
  },
  {
    check: s18,
    what: 'SNS may send for anybody',
    ...inQueue('orders', attributePolicy(change('AllowTopic', { Condition: undefined }))),
    says: /-orders-\w{6}: sqs:SendMessage is allowed to SNS for (nobody|another (account|topic))/,
  },
  {
    check: s18,
    what: 'SNS may send for topics of another account',
    ...inQueue(
      'orders',
      attributePolicy(
        change('AllowTopic', {
          Condition: { StringEquals: { 'aws:SourceAccount': [ACCOUNT, FOREIGN] } },
        }),
      ),
    ),
    says: /-orders-\w{6}: sqs:SendMessage is allowed to SNS for another account/,
    also: /-orders-\w{6}: sqs:SendMessage is allowed to SNS for another topic of the account/,
  },
  {
    check: s18,
    what: 'SNS may send for any topic of the account',
    ...inQueue(
      'orders',
      attributePolicy(
        change('AllowTopic', { Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }),
      ),
    ),
    says: /-orders-\w{6}: sqs:SendMessage is allowed to SNS for another topic of the account/,
  },
  {
    check: s18,
    what: 'S3 may send for any bucket of the account',
    ...inQueue(
      'inbox',
      attributePolicy(
        change('AllowBucket', { Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }),
      ),
    ),
    says: /-inbox-\w{6}: sqs:SendMessage is allowed to S3 for another bucket of the account/,
  },
];

const TOPICS: readonly ObjectMutant[] = [
  {
    check: s19,
    what: 'no key',
    ...inTopic('events', inAttributes(key(''))),
    says: /-events-\w{6}: its key (undefined)? is no customer key in use/,
  },
  {
    check: s19,
    what: 'AWS’s key',
    ...inTopic('events', inAttributes(key('alias/aws/sns'))),
    says: /-events-\w{6}: its key alias\/aws\/sns is no customer key in use/,
  },
  {
    check: s19,
    what: 'everybody may publish',
    ...inTopic('events', attributePolicy(add({ ...everybody, Action: 'sns:Publish' }))),
    says: /-events-\w{6}: its policy names everybody without a condition \(Mutant\)/,
    also: /-events-\w{6}: sns:Publish is allowed to/,
  },
  {
    check: s19,
    what: 'everybody may subscribe, in other words',
    ...inTopic(
      'news',
      attributePolicy(add({ ...everybody, Principal: { AWS: ['*'] }, Action: 'sns:Subscribe' })),
    ),
    says: /-news-\w{6}: its policy names everybody without a condition \(Mutant\)/,
    also: /-news-\w{6}: sns:Subscribe is allowed to/,
  },
  {
    check: s19,
    what: 'everybody may publish, of whatever source',
    ...inTopic(
      'news',
      attributePolicy(
        add({
          ...everybody,
          Action: 'sns:Publish',
          Condition: { StringLike: { 'aws:SourceArn': '*' } },
        }),
      ),
    ),
    says: /-news-\w{6}: sns:Publish is allowed to anyone by SNS of another account/,
    also: /-news-\w{6}: sns:Publish is allowed to/,
  },
  {
    check: s19,
    what: 'another account may subscribe',
    ...inTopic('notices', attributePolicy(add({ ...foreigners, Action: 'sns:Subscribe' }))),
    says: /-notices-\w{6}: sns:Subscribe is allowed to a role of another account/,
  },
  {
    check: s19,
    what: 'S3 may publish for anybody',
    ...inTopic('news', attributePolicy(change('AllowBucket', { Condition: undefined }))),
    says: /-news-\w{6}: sns:Publish is allowed to S3 for (nobody|another (account|bucket))/,
  },
  {
    check: s19,
    what: 'S3 may publish for any bucket of the account',
    ...inTopic(
      'news',
      attributePolicy(
        change('AllowBucket', { Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }),
      ),
    ),
    says: /-news-\w{6}: sns:Publish is allowed to S3 for another bucket of the account/,
  },
  {
    check: s19,
    what: 'plain HTTP is let in',
    ...inTopic('notices', attributePolicy(drop('DenyPlaintext'))),
    says: /-notices-\w{6}: sns:Publish over plain HTTP is not denied/,
  },
];

const KEYS: readonly ObjectMutant[] = [
  {
    check: keyPolicies,
    what: 'everybody may use a key',
    ...inQueueKey('other', keyPolicy(add({ ...everybody, Action: 'kms:Decrypt' }))),
    says: /\(other\): anyone may use it/,
    also: /\(other\): (its policy names everybody without a condition|.* may use it$)/,
  },
  {
    check: keyPolicies,
    what: 'another account may use a key',
    ...inQueueKey('inbox', keyPolicy(add({ ...foreigners, Action: 'kms:*' }))),
    says: /\(inbox\): a role of another account may use it/,
    also: /\(inbox\): Auto Scaling of another account may use it/,
  },
  {
    check: keyPolicies,
    what: 'SNS may use a key for anybody',
    ...inQueueKey('orders', keyPolicy(change('AllowTopic', { Condition: undefined }))),
    says: /\(orders\): sns.amazonaws.com may act for any account/,
    also: /\(orders\): (sns.amazonaws.com may act for anything|SNS for (nobody|another account) may use it)/,
  },
  {
    check: keyPolicies,
    what: 'SNS may use a key for any topic of the account',
    ...inQueueKey(
      'orders',
      keyPolicy(change('AllowTopic', { Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } })),
    ),
    says: /\(orders\): sns.amazonaws.com may act for anything of the account/,
  },
  {
    check: keyPolicies,
    what: 'S3 may use the environment’s key for any account',
    ...inEnvironmentKey(change('AllowS3', { Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::*' } } })),
    says: /\(dev\): s3.amazonaws.com may act for any account/,
    also: /\(dev\): S3 for another account may use it/,
  },
  {
    check: keyPolicies,
    what: 'EventBridge may use the environment’s key for anybody',
    ...inEnvironmentKey(change('AllowEventBridge', { Condition: undefined })),
    says: /\(dev\): events.amazonaws.com may act for any account/,
    also: /\(dev\): EventBridge for (nobody|another account) may use it/,
  },
  {
    check: keyPolicies,
    what: 'the account is named, and does not own its key',
    // As much as the operator needs of it, for the check is of what it leaves behind.
    ...inEnvironmentKey(
      change('AccountOwnsKey', {
        Action: ['kms:PutKeyPolicy', 'kms:*Alias', 'kms:Get*', 'kms:List*', 'kms:Describe*'],
      }),
    ),
    says: /\(dev\): the account cannot administer it/,
  },
];

/** Mistakes in queues, topics and keys. `keyOfOrders`: what another queue must not have. */
export function messageMutants(keyOfOrders: () => string): readonly ObjectMutant[] {
  return [...QUEUES(keyOfOrders), ...TOPICS, ...KEYS];
}

/** Nothing brings these about in what is there already, so each has an object of its own that was made so. */
export const MESSAGE_MUTANTS_AT_FIRST: readonly ObjectMutant[] = [
  {
    check: s18,
    what: 'the environment’s key for all',
    of: 'Queue shared-key',
    touches: [],
    // Whatever it asked for.
    mistake: (_, input) =>
      queueKind.graph({ ...input, spec: { ...Object(input.spec), encryption: 'EnvironmentKey' } }),
    says: /-shared-key-\w{6}: its key is of OptaEnvironment \S*\/dev/,
    also: /-shared-key-dead-letter-\w{6}: its key is of OptaEnvironment|-shared-key-\S+: no alias of its key is named/,
  },
  {
    check: s18,
    what: 'SQS’s own keys',
    ...inQueue('by-sqs', inAttributes(sqsKeys)),
    says: /-by-sqs-\w{6}: SqsManagedSseEnabled is true/,
    also: /-by-sqs-\w{6}: its key undefined is no customer key in use/,
  },
  {
    check: s18,
    what: 'SQS’s own keys for the dead letters',
    ...inDeadLetter('by-sqs', inAttributes(sqsKeys)),
    says: /-by-sqs-dead-letter-\w{6}: SqsManagedSseEnabled is true/,
    also: /-by-sqs-dead-letter-\w{6}: its key undefined is no customer key in use/,
  },
  {
    check: s18,
    what: 'keys are not rotated',
    ...inQueueKey('unrotated', wanted => ({ ...wanted, rotationPeriodDays: 0 })),
    says: /-unrotated-\w{6}: its key is not rotated/,
    also: /-unrotated-dead-letter-\w{6}: its key is not rotated/,
  },
  {
    check: s18,
    what: 'no alias',
    of: 'Queue unnamed',
    touches: [],
    mistake: missing('alias'),
    says: /-unnamed-\w{6}: no alias of its key is named \S+: \(none\)/,
    also: /-unnamed-dead-letter-\w{6}: no alias of its key is named \S+: \(none\)/,
  },
  {
    check: s18,
    what: 'an alias that nobody finds',
    of: 'Queue misnamed',
    touches: [],
    mistake: nodes =>
      nodes.map(one =>
        one.id === 'alias' ? { ...one, name: () => `alias/${one.name?.(1).slice(-6)}` } : one,
      ),
    says: /-misnamed-\w{6}: no alias of its key is named \S+: alias\/\w{6}$/,
    also: /-misnamed-dead-letter-\w{6}: no alias of its key is named \S+: alias\/\w{6}$/,
  },
  {
    check: s19,
    what: 'keys are not rotated',
    ...inNode('Topic', 'key')('unturned', wanted => ({ ...wanted, rotationPeriodDays: 0 })),
    says: /-unturned-\w{6}: its key is not rotated/,
  },
];
