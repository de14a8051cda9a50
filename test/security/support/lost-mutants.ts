import type { AwsView } from '../../support/aws-view.ts';
import { copyArrives, publishArrives, uploadArrives } from './delivery.ts';
import type { Hand } from './hand.ts';
import { inNode } from './mutants.ts';
import {
  attributePolicy,
  bucketPolicy,
  change,
  drop,
  inDocument,
  inReplicationPolicy,
  keyPolicy,
  type Mistake,
  missing,
} from './mutate.ts';

/** Sends something, and says whether it came. */
type Way = (aws: AwsView, hand: Hand) => Promise<boolean>;

const published: Way = (aws, hand) => publishArrives(aws, hand.topicArn('events'), hand.queueName('orders'));
const withEnvironmentKey: Way = (aws, hand) =>
  publishArrives(aws, hand.topicArn('notices'), hand.queueName('shared'));
const uploaded: Way = (aws, hand) => uploadArrives(aws, hand.bucketOf('uploads'), hand.queueName('inbox'));
const byTopic: Way = (aws, hand) => uploadArrives(aws, hand.bucketOf('scans'), hand.queueName('other'));
const copied: Way = (aws, hand) => copyArrives(aws, hand.bucketOf('copied'), hand.bucketOf('copied/replica'));
const sealed: Way = (aws, hand) => copyArrives(aws, hand.bucketOf('sealed'), hand.bucketOf('sealed/replica'));

/** No two of them have anything in common but the environment. */
export const WAYS: readonly (readonly [string, Way])[] = [
  ['a message, of a topic', published],
  ['a message, with the environment’s key', withEnvironmentKey],
  ['a message, of a bucket', uploaded],
  ['a message, of a bucket by a topic', byTopic],
  ['a copy', copied],
  ['a copy, with the environment’s key', sealed],
];

export interface LostMutant extends Mistake {
  readonly what: string;
  readonly way: Way;
}

const inQueue = inNode('Queue', 'queue');
const inQueueKey = inNode('Queue', 'key');
const inRole = inNode('Bucket', 'role/replication');

function without(action: string) {
  return inReplicationPolicy(statements =>
    statements.map(one => ({ ...one, Action: [one.Action].flat().filter(each => each !== action) })),
  );
}

/** Mistakes by which something is lost on a way. */
export const LOST_MUTANTS: readonly LostMutant[] = [
  {
    what: 'the queue is not opened',
    way: published,
    ...inQueue('orders', attributePolicy(drop('AllowTopic'))),
  },
  {
    what: 'the queue’s key is not opened',
    way: published,
    ...inQueueKey('orders', keyPolicy(drop('AllowTopic'))),
  },
  {
    what: 'the queue is opened for another topic',
    way: published,
    ...inQueue(
      'orders',
      attributePolicy(
        change('AllowTopic', {
          Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:sns:eu-central-1:111111111111:x' } },
        }),
      ),
    ),
  },
  {
    what: 'the key is opened for decryption only',
    way: published,
    ...inQueueKey('orders', keyPolicy(change('AllowTopic', { Action: 'kms:Decrypt' }))),
  },
  {
    what: 'the subscription is not made',
    way: published,
    of: 'Topic events',
    mistake: missing('subscription/orders'),
  },
  {
    what: 'the environment’s key is not opened',
    way: withEnvironmentKey,
    ...inNode('OptaEnvironment', 'key')('dev', keyPolicy(drop('AllowSns'))),
  },
  {
    what: 'the queue is not opened for the bucket',
    way: uploaded,
    ...inQueue('inbox', attributePolicy(drop('AllowBucket'))),
  },
  {
    what: 'the notifications are not made',
    way: uploaded,
    of: 'Bucket uploads',
    mistake: missing('notifications'),
  },
  {
    what: 'the topic is not opened for the bucket',
    way: byTopic,
    ...inNode('Topic', 'topic')('news', attributePolicy(drop('AllowBucket'))),
  },
  {
    what: 'the topic’s key is not opened for the bucket',
    way: byTopic,
    ...inNode('Topic', 'key')('news', keyPolicy(drop('AllowBucket'))),
  },
  { what: 'the rule is not made', way: copied, of: 'Bucket copied', mistake: missing('replication') },
  {
    what: 'the role may not read the rule',
    way: sealed,
    ...inRole('sealed', without('s3:GetReplicationConfiguration')),
  },
  { what: 'the role may not list', way: copied, ...inRole('copied', without('s3:ListBucket')) },
  {
    what: 'the role may not read objects',
    way: sealed,
    ...inRole('sealed', without('s3:GetObjectVersionForReplication')),
  },
  {
    what: 'the role may not read ACLs',
    way: copied,
    ...inRole('copied', without('s3:GetObjectVersionAcl')),
  },
  { what: 'the role may not write', way: sealed, ...inRole('sealed', without('s3:ReplicateObject')) },
  {
    what: 'the role is for another bucket',
    way: copied,
    ...inRole(
      'copied',
      inDocument(
        'trust',
        change('Service', { Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:s3:::other' } } }),
      ),
    ),
  },
  {
    what: 'the role may not decrypt',
    way: sealed,
    ...inRole('sealed', inReplicationPolicy(drop('DecryptObjects'))),
  },
  {
    what: 'the role may not encrypt',
    way: sealed,
    ...inRole('sealed', inReplicationPolicy(drop('EncryptCopies'))),
  },
  {
    what: 'the replica denies it',
    way: copied,
    ...inNode('Bucket', 'replica')(
      'copied',
      bucketPolicy(change('DenyPlaintext', { Condition: undefined, Action: 's3:Replicate*' })),
    ),
  },
];
