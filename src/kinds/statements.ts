import { createHash } from 'node:crypto';
import { accountRootArn, bucketArn, type Place, principalSuffix, topicArn } from '../aws/arn.ts';
import { hasStatement, type Statement, statementsOf } from '../aws/policy.ts';

/** Who sends to a queue or a topic: other objects of ours, by their computed ARNs. */
export interface Sender {
  readonly service: 'sns.amazonaws.com' | 's3.amazonaws.com';
  readonly arn: string | readonly string[];
  /** `Topic order-events`, for statement ids. */
  readonly label: string;
  /** The id of a statement that is there, of which nothing else tells whose it is. */
  readonly sid?: string;
}

/** How a policy lets a sender in. */
export type Form = (sender: Sender) => Statement;

/** Amazon SQS Developer Guide, "Amazon SQS policy quotas": 20 statements a policy, of which senders are not all. */
const MOST_STATEMENTS = 12;

/** Of the 8,192 bytes that a policy of a queue may have (the same page), what statements of senders may take. */
const MOST_BYTES = 6_500;
/** Of a statement, besides the names that are in it: its words, and the ARN of the queue. */
const STATEMENT_BYTES = 450;

/** A statement for each sender tells people the most; where that is too much, those of a service share one. */
export function inFewStatements(senders: readonly Sender[]): readonly Sender[] {
  const bytes = senders.reduce((sum, { arn, label }) => sum + STATEMENT_BYTES + `${arn}${label}`.length, 0);
  if (senders.length <= MOST_STATEMENTS && bytes <= MOST_BYTES) return senders;
  return [...new Set(senders.map(one => one.service))].map(service => ({
    service,
    arn: senders.filter(one => one.service === service).flatMap(one => one.arn),
    label: service === 'sns.amazonaws.com' ? 'Topics' : 'Buckets',
  }));
}

const EVENT_BRIDGE = 'events.amazonaws.com';

/** Of who sends to what a key encrypts. */
const KEY_ACTIONS = ['kms:GenerateDataKey*', 'kms:Decrypt'];

/** Statement ids are letters and digits only where a service is strict about them (AWS KMS allows no others). */
function sid(words: string): string {
  return words.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase());
}

/**
 * Names differ in what a Sid does not take (`worker-1`, `worker1`, `worker.1`), and a policy takes no Sid twice: so it ends
 * in a hash of the whole name.
 */
export function senderSid({ label, sid: given }: Sender): string {
  if (given !== undefined) return given;
  const hash = createHash('sha256').update(label).digest('hex').slice(0, 8);
  return `${sid(`Allow ${label}`).slice(0, 64)}${hash}`;
}

/** "How to enforce TLS": every policy of ours begins with it. */
export function denyPlaintext(service: string, resource: string | readonly string[]): Statement {
  return {
    Sid: 'DenyPlaintext',
    Effect: 'Deny',
    Principal: '*',
    Action: `${service}:*`,
    Resource: resource,
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

/** The confused deputy: a service acts only for exactly this source in exactly this account. */
function fromSource(place: Place, arn: Sender['arn']): NonNullable<Statement['Condition']> {
  return { ArnEquals: { 'aws:SourceArn': arn }, StringEquals: { 'aws:SourceAccount': place.accountId } };
}

const SENDER_SID = /^Allow[A-Za-z0-9]{0,59}[0-9a-f]{8}$/;

/**
 * Whom a policy, as AWS has it, lets in by a statement that is word for word as `form` writes it, for sources of this account
 * and region. What anybody else put there is none of them, whatever it is called.
 */
export function sendersIn(policy: string | undefined, place: Place, form: Form): readonly Sender[] {
  return statementsOf(policy).flatMap(one => {
    const { Sid, Principal, Condition } = one as Partial<Statement>;
    const service = Object(Principal).Service;
    const arns = [Condition?.ArnEquals?.['aws:SourceArn'] ?? []].flat();
    if (service !== 'sns.amazonaws.com' && service !== 's3.amazonaws.com') return [];
    if (typeof Sid !== 'string' || !SENDER_SID.test(Sid)) return [];
    if (arns.length === 0 || !arns.every(arn => isSource(place, service, arn))) return [];
    const sender: Sender = { service, arn: arns, label: Sid, sid: Sid };
    return hasStatement(policy, form(sender)) ? [sender] : [];
  });
}

/** Of exactly one topic or bucket: IAM takes `ArnEquals` for `ArnLike`, and an asterisk for many. */
function isSource(place: Place, service: Sender['service'], arn: unknown): boolean {
  const [any, name] =
    service === 'sns.amazonaws.com'
      ? [topicArn(place, ''), /^[A-Za-z0-9_-]+(\.fifo)?$/]
      : [bucketArn(place, ''), /^[a-z0-9.-]+$/];
  return typeof arn === 'string' && arn.startsWith(any) && name.test(arn.slice(any.length));
}

/** True where a policy, as AWS has it, lets this service in for this source. */
export function isLetIn(policy: string | undefined, { service, arn }: Sender): boolean {
  return statementsOf(policy).some(one => {
    const { Effect, Principal, Condition = {} } = one as Partial<Statement>;
    if (Effect !== 'Allow' || typeof Principal !== 'object') return false;
    const sources = [Condition.ArnEquals?.['aws:SourceArn'] ?? []].flat();
    return (
      [Principal.Service ?? []].flat().includes(service) && [arn].flat().every(of => sources.includes(of))
    );
  });
}

export function allowSend(place: Place, queueArn: string, sender: Sender): Statement {
  return {
    Sid: senderSid(sender),
    Effect: 'Allow',
    Principal: { Service: sender.service },
    Action: 'sqs:SendMessage',
    Resource: queueArn,
    Condition: fromSource(place, sender.arn),
  };
}

export function allowPublish(place: Place, topicArn: string, sender: Sender): Statement {
  return {
    Sid: senderSid(sender),
    Effect: 'Allow',
    Principal: { Service: sender.service },
    Action: 'sns:Publish',
    Resource: topicArn,
    Condition: fromSource(place, sender.arn),
  };
}

/** Amazon SQS Developer Guide, "Configuring KMS permissions for AWS services": what a sender needs of the queue's key. */
export function allowKeyUse(place: Place, sender: Sender): Statement {
  return {
    Sid: senderSid(sender),
    Effect: 'Allow',
    Principal: { Service: sender.service },
    Action: KEY_ACTIONS,
    Resource: '*',
    Condition: fromSource(place, sender.arn),
  };
}

export function keyForm(place: Place): Form {
  return sender => allowKeyUse(place, sender);
}

/** EventBridge rules of this account, where the spec lets them in. */
export function allowEventBridge(place: Place, queueArn: string): Statement {
  return {
    Sid: 'AllowEventBridge',
    Effect: 'Allow',
    Principal: { Service: EVENT_BRIDGE },
    Action: 'sqs:SendMessage',
    Resource: queueArn,
    Condition: {
      ArnLike: { 'aws:SourceArn': `arn:${place.partition}:events:${place.region}:${place.accountId}:rule/*` },
      StringEquals: { 'aws:SourceAccount': place.accountId },
    },
  };
}

/**
 * EventBridge's use of a queue's key. Amazon EventBridge User Guide, "Amazon EventBridge targets": it needs this, and no source is
 * named for keys; of keys of topics the Amazon SNS Developer Guide says that none is supported. That of the account is what aws-cdk
 * asks for (pull request 22740). Which rules may send is for the queue's own policy.
 */
export function allowEventBridgeKeyUse(place: Place): Statement {
  return {
    Sid: 'AllowEventBridge',
    Effect: 'Allow',
    Principal: { Service: EVENT_BRIDGE },
    Action: KEY_ACTIONS,
    Resource: '*',
    Condition: { StringEquals: { 'aws:SourceAccount': place.accountId } },
  };
}

/** The environment's key serves every queue and topic that uses it, so it knows services and account, not each sender. */
export function allowAccountSenders(place: Place, service: Sender['service']): Statement {
  const short = service.slice(0, service.indexOf('.'));
  const source =
    short === 's3'
      ? `arn:${place.partition}:s3:::*`
      : `arn:${place.partition}:${short}:${place.region}:${place.accountId}:*`;
  return {
    Sid: sid(`Allow ${short} of this account`),
    Effect: 'Allow',
    Principal: { Service: service },
    Action: KEY_ACTIONS,
    Resource: '*',
    Condition: {
      ArnLike: { 'aws:SourceArn': source },
      StringEquals: { 'aws:SourceAccount': place.accountId },
    },
  };
}

/** The account's own IAM policies decide who else may use the key (AWS KMS Developer Guide, "Default key policy"). */
export function accountOwnsKey(place: Place): Statement {
  return {
    Sid: 'AccountOwnsKey',
    Effect: 'Allow',
    Principal: { AWS: accountRootArn(place) },
    Action: 'kms:*',
    Resource: '*',
  };
}

/** Amazon CloudWatch Logs User Guide, "Encrypt log data using AWS KMS": for log groups of this account and region only. */
export function allowLogs(place: Place): Statement {
  const groups = `arn:${place.partition}:logs:${place.region}:${place.accountId}:log-group:*`;
  return {
    Sid: 'AllowLogs',
    Effect: 'Allow',
    Principal: { Service: `logs.${place.region}.${principalSuffix(place.partition)}` },
    Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
    Resource: '*',
    // The context is all that the service sends of whose group it is: not the keys of the confused deputy.
    Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groups } },
  };
}

/**
 * Amazon EC2 Auto Scaling User Guide, "Required AWS KMS key policy for use with encrypted volumes": without it encrypted
 * nodes never start.
 */
export function allowAutoScaling(place: Place): readonly Statement[] {
  const AWS = `arn:${place.partition}:iam::${place.accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
  return [
    {
      Sid: 'AllowAutoScaling',
      Effect: 'Allow',
      Principal: { AWS },
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      Resource: '*',
    },
    {
      Sid: 'AllowAutoScalingGrants',
      Effect: 'Allow',
      Principal: { AWS },
      Action: 'kms:CreateGrant',
      Resource: '*',
      Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
  ];
}
