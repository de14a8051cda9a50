/**
 * Policies of resources hold for the account's own calls as well: "An explicit deny in any of these policies overrides the
 * allow" (IAM user guide, "Policy evaluation logic"), and nobody may use a key whose policy does not let them in (KMS
 * developer guide, "Key policies in AWS KMS"). Identity policies allow everything here.
 */
import { evaluate } from '../../policy/evaluate.ts';
import type { Context } from '../../policy/pattern.ts';
import {
  type Answer,
  type BenchContext,
  type Call,
  jsonInput,
  mapField,
  type Overlay,
  textField,
} from '../overlay.ts';
import { anyIdentity } from './key-use.ts';
import { callerOf, findKey, jsonBody } from './questions.ts';
import { s3Action } from './s3-actions.ts';
import { bucketOf, keyOf } from './s3-questions.ts';
import { queueArn } from './sqs-queue.ts';

/** As it was given last; a resource whose policy nobody gave has AWS's own, which lets its account in. */
const memory = (arn: string) => `policy:${arn}`;

function remember({ state }: BenchContext, arn: string, policy: string): void {
  if (policy === '') state.delete(memory(arn));
  else state.set(memory(arn), policy);
}

interface Asked {
  kind: 'kms' | 's3' | 'sns' | 'sqs';
  action: string;
  arn: string;
  /** Of the part that the call is about: an object of a bucket. */
  resource?: string;
  context?: Context;
}

function decisionOn(call: Call, bench: BenchContext, { kind, action, arn, resource, context }: Asked) {
  const resourcePolicy = bench.state.get(memory(arn));
  if (typeof resourcePolicy !== 'string') return 'Allow';
  return evaluate({
    kind,
    policies: [anyIdentity],
    resourcePolicy,
    request: {
      principal: callerOf(call),
      action,
      resource: resource ?? arn,
      resourceAccountId: call.accountId,
      context: { 'aws:SecureTransport': 'true', 'aws:RequestedRegion': call.region, ...context },
    },
  }).decision;
}

function isRoot(call: Call): boolean {
  return callerOf(call).arn?.endsWith(':root') === true;
}

function denied(call: Call, bench: BenchContext, { action, arn, kind }: Asked, why: string): Answer {
  const message = `User: ${callerOf(call).arn} is not authorized to perform: ${action} on resource: ${arn} ${why}`;
  const code = { kms: 'AccessDeniedException', s3: 'AccessDenied', sns: 'AuthorizationErrorException' };
  const status = kind === 'kms' ? 400 : 403;
  return bench.error(call, { status, code: kind === 'sqs' ? 'AccessDenied' : code[kind], message });
}

function unlessDenied(call: Call, bench: BenchContext, asked: Asked): Answer | undefined {
  if (decisionOn(call, bench, asked) !== 'ExplicitDeny') return undefined;
  return denied(call, bench, asked, 'with an explicit deny in a resource-based policy');
}

/** About no one key, or asked of identity policies alone. */
const NO_KEY = new Set(['CreateKey', 'ListKeys', 'ListAliases', 'GenerateRandom']);
/** These may be allowed by a grant, too. */
const GRANTABLE =
  /^(Encrypt|Decrypt|ReEncrypt|GenerateDataKey|Sign|Verify|DescribeKey|CreateGrant|RetireGrant)/;

const keys: Overlay = {
  service: 'kms',
  operation: /./,
  source: 'KMS developer guide, "Key policies in AWS KMS" and "AWS KMS permissions"',
  async before(call, bench) {
    if (NO_KEY.has(call.operation)) return undefined;
    const alias = textField(call, 'AliasName');
    const named = [textField(call, 'KeyId') || textField(call, 'TargetKeyId')];
    // The key that an alias has so far is asked as well.
    if (['DeleteAlias', 'UpdateAlias'].includes(call.operation)) named.push(alias);
    for (const reference of named.filter(one => one !== '')) {
      const arn = await keyArn(call, bench, reference);
      if (arn === undefined) continue;
      const asked: Asked = {
        kind: 'kms',
        action: `kms:${call.operation}`,
        arn,
        context: { 'kms:CallerAccount': call.accountId, 'kms:GrantIsForAWSResource': 'false' },
      };
      const decision = decisionOn(call, bench, asked);
      if (decision === 'ExplicitDeny')
        return denied(call, bench, asked, 'with an explicit deny in a resource-based policy');
      if (decision === 'ImplicitDeny' && !GRANTABLE.test(call.operation))
        return denied(
          call,
          bench,
          asked,
          `because no resource-based policy allows the ${asked.action} action`,
        );
    }
    return undefined;
  },
  async after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const { Policy: policy } = jsonInput(call);
    if (typeof policy !== 'string') return undefined;
    const metadata = jsonBody(answer).KeyMetadata;
    const made =
      typeof metadata === 'object' && metadata !== null && 'Arn' in metadata ? metadata.Arn : undefined;
    const arn =
      call.operation === 'PutKeyPolicy' ? await keyArn(call, bench, textField(call, 'KeyId')) : made;
    if (typeof arn === 'string') remember(bench, arn, policy);
    return undefined;
  },
};

/** Of another account it is that one's to judge. */
async function keyArn(call: Call, bench: BenchContext, reference: string): Promise<string | undefined> {
  const ofAccount = `arn:aws:kms:${call.region}:${call.accountId}:key/`;
  if (reference.startsWith(ofAccount)) return reference;
  if (/^[0-9a-f-]{36}$/.test(reference)) return ofAccount + reference;
  const key = await findKey(bench, reference, call);
  return key?.arn.startsWith(ofAccount) === true ? key.arn : undefined;
}

const BUCKET_POLICY = new Set(['GetBucketPolicy', 'PutBucketPolicy', 'DeleteBucketPolicy']);

const buckets: Overlay = {
  service: 's3',
  operation: /./,
  source:
    'S3 user guide, "Policies and permissions in Amazon S3"; S3 API, PutBucketPolicy: "the root principal in a bucket owner\'s account can perform the GetBucketPolicy, PutBucketPolicy, and DeleteBucketPolicy API actions, even if their bucket policy explicitly denies the root principal\'s access"',
  before(call, bench) {
    const bucket = bucketOf(call);
    const action = s3Action(call.operation);
    if (bucket === '' || action === undefined) return undefined;
    if (BUCKET_POLICY.has(call.operation) && isRoot(call)) return undefined;
    const arn = `arn:aws:s3:::${bucket}`;
    const key = keyOf(call);
    const isObject = /Object/.test(action) && key !== '' && call.path.split('/').length > 2;
    return unlessDenied(call, bench, {
      kind: 's3',
      action,
      arn,
      ...(isObject && { resource: `${arn}/${decodeURIComponent(key)}` }),
      context: { 's3:TlsVersion': '1.3', ...encryptionHeaders(call) },
    });
  },
  after(call, answer, bench) {
    const arn = `arn:aws:s3:::${bucketOf(call)}`;
    if (answer.status >= 300) return undefined;
    if (call.operation === 'PutBucketPolicy') remember(bench, arn, call.body.toString('utf8'));
    if (['DeleteBucketPolicy', 'DeleteBucket'].includes(call.operation)) remember(bench, arn, '');
    return undefined;
  },
};

/** Service Authorization Reference, "Condition keys for Amazon S3". */
function encryptionHeaders({ headers }: Call): Context {
  const names = ['x-amz-server-side-encryption', 'x-amz-server-side-encryption-aws-kms-key-id'];
  const given = names.flatMap(name => {
    const value = headers[name];
    return value === undefined ? [] : [[`s3:${name}`, value] as const];
  });
  return Object.fromEntries(given);
}

/** IAM user guide, "Centrally manage root access": the root user unlocks a queue by these. */
const QUEUE_POLICY = new Set(['GetQueueAttributes', 'SetQueueAttributes', 'GetQueueUrl']);

const queues: Overlay = {
  service: 'sqs',
  operation: /./,
  source: 'SQS developer guide, "Overview of managing access in Amazon SQS"',
  before(call, bench) {
    if (['CreateQueue', 'ListQueues'].includes(call.operation)) return undefined;
    if (QUEUE_POLICY.has(call.operation) && isRoot(call)) return undefined;
    return unlessDenied(call, bench, { kind: 'sqs', action: `sqs:${call.operation}`, arn: queueArn(call) });
  },
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const { Policy: policy } = mapField(call, 'Attributes');
    if (policy !== undefined) remember(bench, queueArn(call), policy);
    if (call.operation === 'DeleteQueue') remember(bench, queueArn(call), '');
    return undefined;
  },
};

const topics: Overlay = {
  service: 'sns',
  operation: /./,
  source: 'SNS developer guide, "Overview of managing access in Amazon SNS"',
  before(call, bench) {
    const arn = textField(call, 'TopicArn') || textField(call, 'ResourceArn');
    if (arn === '') return undefined;
    return unlessDenied(call, bench, { kind: 'sns', action: `sns:${call.operation}`, arn });
  },
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const named = `arn:aws:sns:${call.region}:${call.accountId}:${textField(call, 'Name')}`;
    const arn = textField(call, 'TopicArn') || named;
    const isPolicy = textField(call, 'AttributeName') === 'Policy';
    const policy = isPolicy ? textField(call, 'AttributeValue') : mapField(call, 'Attributes').Policy;
    if (policy !== undefined) remember(bench, arn, policy);
    if (call.operation === 'DeleteTopic') remember(bench, arn, '');
    return undefined;
  },
};

export const ownPolicyOverlays: Overlay[] = [keys, buckets, queues, topics];
