import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListHostedZonesCommand } from '@aws-sdk/client-route-53';
import { CreateQueueCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CloudError } from '../engine/errors.ts';
import { createFakeClock, type FakeClock, settle } from '../engine/testing/fake-clock.ts';
import { loadEnvironmentServices } from './on-demand.ts';
import { createSessions, type SessionOptions, type Sessions, type Target } from './sessions.ts';

/** An STS that answers by access key: who it is, and which role it became. */
let server: Server;
let asked: URLSearchParams[] = [];
/** The id of the key that each was signed with. */
let signedWith: string[] = [];
/** The region that each was signed for. */
let regions: string[] = [];
/** AWS knows it no more. */
let deadKey: string | undefined;
/** Of keys that belong to another account than `account`. */
let accountOf: Readonly<Record<string, string>> = {};
let account = '111122223333';
let refuse: string | undefined;
/** The same of what is no STS. */
let refuseService: string | undefined;
const NEVER = '2099-01-01T00:00:00Z';
let expiration = NEVER;
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', part => {
      body += part;
    });
    request.on('end', () => {
      const query = new URLSearchParams(body);
      const [, key = '', region = ''] =
        /Credential=(\w+)\/\d+\/([\w-]+)/.exec(request.headers.authorization ?? '') ?? [];
      asked.push(query);
      signedWith.push(key);
      regions.push(region);
      if (!query.has('Action')) {
        const code = key === deadKey ? 'InvalidClientTokenId' : refuseService;
        response.writeHead(code === undefined ? 200 : 403, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(
          code === undefined ? '{}' : JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message: 'no' }),
        );
        return;
      }
      const answer = refuse === undefined ? answerTo(query, key) : undefined;
      response.writeHead(answer === undefined ? 403 : 200, { 'content-type': 'text/xml' });
      response.end(
        answer ??
          `<ErrorResponse><Error><Type>Sender</Type><Code>${refuse}</Code><Message>no</Message></Error></ErrorResponse>`,
      );
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise(resolve => server.close(resolve)));
beforeEach(() => {
  asked = [];
  signedWith = [];
  regions = [];
  deadKey = undefined;
  accountOf = {};
  account = '111122223333';
  refuse = undefined;
  refuseService = undefined;
  expiration = NEVER;
});

function answerTo(query: URLSearchParams, key: string): string {
  if (query.get('Action') === 'GetCallerIdentity') {
    const whose = accountOf[key] ?? account;
    return `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${whose}</Account><Arn>arn:aws:iam::${whose}:root</Arn><UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>`;
  }
  return `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE${asked.length}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${expiration}</Expiration></Credentials><AssumedRoleUser><Arn>a</Arn><AssumedRoleId>b</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`;
}

const own: Target = { accountId: '111122223333', region: 'eu-central-1' };
const role: Target = { ...own, roleArn: 'arn:aws:iam::111122223333:role/opta', externalId: 'shared-word' };

const ownKeys: Pick<SessionOptions, 'credentials'> = {
  credentials: async () => ({ accessKeyId: 'AKIAOWN', secretAccessKey: 'secret' }),
};

function sessions(clock: FakeClock = createFakeClock(), credentials = ownKeys): Sessions {
  const { port } = server.address() as AddressInfo;
  return createSessions({
    installation: 'opta',
    clock,
    hooks: {},
    endpoint: `http://127.0.0.1:${port}`,
    ...credentials,
  });
}

function actions(): readonly (string | null)[] {
  return asked.map(query => query.get('Action'));
}

describe('before anything is written', () => {
  test('the account is compared with the caller’s, once for all who ask', async () => {
    const of = sessions();
    const scopes = await Promise.all([of.scope(own), of.scope(own), of.scope({ ...own })]);
    expect(new Set(scopes).size).toBe(1);
    expect(scopes[0]).toMatchObject({ accountId: '111122223333', region: 'eu-central-1', partition: 'aws' });
    expect(actions()).toEqual(['GetCallerIdentity']);
    of.close();
  });

  test('what is listed of the account serves all of its regions, and each role by itself: not all may see the same', async () => {
    const of = sessions();
    const targets = [own, { ...own, region: 'eu-west-1' }, role, { ...role, externalId: 'another-word' }];
    const [first, ...others] = await Promise.all(targets.map(target => of.scope(target)));
    const listings = first?.global.listings;
    expect(others.map(one => one.global.listings === listings)).toEqual([true, false, false]);
    of.close();
  });

  test('another account is refused, with both numbers', async () => {
    account = '999999999999';
    const of = sessions();
    await expect(of.scope(own)).rejects.toMatchObject({
      class: 'Denied',
      code: 'WrongAccount',
      message: expect.stringMatching(
        /spec.accountId is 111122223333.*account 999999999999: nothing is written/,
      ),
    });
    of.close();
  });

  test('what was refused is asked again, but not with each pass', async () => {
    const clock = createFakeClock();
    const of = sessions(clock);
    account = '999999999999';
    await expect(of.scope(own)).rejects.toThrow(/nothing is written/);
    await expect(of.scope(own)).rejects.toThrow(/nothing is written/);
    expect(asked).toHaveLength(1);
    account = '111122223333';
    await clock.advance(10_000);
    await expect(of.scope(own)).resolves.toMatchObject({ accountId: '111122223333' });
    of.close();
  });

  test.each([
    ['the operator’s own', own, ['GetCallerIdentity']],
    ['a role’s', role, ['AssumeRole']],
  ])(
    'with %s credentials: what STS throttles is asked again by us, not by the SDK',
    async (_, target, once) => {
      refuse = 'Throttling';
      const of = sessions();
      await expect(of.scope(target)).rejects.toMatchObject({ class: 'Throttled' });
      expect(actions()).toEqual(once);
      of.close();
    },
  );

  test.each<[string, Target, RegExp]>([
    [
      'the operator’s own credentials',
      own,
      /^the operator's own credentials cannot be used: .*InvalidClientTokenId/,
    ],
    ['a role', role, /^spec.roleArn arn:aws:iam::111122223333:role\/opta cannot be used: .*AssumeRole/],
  ])('%s that cannot be used are named', async (_, target, says) => {
    refuse = target === role ? 'AccessDenied' : 'InvalidClientTokenId';
    const of = sessions();
    await expect(of.scope(target)).rejects.toMatchObject({
      class: 'Denied',
      message: expect.stringMatching(says),
    });
    of.close();
  });
});

describe('credentials that were replaced', () => {
  const MINUTE = 60_000;

  /** They end one by one: those of the first key after six minutes. */
  function renewed(clock: FakeClock, keys: readonly string[]): Pick<SessionOptions, 'credentials'> {
    const left = [...keys];
    return {
      credentials: async () => ({
        accessKeyId: left.shift() ?? '',
        secretAccessKey: 'secret',
        expiration: new Date(clock.now() + 6 * MINUTE),
      }),
    };
  }

  test('by those of another account sign nothing', async () => {
    const clock = createFakeClock();
    accountOf = { AKIAOTHER: '999999999999' };
    const of = sessions(clock, renewed(clock, ['AKIAOWN', 'AKIAOTHER']));
    const scope = await of.scope(own);
    const write = () => scope.sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
    await write();
    await clock.advance(2 * MINUTE);
    for (const _ of [1, 2]) {
      await expect(write()).rejects.toMatchObject({
        class: 'Denied',
        code: 'WrongAccount',
        message: expect.stringMatching(/spec.accountId is 111122223333.*account 999999999999/),
      });
    }
    expect(actions()).toEqual(['GetCallerIdentity', null, 'GetCallerIdentity']);
    of.close();
  });

  test('by others of the account are compared once, before they sign', async () => {
    const clock = createFakeClock();
    const of = sessions(clock, renewed(clock, ['AKIAOWN', 'AKIANEXT']));
    const scope = await of.scope(own);
    await clock.advance(2 * MINUTE);
    await Promise.all([1, 2, 3].map(() => scope.sqs.send(new ListQueuesCommand({}))));
    expect(actions()).toEqual(['GetCallerIdentity', 'GetCallerIdentity', null, null, null]);
    expect(signedWith).toEqual(['AKIAOWN', ...Array(4).fill('AKIANEXT')]);
    of.close();
  });

  test('and cannot be compared leave no write in doubt, and are compared with the next call', async () => {
    const clock = createFakeClock();
    const of = sessions(clock, renewed(clock, ['AKIAOWN', 'AKIANEXT']));
    const scope = await of.scope(own);
    await clock.advance(2 * MINUTE);
    const write = () => scope.sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
    refuse = 'ServiceUnavailable';
    await expect(write()).rejects.toMatchObject({ class: 'Transient', refused: true });
    expect(actions()).not.toContain(null);
    refuse = undefined;
    await write();
    expect(signedWith.at(-1)).toBe('AKIANEXT');
    of.close();
  });

  test('in a file are read from it when AWS knows the old ones no more', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'opta-credentials-'));
    const file = join(folder, 'credentials');
    const write = (key: string) =>
      writeFile(file, `[default]\naws_access_key_id = ${key}\naws_secret_access_key = secret\n`);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'none'));
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
    try {
      await write('AKIAOLD');
      const clock = createFakeClock();
      const of = sessions(clock, {});
      const scope = await of.scope(own);
      await clock.advance(MINUTE);
      await write('AKIANEW');
      deadKey = 'AKIAOLD';
      await scope.sqs.send(new ListQueuesCommand({}));
      expect(signedWith).toEqual(['AKIAOLD', 'AKIAOLD', 'AKIANEW', 'AKIANEW']);
      of.close();
    } finally {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    }
  });
});

describe('a role', () => {
  test('is assumed with its external id and a name for CloudTrail', async () => {
    const of = sessions();
    await of.scope(role);
    expect(actions()).toEqual(['AssumeRole', 'GetCallerIdentity']);
    expect(asked[0]?.get('RoleArn')).toBe('arn:aws:iam::111122223333:role/opta');
    expect(asked[0]?.get('ExternalId')).toBe('shared-word');
    expect(asked[0]?.get('RoleSessionName')).toBe('opta');
    of.close();
  });

  test.each([
    ['the operator’s own region', 'eu-west-1', 'eu-west-1'],
    ['the environment’s region where the own one is in another partition', 'us-gov-west-1', 'ap-south-2'],
    ['the environment’s region where the operator has none', undefined, 'ap-south-2'],
  ])('is assumed in %s: its account need not have enabled another', async (_, ownRegion, expected) => {
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, '/none');
    vi.stubEnv('AWS_REGION', ownRegion);
    const of = sessions();
    try {
      await of.scope({ ...role, region: 'ap-south-2' });
      expect(actions()).toEqual(['AssumeRole', 'GetCallerIdentity']);
      expect(regions).toEqual([expected, 'ap-south-2']);
    } finally {
      vi.unstubAllEnvs();
      of.close();
    }
  });

  test('is assumed again before its session ends', async () => {
    const clock = createFakeClock();
    const of = sessions(clock);
    const minute = 60_000;
    expiration = new Date(clock.now() + 6 * minute).toISOString();
    const scope = await of.scope(role);
    for (const times of [2, 3]) {
      await clock.advance(2 * minute);
      await scope.sqs.send(new ListQueuesCommand({}));
      expect(actions().filter(one => one === 'AssumeRole')).toHaveLength(times);
    }
    // It cannot have become one of another account.
    expect(actions().filter(one => one === 'GetCallerIdentity')).toHaveLength(1);
    of.close();
  });

  test('is assumed again by our time, whatever the machine’s own says', async () => {
    const clock = createFakeClock();
    const of = sessions(clock);
    const hour = 3_600_000;
    // For the machine it is a day ahead.
    clock.shiftWall(Date.now() + 24 * hour - clock.now());
    expiration = new Date(clock.now() + hour).toISOString();
    const scope = await of.scope(role);
    await scope.sqs.send(new ListQueuesCommand({}));
    expect(actions().filter(one => one === 'AssumeRole')).toHaveLength(1);
    await clock.advance(hour);
    expiration = new Date(clock.now() + hour).toISOString();
    await scope.sqs.send(new ListQueuesCommand({}));
    expect(actions().filter(one => one === 'AssumeRole')).toHaveLength(2);
    of.close();
  });

  test('that was deleted and made again is assumed again, though its session would last', async () => {
    const clock = createFakeClock();
    const of = sessions(clock);
    const scope = await of.scope(role);
    await clock.advance(60_000);
    refuse = 'AccessDenied';
    refuseService = 'InvalidClientTokenId';
    const assumed = () => actions().filter(one => one === 'AssumeRole').length;
    for (const _ of [1, 2])
      await expect(scope.sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({
        class: 'Denied',
        refused: true,
        message: expect.stringMatching(
          /sqs:ListQueues \(InvalidClientTokenId\).*STS:AssumeRole \(AccessDenied\)/,
        ),
      });
    expect(assumed()).toBe(2);
    refuse = undefined;
    refuseService = undefined;
    await clock.advance(10_000);
    await scope.sqs.send(new ListQueuesCommand({}));
    expect(assumed()).toBe(3);
    of.close();
  });

  test('is asked for a write again by the pass, and not with each call that AWS refuses', async () => {
    const clock = createFakeClock();
    const of = sessions(clock);
    const scope = await of.scope(role);
    const write = () => scope.sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
    await clock.advance(60_000);
    // Of SQS alone: the role can be assumed.
    refuseService = 'UnrecognizedClientException';
    await expect(write()).rejects.toMatchObject({ class: 'Transient', refused: true });
    await expect(write()).rejects.toMatchObject({ class: 'Denied' });
    await expect(write()).rejects.toMatchObject({ class: 'Denied' });
    expect(actions().filter(one => one === 'AssumeRole')).toHaveLength(2);
    of.close();
  });

  test('of one environment is not used for another', async () => {
    const of = sessions();
    const scopes = await Promise.all([
      of.scope(own),
      of.scope(role),
      of.scope({ ...role, externalId: 'another' }),
    ]);
    expect(new Set(scopes).size).toBe(3);
    of.close();
  });
});

test('services without regions have one rate for the account, whatever region the environment is in', async () => {
  await loadEnvironmentServices();
  const clock = createFakeClock();
  const { port } = server.address() as AddressInfo;
  const called: string[] = [];
  const of = createSessions({
    installation: 'opta',
    clock,
    hooks: {
      async around(call, send) {
        if (call.service === 'sts') return send();
        called.push(`${call.service} ${call.region}`);
        throw new CloudError('Unknown', 'not sent');
      },
    },
    endpoint: `http://127.0.0.1:${port}`,
    credentials: async () => ({ accessKeyId: 'AKIAOWN', secretAccessKey: 'secret' }),
  });
  const scopes = await Promise.all([of.scope(own), of.scope({ ...own, region: 'us-west-2' })]);
  const calls = scopes.flatMap(scope =>
    Array.from({ length: 10 }, () => scope.route53.send(new ListHostedZonesCommand({}))),
  );
  const ends = Promise.allSettled(calls);
  await expect.poll(() => called).toHaveLength(1);
  await clock.advance(1000);
  await settle();
  expect(called.length).toBeLessThanOrEqual(5);
  expect(new Set(called)).toEqual(new Set(['route53 us-east-1']));
  await clock.advance(10_000);
  await ends;
  expect(called).toHaveLength(20);
  of.close();
});

const LONG = '<GetCallerIdentityResponse>'.padEnd(100);
test.each<[string, (response: ServerResponse) => void]>([
  ['is never answered', () => {}],
  ['is answered in part', response => response.writeHead(200, { 'content-length': '1000' }).write(LONG)],
])('a call that %s has failed after its time', async (_, answer) => {
  const silent = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const waiting = createSessions({
    installation: 'opta',
    clock: createFakeClock(),
    hooks: {},
    endpoint: `http://127.0.0.1:${port}`,
    credentials: async () => ({ accessKeyId: 'AKIAOWN', secretAccessKey: 'secret' }),
    requestTimeoutMs: 100,
  });
  try {
    for (const target of [own, role]) {
      await expect(waiting.scope(target)).rejects.toMatchObject({
        class: 'Transient',
        code: expect.stringMatching(/^(ETIMEDOUT|TimeoutError)$/),
      });
    }
  } finally {
    waiting.close();
    silent.closeAllConnections();
    await new Promise(resolve => silent.close(resolve));
  }
});

test('more calls than there are sockets wait for one, and none of them fails that was never sent', async () => {
  const held: ServerResponse[] = [];
  const full = Promise.withResolvers<void>();
  let isSlow = true;
  const slow = createServer((request, response) => {
    request.resume();
    if (request.headers['x-amz-target'] === undefined)
      response.end(answerTo(new URLSearchParams('Action=GetCallerIdentity'), ''));
    else if (isSlow) held.push(response);
    else response.end('{}');
    if (held.length === 64) full.resolve();
  });
  await new Promise<void>(resolve => slow.listen(0, '127.0.0.1', resolve));
  const { port } = slow.address() as AddressInfo;
  const of = createSessions({
    installation: 'opta',
    clock: createFakeClock(),
    hooks: {},
    endpoint: `http://127.0.0.1:${port}`,
    ...ownKeys,
  });
  try {
    const scope = await of.scope(own);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answers = Promise.all(
      Array.from({ length: 70 }, () => scope.sqs.send(new CreateQueueCommand({ QueueName: 'q' }))),
    );
    answers.catch(() => {});
    await full.promise;
    await vi.advanceTimersByTimeAsync(14_000);
    isSlow = false;
    for (const response of held) response.end('{}');
    await expect(answers).resolves.toHaveLength(70);
  } finally {
    vi.useRealTimers();
    of.close();
    slow.closeAllConnections();
    await new Promise(resolve => slow.close(resolve));
  }
});
