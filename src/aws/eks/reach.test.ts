import { createServer as createTlsServer, type Server } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createTestCertificate } from '../../../hack/bench/certificate.ts';
import { createFakeClock } from '../../engine/testing/fake-clock.ts';
import type { AwsScope } from '../scope.ts';
import { judgeReach, type Reach, type ReachAnswer, type ReachDesired, seldom } from './reach.ts';
import { reachAdaptor } from './reach-check.ts';
import { createReachProbe } from './reach-probe.ts';

const own = createTestCertificate();
const base64 = (pem: string) => Buffer.from(pem).toString('base64');
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function listening(server: Server | ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
  stops.push(() => server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function apiServer(status: number): Promise<string> {
  const server = createTlsServer({ cert: own.certificate, key: own.key }, (_, response) => {
    response.writeHead(status).end('{}');
  });
  stops.push(() => server.closeAllConnections());
  return listening(server);
}

/** Takes connections, and says nothing. */
async function mute(): Promise<string> {
  const sockets: { destroy(): unknown }[] = [];
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return listening(createServer(socket => sockets.push(socket)));
}

async function nobody(): Promise<string> {
  const server = createServer();
  const endpoint = await listening(server);
  await new Promise(resolve => server.close(resolve));
  return endpoint;
}

describe('an API server that', () => {
  test.each<[string, () => Promise<string>, string, ReachAnswer]>([
    ['answers', () => apiServer(200), own.certificate, { is: 'answered' }],
    ['knows nobody', () => apiServer(401), own.certificate, { is: 'answered' }],
    ['refuses', () => apiServer(403), own.certificate, { is: 'answered' }],
    ['fails', () => apiServer(500), own.certificate, { is: 'answered' }],
    [
      'has the certificate of another authority',
      () => apiServer(200),
      createTestCertificate().certificate,
      { is: 'silent', at: 'certificate', why: expect.any(String) },
    ],
    [
      'has an authority that nobody can read',
      () => apiServer(200),
      '-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n',
      { is: 'silent', at: 'certificate', why: expect.any(String) },
    ],
    ['is not there', nobody, own.certificate, { is: 'silent', at: 'connection', why: 'ECONNREFUSED' }],
    [
      'has a name that nobody knows',
      async () => 'https://cluster.invalid',
      own.certificate,
      { is: 'silent', at: 'name', why: expect.stringMatching(/^E/) },
    ],
    [
      'has no name',
      async () => 'none',
      own.certificate,
      { is: 'silent', at: 'connection', why: 'ERR_INVALID_URL' },
    ],
  ])('%s', async (_, start, authority, expected) => {
    const of = { endpoint: await start(), certificateAuthority: base64(authority) };
    expect(await createReachProbe()(of)).toEqual(expected);
  });

  test('says nothing is given up within the time', async () => {
    const of = { endpoint: await mute(), certificateAuthority: base64(own.certificate) };
    const answer = await createReachProbe({ timeoutMs: 200 })(of);
    expect(answer).toEqual({ is: 'silent', at: 'connection', why: 'no answer within 0.2 s' });
  });
});

const desired: ReachDesired = {
  endpoint: 'https://ABC.eks.example',
  certificateAuthority: 'Y2E=',
  publicCidrs: [],
  isOurs: true,
};
const silent = (at: 'name' | 'connection' | 'certificate'): ReachAnswer => ({
  is: 'silent',
  at,
  why: 'EWHY',
});

test.each<[Reach['verdict'], ReachAnswer, readonly string[], RegExp]>([
  ['Reachable', { is: 'answered' }, [], /^$/],
  ['NoConnection', silent('connection'), [], /EWHY.*It is private.*run the operator in such a network/],
  [
    'NoConnection',
    silent('connection'),
    ['192.0.2.0/24'],
    /lets in 192\.0\.2\.0\/24.*in spec\.kubernetes\.endpoint/,
  ],
  ['NameUnknown', silent('name'), [], /DNS does not know https:\/\/ABC\.eks\.example.*It is private/],
  ['OtherCertificate', silent('certificate'), [], /not of the cluster's own authority \(EWHY\).*proxy/],
])('%s: %j, of a cluster that is open to %j', (verdict, answer, publicCidrs, says) => {
  const reach = judgeReach({ ...desired, publicCidrs }, answer);
  expect(reach.verdict).toBe(verdict);
  expect(reach.message).toMatch(says);
});

test('of a cluster of others the spec decides nothing', () => {
  const { message } = judgeReach({ ...desired, isOurs: false }, silent('connection'));
  expect(message).toMatch(/have its keepers open it/);
  expect(message).not.toContain('spec.');
});

describe('a cluster', () => {
  function check() {
    const clock = createFakeClock();
    let asked = 0;
    const probe = async (): Promise<ReachAnswer> => {
      asked += 1;
      return silent('connection');
    };
    const scope = { reachOf: seldom(probe, clock) } as Partial<AwsScope> as AwsScope;
    const look = (of: ReachDesired | undefined = desired) =>
      reachAdaptor.find(scope, {} as never, { desired: of, recorded: [], freshness: 'fresh' });
    return { clock, look, asked: () => asked };
  }

  test('is asked once between two looks for drift, however often it is looked at', async () => {
    const { clock, look, asked } = check();
    await Promise.all([look(), look()]);
    await clock.advance(60_000);
    await look();
    expect(asked()).toBe(1);
    await clock.advance(4 * 60_000);
    const [found] = await look();
    expect(asked()).toBe(2);
    expect(found?.state.verdict).toBe('NoConnection');
    expect(found && reachAdaptor.readiness(found.state)).toEqual({ is: 'ready' });
  });

  test('is asked at once when it was opened to others', async () => {
    const { look, asked } = check();
    await look();
    await look({ ...desired, publicCidrs: ['192.0.2.0/24'] });
    expect(asked()).toBe(2);
  });

  test('is not asked while it has no endpoint', async () => {
    const { asked } = check();
    const context = { desired: undefined, recorded: [], freshness: 'fresh' } as const;
    expect(await reachAdaptor.find({} as never, {} as never, context)).toEqual([]);
    expect(asked()).toBe(0);
  });
});
