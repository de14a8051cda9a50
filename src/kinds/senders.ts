import { bucketArn, queueArn, topicArn } from '../aws/arn.ts';
import { BUCKET_NAME, QUEUE_NAME, TOPIC_NAME } from '../aws/names.ts';
import { type KindInput, nameOf, ownName, type SpecOf } from './kind.ts';
import { inFewStatements, type Sender } from './statements.ts';

/**
 * The names of the objects that speak to each other, computed from their specs by both sides, so that neither waits for
 * the other's status.
 */
type Input = Pick<KindInput<unknown>, 'installation' | 'place' | 'environment'>;

interface Adoptable {
  readonly fifo?: boolean;
  readonly name?: string;
  readonly adopt?: { readonly name?: string };
}

export function queueNameOf(input: Input, queue: SpecOf): string {
  const spec: Adoptable = queue.spec;
  return ownName(input, queue, { spec, computed: nameOf(input, queue, 'queue', fifoRule(QUEUE_NAME, spec)) });
}

export function deadLetterNameOf(input: Input, queue: SpecOf): string {
  return nameOf(input, queue, 'dead-letter', fifoRule(QUEUE_NAME, queue.spec));
}

export function topicNameOf(input: Input, topic: SpecOf): string {
  const spec: Adoptable = topic.spec;
  return ownName(input, topic, { spec, computed: nameOf(input, topic, 'topic', fifoRule(TOPIC_NAME, spec)) });
}

export function bucketNameOf(input: Input, bucket: SpecOf): string {
  const spec: Adoptable = bucket.spec;
  return ownName(input, bucket, {
    spec,
    computed: spec.name ?? nameOf(input, bucket, 'bucket', BUCKET_NAME),
  });
}

export function queueArnOf(input: Input, queue: SpecOf): string {
  return queueArn(input.place, queueNameOf(input, queue));
}

export function topicArnOf(input: Input, topic: SpecOf): string {
  return topicArn(input.place, topicNameOf(input, topic));
}

/** A Topic or a Bucket as a sender to a queue or a topic. */
export function senderOf(input: Input, object: SpecOf): Sender {
  const label = `${object.kind} ${object.name}`;
  if (object.kind === 'Topic') return { service: 'sns.amazonaws.com', arn: topicArnOf(input, object), label };
  return { service: 's3.amazonaws.com', arn: bucketArn(input.place, bucketNameOf(input, object)), label };
}

/**
 * All who send to this object, as its policies name them. `policy`: what AWS has. A Topic that is to be first in, first out,
 * or not any more, is there as it was until another one is in its place, which a person may never agree to: whom the policy
 * lets in under the other of its names, it goes on letting in. Nobody else can have that name.
 */
export function sendersOf(
  input: Input & Pick<KindInput<unknown>, 'referrers'>,
  policy?: string,
): readonly Sender[] {
  const senders = input.referrers.map(object => {
    const sender = senderOf(input, object);
    const { arn: former } = senderOf(input, {
      ...object,
      spec: { ...object.spec, fifo: !isFifo(object.spec) },
    });
    const isLetIn = former !== sender.arn && policy?.includes(JSON.stringify(former)) === true;
    return isLetIn ? { ...sender, arn: [sender.arn, former].flat().sort() } : sender;
  });
  return inFewStatements(senders);
}

/** First in, first out: another sort of queue or topic, which not everybody can send to. */
export function isFifo(spec: { readonly fifo?: boolean | undefined }): boolean {
  return spec.fifo === true;
}

function fifoRule<R extends { maxLength: number; lowerCase: boolean }>(rule: R, spec: Adoptable): R {
  return isFifo(spec) ? { ...rule, suffix: '.fifo' } : rule;
}
