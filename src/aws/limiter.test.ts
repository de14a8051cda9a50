import { describe, expect, test } from 'vitest';
import { createFakeClock, settle } from '../engine/testing/fake-clock.ts';
import { inLane, untilAborted } from './lane.ts';
import { createLimiter } from './limiter.ts';
import { PUBLISHED_LIMITS, SHARE } from './limits.ts';

/** Counts the calls of an operation that were let through. */
function counting(granted: Readonly<Record<string, number>> = {}) {
  const clock = createFakeClock();
  const limiter = createLimiter(clock, granted);
  const counts = new Map<string, number>();
  return {
    clock,
    limiter,
    ask(name: string, times: number) {
      const [service = '', operation = ''] = name.split(':');
      for (let i = 0; i < times; i++) {
        void limiter.acquire(service, operation).then(() => counts.set(name, (counts.get(name) ?? 0) + 1));
      }
    },
    of: (name: string) => counts.get(name) ?? 0,
  };
}

describe('a published rate', () => {
  test.each(Object.entries(PUBLISHED_LIMITS))(
    '%s: %d a second are never passed, in any second',
    async (name, rate) => {
      const { clock, ask, of } = counting();
      // Less than one a second: in no time in which AWS gives one.
      const seconds = Math.max(1, 1 / rate);
      const most = rate * seconds;
      ask(name, most * 10);
      await settle();
      let before = of(name);
      expect(before).toBeLessThanOrEqual(most);
      for (let times = 0; times < 5; times++) {
        await clock.advance(seconds * 1000);
        expect(of(name) - before).toBeLessThanOrEqual(most);
        before = of(name);
      }
      expect(before).toBeGreaterThanOrEqual(Math.floor(most * SHARE * 5));
    },
  );

  test('and one that the account was granted takes its place', async () => {
    const { ask, of } = counting({ 'kms:CreateKey': 1000 });
    ask('kms:CreateKey', 100);
    await settle();
    expect(of('kms:CreateKey')).toBe(100);
  });

  test('of one operation does not hold up another', async () => {
    const { ask, of } = counting();
    ask('kms:CreateKey', 50);
    ask('kms:DescribeKey', 50);
    await settle();
    expect(of('kms:CreateKey')).toBeLessThan(5);
    expect(of('kms:DescribeKey')).toBe(50);
  });

  test('of a service as a whole holds up all of its operations', async () => {
    const { clock, ask, of } = counting();
    ask('route53:GetHostedZone', 20);
    ask('route53:ListResourceRecordSets', 20);
    await settle();
    const total = () => of('route53:GetHostedZone') + of('route53:ListResourceRecordSets');
    expect(total()).toBe(1);
    await clock.advance(1000);
    expect(total()).toBe(5);
  });

  test('lets a deletion go before drift reads that waited longer', async () => {
    const { clock, limiter } = counting();
    const order: string[] = [];
    const ask = (lane: 'delete' | 'drift') =>
      void inLane(lane, () => limiter.acquire('kms', 'CreateKey').then(() => void order.push(lane)));
    for (let i = 0; i < 6; i++) ask('drift');
    ask('delete');
    await settle();
    await clock.advance(10_000);
    expect(order).toHaveLength(7);
    expect(order.indexOf('delete')).toBeLessThanOrEqual(2);
  });
});

describe('a service without a published rate', () => {
  test('is open', async () => {
    const { ask, of } = counting();
    ask('sqs:CreateQueue', 5000);
    await settle();
    expect(of('sqs:CreateQueue')).toBe(5000);
  });

  test('goes on at half of its last second when AWS throttles', async () => {
    const { clock, limiter, ask, of } = counting();
    ask('sqs:CreateQueue', 100);
    await settle();
    limiter.throttled('sqs');
    ask('sqs:CreateQueue', 1000);
    await settle();
    const before = of('sqs:CreateQueue');
    expect(before).toBe(100);
    await clock.advance(1000);
    expect(of('sqs:CreateQueue') - before).toBeGreaterThan(40);
    expect(of('sqs:CreateQueue') - before).toBeLessThanOrEqual(53);
  });

  test('is halved once for many answers to calls of the old rate', async () => {
    const { clock, limiter, ask, of } = counting();
    ask('sqs:CreateQueue', 100);
    await settle();
    for (let i = 0; i < 20; i++) limiter.throttled('sqs');
    ask('sqs:CreateQueue', 1000);
    await settle();
    await clock.advance(1000);
    expect(of('sqs:CreateQueue') - 100).toBeGreaterThan(40);
  });

  test('never stops altogether', async () => {
    const { clock, limiter, ask, of } = counting();
    for (let i = 0; i < 30; i++) {
      limiter.throttled('sqs');
      await clock.advance(2000);
    }
    ask('sqs:CreateQueue', 10);
    await settle();
    await clock.advance(3000);
    expect(of('sqs:CreateQueue')).toBeGreaterThanOrEqual(2);
  });

  test('recovers', async () => {
    const { clock, limiter, ask, of } = counting();
    ask('sqs:CreateQueue', 20);
    await settle();
    limiter.throttled('sqs');
    await clock.advance(60_000);
    const rate = 10 * 1.05 ** 60;
    ask('sqs:CreateQueue', 1000);
    await settle();
    const burst = of('sqs:CreateQueue');
    await clock.advance(1000);
    expect(of('sqs:CreateQueue') - burst).toBeGreaterThan(rate * 0.8);
  });

  test('recovers from the slowest rate in two minutes, also for calls that wait all along', async () => {
    const { clock, limiter, ask, of } = counting();
    limiter.throttled('sqs');
    ask('sqs:CreateQueue', 3000);
    await clock.advance(60_000);
    expect(of('sqs:CreateQueue')).toBeLessThan(600);
    await clock.advance(60_000);
    expect(of('sqs:CreateQueue')).toBe(3000);
  });

  test('another service goes on', async () => {
    const { limiter, ask, of } = counting();
    limiter.throttled('sqs');
    ask('sns:CreateTopic', 100);
    await settle();
    expect(of('sns:CreateTopic')).toBe(100);
  });
});

describe('an operator that stops', () => {
  function stopping(times: number) {
    const { clock, limiter } = counting();
    const ending = new AbortController();
    const answers: string[] = [];
    const ask = (lane: 'change' | 'drift') =>
      untilAborted(ending.signal, () => inLane(lane, () => limiter.acquire('kms', 'CreateKey'), 'shop')).then(
        () => answers.push('let through'),
        error =>
          answers.push(
            `${error.class}, ${error.refused ? 'nothing was made' : 'in doubt'}: ${error.message}`,
          ),
      );
    for (let i = 0; i < times; i++) void ask(i % 2 === 0 ? 'change' : 'drift');
    const stop = () => ending.abort(new Error('the operator is stopping'));
    return { clock, limiter, answers, ask, stop };
  }
  const GIVEN_UP = 'Transient, nothing was made: not asked of AWS: the operator is stopping';

  test('lets through none of the calls that wait: they end at once', async () => {
    const { clock, answers, stop } = stopping(50);
    await settle();
    const through = answers.length;
    expect(through).toBeLessThan(10);
    stop();
    await settle();
    expect(answers.slice(through)).toEqual(Array.from({ length: 50 - through }, () => GIVEN_UP));
    await clock.advance(60_000);
    expect(answers).toHaveLength(50);
  });

  test('begins no other call, though its turn would be at once', async () => {
    const { answers, ask, stop } = stopping(0);
    stop();
    await ask('change');
    expect(answers).toEqual([GIVEN_UP]);
  });

  test('holds up nobody else by the calls that it gave up', async () => {
    const { clock, limiter, stop } = stopping(50);
    await settle();
    stop();
    let isThrough = false;
    const acquire = () => limiter.acquire('kms', 'CreateKey');
    void inLane('change', acquire, 'shop').then(() => {
      isThrough = true;
    });
    await clock.advance(1_000);
    expect(isThrough).toBe(true);
  });
});
