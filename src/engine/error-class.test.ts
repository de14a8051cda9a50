import { expect, test } from 'vitest';
import { isRefusal, PASSING, STALLING, WORST_FIRST } from './error-class.ts';
import { CloudError } from './errors.ts';

/** What was said no to has made nothing; what stops hammering waits for a person; what passes says nothing of the resource. */
test.each([
  ['NotFound', 'refusal', '', 'passes'],
  ['NotYet', 'refusal', '', 'passes'],
  ['Busy', 'refusal', '', 'passes'],
  ['Throttled', 'refusal', '', 'passes'],
  ['Transient', '', '', 'passes'],
  ['Invalid', 'refusal', 'stalls', ''],
  ['Conflict', 'refusal', 'stalls', ''],
  ['Denied', 'refusal', 'stalls', ''],
  ['Quota', 'refusal', 'stalls', ''],
  ['Blocked', 'refusal', '', ''],
  ['Unknown', '', '', 'passes'],
] as const)('%s: %s %s %s', (name, refusal, stalls, passes) => {
  expect(isRefusal(new CloudError(name, 'x', { refused: true }))).toBe(true);
  expect(isRefusal(new CloudError(name, 'x'))).toBe(refusal === 'refusal');
  expect(STALLING.has(name)).toBe(stalls === 'stalls');
  expect(PASSING.has(name)).toBe(passes === 'passes');
});

test('what a person has to do something about comes before what passes by itself', () => {
  const passing = WORST_FIRST.map(name => PASSING.has(name));
  expect(passing).toEqual(passing.toSorted((a, b) => Number(a) - Number(b)));
  expect([WORST_FIRST[0], WORST_FIRST.length]).toEqual(['Conflict', 11]);
});
