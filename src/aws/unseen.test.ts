import { expect, test } from 'vitest';
import { systemClock } from '../engine/clock.ts';
import { asCloudError, CloudError } from '../engine/errors.ts';
import { createPatience } from './patience.ts';
import { onceSeen, refusing, type Unseen } from './unseen.ts';

const UNSEEN: Unseen = {
  is: refusing(/no such role/i, 'InvalidParameter'),
  hint: 'it comes',
  missing: 'it did not come',
  retryAfterMs: 5_000,
  patienceMs: 120_000,
};
const refusal = new CloudError('Invalid', 'No such role', { code: 'InvalidParameter', refused: true });

let now = 0;
const scope = () => ({ patience: createPatience({ ...systemClock, monotonic: () => now }) });
const told = async (call: Promise<string>) => {
  const error = asCloudError(await call.catch(asCloudError));
  return `${error.class}: ${error.message}`;
};

test('what is not seen yet is waited for, and named when it has not come after a while', async () => {
  const of = scope();
  const attempt = (what = 'a') => told(onceSeen(of, what, Promise.reject(refusal), UNSEEN));
  expect(await attempt()).toBe('NotYet: No such role (it comes)');
  now += 119_999;
  expect(await attempt()).toBe('NotYet: No such role (it comes)');
  now += 1;
  expect(await attempt()).toBe('Invalid: No such role: it did not come');
  now += 15 * 60_000;
  expect(await attempt(), 'asked again').toBe('Invalid: No such role: it did not come');
  expect(await attempt('b'), 'another write').toBe('NotYet: No such role (it comes)');
});

test('one that was taken is waited for anew', async () => {
  const of = scope();
  await told(onceSeen(of, 'a', Promise.reject(refusal), UNSEEN));
  now += 120_000;
  expect(await onceSeen(of, 'a', Promise.resolve('made'), UNSEEN)).toBe('made');
  expect(await told(onceSeen(of, 'a', Promise.reject(refusal), UNSEEN))).toMatch(/^NotYet/);
});

test.each([
  ['another text', new CloudError('Invalid', 'No such subnet', { code: 'InvalidParameter' })],
  ['another code', new CloudError('Denied', 'No such role', { code: 'AccessDenied' })],
  ['no answer of AWS', new TypeError('no such role')],
])('%s passes as it is', async (_, error) => {
  await expect(onceSeen(scope(), 'a', Promise.reject(error), UNSEEN)).rejects.toBe(error);
});

test('what was refused was not made, whichever way it is told', async () => {
  const of = scope();
  for (const wait of [0, 120_000]) {
    now += wait;
    const error = await onceSeen(of, 'a', Promise.reject(refusal), UNSEEN).catch(asCloudError);
    expect(error).toMatchObject({ refused: true, code: 'InvalidParameter' });
  }
});
