import { describe, expect, test } from 'vitest';
import type { Clock } from '../engine/clock.ts';
import { createFakeClock, type FakeClock } from '../engine/testing/fake-clock.ts';
import { holdLease, NotLeader } from './lease.ts';
import { apiError, createFakeServer } from './testing/fake-server.ts';
import type { Call } from './transport.ts';

interface Stored {
  metadata: { name: string; namespace: string; resourceVersion: string };
  spec: { holderIdentity: string; leaseTransitions: number; renewTime: string; acquireTime: string };
}

/** An API server that knows one lease. */
function createLeaseServer() {
  let stored: Stored | undefined;
  let version = 0;
  const state = { isDown: false, loseAnswers: false, hasNamespace: true };
  function write(body: Stored): Stored {
    version += 1;
    stored = structuredClone({ ...body, metadata: { ...body.metadata, resourceVersion: String(version) } });
    return stored;
  }
  function handle({ method, body }: Call): Stored {
    if (method === 'POST') {
      if (!state.hasNamespace) throw apiError(404, 'NotFound');
      if (stored) throw apiError(409, 'AlreadyExists');
      return write(body as Stored);
    }
    if (!stored) throw apiError(404, 'NotFound');
    if (method === 'GET') return stored;
    const sent = body as Stored;
    if (sent.metadata.resourceVersion !== stored.metadata.resourceVersion) throw apiError(409, 'Conflict');
    return write(sent);
  }
  const server = createFakeServer(call => {
    if (state.isDown) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const answer = handle(call);
    if (state.loseAnswers && call.method !== 'GET')
      throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    return answer;
  });
  return {
    server,
    state,
    get lease() {
      return stored;
    },
    edit(holderIdentity: string) {
      if (stored) write({ ...stored, spec: { ...stored.spec, holderIdentity } });
    },
    delete() {
      stored = undefined;
    },
    /** Its version goes back, and those of later writes with it. */
    restore(lease: Stored | undefined, holderIdentity: string) {
      if (!lease) throw new Error('no lease was made');
      stored = { ...lease, spec: { ...lease.spec, holderIdentity } };
      version = Number(lease.metadata.resourceVersion);
    },
  };
}

type LeaseServer = ReturnType<typeof createLeaseServer>;

function start(
  { server }: Pick<LeaseServer, 'server'>,
  clock: Clock,
  identity: string,
  isUnused: () => Promise<boolean> = async () => true,
) {
  const told: string[] = [];
  const tell = (fields: object, words: string) => void told.push(`${words} ${JSON.stringify(fields)}`);
  const lease = holdLease({
    log: { debug: () => {}, info: tell, warn: tell, error: tell },
    transport: server,
    clock,
    namespace: 'opta',
    name: 'operator',
    identity,
    isUnused,
    random: () => 0,
  });
  const seen = { lost: '' };
  void lease.lost.then(reason => {
    seen.lost = reason;
  });
  return { lease, seen, told };
}

/** A way to the API server that can be cut. */
function lineTo({ server }: Pick<LeaseServer, 'server'>) {
  const line = {
    isCut: false,
    server: createFakeServer(call => {
      if (line.isCut) throw Object.assign(new Error('unreachable'), { code: 'EHOSTUNREACH' });
      return server.request(call);
    }),
  };
  return line;
}

/** A server whose answers are under way for so long. */
function answeringLate({ server }: Pick<LeaseServer, 'server'>, clock: Clock, of = { lateMs: 4_000 }) {
  return {
    server: {
      ...server,
      async request<T>(call: Call): Promise<T> {
        const answer = await server.request<T>(call);
        await new Promise<void>(resolve => clock.setTimeout(resolve, of.lateMs));
        return answer;
      },
    },
  };
}

type Started = ReturnType<typeof start>;

async function leader(
  identity = 'a',
): Promise<{ api: LeaseServer; clock: FakeClock } & ReturnType<typeof start>> {
  const api = createLeaseServer();
  const clock = createFakeClock();
  const started = start(api, clock, identity);
  await clock.advance(0);
  expect(started.lease.isHeld).toBe(true);
  return { api, clock, ...started };
}

describe('becoming the leader', () => {
  test('takes no guard and no connection of others: reads and writes', async () => {
    const { api } = await leader();
    expect(api.server.calls.map(({ method, unguarded }) => [method, unguarded])).toEqual([
      ['GET', true],
      ['POST', true],
    ]);
  });

  test('at once where there is no lease and nothing is begun, with times in microseconds', async () => {
    const { api, clock } = await leader();
    expect(api.lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 60,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    // The next renewal, and what ends it all where it fails.
    expect(clock.pending).toBe(2);
    await clock.advance(5_000);
    expect(api.lease?.spec).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:05.000000Z',
    });
  });

  test('only when the holder was silent for the whole lease, by our own clock', async () => {
    const { api, clock, lease } = await leader('a');
    const other = createFakeClock();
    other.shiftWall(86_400_000);
    const next = start(api, other, 'b');
    for (let at = 0; at < 120_000; at += 5_000) {
      await clock.advance(5_000);
      await other.advance(5_000);
    }
    expect(next.lease.isHeld).toBe(false);
    // The holder's process ends here: its clock stands still.
    await other.advance(59_999);
    expect(next.lease.isHeld).toBe(false);
    await other.advance(5_001);
    expect(next.lease.isHeld).toBe(true);
    expect(api.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    await clock.advance(5_000);
    expect(lease.isHeld).toBe(false);
  });

  test('at once for the same holder after a restart', async () => {
    const { api } = await leader('a');
    const again = start(api, createFakeClock(), 'a');
    const clock = createFakeClock();
    await clock.advance(0);
    expect(again.lease.isHeld).toBe(true);
    expect(api.lease?.spec.leaseTransitions).toBe(0);
  });

  test('within one retry after it was given back', async () => {
    const { api, clock, lease } = await leader('a');
    const next = start(api, clock, 'b');
    await clock.advance(12_000);
    await lease.release();
    expect(api.lease?.spec.holderIdentity).toBe('');
    await clock.advance(5_000);
    expect(next.lease.isHeld).toBe(true);
  });

  test.each([
    ['where something is begun', async () => false],
    ['where nobody knows whether something is begun', () => new Promise<boolean>(() => {})],
  ])('a lease duration after it was found missing, %s', async (_, isUnused) => {
    const api = createLeaseServer();
    const clock = createFakeClock();
    const { lease } = start(api, clock, 'a', isUnused);
    await clock.advance(59_999);
    expect([lease.isHeld, api.lease]).toEqual([false, undefined]);
    await clock.advance(5_001);
    expect(lease.isHeld).toBe(true);
  });

  test('not at all where it is given back before anybody knows whether something is begun', async () => {
    const api = createLeaseServer();
    const clock = createFakeClock();
    const { lease } = start(api, clock, 'a', () => new Promise<boolean>(() => {}));
    await clock.advance(1_000);
    await lease.release();
    expect([api.lease, clock.pending]).toEqual([undefined, 0]);
  });

  test('not beside a leader whose lease was deleted: it makes it again', async () => {
    const { api, clock, lease, seen } = await leader('a');
    await clock.advance(1_000);
    api.delete();
    const other = start(api, clock, 'b', async () => false);
    await clock.advance(120_000);
    expect([lease.isHeld, other.lease.isHeld, seen.lost]).toEqual([true, false, '']);
    expect(api.lease?.spec.holderIdentity).toBe('a');
  });

  test.each([
    ['last saw its lease', 1_000],
    ['last found none', 0],
  ])(
    'not while a leader that is cut off may write still, however long ago the other %s',
    async (_, laterMs) => {
      const api = createLeaseServer();
      const clock = createFakeClock();
      const [mine, theirs] = [lineTo(api), lineTo(api)];
      const early = laterMs > 0 ? undefined : start(theirs, clock, 'b', async () => false);
      const { lease } = start(mine, clock, 'a');
      await clock.advance(laterMs);
      const other = early ?? start(theirs, clock, 'b', async () => false);
      await clock.advance(4_000 - laterMs);
      theirs.isCut = true;
      await clock.advance(27_000);
      api.delete();
      mine.isCut = true;
      theirs.isCut = false;
      expect(lease.isHeld).toBe(true);
      for (let at = 0; at < 60_000; at += 1_000) {
        expect([lease.isHeld, other.lease.isHeld]).not.toEqual([true, true]);
        await clock.advance(1_000);
      }
      await clock.advance(10_000);
      expect([lease.isHeld, other.lease.isHeld]).toEqual([false, true]);
    },
  );

  test('not at once where nothing was begun at first and a lease was seen since', async () => {
    const api = createLeaseServer();
    const clock = createFakeClock();
    const [first, second] = [start(api, clock, 'a'), start(api, clock, 'b')];
    await clock.advance(1_000);
    const [winner, other] = first.lease.isHeld ? [first, second] : [second, first];
    await winner.lease.release();
    await clock.advance(1_000);
    api.delete();
    await clock.advance(50_000);
    expect(other.lease.isHeld).toBe(false);
  });

  test('only one of two that try at the same moment', async () => {
    const api = createLeaseServer();
    const clock = createFakeClock();
    const both = [start(api, clock, 'a'), start(api, clock, 'b')];
    await clock.advance(30_000);
    expect(both.filter(({ lease }) => lease.isHeld)).toHaveLength(1);
  });
});

describe('who does not lead says why', () => {
  test('once for each who holds the lease', async () => {
    const { api, clock, lease } = await leader('a');
    await clock.advance(2_000);
    const { told } = start(api, clock, 'b');
    await clock.advance(60_000);
    const waits = 'waits for the lease: another process holds it';
    expect(told).toEqual([`${waits} {"lease":"operator","holder":"a","waitMs":60000}`]);
    api.edit('c');
    await clock.advance(20_000);
    expect(lease.isHeld).toBe(false);
    expect(told.slice(1)).toEqual([
      expect.stringContaining(`${waits} {"lease":"operator","holder":"c","waitMs":`),
    ]);
  });

  test('once while there is no lease and somebody may lead still', async () => {
    const clock = createFakeClock();
    const { told } = start(createLeaseServer(), clock, 'a', async () => false);
    await clock.advance(50_000);
    expect(told).toEqual([
      'waits: there is no lease, and who held it before may lead still {"lease":"operator","waitMs":60000}',
    ]);
  });

  test('where the namespace of the lease does not exist, and leads when it does', async () => {
    const api = createLeaseServer();
    const clock = createFakeClock();
    api.state.hasNamespace = false;
    const { lease, told } = start(api, clock, 'a');
    await clock.advance(1_000);
    expect(told).toEqual([
      expect.stringContaining(
        'the lease cannot be made, as its namespace opta does not exist: make it, as by kubectl apply -k deploy/kustomize',
      ),
    ]);
    api.state.hasNamespace = true;
    await clock.advance(5_000);
    expect(lease.isHeld).toBe(true);
  });
});

describe('remaining the leader', () => {
  test('costs one request each five seconds', async () => {
    const { api, clock, lease } = await leader();
    const before = api.server.calls.length;
    await clock.advance(600_000);
    expect(lease.isHeld).toBe(true);
    expect(
      api.server.calls.slice(before).every(({ method, unguarded }) => method === 'PUT' && unguarded),
    ).toBe(true);
    expect(api.server.calls.length - before).toBe(120);
  });

  test('goes on through lost answers', async () => {
    const { api, clock, lease } = await leader();
    api.state.loseAnswers = true;
    await clock.advance(12_000);
    api.state.loseAnswers = false;
    await clock.advance(60_000);
    expect(lease.isHeld).toBe(true);
  });

  test('ends 40 s after the last renewal', async () => {
    const { api, clock, lease, seen } = await leader();
    await clock.advance(5_000);
    api.state.isDown = true;
    await clock.advance(39_999);
    expect(seen.lost).toBe('');
    await clock.advance(1);
    expect(seen.lost).toBe('not renewed for 40 s');
    expect(() => lease.guard(0)).toThrow(NotLeader);
    api.state.isDown = false;
    const calls = api.server.calls.length;
    await clock.advance(60_000);
    expect(api.server.calls).toHaveLength(calls);
  });

  test('ends 40 s after the last renewal was sent, however late its answer came', async () => {
    const api = createLeaseServer();
    const clock = createFakeClock();
    const { seen } = start(answeringLate(api, clock), clock, 'a');
    await clock.advance(4_000);
    api.state.isDown = true;
    await clock.advance(35_999);
    expect(seen.lost).toBe('');
    await clock.advance(1);
    expect(seen.lost).toBe('not renewed for 40 s');
  });

  test('is over once it ended: a renewal that is answered after that holds nothing', async () => {
    const of = { lateMs: 0 };
    const clock = createFakeClock();
    const { lease, seen } = start(answeringLate(createLeaseServer(), clock, of), clock, 'a');
    await clock.advance(1_000);
    // It is sent after 5 s, and would be good for 40 s from then on.
    of.lateMs = 38_000;
    await clock.advance(39_000);
    expect(seen.lost).toBe('not renewed for 40 s');
    await clock.advance(4_000);
    expect(lease.isHeld).toBe(false);
    expect(() => lease.guard(0)).toThrow(NotLeader);
  });

  test('ends when somebody else is found in the lease', async () => {
    const { api, clock, seen } = await leader();
    api.edit('b');
    await clock.advance(5_000);
    expect(seen.lost).toContain('b holds the lease');
  });

  test.each([
    ['its own, older', 'a', true, ''],
    ["a former leader's", 'z', false, 'z holds the lease now'],
  ])('goes by the lease that a restored storage has: %s', async (_, holder, isHeld, lost) => {
    const { api, clock, lease, seen } = await leader('a');
    const before = structuredClone(api.lease);
    const other = start(api, clock, 'b');
    await clock.advance(30_000);
    api.restore(before, holder);
    await clock.advance(55_000);
    expect([lease.isHeld, seen.lost, other.lease.isHeld]).toEqual([isHeld, lost, false]);
    await clock.advance(10_000);
    expect([lease.isHeld, other.lease.isHeld]).toEqual([isHeld, !isHeld]);
  });

  test('a deleted lease is made again by its holder, and left to it by others', async () => {
    const { api, clock, lease } = await leader('a');
    const other = start(api, clock, 'b');
    await clock.advance(1_000);
    api.delete();
    await clock.advance(60_000);
    expect([lease.isHeld, other.lease.isHeld]).toEqual([true, false]);
    expect(api.lease?.spec.holderIdentity).toBe('a');
  });
});

describe('the guard', () => {
  test('lets a call start only if it ends before the lease', async () => {
    const { api, clock, lease } = await leader();
    api.state.isDown = true;
    await clock.advance(30_000);
    lease.guard(30_000);
    expect(() => lease.guard(30_001)).toThrow('the lease ends in 30 s, a call may take 30.001 s');
  });

  test('holds by wall time too, for a machine that slept', async () => {
    const { clock, lease } = await leader();
    clock.shiftWall(50_000);
    expect(() => lease.guard(15_000)).toThrow(NotLeader);
    await clock.advance(5_000);
    lease.guard(15_000);
  });

  test('holds by the monotonic clock too, for wall time that was set back', async () => {
    const { api, clock, lease } = await leader();
    api.state.isDown = true;
    clock.shiftWall(-3_600_000);
    await clock.advance(39_000);
    expect(() => lease.guard(25_000)).toThrow(NotLeader);
  });

  test('counts from before the renewal was sent', async () => {
    const clock = createFakeClock();
    const { lease } = start(answeringLate(createLeaseServer(), clock), clock, 'a');
    await clock.advance(4_000);
    lease.guard(56_000);
    expect(() => lease.guard(56_001)).toThrow(NotLeader);
  });

  test('stops everything before the lease is held and after it was given back', async () => {
    const api = createLeaseServer();
    const clock = createFakeClock();
    const { lease } = start(api, clock, 'a');
    expect(() => lease.guard(0)).toThrow(NotLeader);
    await clock.advance(0);
    lease.guard(15_000);
    await lease.release();
    expect(() => lease.guard(0)).toThrow(NotLeader);
    expect(clock.pending).toBe(0);
  });
});

/**
 * The lease is timed by the clocks of its holder and of who waits for it: what holds of two that go at different rates. A
 * holder gives up 40 s after it sent its renewal, and its last call, of 15 s at the most, has ended 55 s after it; who waits
 * has seen that renewal later, and takes over 60 s after it by its own clock.
 */
describe('a standby whose clock goes faster', () => {
  const STEP_MS = 500;
  const LONGEST_CALL_MS = 15_000;
  /** The holder's last call that its guard lets start begins now. */
  const mayCall = ({ lease }: Started) => {
    try {
      lease.guard(LONGEST_CALL_MS);
      return true;
    } catch {
      return false;
    }
  };

  /** The holder cannot renew any more at a moment of its own; told at each step of both. */
  async function takeOver(
    rate: number,
    cutAtMs: number,
    tell: (holder: Started, standby: Started, atMs: number) => void,
  ): Promise<void> {
    const api = createLeaseServer();
    const line = lineTo(api);
    const [slow, fast] = [createFakeClock(), createFakeClock()];
    const holder = start(line, slow, 'a');
    await slow.advance(0);
    const standby = start(api, fast, 'b');
    for (let at = 0; at < cutAtMs + 80_000; at += STEP_MS) {
      line.isCut = at >= cutAtMs;
      await slow.advance(STEP_MS);
      await fast.advance(STEP_MS * rate);
      tell(holder, standby, at);
    }
    expect([holder.lease.isHeld, standby.lease.isHeld]).toEqual([false, true]);
  }

  test.each([[1], [1.25], [1.5]])('%f times as fast never leads beside the leader', async rate => {
    for (let cutAtMs = 20_000; cutAtMs < 25_000; cutAtMs += 1_000)
      await takeOver(rate, cutAtMs, (holder, standby) =>
        expect([holder.lease.isHeld, standby.lease.isHeld]).not.toEqual([true, true]),
      );
  });

  test('by a twelfth leads only when the last call of the leader has ended', async () => {
    for (let cutAtMs = 20_000; cutAtMs < 25_000; cutAtMs += 1_000) {
      let lastCallAt = 0;
      let ledAt = Number.POSITIVE_INFINITY;
      await takeOver(13 / 12, cutAtMs, (holder, standby, at) => {
        if (mayCall(holder)) lastCallAt = at;
        if (standby.lease.isHeld) ledAt = Math.min(ledAt, at);
      });
      expect(ledAt).toBeGreaterThanOrEqual(lastCallAt + LONGEST_CALL_MS);
    }
  });
});
