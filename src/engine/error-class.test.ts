import { expect, test } from 'vitest';
import { isOfRequest, isRefusal, PASSING, STALLING, WORST_FIRST } from './error-class.ts';
import { CloudError } from './errors.ts';

/** What was said no to has made nothing; what stops hammering waits for a person; what passes says nothing of the resource; what is of one part holds up no other. */
test.each([
  ['NotFound', 'refusal', '', 'passes', ''],
  ['NotYet', 'refusal', '', 'passes', 'of one part'],
  ['Busy', 'refusal', '', 'passes', 'of one part'],
  ['Throttled', 'refusal', '', 'passes', ''],
  ['Transient', '', '', 'passes', ''],
  ['Invalid', 'refusal', 'stalls', '', 'of one part'],
  ['Conflict', 'refusal', 'stalls', '', 'of one part'],
  ['Denied', 'refusal', 'stalls', '', 'of one part'],
  ['Quota', 'refusal', 'stalls', '', 'of one part'],
  ['Blocked', 'refusal', '', '', 'of one part'],
  ['Unknown', '', '', 'passes', ''],
] as const)('%s: %s %s %s %s', (name, refusal, stalls, passes, part) => {
  expect(isRefusal(new CloudError(name, 'x', { refused: true }))).toBe(true);
  expect(isRefusal(new CloudError(name, 'x'))).toBe(refusal === 'refusal');
  expect(isOfRequest(new CloudError(name, 'x'))).toBe(part === 'of one part');
  expect(STALLING.has(name)).toBe(stalls === 'stalls');
  expect(PASSING.has(name)).toBe(passes === 'passes');
});

test('a code that nobody knows, by which AWS refused, is said of what was asked for', () => {
  expect(isOfRequest(new CloudError('Unknown', 'x', { refused: true }))).toBe(true);
});

test('what a person has to do something about comes before what passes by itself', () => {
  const passing = WORST_FIRST.map(name => PASSING.has(name));
  expect(passing).toEqual(passing.toSorted((a, b) => Number(a) - Number(b)));
  expect([WORST_FIRST[0], WORST_FIRST.length]).toEqual(['Conflict', 11]);
});
