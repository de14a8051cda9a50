import { describe, expect, test } from 'vitest';
import {
  compareVersions,
  defaultVersion,
  KUBERNETES_VERSIONS,
  kubernetesVersion,
  minorOf,
  nextVersion,
  supportAt,
} from './versions.ts';

const day = (text: string) => Date.parse(text);

describe('the table', () => {
  test('has one line a minor, in order, without a gap', () => {
    const minors = KUBERNETES_VERSIONS.map(one => minorOf(one.version) ?? 0);
    expect(minors).toEqual(minors.map((_, index) => (minors[0] ?? 0) + index));
  });

  // "A minor version is under standard support for the first 14 months after it's released ... for the next 12 months".
  test.each(KUBERNETES_VERSIONS)('$version: 14 months of standard support and 12 of extended', one => {
    const months = (from: string, to: string) => (day(to) - day(from)) / (30.44 * 86_400_000);
    expect(months(one.released, one.standardSupportEnds)).toBeCloseTo(14, 0);
    expect(months(one.standardSupportEnds, one.extendedSupportEnds)).toBeCloseTo(12, 0);
  });
});

test.each([
  ['2026-07-28T23:59:59Z', 'Standard'],
  ['2026-07-29T00:00:00Z', 'Extended'],
  ['2027-07-28T23:59:59Z', 'Extended'],
  ['2027-07-29T00:00:00Z', 'Ended'],
])('1.33 at %s is in the support %s', (at, expected) => {
  const found = kubernetesVersion('1.33');
  expect(found && supportAt(found, day(at))).toBe(expected);
});

test.each([
  ['2026-11-25', '1.35'],
  // One minor alone in standard support is better than none.
  ['2027-07-01', '1.36'],
  ['2025-11-01', '1.33'],
  ['2099-01-01', undefined],
])('the default version on %s is %s', (at, expected) => {
  expect(defaultVersion(day(at))).toBe(expected);
});

test.each([
  ['1.33', '1.35', '1.34'],
  ['1.9', '1.10', '1.10'],
  ['1.34', '1.34', '1.34'],
  ['1.35', '1.34', '1.35'],
  ['1.34', 'latest', '1.34'],
])('from %s towards %s the next is %s', (from, to, expected) => {
  expect(nextVersion(from, to)).toBe(expected);
});

test('versions are compared as numbers, and what is none decides nothing', () => {
  expect([
    compareVersions('1.9', '1.10') < 0,
    compareVersions('1.34', '1.34'),
    compareVersions('x', '1.1'),
  ]).toEqual([true, 0, 0]);
});
