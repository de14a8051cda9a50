import type { Update } from '@aws-sdk/client-eks';
import { describe, expect, test } from 'vitest';
import { CloudError } from '../../engine/errors.ts';
import { type Asked, createUpdateWatch, openFailure } from './update-watch.ts';

const MINUTE = 60_000;

/** `logTypes and version`, each to `to`. */
function of(what: string, to = '1'): Asked {
  return { what, changes: what.split(' and ').map(field => ({ field, to })) };
}

function watch() {
  let now = 0;
  const asked: string[] = [];
  const changed: string[] = [];
  const clock = { now: () => now, monotonic: () => now, setTimeout: () => () => {} };
  const made = createUpdateWatch(clock, clusterName => changed.push(clusterName));
  return {
    watch: made,
    asked,
    changed,
    wait: (ms: number) => {
      now += ms;
    },
    look: (update: Update | undefined) =>
      made.failures('cluster a', async id => {
        asked.push(id);
        return update;
      }),
  };
}

const failed = (errorCode: string): Update => ({
  status: 'Failed',
  errors: [{ errorCode: errorCode as 'AccessDenied', errorMessage: 'why', resourceIds: ['subnet-1'] }],
});

test('a cluster is another when an update of something in it was begun, and when that has ended', async () => {
  const at = watch();
  at.watch.begun('addon prod/coredns', of('version'), { id: 'u1' });
  expect(at.changed).toEqual(['prod']);
  at.watch.begun('cluster a', of('version'), { id: 'u2' });
  await at.look({ status: 'InProgress' });
  expect(at.changed).toEqual(['prod', 'a']);
  await at.look({ status: 'Successful' });
  await at.look({ status: 'Successful' });
  expect(at.changed).toEqual(['prod', 'a', 'a']);
});

test('nothing is asked where nothing was begun', async () => {
  const at = watch();
  expect([await at.look(failed('IpNotAvailable')), at.asked]).toEqual([[], []]);
});

test.each([
  ['InProgress', 2],
  ['Successful', 1],
  ['Cancelled', 1],
  ['Failed', 1],
] as const)('an update that is %s is asked about %i times in two looks', async (status, times) => {
  const at = watch();
  at.watch.begun('cluster a', of('version'), { id: 'u1' });
  await at.look({ status });
  await at.look({ status });
  expect(at.asked).toHaveLength(times);
});

test('an update that EKS has forgotten is forgotten', async () => {
  const at = watch();
  at.watch.begun('cluster a', of('version'), { id: 'u1' });
  expect([await at.look(undefined), await at.look(undefined), at.asked]).toEqual([[], [], ['u1']]);
});

test('a failure is told, and the same change refused, for a quarter of an hour', async () => {
  const at = watch();
  at.watch.begun('cluster a', of('version'), { id: 'u1' });
  expect(await at.look(failed('IpNotAvailable'))).toMatchObject([
    { what: 'version', message: expect.stringContaining('IpNotAvailable: why (subnet-1)') },
  ]);
  at.wait(5 * MINUTE);
  expect(() => at.watch.refuseRepeat('cluster a', of('version'))).toThrow(
    expect.objectContaining({ class: 'Unknown', retryAfterMs: 10 * MINUTE }),
  );
  at.watch.refuseRepeat('cluster a', of('logTypes'));
  at.watch.refuseRepeat('cluster b', of('version'));
  at.wait(10 * MINUTE);
  at.watch.refuseRepeat('cluster a', of('version'));
  expect(await at.look(failed('IpNotAvailable'))).toEqual([]);
});

describe('a rollout that fails in a row', () => {
  const rollout = (to = '1.35'): Asked => ({ ...of('version', to), isRollout: true });

  /** How long it is refused after it failed; it is begun as soon as it is not. */
  async function waitOf(at: ReturnType<typeof watch>, asked: Asked): Promise<number | undefined> {
    at.watch.begun('cluster a', asked, { id: 'u' });
    await at.look(failed('PodEvictionFailure'));
    try {
      at.watch.refuseRepeat('cluster a', asked);
    } catch (error) {
      const ms = error instanceof CloudError ? error.retryAfterMs : undefined;
      at.wait(ms ?? 0);
      return ms === undefined ? ms : ms / MINUTE;
    }
    return 0;
  }

  test('is tried ever more seldom, once a day at least', async () => {
    const at = watch();
    const waits: (number | undefined)[] = [];
    for (let one = 0; one < 9; one++) waits.push(await waitOf(at, rollout()));
    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
    expect(await waitOf(at, rollout('1.36'))).toBe(15);
  });

  test('begins anew once it was done', async () => {
    const at = watch();
    expect([await waitOf(at, rollout()), await waitOf(at, rollout())]).toEqual([15, 30]);
    at.watch.begun('cluster a', rollout(), { id: 'u' });
    await at.look({ status: 'Successful' });
    expect(await waitOf(at, rollout())).toBe(15);
  });

  test('is tried at once for who asks for that, and told no more; the next wait is as long as without', async () => {
    const at = watch();
    expect([await waitOf(at, rollout()), await waitOf(at, rollout())]).toEqual([15, 30]);
    at.watch.tryNow('cluster a', 'monday');
    at.watch.begun('cluster a', rollout(), { id: 'u' });
    const told = async () => (await at.look(failed('PodEvictionFailure'))).length;
    expect(await told()).toBe(1);
    // The same text is the same wish.
    at.watch.tryNow('cluster a', 'monday');
    at.watch.tryNow('cluster a', undefined);
    at.watch.tryNow('cluster b', 'tuesday');
    expect(await told()).toBe(1);
    expect(() => at.watch.refuseRepeat('cluster a', rollout())).toThrow('PodEvictionFailure');
    at.watch.tryNow('cluster a', 'tuesday');
    expect(await told()).toBe(0);
    at.watch.refuseRepeat('cluster a', rollout());
    expect(await waitOf(at, rollout())).toBe(120);
  });

  test('tells when it is tried again', async () => {
    const at = watch();
    await waitOf(at, rollout());
    at.watch.begun('cluster a', rollout(), { id: 'u' });
    const [told] = await at.look(failed('PodEvictionFailure'));
    expect(told?.message).toMatch(
      /It is tried again at 1970-01-01T00:45:00Z, sooner when the spec asks for something else, and at once when the annotation opta\.dev\/reconcile-requested-at gets another value$/,
    );
  });

  test('what is no rollout is asked for as often as before', async () => {
    const at = watch();
    const setting = of('logTypes');
    expect([await waitOf(at, setting), await waitOf(at, setting)]).toEqual([15, 15]);
  });
});

test('another value of what failed is asked for at once, and the one that failed is not told any more', async () => {
  const at = watch();
  at.watch.begun('cluster a', of('version', 'bad'), { id: 'u1' });
  const told = await at.look(failed('IpNotAvailable'));
  expect(() => at.watch.refuseRepeat('cluster a', of('version', 'bad'))).toThrow(/version/);
  at.watch.refuseRepeat('cluster a', of('version', 'right'));
  const open = (...changes: Asked['changes']) => openFailure(told, changes)?.what;
  expect(openFailure(told)?.what).toBe('version');
  expect(open(...of('logTypes').changes, ...of('version', 'bad').changes)).toBe('version');
  expect(open(...of('version', 'right').changes)).toBeUndefined();
  expect(open()).toBeUndefined();
});

test('an update that was cancelled is told as such, and not asked for again at once', async () => {
  const at = watch();
  at.watch.begun('cluster a', of('version'), { id: 'u1' });
  expect(await at.look({ status: 'Cancelled' })).toMatchObject([
    { what: 'version', message: expect.stringContaining('took the update of version and it was cancelled') },
  ]);
  expect(() => at.watch.refuseRepeat('cluster a', of('version'))).toThrow(/cancelled/);
});

test('what failed is not forgotten over another change, until it is part of one again', async () => {
  const at = watch();
  at.watch.begun('cluster a', of('logTypes'), { id: 'u1' });
  await at.look(failed('IpNotAvailable'));
  at.watch.begun('cluster a', of('version'), { id: 'u2' });
  expect(await at.look({ status: 'Successful' })).toMatchObject([{ what: 'logTypes' }]);
  expect(() => at.watch.refuseRepeat('cluster a', of('logTypes'))).toThrow(/logTypes/);
  at.watch.begun('cluster a', of('version'), { id: 'u3' });
  expect(await at.look(failed('IpNotAvailable'))).toMatchObject([{ what: 'version' }, { what: 'logTypes' }]);
  for (const what of ['logTypes', 'version'])
    expect(() => at.watch.refuseRepeat('cluster a', of(what))).toThrow(what);
  at.watch.begun('cluster a', of('logTypes and version'), { id: 'u4' });
  expect(await at.look({ status: 'Successful' })).toEqual([]);
});

test.each([
  ['EniLimitReached', 'Quota'],
  ['AccessDenied', 'Denied'],
  ['OperationNotPermitted', 'Denied'],
  ['PodEvictionFailure', 'Unknown'],
])('%s is of the class %s', async (code, expected) => {
  const at = watch();
  at.watch.begun('cluster a', of('version'), { id: 'u1' });
  expect((await at.look(failed(code)))[0]?.class).toBe(expected);
});

test('an update begun while the last one is asked about is not mistaken for it', async () => {
  const at = watch();
  at.watch.begun('cluster a', of('version'), { id: 'u1' });
  const look = at.watch.failures('cluster a', async () => {
    at.watch.begun('cluster a', of('version'), { id: 'u2' });
    return failed('IpNotAvailable');
  });
  expect(await look).toEqual([]);
  at.watch.refuseRepeat('cluster a', of('version'));
});
