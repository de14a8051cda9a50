import type { AwsCredentialIdentity } from '@smithy/types';
import { describe, expect, test } from 'vitest';
import { createFakeClock, type FakeClock } from '../engine/testing/fake-clock.ts';
import { renewing, shareCredentials } from './shared-credentials.ts';

describe('credentials are asked for', () => {
  const SECOND = 1000;
  /** A provider of credentials that last so long; counts how often it was asked. */
  function provider(clock: FakeClock, lastsMs: number | undefined) {
    const state = { asked: 0, fails: false };
    const of = shareCredentials(async () => {
      state.asked += 1;
      if (state.fails) throw new Error('no credentials');
      const expiration = lastsMs === undefined ? {} : { expiration: new Date(clock.now() + lastsMs) };
      return {
        accessKeyId: `key-${state.asked}`,
        secretAccessKey: 's',
        ...expiration,
      } satisfies AwsCredentialIdentity;
    }, clock);
    return { of, state };
  }

  test('once by all who ask together', async () => {
    const clock = createFakeClock();
    const { of, state } = provider(clock, undefined);
    await Promise.all([of(), of(), of()]);
    expect(state.asked).toBe(1);
  });
  test('once for ever where they do not end', async () => {
    const clock = createFakeClock();
    const { of, state } = provider(clock, undefined);
    await of();
    await clock.advance(24 * 3600 * SECOND);
    await of();
    expect(state.asked).toBe(1);
  });
  test('when AWS does not know them, not more often than every ten seconds', async () => {
    const clock = createFakeClock();
    const { of, state } = provider(clock, 3600 * SECOND);
    await of();
    expect(of.refused(clock.monotonic())).toBe(false);
    await clock.advance(10 * SECOND);
    const begunAt = clock.monotonic();
    expect(of.refused(begunAt)).toBe(true);
    await clock.advance(SECOND);
    expect((await of()).accessKeyId).toBe('key-2');
    // Begun with those before.
    expect(of.refused(begunAt)).toBe(true);
    expect(of.refused(clock.monotonic())).toBe(false);
    expect((await of()).accessKeyId).toBe('key-2');
    expect(state.asked).toBe(2);
  });
  test('when a region does not know them, and serve all others where new ones cannot be had', async () => {
    const clock = createFakeClock();
    const { of, state } = provider(clock, 3600 * SECOND);
    await of();
    state.fails = true;
    await clock.advance(10 * SECOND);
    expect(of.refused(clock.monotonic())).toBe(true);
    for (const asked of [2, 2, 3]) {
      expect((await of()).accessKeyId).toBe('key-1');
      expect(state.asked).toBe(asked);
      expect(of.refused(clock.monotonic())).toBe(false);
      await clock.advance(5 * SECOND);
    }
    state.fails = false;
    await clock.advance(5 * SECOND);
    expect((await of()).accessKeyId).toBe('key-4');
  });
  test('five minutes before they end', async () => {
    const clock = createFakeClock();
    const { of, state } = provider(clock, 3600 * SECOND);
    await of();
    await clock.advance(54 * 60 * SECOND);
    expect((await of()).accessKeyId).toBe('key-1');
    await clock.advance(2 * 60 * SECOND);
    expect((await of()).accessKeyId).toBe('key-2');
    expect(state.asked).toBe(2);
  });
  test.each([
    ['set back', -3600 * SECOND, 56 * 60 * SECOND],
    ['set forward, as on a machine that slept', 56 * 60 * SECOND, 0],
  ])('five minutes before they end, whatever the wall clock says: it is %s', async (_, byMs, afterMs) => {
    const clock = createFakeClock();
    const { of, state } = provider(clock, 3600 * SECOND);
    await of();
    clock.shiftWall(byMs);
    await clock.advance(afterMs + 11 * SECOND);
    await of();
    expect(state.asked).toBe(2);
  });
  test('not with every call where they are short-lived from the start', async () => {
    const clock = createFakeClock();
    const { of, state } = provider(clock, 60 * SECOND);
    for (let i = 0; i < 9; i++) {
      await of();
      await clock.advance(SECOND);
    }
    expect(state.asked).toBe(1);
    await clock.advance(2 * SECOND);
    await of();
    expect(state.asked).toBe(2);
  });
  test('and the old ones serve while new ones cannot be had, but not a moment longer than they last', async () => {
    const clock = createFakeClock();
    const { of, state } = provider(clock, 3600 * SECOND);
    await of();
    state.fails = true;
    await clock.advance(58 * 60 * SECOND);
    expect((await of()).accessKeyId).toBe('key-1');
    await clock.advance(3 * 60 * SECOND);
    await expect(of()).rejects.toThrow('no credentials');
    state.fails = false;
    expect((await of()).accessKeyId).toBe('key-4');
  });
});

test.each([
  ['of the keys', 'AWS was not able to validate the provided access credentials', true],
  ['of a resource', 'You do not have permission to access the specified resource.', false],
])('AuthFailure %s: %s', async (_, text, isOfKeys) => {
  const clock = createFakeClock();
  const credentials = shareCredentials(async () => ({ accessKeyId: 'a', secretAccessKey: 's' }), clock);
  await credentials();
  await clock.advance(60_000);
  const { around } = renewing(credentials, { hooks: {}, clock });
  const refusal = Object.assign(new Error(text), { name: 'AuthFailure' });
  const call = {
    service: 'ec2',
    operation: 'ReleaseAddress',
    mutating: true,
    accountId: '111122223333',
    region: 'eu-west-1',
  };
  const error = await around?.(call, () => Promise.reject(refusal)).catch(told => told);
  if (isOfKeys) expect(error).toMatchObject({ class: 'Transient', code: 'AuthFailure' });
  else expect(error).toBe(refusal);
});
