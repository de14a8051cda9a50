import { bucketArn, queueArn, topicArn } from '../aws/arn.ts';
import { BUCKET_NAME, QUEUE_NAME, TOPIC_NAME } from '../aws/names.ts';
import type { Statement } from '../aws/policy.ts';
import { type KindInput, nameOf, ownName, type ReferrerOf, type SpecOf } from './kind.ts';
import { type Form, inFewStatements, isLetIn, type Sender, senderSid, sendersIn } from './statements.ts';

/**
 * The names of the objects that speak to each other, computed from their specs by both sides, so that neither waits for
 * the other's status.
 */
type Input = Pick<KindInput<unknown>, 'installation' | 'place' | 'environment'>;
/** What the name is computed of that nobody can adopt. */
type Computing = Pick<Input, 'installation' | 'place'> & { readonly environment: { readonly name: string } };

interface Adoptable {
  readonly fifo?: boolean;
  readonly name?: string;
  readonly adopt?: { readonly name?: string };
}

/**
 * What it is to be called by `called`, and what it was called if it was not first in, first out before: who is so stays so.
 */
export function namesOf(
  object: SpecOf,
  called: (object: SpecOf) => string,
): readonly [name: string, ...former: readonly string[]] {
  const name = called(object);
  const former = called({ ...object, spec: { ...object.spec, fifo: false } });
  // What was adopted is called the same in either case.
  return isFifo(object.spec) && former !== name ? [name, former] : [name];
}

export function queueNameOf(input: Input, queue: SpecOf): string {
  const spec: Adoptable = queue.spec;
  return ownName(input, queue, { spec, computed: nameOf(input, queue, 'queue', fifoRule(QUEUE_NAME, spec)) });
}

export function deadLetterNameOf(input: Computing, queue: SpecOf): string {
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
    computed: spec.name ?? computedBucketNameOf(input, bucket),
  });
}

/** What a bucket is called of which nobody says what it is to be called. */
export function computedBucketNameOf(input: Computing, bucket: Omit<SpecOf, 'spec'>): string {
  return nameOf(input, bucket, 'bucket', BUCKET_NAME);
}

export function queueArnOf(input: Input, queue: SpecOf): string {
  return queueArn(input.place, queueNameOf(input, queue));
}

export function topicArnOf(input: Input, topic: SpecOf): string {
  return topicArn(input.place, topicNameOf(input, topic));
}

/** A Topic or a Bucket as a sender to a queue or a topic. */
export function senderOf(input: Input, object: SpecOf): Sender {
  const isTopic = object.kind === 'Topic';
  const name = isTopic ? topicNameOf(input, object) : bucketNameOf(input, object);
  return sourceOf(input, object, name);
}

function sourceOf(input: Input, { kind, name: object }: SpecOf, name: string): Sender & { arn: string } {
  const label = `${kind} ${object}`;
  if (kind === 'Topic') return { service: 'sns.amazonaws.com', arn: topicArn(input.place, name), label };
  return { service: 's3.amazonaws.com', arn: bucketArn(input.place, name), label };
}

/** Who lets them in. */
type Receiver = Input &
  Pick<KindInput<{ readonly fifo?: boolean | undefined }>, 'referrers' | 'unclaimed' | 'spec'>;

/**
 * Lets in all who send to this object. `policy`: what AWS has, and `form` writes. Who names it is let in. Who is
 * let in already stays so for as long as it may send, which its spec alone does not tell: under the other of its names where it is
 * to be first in, first out, or not any more; as what it adopted, also where the grant for that was withdrawn, which stops changes
 * and no traffic; where it names this object no more and waits for somebody's yes to unsubscribe, or this object is to be first in,
 * first out; and where its own object is not here, as in a cluster that is rebuilt bit by bit. Nobody new is let in so.
 */
export function senderStatements(input: Receiver, form: Form, policy?: string): readonly Statement[] {
  const all = [...namedSenders(input, policy), ...unclaimedSenders(input, form, policy)];
  // A policy takes no Sid twice. Where it is the same so is the object, by a name in AWS that its spec does not tell.
  const bySid = new Map<string, Sender>();
  for (const one of all) {
    const same = bySid.get(senderSid(one));
    bySid.set(senderSid(one), same === undefined ? one : { ...same, arn: [same.arn, one.arn].flat().sort() });
  }
  return inFewStatements([...bySid.values()]).map(form);
}

/** Those that are let in by statements of ours, and are none of the objects that are here, as far as anything tells. */
export function unclaimedSenders(input: Receiver, form: Form, policy: string | undefined): readonly Sender[] {
  const { place, unclaimed } = input;
  const named = namedSenders(input, policy).flatMap(one => one.arn);
  return sendersIn(policy, place, form).flatMap(sender => {
    const arn = [sender.arn].flat().filter(one => !named.includes(one) && unclaimed?.includes(one) !== false);
    return arn.length === 0 ? [] : [{ ...sender, arn }];
  });
}

function namedSenders(input: Receiver, policy: string | undefined): readonly Sender[] {
  return input.referrers.flatMap(object => {
    const named = senderOf(input, object);
    const letIn = otherNames(input, object)
      .map(name => sourceOf(input, object, name))
      .filter(source => isLetIn(policy, source))
      .map(source => source.arn);
    const isNew = !isLetIn(policy, named);
    const isOpenTo = object.lingers !== true && canSend(object, input);
    const arns = [...new Set([...(isNew && !isOpenTo ? [] : [named.arn].flat()), ...letIn])].sort();
    const [only, ...more] = arns;
    if (only === undefined) return [];
    return [{ ...named, arn: more.length === 0 ? only : arns }];
  });
}

/**
 * "Amazon SNS message delivery for FIFO topics" and Amazon S3 User Guide, "Supported event destinations": what is first in,
 * first out takes messages of FIFO topics only, and S3 sends it none.
 */
function canSend(
  object: SpecOf,
  receiver: { readonly spec: { readonly fifo?: boolean | undefined } },
): boolean {
  const { fifo }: Adoptable = object.spec;
  return !isFifo(receiver.spec) || (object.kind === 'Topic' && fifo === true);
}

/**
 * What it may be called in AWS besides what it is to be called. Computed names are nobody else's of ours; one that is written,
 * of a Bucket, may be another's by now, which who is let in already had open all along.
 */
function otherNames(input: Input, object: ReferrerOf): readonly string[] {
  const { adopt, fifo }: Adoptable = object.spec;
  const otherwise = { ...object, spec: { ...object.spec, fifo: fifo !== true } };
  return [
    ...(object.kind === 'Topic' ? [topicNameOf(input, otherwise)] : []),
    ...(adopt?.name === undefined ? [] : [adopt.name]),
    ...(object.names ?? []),
  ];
}

/** First in, first out: another sort of queue or topic, which not everybody can send to. */
export function isFifo(spec: { readonly fifo?: boolean | undefined }): boolean {
  return spec.fifo === true;
}

function fifoRule<R extends { maxLength: number; lowerCase: boolean }>(rule: R, spec: Adoptable): R {
  return isFifo(spec) ? { ...rule, suffix: '.fifo' } : rule;
}
