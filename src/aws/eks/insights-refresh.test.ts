import type { EKSClient } from '@aws-sdk/client-eks';
import { expect, test } from 'vitest';
import { CloudError } from '../../engine/errors.ts';
import { createInsightsRefresh } from './insights-refresh.ts';

const MINUTE = 60_000;

/** An EKS whose refresh stands as it is set. */
function begin() {
  const asked: string[] = [];
  let now = 0;
  let refresh: { status: string; startedAt: Date; message?: string } | undefined;
  let denied: string | undefined;
  const send = async (command: object) => {
    const name = command.constructor.name.replace('Command', '');
    if (denied !== undefined && name.startsWith(denied)) throw new CloudError('Denied', 'no right');
    asked.push(name);
    if (name === 'DescribeInsightsRefresh') {
      if (refresh === undefined) throw new CloudError('NotFound', 'none');
      return refresh;
    }
    refresh = { status: 'IN_PROGRESS', startedAt: new Date(now) };
    return { status: 'IN_PROGRESS' };
  };
  const of = createInsightsRefresh({ send } as unknown as EKSClient, {
    now: () => now,
    monotonic: () => now,
    setTimeout: () => () => {},
  });
  return {
    of,
    request: () =>
      of.request('prod').then(
        () => 'current',
        (error: CloudError) => `${error.class} in ${error.retryAfterMs}: ${error.message}`,
      ),
    isCurrent: () => of.isCurrent('prod'),
    later(ms: number) {
      now += ms;
    },
    ends(status: string, message?: string) {
      refresh = {
        status,
        startedAt: refresh?.startedAt ?? new Date(0),
        ...(message === undefined ? {} : { message }),
      };
    },
    deny(operation: string) {
      denied = operation;
    },
    by(startedAt: number, status: string) {
      refresh = { status, startedAt: new Date(startedAt) };
    },
    starts: () => asked.filter(one => one === 'StartInsightsRefresh').length,
  };
}

test('EKS is asked to look again for who asks for that, once for each text that they write', async () => {
  const at = begin();
  const looked = async () => {
    await at.request();
    at.ends('COMPLETED');
    expect(await at.isCurrent()).toBe(true);
  };
  at.of.lookNow('prod', 'monday');
  await looked();
  at.of.lookNow('prod', 'monday');
  at.of.lookNow('prod', undefined);
  at.of.lookNow('test', 'tuesday');
  expect(await at.isCurrent()).toBe(true);
  at.later(MINUTE);
  at.of.lookNow('prod', 'tuesday');
  expect(await at.isCurrent()).toBe(false);
  await looked();
  expect(at.starts()).toBe(2);
});

const LOOKING = 'NotYet in 30000: EKS is looking for what is in the way of an upgrade of cluster prod';

test('EKS is asked to look once, and waited for', async () => {
  const at = begin();
  expect(await at.isCurrent()).toBe(false);
  expect(at.starts()).toBe(0);
  expect(await at.request()).toBe(LOOKING);
  expect(await at.request()).toBe(LOOKING);
  expect(await at.isCurrent()).toBe(false);
  at.ends('COMPLETED');
  expect(await at.isCurrent()).toBe(true);
  expect(await at.request()).toBe('current');
  expect(at.starts()).toBe(1);
});

test.each<[string, (at: ReturnType<typeof begin>) => void, boolean]>([
  ['an hour later', at => at.later(60 * MINUTE), true],
  ['two hours later', at => at.later(120 * MINUTE), false],
  ['after a change of the cluster by us', at => at.of.changed('prod'), false],
  ['after a change of another cluster', at => at.of.changed('other'), true],
])('what EKS saw counts: %s', async (_, meanwhile, counts) => {
  const at = begin();
  await at.request();
  at.ends('COMPLETED');
  expect(await at.request()).toBe('current');
  meanwhile(at);
  expect(await at.isCurrent()).toBe(counts);
  expect(await at.request()).toBe(counts ? 'current' : LOOKING);
  expect(at.starts()).toBe(counts ? 1 : 2);
});

test('a change while EKS is looking makes it look again', async () => {
  const at = begin();
  await at.request();
  at.of.changed('prod');
  expect(await at.request()).toBe(LOOKING);
  at.ends('COMPLETED');
  expect(await at.isCurrent()).toBe(false);
  expect(await at.request()).toBe(LOOKING);
  expect(at.starts()).toBe(2);
});

test('the end of a look before ours is not the end of ours', async () => {
  const at = begin();
  at.by(5, 'COMPLETED');
  at.later(MINUTE);
  await at.request();
  at.by(5, 'COMPLETED');
  expect(await at.isCurrent()).toBe(false);
  at.by(MINUTE, 'COMPLETED');
  expect(await at.isCurrent()).toBe(true);
});

test('a look that somebody else asked for is waited for, and another one asked for then', async () => {
  const at = begin();
  at.by(0, 'IN_PROGRESS');
  expect(await at.request()).toBe(LOOKING);
  expect(at.starts()).toBe(0);
  at.by(0, 'COMPLETED');
  expect(await at.request()).toBe(LOOKING);
  expect(at.starts()).toBe(1);
});

test('a look that failed says why, and is asked for again after a while', async () => {
  const at = begin();
  await at.request();
  at.ends('FAILED', 'audit logs cannot be read');
  expect(await at.request()).toMatch(/^NotYet in 900000: .*prod: audit logs cannot be read\. /);
  expect(await at.isCurrent()).toBe(false);
  expect(at.starts()).toBe(1);
  at.later(15 * MINUTE);
  expect(await at.request()).toBe(LOOKING);
  expect(at.starts()).toBe(2);
});

test.each(['StartInsightsRefresh', 'DescribeInsightsRefresh'])(
  'without the right to %s what EKS has is what counts',
  async operation => {
    const at = begin();
    at.deny(operation);
    expect(await at.request()).toBe('current');
    expect(await at.isCurrent()).toBe(true);
  },
);
