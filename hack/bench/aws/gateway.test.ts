import {
  CreateKeyCommand,
  DescribeKeyCommand,
  KMSClient,
  ListKeyRotationsCommand,
} from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketIntelligentTieringConfigurationCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  SQSClient,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eksControl } from './eks/index.ts';
import { type Gateway, startGateway } from './gateway.ts';
import type { JournalEntry } from './journal.ts';
import { MINISTACK } from './ministack.ts';
import { startEmulator } from './nursery.ts';
import { jsonInput, type Overlay } from './overlay.ts';
import type { Emulator } from './python-process.ts';

const REGION = 'eu-central-1';

let ministack: Emulator;
let gateway: Gateway;

const renamesQueues: Overlay = {
  service: 'sqs',
  operation: 'CreateQueue',
  source: 'none: shows what an overlay can do',
  before: call => {
    const input = jsonInput(call);
    if (input.QueueName === 'changed-by-overlay') input.QueueName = 'changed';
    return undefined;
  },
  after: (call, answer, bench) => {
    bench.state.set('sqs last', call.resource);
    return answer;
  },
};

beforeAll(async () => {
  ministack = await startEmulator(MINISTACK, { log: console.log });
  gateway = await startGateway({ upstreams: { ministack: ministack.url }, overlays: [renamesQueues] });
});
beforeEach(() => gateway.reset());
afterAll(async () => {
  await gateway.stop();
  await ministack.stop();
});

function configuration(credentials = { accessKeyId: 'AKIDUMMY', secretAccessKey: 'none' }) {
  return { endpoint: gateway.url, region: REGION, credentials, forcePathStyle: true, maxAttempts: 3 };
}

async function assume(accountId: string, credentials?: { accessKeyId: string; secretAccessKey: string }) {
  const { Credentials } = await new STSClient(configuration(credentials)).send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${accountId}:role/operator`, RoleSessionName: 'opta' }),
  );
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}

describe('journal', () => {
  test('one entry a call, with what the call was', async () => {
    const sqs = new SQSClient(configuration());
    await sqs.send(new CreateQueueCommand({ QueueName: 'jobs', tags: { team: 'a', owner: 'ä <b>' } }));
    await sqs.send(new GetQueueUrlCommand({ QueueName: 'absent' })).catch(() => undefined);
    expect(gateway.journal).toEqual([
      {
        id: expect.any(Number),
        at: expect.any(Number),
        durationMs: expect.any(Number),
        service: 'sqs',
        region: REGION,
        accountId: '123456789012',
        operation: 'CreateQueue',
        mutating: true,
        resource: 'jobs',
        tags: { team: 'a', owner: 'ä <b>' },
        status: 200,
        requestId: expect.stringMatching(/\w/),
      },
      expect.objectContaining({
        operation: 'GetQueueUrl',
        mutating: false,
        resource: 'absent',
        status: 400,
        errorCode: 'QueueDoesNotExist',
      }),
    ]);
  });

  test('tags as each service writes them', async () => {
    const s3 = new S3Client(configuration());
    const Tags = [{ Key: 'team', Value: 'a & b' }];
    const CreateBucketConfiguration = { LocationConstraint: REGION, Tags } as const;
    await s3.send(new CreateBucketCommand({ Bucket: 'tagged', CreateBucketConfiguration }));
    await s3.send(new PutBucketTaggingCommand({ Bucket: 'tagged', Tagging: { TagSet: Tags } }));
    await new SNSClient(configuration()).send(new CreateTopicCommand({ Name: 'tagged', Tags }));
    const key = new CreateKeyCommand({ Tags: [{ TagKey: 'team', TagValue: 'a & b' }] });
    await new KMSClient(configuration()).send(key);
    const sqs = new SQSClient(configuration());
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'tagged' }));
    await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { team: 'a & b' } }));
    const tagged = gateway.journal.filter(entry => entry.tags).map(entry => [entry.operation, entry.tags]);
    const team = { team: 'a & b' };
    expect(tagged).toEqual([
      ['CreateBucket', team],
      ['PutBucketTagging', team],
      ['CreateTopic', team],
      ['CreateKey', team],
      ['TagQueue', team],
    ]);
  });

  test('listeners see the call before its answer leaves', async () => {
    const seen: JournalEntry[] = [];
    const unsubscribe = gateway.onCall(entry => seen.push(entry));
    const sqs = new SQSClient(configuration());
    await sqs.send(new ListQueuesCommand({}));
    unsubscribe();
    await sqs.send(new ListQueuesCommand({}));
    expect(seen.map(entry => entry.operation)).toEqual(['ListQueues']);
  });
});

describe('accounts', () => {
  test('an assumed role lands in its account, also when chained', async () => {
    const credentials = await assume('222222222222');
    await new SQSClient(configuration(credentials)).send(new CreateQueueCommand({ QueueName: 'theirs' }));
    const chained = await assume('333333333333', credentials);
    await new SQSClient(configuration(chained)).send(new CreateQueueCommand({ QueueName: 'third' }));
    const created = gateway.journal.filter(entry => entry.operation === 'CreateQueue');
    expect(created.map(entry => entry.accountId)).toEqual(['222222222222', '333333333333']);
    const names = async (accessKeyId: string) => {
      const client = new SQSClient(configuration({ accessKeyId, secretAccessKey: 'none' }));
      const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}));
      return QueueUrls.map(url => url.slice(gateway.url.length));
    };
    expect(await names('AKIDUMMY')).toEqual([]);
    expect(await names('222222222222')).toEqual(['/222222222222/theirs']);
    expect(await names('333333333333')).toEqual(['/333333333333/third']);
  });

  test('GetCallerIdentity names the session, and still does after a reset of the emulator', async () => {
    const credentials = await assume('222222222222');
    await gateway.reset();
    const identity = await new STSClient(configuration(credentials)).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({
      Account: '222222222222',
      Arn: 'arn:aws:sts::222222222222:assumed-role/operator/opta',
    });
  });

  test.each([
    ['444444444444', '444444444444'],
    ['AKIANYTHING', '123456789012'],
  ])('access key %s is of account %s', async (accessKeyId, account) => {
    const sts = new STSClient(configuration({ accessKeyId, secretAccessKey: 'none' }));
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe(account);
  });
});

describe('what no emulator serves', () => {
  test('an unknown sub-resource leaves the bucket alone', async () => {
    const s3 = new S3Client(configuration());
    const Bucket = 'precious';
    await s3.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
    );
    const remove = new DeleteBucketIntelligentTieringConfigurationCommand({ Bucket, Id: 'a' });
    await expect(s3.send(remove)).rejects.toMatchObject({ name: 'NotImplementedByBench' });
    const { authorization } = { authorization: `AWS4-HMAC-SHA256 Credential=1/2/${REGION}/s3/aws4_request` };
    for (const search of [
      'newThing',
      'newThing=',
      'policy&newThing',
      'uploadId=1',
      'x-id=DeleteBucketNewThing',
    ]) {
      const url = `${gateway.url}/${Bucket}?${search}`;
      const answer = await fetch(url, { method: 'DELETE', headers: { authorization } });
      expect([search, answer.status]).toEqual([search, 501]);
    }
    await s3.send(new HeadBucketCommand({ Bucket }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
  });

  test.each<[string, () => Promise<unknown>]>([
    ['S3', () => new S3Client(configuration()).send(new GetBucketPolicyStatusCommand({ Bucket: 'b' }))],
    [
      'SQS',
      () =>
        new SQSClient(configuration()).send(
          new ListDeadLetterSourceQueuesCommand({ QueueUrl: 'http://q/1/q' }),
        ),
    ],
    ['KMS', () => new KMSClient(configuration()).send(new ListKeyRotationsCommand({ KeyId: 'k' }))],
  ])('%s: a 501 that says so and is not retried', async (_, call) => {
    await expect(call()).rejects.toMatchObject({
      name: 'NotImplementedByBench',
      message: expect.stringContaining('test bench'),
      $metadata: { httpStatusCode: 501 },
    });
    expect(gateway.journal).toHaveLength(1);
  });

  test('a service without an emulator', async () => {
    const authorization = `AWS4-HMAC-SHA256 Credential=1/2/${REGION}/autoscaling/aws4_request`;
    const body = new URLSearchParams({ Action: 'CreateAutoScalingGroup', Version: '2011-01-01' });
    const answer = await fetch(gateway.url, { method: 'POST', headers: { authorization }, body });
    expect([answer.status, await answer.text()]).toEqual([
      501,
      expect.stringContaining('NotImplementedByBench'),
    ]);
    expect(gateway.journal.at(-1)).toMatchObject({
      service: 'autoscaling',
      operation: 'CreateAutoScalingGroup',
      mutating: true,
    });
  });
});

test('bodies go through whole, binary and with odd keys', async () => {
  const s3 = new S3Client(configuration());
  const Bucket = 'objects';
  await s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
  );
  const Body = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256);
  const Key = 'a//b/../ü +%20?.bin';
  await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const { Body: read } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(Buffer.from((await read?.transformToByteArray()) ?? []).equals(Buffer.from(Body))).toBe(true);
});

test('an overlay changes the request, and its state ends with a reset', async () => {
  const sqs = new SQSClient(configuration());
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'changed-by-overlay' }));
  expect(QueueUrl).toMatch(/\/changed$/);
  expect(gateway.bench.state.get('sqs last')).toBe('changed-by-overlay');
  await gateway.reset();
  expect(gateway.bench.state.size).toBe(0);
});

describe("an overlay's own questions", () => {
  const asked = { region: REGION, accountId: '123456789012' };

  test('JSON, query and S3, none of them in the journal', async () => {
    const { forward } = gateway.bench;
    const queue = await forward({
      ...asked,
      service: 'sqs',
      operation: 'CreateQueue',
      input: { QueueName: 'own' },
    });
    const topic = await forward({
      ...asked,
      service: 'sns',
      operation: 'CreateTopic',
      input: { Name: 'own' },
    });
    const bucket = await forward({ ...asked, service: 's3', method: 'GET', path: '/absent?policy' });
    expect([queue.status, topic.status, bucket.status]).toEqual([200, 200, 404]);
    expect(gateway.journal).toEqual([]);
  });

  test('an unknown sub-resource is refused here too', async () => {
    const ask = () =>
      gateway.bench.forward({ ...asked, service: 's3', method: 'DELETE', path: '/b?newThing' });
    await expect(ask()).rejects.toThrow('no emulator serves s3:Unknown');
  });
});

describe('control API', () => {
  async function control(method: string, path: string, body?: unknown): Promise<[number, unknown]> {
    const url = path.startsWith('/_bench') ? gateway.url + path : gateway.controlUrl + path;
    const answer = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    return [answer.status, await answer.json()];
  }

  test.each(['', '/_bench'])('faults and journal at %s/...', async prefix => {
    const sqs = new SQSClient({ ...configuration(), maxAttempts: 1 });
    const rules = [
      { operation: '/^List/', fault: { kind: 'throttle' } },
      { service: 's3', fault: { kind: 'delay', ms: 1 } },
    ];
    const [, added] = await control('POST', `${prefix}/faults`, rules);
    expect(added).toEqual({ ids: [expect.any(String), expect.any(String)] });
    await expect(sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({ name: 'ThrottlingException' });
    await sqs.send(new ListQueuesCommand({}));
    const [, listed] = await control('GET', `${prefix}/faults`);
    expect(listed).toMatchObject([
      { rule: rules[0], seen: 1, fired: 1 },
      { rule: rules[1], seen: 0, fired: 0 },
    ]);
    const [, journal] = await control('GET', `${prefix}/journal`);
    expect(journal).toMatchObject([
      { operation: 'ListQueues', fault: 'throttle', status: 400 },
      { status: 200 },
    ]);
    const first = gateway.journal[0]?.id ?? 0;
    const [, later] = await control('GET', `${prefix}/journal?since=${first}`);
    expect(later).toHaveLength(1);
    await control('DELETE', `${prefix}/faults?id=${gateway.faults()[0]?.id}`);
    expect(gateway.faults()).toMatchObject([{ rule: rules[1] }]);
    await control('DELETE', `${prefix}/faults`);
    expect(gateway.faults()).toEqual([]);
  });

  const throttle = { fault: { kind: 'throttle' } };

  test.each([
    ['a misspelt member', { serivce: 'sqs', ...throttle }, 'has no serivce'],
    ['a misspelt member of the fault', { fault: { kind: 'delay', milliseconds: 5 } }, 'has no milliseconds'],
    ['a fault that lacks something', { fault: { kind: 'delay' } }, 'needs ms'],
    ['a number as text', { nth: '2', ...throttle }, 'nth must be a number'],
    ['a broken expression', { operation: '/(/', ...throttle }, 'no regular expression'],
    ['no rule', 'throttle', 'needs a fault'],
  ])('%s is refused, and no rule that came with it is active', async (_, rule, why) => {
    const [status, output] = await control('POST', '/faults', [throttle, rule]);
    expect([status, output]).toEqual([400, { error: expect.stringContaining(why) }]);
    expect(gateway.faults()).toEqual([]);
  });

  test('reset empties emulator, journal and faults', async () => {
    const sqs = new SQSClient(configuration());
    await sqs.send(new CreateQueueCommand({ QueueName: 'gone' }));
    gateway.addFault({ service: 'kms', fault: { kind: 'resetBefore' } });
    expect(await control('POST', '/reset')).toEqual([200, {}]);
    expect([gateway.journal, gateway.faults()]).toEqual([[], []]);
    expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls ?? []).toEqual([]);
  });

  test('a call that is under way at a reset does not come to pass in the new world', async () => {
    const sqs = new SQSClient({ ...configuration(), maxAttempts: 1 });
    gateway.addFault({ service: 'sqs', fault: { kind: 'delay', ms: 60_000 } });
    const late = sqs.send(new CreateQueueCommand({ QueueName: 'late' })).catch(error => error.code);
    await expect.poll(() => gateway.underway).toBe(1);
    await gateway.reset();
    expect(await late).toBe('ECONNRESET');
    expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls ?? []).toEqual([]);
  });

  test('a call that comes during a reset is carried out after it', async () => {
    const sqs = new SQSClient(configuration());
    await sqs.send(new CreateQueueCommand({ QueueName: 'before' }));
    const reset = gateway.reset();
    const during = sqs.send(new CreateQueueCommand({ QueueName: 'during' }));
    await Promise.all([reset, during]);
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    expect(QueueUrls.map(url => url.split('/').at(-1))).toEqual(['during']);
    expect(gateway.journal.map(entry => entry.operation)).toEqual(['CreateQueue', 'ListQueues']);
  });

  test('a reset sets the clock back, and forgets failures that were planted', async () => {
    const { settings } = eksControl(gateway);
    settings.failures.push({ operation: 'CreateCluster', issues: [] });
    settings.newImages = 2;
    gateway.advanceClock(3600);
    await gateway.reset();
    expect(gateway.now() - Date.now()).toBeLessThan(60_000);
    expect(settings).toMatchObject({ failures: [] });
    expect(settings.newImages).toBeUndefined();
  });

  test('the clock moves on', async () => {
    const before = gateway.now();
    await control('POST', '/clock', { advanceSeconds: 3600 });
    expect(gateway.now() - before).toBeGreaterThanOrEqual(3_600_000);
  });

  test.each([
    ['POST', '/faults', { service: 'sqs' }, 400],
    ['POST', '/faults', { fault: { kind: 'explode' } }, 400],
    ['POST', '/clock', {}, 400],
    ['GET', '/nothing', undefined, 404],
  ])('%s %s %j is refused', async (method, path, body, status) => {
    expect(await control(method, path, body)).toEqual([status, { error: expect.any(String) }]);
  });
});

test('an emulator that is gone is a 501, not an outage of AWS', async () => {
  const lonely = await startGateway({ upstreams: { ministack: 'http://127.0.0.1:1' } });
  const kms = new KMSClient({ ...configuration(), endpoint: lonely.url });
  await expect(kms.send(new DescribeKeyCommand({ KeyId: 'k' }))).rejects.toMatchObject({
    name: 'BenchFailed',
  });
  expect(lonely.journal).toHaveLength(1);
  await lonely.stop();
});
