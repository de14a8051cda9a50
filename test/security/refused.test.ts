import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyObject, resourceOfKind } from '../../hack/bench/install.ts';
import { remove } from '../../hack/bench/kubernetes/objects.ts';
import { BUCKET_NAME, type NameOf, resourceName } from '../../src/aws/names.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { createAwsView } from '../support/aws-view.ts';
import { TEST_SETTINGS } from '../support/life.ts';
import { conditionOf } from '../support/settle.ts';
import { ACCOUNT, bucket, environment, queue, startWorld, type TestWorld, topic } from '../support/world.ts';
import { byHand, type Hand } from './support/hand.ts';
import { calm, type Run, run } from './support/run.ts';
import { readSecurity } from './support/state.ts';
import { type Tenant, tenant } from './support/tenant.ts';

/**
 * The second way: refused, at admission or with a condition that names the field, and without one write to AWS. By
 * somebody with all rights on queues, topics and buckets of the namespace shop, and no others.
 */
let world: TestWorld;
let operator: Run;
let mallory: Tenant;
let hand: Hand;
const FOREIGN = '999999999999';

beforeAll(async () => {
  world = await startWorld();
  mallory = await tenant(world);
  operator = await run(world);
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'bank', labels: { 'opta.dev/environment': 'dev' } },
  };
  await applyObject(world.cluster.transport, namespace);
  await world.apply(
    environment({ grants: { adopt: [{ namespace: 'shop', kind: 'Queue', ids: ['granted-to-shop'] }] } }),
  );
  await world.apply({ ...environment(), name: 'prod' });
  await world.apply({ ...queue('vault'), namespace: 'bank' });
  await world.apply({ ...topic('news', { subscriptions: [{ queue: 'vault' }] }), namespace: 'bank' });
  await world.apply({ ...bucket('ledger', { name: 'ledger-of-the-bank' }), namespace: 'bank' });
  await operator.settle();
  hand = byHand(world.aws, await readSecurity(world.aws));
  await world.aws.sqs.send(new CreateQueueCommand({ QueueName: 'made-by-hand' }));
  await world.aws.sqs.send(new CreateQueueCommand({ QueueName: 'granted-to-shop' }));
  await world.aws.sns.send(new CreateTopicCommand({ Name: 'made-by-hand' }));
  await world.aws.s3.send(new CreateBucketCommand({ Bucket: 'made-by-hand' }));
  const stranger = new S3Client({
    endpoint: world.bench.gateway.url,
    region: 'eu-central-1',
    forcePathStyle: true,
    credentials: { accessKeyId: FOREIGN, secretAccessKey: 'test' },
  });
  await stranger.send(new CreateBucketCommand({ Bucket: 'of-another-account' }));
  stranger.destroy();
});
afterAll(async () => {
  mallory?.close();
  await operator?.end();
  await world?.stop();
});

/** Writes to AWS while something happens. */
async function writesDuring(what: () => Promise<unknown>): Promise<readonly string[]> {
  const since = world.bench.gateway.journal.at(-1)?.id ?? 0;
  await what();
  await operator.settle(calm);
  return world.bench.gateway
    .journalSince(since)
    .filter(call => call.mutating)
    .map(call => `${call.operation} ${call.resource}`);
}

const statement = (of: object) => ({
  policyStatements: [
    { sid: 'Team', effect: 'Allow', principals: { aws: [ACCOUNT] }, actions: ['s3:GetObject'], ...of },
  ],
});
const service = (conditions?: object) =>
  statement({
    principals: { services: ['cloudfront.amazonaws.com'] },
    ...(conditions === undefined ? {} : { conditions }),
  });
const deny = (actions: string[], principals: object = { aws: ['*'] }) =>
  statement({ effect: 'Deny', principals, actions });
const subscription = (of: object) => ({ subscriptions: [{ queue: 'orders', ...of }] });
const notification = (of: object) => ({ notifications: [{ events: ['s3:ObjectCreated:*'], ...of }] });
const many = <T>(count: number, of: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => of(index));
const tags = (entries: Record<string, string>) => ({ tags: entries });
const MIB = 'x'.repeat(2 ** 20);

describe('at admission', () => {
  test.each<[string, string, string, object, RegExp]>([
    // Names that would be paths, patterns or other ARNs.
    ...[
      '../ledger',
      'a/b',
      'a:b',
      '*',
      'Ledger',
      'ledger_',
      'léger',
      'a..b',
      '-a',
      'arn:aws:s3:::ledger',
      '10.0.0.1',
      'xn--a',
      'a-s3alias',
      'a\u0000b',
      'a\nb',
    ].map((name): [string, string, string, object, RegExp] => [
      'A18',
      `a bucket called ${JSON.stringify(name)}`,
      'Bucket',
      { name },
      /bucket name|S3 reserves/,
    ]),
    ...['../vault', 'a/b', 'arn:aws:sqs:eu-central-1:999999999999:x', 'https://sqs/x', '*', 'a.b'].map(
      (name): [string, string, string, object, RegExp] => [
        'A18',
        `a queue to adopt called ${name}`,
        'Queue',
        { adopt: { name } },
        /must be the name of a queue/,
      ],
    ),
    [
      'A24',
      'a subscription of the metadata service',
      'Topic',
      subscription({ queue: 'http://169.254.169.254/' }),
      /must be the name of a Queue/,
    ],
    [
      'A24',
      'a subscription with a protocol',
      'Topic',
      subscription({ protocol: 'http', endpoint: 'http://10.0.0.1' }),
      /unknown field/,
    ],
    [
      'A13',
      'a notification to a queue of another account',
      'Bucket',
      notification({ queue: `arn:aws:sqs:eu-central-1:${FOREIGN}:x` }),
      /must be the name of a Queue/,
    ],
    [
      'A13',
      'a notification to another namespace',
      'Bucket',
      notification({ queue: 'bank/vault' }),
      /must be the name of a Queue/,
    ],
    ['A13', 'replication', 'Bucket', { replica: { bucket: 'x' } }, /unknown field/],
    ['A17', 'a name for the ConfigMap', 'Queue', { connectionSecret: { name: 'x' } }, /unknown field/],
    [
      'A12',
      'everybody',
      'Bucket',
      statement({ principals: { aws: ['*'] } }),
      /principal \* is for Deny only/,
    ],
    [
      'A12',
      'everybody, with a condition',
      'Bucket',
      statement({ principals: { aws: ['*'] }, conditions: { StringLike: { 'aws:PrincipalOrgID': ['*'] } } }),
      /principal \* is for Deny only/,
    ],
    [
      'A12',
      'everybody beside somebody',
      'Bucket',
      statement({ principals: { aws: [ACCOUNT, '*'] } }),
      /principal \* is for Deny only/,
    ],
    [
      'A12',
      'a pattern of principals',
      'Bucket',
      statement({ principals: { aws: [`arn:aws:iam::${ACCOUNT}:role/*`] } }),
      /must be an account id/,
    ],
    [
      'A12',
      'a federated principal',
      'Bucket',
      statement({ principals: { federated: ['accounts.google.com'] } }),
      /unknown field/,
    ],
    ['A12', 'nobody', 'Bucket', statement({ principals: {} }), /name at least one principal/],
    ['A12', 'a service for anybody', 'Bucket', service(), /needs a condition/],
    [
      'A12',
      'a service for a pattern',
      'Bucket',
      service({ StringLike: { 'aws:SourceAccount': ['*'] } }),
      /needs a condition/,
    ],
    [
      'A12',
      'a service if a source is said',
      'Bucket',
      service({ StringEqualsIfExists: { 'aws:SourceAccount': [ACCOUNT] } }),
      /needs a condition/,
    ],
    [
      'A12',
      'a service where there is no source',
      'Bucket',
      service({ Null: { 'aws:SourceArn': ['true'] } }),
      /needs a condition/,
    ],
    [
      'A12',
      'a service for its own account, and in another case for another one',
      'Bucket',
      service({ StringEquals: { 'aws:SourceAccount': [FOREIGN], 'aws:sourceaccount': [ACCOUNT] } }),
      /condition keys that differ only in upper and lower case are one to AWS/,
    ],
    [
      'A12',
      'a service of nobody',
      'Bucket',
      statement({ principals: { services: ['evil.example.com'] } }),
      /must be a service principal/,
    ],
    ['A26', 'NotPrincipal', 'Bucket', statement({ notPrincipals: { aws: [ACCOUNT] } }), /unknown field/],
    ['A26', 'NotAction', 'Bucket', statement({ notActions: ['s3:GetObject'] }), /unknown field/],
    ['A26', 'NotResource', 'Bucket', statement({ notResources: ['/*'] }), /unknown field/],
    ['A26', 'every action', 'Bucket', statement({ actions: ['s3:*'] }), /must be an S3 action/],
    ['A26', 'every action of every service', 'Bucket', statement({ actions: ['*'] }), /must be an S3 action/],
    [
      'A26',
      'the bucket’s own policy',
      'Bucket',
      statement({ actions: ['s3:PutBucketPolicy'] }),
      /must be an S3 action/,
    ],
    [
      'A26',
      'the bucket’s own block of public access',
      'Bucket',
      statement({ actions: ['s3:PutBucketPublicAccessBlock'] }),
      /must be an S3 action/,
    ],
    ['A26', 'a wildcard inside', 'Bucket', statement({ actions: ['s3:*Object'] }), /must be an S3 action/],
    [
      'A26',
      'an action of another service',
      'Bucket',
      statement({ actions: ['iam:PassRole'] }),
      /must be an S3 action/,
    ],
    ['A26', 'Deny of everything', 'Bucket', deny(['s3:*']), /must be an S3 action/],
    ['A26', 'Deny of all reads', 'Bucket', deny(['s3:Get*']), /would shut the operator out/],
    [
      'A26',
      'Deny of the bucket’s policy',
      'Bucket',
      deny(['s3:GetBucketPolicy']),
      /would shut the operator out/,
    ],
    ['A26', 'Deny of listing', 'Bucket', deny(['s3:ListBucket']), /would shut the operator out/],
    ['A26', 'Deny of listing versions', 'Bucket', deny(['s3:List*']), /would shut the operator out/],
    ['A26', 'Deny of deleting the bucket', 'Bucket', deny(['s3:DeleteBucket']), /must be an S3 action/],
    [
      'A26',
      'Deny of that for the account’s root',
      'Bucket',
      deny(['s3:GetBucketTagging'], { aws: [`arn:aws:iam::${ACCOUNT}:root`] }),
      /would shut the operator out/,
    ],
    [
      'A26',
      'a statement called like the operator’s own',
      'Bucket',
      statement({ sid: 'DenyPlaintext' }),
      /operator's own statements/,
    ],
    [
      'A26',
      'two statements of one name',
      'Bucket',
      {
        policyStatements: [
          ...statement({}).policyStatements,
          ...statement({ actions: ['s3:PutObject'] }).policyStatements,
        ],
      },
      /Duplicate value/,
    ],
    [
      'A18',
      'another bucket as resource',
      'Bucket',
      statement({ resources: ['arn:aws:s3:::ledger-of-the-bank/*'] }),
      /must be what follows the bucket's ARN/,
    ],
    [
      'A18',
      'a sibling bucket as resource',
      'Bucket',
      statement({ resources: ['-2/*'] }),
      /must be what follows the bucket's ARN/,
    ],
    [
      'A18',
      'everything as resource',
      'Bucket',
      statement({ resources: ['*'] }),
      /must be what follows the bucket's ARN/,
    ],
    [
      'A18',
      'a quote in a resource',
      'Bucket',
      statement({ resources: ['/"],"Principal":"*'] }),
      /must be what follows the bucket's ARN/,
    ],
    ['A18', 'a quote in a sid', 'Bucket', statement({ sid: 'a"b' }), /letters and digits only/],
    [
      'A18',
      'an operator that is none',
      'Bucket',
      statement({ conditions: { 'StringEquals"': { 'aws:x': ['y'] } } }),
      /condition operator/,
    ],
    [
      'A18',
      'a key that is none',
      'Bucket',
      statement({ conditions: { StringEquals: { 'aws"': ['y'] } } }),
      /condition key/,
    ],
    ['A18', 'markup in a display name', 'Topic', { displayName: '<script>' }, /displayName can have/],
    ['A19', 'opta.dev/uid', 'Queue', tags({ 'opta.dev/uid': 'x' }), /reserved/],
    ['A19', 'OPTA.dev/installation', 'Queue', tags({ 'OPTA.dev/installation': 'x' }), /reserved/],
    ['A19', 'opta.dev/retained', 'Bucket', tags({ 'opta.dev/retained': 'x' }), /reserved/],
    [
      'A19',
      'aws:cloudformation:stack-name',
      'Topic',
      tags({ 'aws:cloudformation:stack-name': 'x' }),
      /reserved/,
    ],
    ['A19', 'AWS:x', 'Topic', tags({ 'AWS:x': 'x' }), /reserved/],
    [
      'A19',
      'kubernetes.io/cluster/prod',
      'Bucket',
      tags({ 'kubernetes.io/cluster/prod': 'owned' }),
      /reserved/,
    ],
    [
      'A19',
      'Kubernetes.IO/cluster/prod',
      'Bucket',
      tags({ 'Kubernetes.IO/cluster/prod': 'owned' }),
      /reserved/,
    ],
    [
      'A19',
      '39 tags',
      'Queue',
      tags(Object.fromEntries(many(39, index => [`t${index}`, 'x']))),
      /must have at most 38 items/,
    ],
    [
      'A19',
      'keys that are one to IAM',
      'Queue',
      tags({ team: 'x', Team: 'y' }),
      /differ only in upper and lower case/,
    ],
    ['A19', 'a key of 128 characters', 'Queue', tags({ ['k'.repeat(128)]: 'x' }), /1 to 127 characters/],
    ['A19', 'an empty key', 'Queue', tags({ '': 'x' }), /1 to 127 characters/],
    ['A19', 'a value of 257 characters', 'Queue', tags({ a: 'v'.repeat(257) }), /may not be more than 256/],
    ['A19', 'a line break in a value', 'Queue', tags({ a: 'x\ny' }), /tag value can have/],
    [
      'A21',
      '10,000 subscriptions',
      'Topic',
      { subscriptions: many(10_000, index => ({ queue: `q${index}` })) },
      /must have at most 100 items/,
    ],
    [
      'A21',
      '10,000 notifications',
      'Bucket',
      { notifications: many(10_000, () => ({ events: ['s3:ObjectCreated:*'], queue: 'q' })) },
      /must have at most 100 items/,
    ],
    [
      'A21',
      '10,000 statements',
      'Bucket',
      {
        policyStatements: many(10_000, index => ({ ...statement({}).policyStatements[0], sid: `S${index}` })),
      },
      /must have at most 20 items/,
    ],
    [
      'A21',
      '10,000 principals',
      'Bucket',
      statement({ principals: { aws: many(10_000, index => String(100_000_000_000 + index)) } }),
      /must have at most 30 items/,
    ],
    [
      'A21',
      '10,000 CORS rules',
      'Bucket',
      { cors: many(10_000, () => ({ allowedOrigins: ['*'], allowedMethods: ['GET'] })) },
      /must have at most 100 items/,
    ],
    [
      'A21',
      'a filter with six fields',
      'Topic',
      subscription({ filterPolicy: Object.fromEntries(many(6, index => [`k${index}`, ['x']])) }),
      /must have at most 5 items/,
    ],
    ...(['environment', 'displayName', 'adopt'] as const).map(
      (field): [string, string, string, object, RegExp] => [
        'A21',
        `1 MiB in ${field}`,
        'Topic',
        field === 'adopt' ? { adopt: { name: MIB } } : { [field]: MIB },
        /may not be more than|Too long/,
      ],
    ),
    ['A21', '1 MiB in a tag', 'Queue', tags({ a: MIB }), /may not be more than|Too long/],
    [
      'A21',
      '1 MiB in a condition',
      'Bucket',
      statement({ conditions: { StringEquals: { 'aws:x': [MIB] } } }),
      /may not be more than|Too long/,
    ],
    [
      'A21',
      '1 MiB in a prefix',
      'Bucket',
      notification({ queue: 'q', prefix: MIB }),
      /may not be more than|Too long/,
    ],
    [
      'A21',
      'text that makes a backtracking pattern think',
      'Bucket',
      { name: `${'a-'.repeat(31)}!` },
      /bucket name/,
    ],
    [
      'A21',
      'the same in an ARN',
      'Bucket',
      statement({ principals: { aws: [`arn:aws${'-a'.repeat(300)}!`] } }),
      /must be an account id/,
    ],
  ])('%s: %s', async (_, __, kind, spec, says) => {
    const writes = await writesDuring(async () => {
      // As kubectl does it: unknown fields are refused.
      const where = { namespace: 'shop' };
      await expect(
        mallory.transport.request({
          method: 'POST',
          path: `/apis/opta.dev/v1alpha1/namespaces/${where.namespace}/${kind.toLowerCase()}s`,
          query: { fieldValidation: 'Strict' },
          body: {
            apiVersion: 'opta.dev/v1alpha1',
            kind,
            metadata: { name: 'attack' },
            spec: { environment: 'dev', ...spec },
          },
        }),
      ).rejects.toThrow(says);
    });
    expect(writes).toEqual([]);
  });

  test('A18: the name of an object is one of the cluster', async () => {
    for (const name of ['../x', 'a/b', 'a:b', '*', 'ünicode', 'UPPER', '', 'x'.repeat(254)])
      await expect(mallory.create('Queue', name, {})).rejects.toMatchObject({ status: 422 });
  });
});

describe('by the API server’s rights', () => {
  test.each<[string, string, string, string, object | undefined]>([
    [
      'A20',
      'an OptaEnvironment',
      'POST',
      '/apis/opta.dev/v1alpha1/optaenvironments',
      {
        apiVersion: 'opta.dev/v1alpha1',
        kind: 'OptaEnvironment',
        metadata: { name: 'mine' },
        spec: environment().spec,
      },
    ],
    [
      'A20',
      'one in a namespace',
      'POST',
      '/apis/opta.dev/v1alpha1/namespaces/shop/optaenvironments',
      { apiVersion: 'opta.dev/v1alpha1', kind: 'OptaEnvironment', metadata: { name: 'mine' }, spec: {} },
    ],
    [
      'A27',
      'a grant',
      'PATCH',
      '/apis/opta.dev/v1alpha1/optaenvironments/dev',
      { spec: { grants: { principals: [FOREIGN] } } },
    ],
    [
      'A27',
      'the status of the environment',
      'PATCH',
      '/apis/opta.dev/v1alpha1/optaenvironments/dev/status',
      { status: { defaults: { grants: {} } } },
    ],
    [
      'A27',
      'an annotation of the environment',
      'PATCH',
      '/apis/opta.dev/v1alpha1/optaenvironments/dev',
      { metadata: { annotations: { 'opta.dev/paused': 'true' } } },
    ],
    [
      'A27',
      'the label of the namespace',
      'PATCH',
      '/api/v1/namespaces/shop',
      { metadata: { labels: { 'opta.dev/environment': 'prod' } } },
    ],
    [
      'A6',
      'an object of another namespace',
      'PATCH',
      '/apis/opta.dev/v1alpha1/namespaces/bank/queues/vault',
      { spec: { delaySeconds: 9 } },
    ],
  ])('%s: %s', async (_, __, method, path, body) => {
    const contentType = method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {};
    const writes = await writesDuring(async () => {
      await expect(
        mallory.transport.request({ method, path, ...contentType, body } as never),
      ).rejects.toMatchObject({ status: expect.toBeOneOf([403, 404]) });
    });
    expect(writes).toEqual([]);
  });
});

/** Stored by the API server, and refused by the operator. */
describe('with a condition', () => {
  const ofOthers = /^spec\.name: .* looks like a name that the operator gives/;
  const nameGiven = (of: Pick<NameOf, 'environment' | 'kind' | 'namespace' | 'name' | 'node'>) =>
    resourceName({ installation: TEST_SETTINGS.installation, accountId: ACCOUNT, ...of }, BUCKET_NAME);
  const conflict = /exists and is not this object's|belongs to another account/;
  test.each<[string, string, string, object | (() => object), string, RegExp]>([
    [
      'A10',
      'a queue that nobody granted',
      'Queue',
      { adopt: { name: 'made-by-hand' } },
      'NotGranted',
      /^spec\.adopt: .*does not grant Queue in namespace shop the resource made-by-hand/,
    ],
    [
      'A10',
      'a topic that nobody granted',
      'Topic',
      { adopt: { name: 'made-by-hand' } },
      'NotGranted',
      /^spec\.adopt: /,
    ],
    [
      'A10',
      'a bucket that nobody granted',
      'Bucket',
      { adopt: { name: 'made-by-hand' } },
      'NotGranted',
      /^spec\.adopt: /,
    ],
    [
      'A10',
      'another team’s queue',
      'Queue',
      () => ({ adopt: { name: hand.queueName('vault') } }),
      'NotGranted',
      /^spec\.adopt: /,
    ],
    [
      'A10',
      'a topic by the grant of a queue',
      'Topic',
      { adopt: { name: 'granted-to-shop' } },
      'NotGranted',
      /^spec\.adopt: /,
    ],
    ['A11', 'another team’s bucket', 'Bucket', { name: 'ledger-of-the-bank' }, 'Conflict', conflict],
    ['A11', 'the log bucket', 'Bucket', () => ({ name: hand.bucketOf('dev') }), 'InvalidSpec', ofOthers],
    [
      'A11',
      'the log bucket of an environment that has none yet',
      'Bucket',
      {
        name: nameGiven({
          environment: 'next',
          kind: 'OptaEnvironment',
          namespace: '',
          name: 'next',
          node: 'logs',
        }),
      },
      'InvalidSpec',
      ofOthers,
    ],
    [
      'A11',
      'the replica of another team’s bucket, which has none yet',
      'Bucket',
      {
        name: nameGiven({
          environment: 'prod',
          kind: 'Bucket',
          namespace: 'bank',
          name: 'ledger',
          node: 'replica',
        }),
      },
      'InvalidSpec',
      ofOthers,
    ],
    ['A11', 'a bucket that somebody made by hand', 'Bucket', { name: 'made-by-hand' }, 'Conflict', conflict],
    [
      'A11',
      'a bucket of another account',
      'Bucket',
      { name: 'of-another-account' },
      'Conflict',
      /belongs to another account/,
    ],
    ['A12', 'a public bucket', 'Bucket', { publicRead: true }, 'NotGranted', /^spec\.publicRead: /],
    [
      'A12',
      'another account',
      'Bucket',
      statement({ principals: { aws: [FOREIGN] } }),
      'NotGranted',
      /^spec\.policyStatements\[Team\]\.principals\.aws: 999999999999/,
    ],
    [
      'A12',
      'another account’s role',
      'Bucket',
      statement({ principals: { aws: [`arn:aws:iam::${FOREIGN}:role/x`] } }),
      'NotGranted',
      /^spec\.policyStatements\[Team\]\.principals\.aws: /,
    ],
    [
      'A12',
      'a service for another account',
      'Bucket',
      service({ StringEquals: { 'aws:SourceAccount': [FOREIGN] } }),
      'NotGranted',
      /^spec\.policyStatements\[Team\]\.conditions: /,
    ],
    [
      'A12',
      'a service for everything',
      'Bucket',
      service({ ArnLike: { 'aws:SourceArn': ['*'] } }),
      'NotGranted',
      /^spec\.policyStatements\[Team\]\.conditions: /,
    ],
    [
      'A26',
      'a Deny that would keep the bucket for ever',
      'Bucket',
      { forceDestroy: true, ...deny(['s3:DeleteObject*']) },
      'InvalidSpec',
      /^spec\.policyStatements\[Team\]\.actions: /,
    ],
    [
      'A21',
      'statements longer than S3 takes',
      'Bucket',
      statement({ resources: many(25, index => `/${'x'.repeat(1000)}${index}`) }),
      'InvalidSpec',
      /^spec\.policyStatements: .*20480/,
    ],
    [
      'A21',
      'a filter of 151 values',
      'Topic',
      subscription({ filterPolicy: { a: many(151, String) } }),
      'InvalidSpec',
      /^spec\.subscriptions\[orders\]\.filterPolicy: .*151 combinations/,
    ],
    [
      'A21',
      'a filter of 300 levels',
      'Topic',
      subscription({ filterPolicyScope: 'MessageBody', filterPolicy: nested(300) }),
      'InvalidSpec',
      /^spec\.subscriptions\[orders\]\.filterPolicy: .*100 levels/,
    ],
    [
      'A27',
      'an environment of others',
      'Queue',
      { environment: 'prod' },
      'NamespaceNotAllowed',
      /OptaEnvironment prod does not allow namespace shop/,
    ],
    [
      'A27',
      'an environment that is none',
      'Queue',
      { environment: 'nowhere' },
      'EnvironmentMissing',
      /OptaEnvironment nowhere does not exist/,
    ],
  ])('%s: %s', async (_, __, kind, given, reason, says) => {
    let stored: OptaObject | undefined;
    const spec = typeof given === 'function' ? given() : given;
    const writes = await writesDuring(async () => {
      await mallory.create(kind, 'attack', spec);
      await operator.settle(calm);
      stored = await world.get(kind, 'attack');
      await mallory.delete(kind, 'attack');
    });
    expect(conditionOf(stored, 'Ready')).toMatchObject({
      status: 'False',
      reason,
      message: expect.stringMatching(says),
    });
    expect(conditionOf(stored, 'Stalled')?.status).toBe(reason === 'EnvironmentMissing' ? 'False' : 'True');
    expect(writes).toEqual([]);
    // Nothing that is refused has to be cleaned up by hand.
    expect(await world.get(kind, 'attack')).toBeUndefined();
  });

  test('A21: a filter too deep for a program to write down is refused, and its Topic can go', async () => {
    const levels = 5_000;
    const filterPolicy = `${'{"a":'.repeat(levels)}["x"]${'}'.repeat(levels)}`;
    const spec = `{"environment":"dev","subscriptions":[{"queue":"orders","filterPolicyScope":"MessageBody","filterPolicy":${filterPolicy}}]}`;
    const file = join(world.bench.directory, 'deep.json');
    await mallory.create('Topic', 'deep', { encryption: 'EnvironmentKey' });
    await operator.settle();
    const before = await world.get('Topic', 'deep');
    const metadata = `{"name":"deep","namespace":"shop","resourceVersion":"${before?.metadata.resourceVersion}","finalizers":["opta.dev/aws"]}`;
    await writeFile(
      file,
      `{"apiVersion":"opta.dev/v1alpha1","kind":"Topic","metadata":${metadata},"spec":${spec}}`,
    );
    const [kubectl = '', ...first] = world.bench.controlPlane.kubectl;
    const replace = ['replace', '--raw', '/apis/opta.dev/v1alpha1/namespaces/shop/topics/deep', '-f', file];
    const writes = await writesDuring(() =>
      promisify(execFile)(kubectl, [
        ...first,
        '--kubeconfig',
        world.bench.controlPlane.kubeconfig,
        ...replace,
      ]),
    );
    expect(writes).toEqual([]);
    expect(conditionOf(await world.get('Topic', 'deep'), 'Ready')).toMatchObject({
      status: 'False',
      reason: 'InvalidSpec',
      message: expect.stringMatching(/^spec\.subscriptions\[orders\]\.filterPolicy: .*100 levels/),
    });
    await mallory.delete('Topic', 'deep');
    await operator.settle();
    expect(await world.get('Topic', 'deep')).toBeUndefined();
  });

  test('A11: in us-east-1, where S3 says yes to both, one of two that ask at once has the bucket', async () => {
    const name = 'asked-for-twice';
    await world.apply({
      ...environment({ region: 'us-east-1', allowedNamespaces: { from: 'All' } }),
      name: 'east',
    });
    await operator.settle(calm);
    const both = [
      bucket('first', { name, environment: 'east' }),
      { ...bucket('second', { name, environment: 'east' }), namespace: 'bank' },
    ];
    await Promise.all(both.map(manifest => world.apply(manifest)));
    await operator.settle(calm);
    const stored = (await world.objects()).filter(object => object.spec.name === name);
    const reasons = stored.map(object => conditionOf(object, 'Ready')?.reason);
    expect(reasons.toSorted()).toEqual(['Conflict', 'Ready']);
    const [winner] = stored.filter(object => conditionOf(object, 'Ready')?.reason === 'Ready');
    const east = createAwsView(world.bench.gateway, ACCOUNT, 'us-east-1');
    const { tags } = (await east.state()).buckets[name] as { tags: Record<string, string> };
    expect(tags['opta.dev/uid']).toBe(winner?.metadata.uid);
    for (const object of stored) await remove(world.cluster.transport, resourceOfKind('Bucket'), object);
    await operator.settle(calm);
    expect((await east.state()).buckets[name]).toBeUndefined();
    east.close();
  });

  test('a Topic that waits for a Queue which never came can go', async () => {
    await mallory.create('Topic', 'early', { encryption: 'EnvironmentKey', ...subscription({}) });
    await operator.settle(calm);
    expect(conditionOf(await world.get('Topic', 'early'), 'Ready')?.reason).toBe('WaitingForDependency');
    await mallory.delete('Topic', 'early');
    await operator.settle();
    expect(await world.get('Topic', 'early')).toBeUndefined();
  });

  test('A17: a ConfigMap that is somebody else’s is not written', async () => {
    const path = '/api/v1/namespaces/shop/configmaps';
    const data = { url: 'mine' };
    await mallory.transport.request({
      method: 'POST',
      path,
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'named-queue' }, data },
    });
    await mallory.create('Queue', 'named', {
      deadLetter: { mode: 'Disabled' },
      encryption: 'EnvironmentKey',
    });
    await operator.settle(calm);
    expect(conditionOf(await world.get('Queue', 'named'), 'Ready')).toMatchObject({
      status: 'False',
      reason: 'Conflict',
      message: expect.stringMatching(/ConfigMap shop\/named-queue exists and does not belong to this object/),
    });
    expect(await mallory.transport.request({ method: 'GET', path: `${path}/named-queue` })).toMatchObject({
      data,
    });
    await mallory.transport.request({ method: 'DELETE', path: `${path}/named-queue` });
    await mallory.annotate('Queue', 'named', { 'opta.dev/reconcile-requested-at': '1' });
    await operator.settle();
    await mallory.delete('Queue', 'named');
    await operator.settle();
    expect(await world.get('Queue', 'named')).toBeUndefined();
  });
});

function nested(levels: number): object {
  let policy: object = { leaf: ['x'] };
  for (let level = 0; level < levels; level++) policy = { a: policy };
  return policy;
}
