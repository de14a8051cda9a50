import { expect, test } from 'vitest';
import { dropped } from './attributes.ts';

test.each<[string, Parameters<typeof dropped>[1], string | undefined]>([
  ['set once and not asked for any more', { desired: {}, shown: { a: '1' }, recorded: ['a'] }, '1'],
  ['asked for', { desired: { a: '1' }, shown: { a: '2' }, recorded: ['a'] }, undefined],
  ['set by somebody else', { desired: {}, shown: { a: '1' }, recorded: [] }, undefined],
  ['gone', { desired: {}, shown: {}, recorded: ['a'] }, undefined],
  ['empty', { desired: {}, shown: { a: '' }, recorded: ['a'] }, undefined],
  ['as it is where nobody set it', { desired: {}, shown: { a: '0' }, recorded: ['a'] }, undefined],
])('an optional attribute that is %s', (_, of, from) => {
  const changes = from === undefined ? [] : [{ field: 'a', from, to: undefined, risk: 'Low' }];
  expect(dropped(['a'], of, { a: '0' })).toEqual(changes);
});
