import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  KMSClient,
  ListKeysCommand,
  ListResourceTagsCommand,
  paginateListKeys,
} from '@aws-sdk/client-kms';
import {
  GetResourcesCommand,
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import {
  CreateBucketCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutObjectCommand,
  paginateListBuckets,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  paginateListTopics,
  SNSClient,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  paginateListQueues,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Fault } from './faults.ts';
import { type Gateway, startGateway } from './gateway.ts';

import { MINISTACK } from './ministack.ts';
import { startEmulator } from './nursery.ts';
import { OBSERVER_HEADER } from './overlay.ts';
import type { Emulator } from './python-process.ts';

const REGION = 'eu-central-1';

let ministack: Emulator;
let gateway: Gateway;

beforeAll(async () => {
  ministack = await startEmulator(MINISTACK, { log: console.log });
  gateway = await startGateway({ upstreams: { ministack: ministack.url } });
});
beforeEach(() => gateway.reset());
afterAll(async () => {
  await gateway.stop();
  await ministack.stop();
});

function configuration(maxAttempts = 1) {
  return {
    endpoint: gateway.url,
    region: REGION,
    credentials: { accessKeyId: '123456789012', secretAccessKey: 'none' },
    forcePathStyle: true,
    maxAttempts,
    requestHandler: new NodeHttpHandler({ requestTimeout: 1_500, throwOnRequestTimeout: true }),
  };
}

const reads: Record<string, (maxAttempts: number) => Promise<unknown>> = {
  s3: maxAttempts => new S3Client(configuration(maxAttempts)).send(new ListBucketsCommand({})),
  sqs: maxAttempts => new SQSClient(configuration(maxAttempts)).send(new ListQueuesCommand({})),
  sns: maxAttempts => new SNSClient(configuration(maxAttempts)).send(new ListTopicsCommand({})),
  kms: maxAttempts => new KMSClient(configuration(maxAttempts)).send(new ListKeysCommand({})),
  sts: maxAttempts => new STSClient(configuration(maxAttempts)).send(new GetCallerIdentityCommand({})),
  tagging: maxAttempts =>
    new ResourceGroupsTaggingAPIClient(configuration(maxAttempts)).send(new GetResourcesCommand({})),
};

describe('errors as the SDK sees them, and whether it tries again by itself', () => {
  test.each<[string, Fault, string, number, boolean]>([
    ['s3', { kind: 'throttle' }, 'SlowDown', 503, true],
    ['sqs', { kind: 'throttle' }, 'ThrottlingException', 400, true],
    ['sns', { kind: 'throttle' }, 'Throttling', 400, true],
    ['kms', { kind: 'throttle' }, 'ThrottlingException', 400, true],
    ['sts', { kind: 'throttle' }, 'Throttling', 400, true],
    ['tagging', { kind: 'throttle' }, 'ThrottlingException', 400, true],
    ['sqs', { kind: 'throttle', code: 'RequestThrottled', status: 403 }, 'RequestThrottled', 403, true],
    ['s3', { kind: 'serverError' }, 'InternalError', 500, true],
    ['sqs', { kind: 'serverError' }, 'InternalFailure', 500, true],
    ['sns', { kind: 'serverError' }, 'InternalErrorException', 500, true],
    ['kms', { kind: 'serverError' }, 'KMSInternalException', 500, true],
    ['sts', { kind: 'serverError' }, 'InternalFailure', 500, true],
    ['tagging', { kind: 'serverError' }, 'InternalServiceException', 500, true],
    ['s3', { kind: 'serverError', status: 503 }, 'ServiceUnavailable', 503, true],
    ['kms', { kind: 'serverError', status: 503 }, 'DependencyTimeoutException', 503, true],
    ['s3', { kind: 'accessDenied' }, 'AccessDenied', 403, false],
    ['sqs', { kind: 'accessDenied' }, 'AccessDenied', 403, false],
    ['sns', { kind: 'accessDenied' }, 'AuthorizationErrorException', 403, false],
    ['kms', { kind: 'accessDenied' }, 'AccessDeniedException', 400, false],
    ['sts', { kind: 'accessDenied' }, 'AccessDenied', 403, false],
    ['tagging', { kind: 'accessDenied' }, 'AccessDeniedException', 400, false],
  ])('%s %j is %s', async (service, fault, name, httpStatusCode, retried) => {
    gateway.addFault({ service, fault });
    await expect(reads[service]?.(1)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    gateway.clearFaults();
    gateway.addFault({ service, fault });
    const second = reads[service]?.(2);
    if (retried) await expect(second).resolves.toMatchObject({ $metadata: { attempts: 2 } });
    else await expect(second).rejects.toMatchObject({ name, $metadata: { attempts: 1 } });
    const [first] = gateway.journal;
    expect(first).toMatchObject({ status: httpStatusCode, fault: fault.kind, errorCode: expect.any(String) });
  });
});

async function queueNames(): Promise<string[]> {
  const { QueueUrls = [] } = await new SQSClient(configuration()).send(new ListQueuesCommand({}));
  return QueueUrls.map(url => url.slice(url.lastIndexOf('/') + 1));
}

/** As Node tells them. */
const RESET = { code: 'ECONNRESET' };
const TIMED_OUT = { name: 'TimeoutError' };

describe('broken connections', () => {
  test.each<[Fault, string[], object]>([
    [{ kind: 'resetBefore' }, [], RESET],
    [{ kind: 'resetAfter' }, ['q'], RESET],
    [{ kind: 'resetInBody' }, ['q'], RESET],
    [{ kind: 'hang' }, [], TIMED_OUT],
    [{ kind: 'hang', applied: true }, ['q'], TIMED_OUT],
    [{ kind: 'hang', seconds: 0.05 }, [], RESET],
  ])('%j: the call fails, and %j was created', async (fault, created, failure) => {
    gateway.addFault({ operation: 'CreateQueue', fault });
    const create = new CreateQueueCommand({ QueueName: 'q' });
    await expect(new SQSClient(configuration()).send(create)).rejects.toMatchObject(failure);
    expect(await queueNames()).toEqual(created);
    expect(gateway.journal[0]).toMatchObject({ operation: 'CreateQueue', status: 0, fault: fault.kind });
  });

  test.each<Fault>([{ kind: 'resetBefore' }, { kind: 'resetAfter' }, { kind: 'hang' }])(
    '%j: the SDK tries again by itself, and a create without a token happens twice where the first was applied',
    async fault => {
      gateway.addFault({ operation: 'CreateKey', fault });
      await new KMSClient(configuration(2)).send(new CreateKeyCommand({}));
      const { Keys = [] } = await new KMSClient(configuration()).send(new ListKeysCommand({}));
      expect(Keys).toHaveLength(fault.kind === 'resetAfter' ? 2 : 1);
    },
  );

  test('resetInBody of an answer without a body is resetAfter', async () => {
    const s3 = new S3Client(configuration());
    gateway.addFault({ operation: 'CreateBucket', fault: { kind: 'resetInBody' } });
    const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
    await expect(
      s3.send(new CreateBucketCommand({ Bucket: 'b-1', CreateBucketConfiguration })),
    ).rejects.toMatchObject(RESET);
    await s3.send(new HeadBucketCommand({ Bucket: 'b-1' }));
  });

  test('an observer meets none, and uses none up', async () => {
    const { requestHandler, ...common } = configuration();
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = (request, options) => {
      request.headers[OBSERVER_HEADER] = '1';
      return handle(request, options);
    };
    const observer = new SQSClient({ ...common, requestHandler });
    gateway.addFault({ service: 'sqs', fault: { kind: 'throttle' } });
    await observer.send(new ListQueuesCommand({}));
    expect(gateway.faults().map(one => one.fired)).toEqual([0]);
    await expect(new SQSClient(configuration()).send(new ListQueuesCommand({}))).rejects.toMatchObject({
      name: 'ThrottlingException',
    });
  });

  test('clearing the faults ends a hanging call', async () => {
    gateway.addFault({ fault: { kind: 'hang' } });
    const patient = { ...configuration(), requestHandler: new NodeHttpHandler({ requestTimeout: 0 }) };
    const hanging = new SQSClient(patient).send(new ListQueuesCommand({}));
    const seen = new Promise<void>(resolve => void gateway.onCall(() => resolve()));
    await seen;
    setImmediate(() => gateway.clearFaults());
    await expect(hanging).rejects.toMatchObject(RESET);
  });

  test('delay', async () => {
    gateway.addFault({ fault: { kind: 'delay', ms: 120 } });
    await queueNames();
    expect(gateway.journal[0]?.durationMs).toBeGreaterThanOrEqual(119);
    expect(gateway.journal[0]).toMatchObject({ status: 200, fault: 'delay' });
  });
});

describe('which calls a rule meets', () => {
  const throttle: Fault = { kind: 'throttle' };

  async function outcomes(calls: number): Promise<string> {
    let text = '';
    for (let call = 0; call < calls; call += 1) {
      text += await queueNames().then(
        () => '.',
        () => 'x',
      );
    }
    return text;
  }

  test.each([
    ['once by default', {}, 'x....'],
    ['times', { times: 3 }, 'xxx..'],
    ['for ever', { times: 0 }, 'xxxxx'],
    ['the nth', { nth: 3 }, '..x..'],
    ['from the nth on', { nth: 3, times: 0 }, '..xxx'],
    ['another service', { service: 's3' }, '.....'],
    ['another operation', { operation: 'ListQueue' }, '.....'],
    ['a pattern', { operation: '/^List/', times: 0 }, 'xxxxx'],
    ['another account', { accountId: '222222222222' }, '.....'],
    ['another region', { region: 'us-east-1' }, '.....'],
    ['writes only', { mutating: true }, '.....'],
    ['reads only', { mutating: false }, 'x....'],
    ['another resource', { resource: 'q' }, '.....'],
  ])('%s', async (_, rule, expected) => {
    gateway.addFault({ ...rule, fault: throttle });
    expect(await outcomes(5)).toBe(expected);
  });

  test('a seed repeats, another differs', async () => {
    const drawn = async (seed: number) => {
      gateway.clearFaults();
      gateway.addFault({ probability: 0.5, seed, times: 0, fault: throttle });
      return outcomes(24);
    };
    const first = await drawn(7);
    expect(await drawn(7)).toBe(first);
    expect(await drawn(8)).not.toBe(first);
    expect(first).toMatch(/x/);
    expect(first).toMatch(/\./);
  });

  test('of two rules that end the call one fires, the other waits', async () => {
    gateway.addFault({ fault: throttle });
    gateway.addFault({ fault: { kind: 'accessDenied' } });
    expect(await outcomes(3)).toBe('xx.');
    expect(gateway.journal.map(entry => entry.fault)).toEqual(['throttle', 'accessDenied', undefined]);
  });

  test('a delay goes with another fault', async () => {
    gateway.addFault({ fault: { kind: 'delay', ms: 1 } });
    gateway.addFault({ fault: throttle });
    expect(await outcomes(1)).toBe('x');
    expect(gateway.journal[0]?.fault).toBe('delay+throttle');
  });
});

describe('time', () => {
  const create: Record<string, () => Promise<() => Promise<unknown>>> = {
    s3: async () => {
      const s3 = new S3Client(configuration());
      const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
      await s3.send(new CreateBucketCommand({ Bucket: 'new', CreateBucketConfiguration }));
      return () => s3.send(new HeadBucketCommand({ Bucket: 'new' }));
    },
    sqs: async () => {
      const sqs = new SQSClient(configuration());
      await sqs.send(new CreateQueueCommand({ QueueName: 'new' }));
      return () => sqs.send(new GetQueueUrlCommand({ QueueName: 'new' }));
    },
    sns: async () => {
      const sns = new SNSClient(configuration());
      const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'new' }));
      return () => sns.send(new GetTopicAttributesCommand({ TopicArn }));
    },
    kms: async () => {
      const kms = new KMSClient(configuration());
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      return () => kms.send(new DescribeKeyCommand({ KeyId: KeyMetadata?.Arn }));
    },
  };

  test.each([
    ['s3', 'NotFound'],
    ['sqs', 'QueueDoesNotExist'],
    ['sns', 'NotFoundException'],
    ['kms', 'NotFoundException'],
  ])('notFoundForNew: %s answers %s, then finds it', async (service, name) => {
    const fault: Fault = { kind: 'notFoundForNew', seconds: 30 };
    gateway.addFault({ fault });
    const read = await create[service]?.();
    await expect(read?.()).rejects.toMatchObject({ name });
    gateway.advanceClock(29);
    await expect(read?.()).rejects.toMatchObject({ name });
    gateway.advanceClock(1);
    await expect(read?.()).resolves.toBeDefined();
  });

  test('notFoundForNew: a new key has no alias yet, and then has one', async () => {
    gateway.addFault({ service: 'kms', fault: { kind: 'notFoundForNew', seconds: 30 } });
    const kms = new KMSClient(configuration());
    const TargetKeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId;
    const alias = () => kms.send(new CreateAliasCommand({ AliasName: 'alias/new', TargetKeyId }));
    await expect(alias()).rejects.toMatchObject({ name: 'NotFoundException' });
    gateway.advanceClock(30);
    await alias();
  });

  const tagged: Record<string, () => Promise<() => Promise<readonly unknown[]>>> = {
    s3: async () => {
      const s3 = new S3Client(configuration());
      const Tags = [{ Key: 'team', Value: 'shop' }];
      const CreateBucketConfiguration = { LocationConstraint: REGION, Tags } as const;
      await s3.send(new CreateBucketCommand({ Bucket: 'new', CreateBucketConfiguration }));
      return async () => (await s3.send(new GetBucketTaggingCommand({ Bucket: 'new' }))).TagSet ?? [];
    },
    sqs: async () => {
      const sqs = new SQSClient(configuration());
      const tags = { team: 'shop' };
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'new', tags }));
      return async () => Object.keys((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags ?? {});
    },
    sns: async () => {
      const sns = new SNSClient(configuration());
      const Tags = [{ Key: 'team', Value: 'shop' }];
      const { TopicArn: ResourceArn } = await sns.send(new CreateTopicCommand({ Name: 'new', Tags }));
      return async () => (await sns.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags ?? [];
    },
  };

  const key: typeof tagged = {
    kms: async () => {
      const kms = new KMSClient(configuration());
      const Tags = [{ TagKey: 'team', TagValue: 'shop' }];
      const KeyId = (await kms.send(new CreateKeyCommand({ Tags }))).KeyMetadata?.KeyId;
      return async () => (await kms.send(new ListResourceTagsCommand({ KeyId }))).Tags ?? [];
    },
  };

  test.each(Object.entries(tagged))('untaggedForNew: %s shows the tags later', async (_, make) => {
    gateway.addFault({ fault: { kind: 'untaggedForNew', seconds: 30 } });
    const read = await make();
    const count = () =>
      read().then(
        tags => tags.length,
        error => error.name,
      );
    const none = await count();
    expect([0, 'NoSuchTagSet']).toContain(none);
    gateway.advanceClock(29);
    expect(await count()).toBe(none);
    gateway.advanceClock(1);
    expect(await count()).toBe(1);
  });

  test.each(Object.entries({ ...tagged, ...key }))(
    'notFoundForNew: %s is listed by its tags later',
    async (service, make) => {
      const client = new ResourceGroupsTaggingAPIClient(configuration());
      const TagFilters = [{ Key: 'team', Values: ['shop'] }];
      const count = async () =>
        (await client.send(new GetResourcesCommand({ TagFilters, ResourceTypeFilters: [service] })))
          .ResourceTagMappingList?.length;
      await make();
      expect(await count()).toBe(1);
      gateway.addFault({ fault: { kind: 'notFoundForNew', seconds: 30 } });
      expect(await count()).toBe(0);
      gateway.advanceClock(30);
      expect(await count()).toBe(1);
    },
  );

  test('untaggedForNew hides nothing else', async () => {
    gateway.addFault({ fault: { kind: 'untaggedForNew', seconds: 30 } });
    for (const make of Object.values(create)) await expect((await make())()).resolves.toBeDefined();
  });

  test('notFoundForNew leaves what is older', async () => {
    const read = await create.sqs?.();
    gateway.advanceClock(60);
    gateway.addFault({ fault: { kind: 'notFoundForNew', seconds: 30 } });
    await expect(read?.()).resolves.toBeDefined();
  });

  test('staleReads answer the state of some seconds ago', async () => {
    const sqs = new SQSClient(configuration());
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'old' }));
    const timeout = async () => {
      const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] });
      return (await sqs.send(asked)).Attributes?.VisibilityTimeout;
    };
    const set = (value: string) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: value } }));
    expect(await timeout()).toBe('30');
    gateway.addFault({ fault: { kind: 'staleReads', seconds: 10 } });
    await set('40');
    expect(await timeout()).toBe('30');
    gateway.advanceClock(6);
    await set('50');
    expect(await timeout()).toBe('30');
    gateway.advanceClock(5);
    expect(await timeout()).toBe('40');
    gateway.clearFaults();
    expect(await timeout()).toBe('50');
  });

  test('staleReads are no older than that: what was written before is told, however long nobody asked', async () => {
    const sqs = new SQSClient(configuration());
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'unread' }));
    const timeout = async () => {
      const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] });
      return (await sqs.send(asked)).Attributes?.VisibilityTimeout;
    };
    expect(await timeout()).toBe('30');
    gateway.addFault({ fault: { kind: 'staleReads', seconds: 10 } });
    gateway.advanceClock(60);
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '40' } }));
    gateway.advanceClock(11);
    expect(await timeout()).toBe('40');
  });

  test('staleReads may say that a thing is not there yet', async () => {
    const sqs = new SQSClient(configuration());
    const find = () => sqs.send(new GetQueueUrlCommand({ QueueName: 'late' }));
    await expect(find()).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    gateway.addFault({ fault: { kind: 'staleReads', seconds: 10 } });
    await sqs.send(new CreateQueueCommand({ QueueName: 'late' }));
    await expect(find()).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    gateway.advanceClock(11);
    await expect(find()).resolves.toBeDefined();
  });

  test('overlayState shows a state until its time is over', async () => {
    const kms = new KMSClient(configuration());
    gateway.addFault({
      fault: { kind: 'overlayState', path: 'KeyMetadata.KeyState', value: 'Creating', seconds: 20 },
    });
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const state = async () => {
      const { KeyMetadata: read } = await kms.send(new DescribeKeyCommand({ KeyId: KeyMetadata?.KeyId }));
      return read?.KeyState;
    };
    expect(await state()).toBe('Creating');
    gateway.advanceClock(20);
    expect(await state()).toBe('Enabled');
  });

  test('overlayState in XML finds an attribute by its key', async () => {
    const sns = new SNSClient(configuration());
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 't' }));
    gateway.addFault({
      fault: { kind: 'overlayState', path: 'Attributes.DisplayName', value: '<x>', seconds: 20 },
    });
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes?.DisplayName).toBe('<x>');
  });
});

describe('pageSize', () => {
  interface Pages {
    items: unknown[];
    sizes: number[];
  }

  async function pagesOf<Page>(pages: AsyncIterable<Page>, items: (page: Page) => unknown[]): Promise<Pages> {
    const found: Pages = { items: [], sizes: [] };
    for await (const page of pages) {
      found.items.push(...items(page));
      found.sizes.push(items(page).length);
    }
    return found;
  }

  const lists: Record<string, () => Promise<Pages>> = {
    sqs: async () => {
      const client = new SQSClient(configuration());
      for (const QueueName of ['a', 'b', 'c']) await client.send(new CreateQueueCommand({ QueueName }));
      return pagesOf(paginateListQueues({ client }, {}), page => page.QueueUrls ?? []);
    },
    sns: async () => {
      const client = new SNSClient(configuration());
      for (const Name of ['a', 'b', 'c']) await client.send(new CreateTopicCommand({ Name }));
      return pagesOf(paginateListTopics({ client }, {}), page =>
        (page.Topics ?? []).map(topic => topic.TopicArn),
      );
    },
    kms: async () => {
      const client = new KMSClient(configuration());
      for (let index = 0; index < 3; index += 1) await client.send(new CreateKeyCommand({}));
      return pagesOf(paginateListKeys({ client }, {}), page => (page.Keys ?? []).map(key => key.KeyId));
    },
    tagging: async () => {
      const sqs = new SQSClient(configuration());
      for (const QueueName of ['a', 'b', 'c'])
        await sqs.send(new CreateQueueCommand({ QueueName, tags: { k: 'v' } }));
      const client = new ResourceGroupsTaggingAPIClient(configuration());
      return pagesOf(paginateGetResources({ client }, {}), page =>
        (page.ResourceTagMappingList ?? []).map(mapping => mapping.ResourceARN),
      );
    },
    s3: async () => {
      const client = new S3Client(configuration());
      const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
      for (const Bucket of ['a-1', 'b-1', 'c-1']) {
        await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
      }
      return pagesOf(paginateListBuckets({ client }, {}), page =>
        (page.Buckets ?? []).map(bucket => bucket.Name),
      );
    },
    's3 objects': async () => {
      const client = new S3Client(configuration());
      const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
      await client.send(new CreateBucketCommand({ Bucket: 'objects', CreateBucketConfiguration }));
      for (const Key of ['a', 'b', 'c'])
        await client.send(new PutObjectCommand({ Bucket: 'objects', Key, Body: 'x' }));
      const pages = paginateListObjectsV2({ client }, { Bucket: 'objects' });
      return pagesOf(pages, page => (page.Contents ?? []).map(object => object.Key));
    },
  };

  test.each(Object.entries(lists))('%s', async (_, list) => {
    gateway.addFault({ fault: { kind: 'pageSize', n: 1 } });
    const { items, sizes } = await list();
    expect(new Set(items).size).toBe(3);
    expect(sizes.filter(size => size > 0)).toEqual([1, 1, 1]);
  });

  test('a page begun under the rule goes on without it', async () => {
    const sqs = new SQSClient(configuration());
    for (const QueueName of ['a', 'b', 'c']) await sqs.send(new CreateQueueCommand({ QueueName }));
    gateway.addFault({ times: 1, fault: { kind: 'pageSize', n: 1 } });
    const first = await sqs.send(new ListQueuesCommand({}));
    const rest = await sqs.send(new ListQueuesCommand({ NextToken: first.NextToken }));
    expect([first.QueueUrls?.length, rest.QueueUrls?.length, rest.NextToken]).toEqual([1, 2, undefined]);
  });
});
