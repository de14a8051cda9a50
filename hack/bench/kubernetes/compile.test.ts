import { expect, test } from 'vitest';
import { isNewEnough } from './compile.ts';

test.each([
  ['go1.25.0', true],
  ['go1.25', true],
  ['go1.26rc1', true],
  ['go1.26.8', true],
  ['go2.0', true],
  ['devel go1.27-abcdef', true],
  ['go1.24.9', false],
  ['go1.9', false],
  ['', false],
])('Go version "%s" is new enough: %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});
