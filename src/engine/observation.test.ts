import { expect, test } from 'vitest';
import { CloudError } from './errors.ts';
import { seenBy } from './plan.ts';
import { entry, found, inputOf, type Planning } from './testing/planning.ts';

const FOREIGN = found('net', 'a', { tags: { 'opta.dev/name': 'two' } });

test.each<[string, Partial<Planning>, string]>([
  ['there', { looks: { 'a@1': [found('net', 'a')] } }, 'known, with a state'],
  ['not there', {}, 'known, without'],
  ['somebody else’s', { looks: { 'a@1': [FOREIGN] } }, 'known, without'],
  ['not answered for', { looks: { 'a@1': new CloudError('Throttled', 'slow down') } }, 'unknown, without'],
  ['made a moment ago and not shown', { notYet: ['a@1'] }, 'unknown, without'],
  [
    'there in an old epoch, and not answered for in the newest',
    {
      inventory: [entry('net', 'a'), entry('net', 'a', { epoch: 2, id: 'a-2' })],
      looks: { 'a@1': [found('net', 'a')], 'a@2': new CloudError('Transient', 'cut off') },
    },
    'unknown, without',
  ],
])('what a graph may know of a node that is %s', (_, planning, expected) => {
  const seen = seenBy(inputOf({ spec: [{ id: 'a', type: 'net', fields: {} }], ...planning }));
  const state = seen.state('a') === undefined ? 'without' : 'with a state';
  expect(`${seen.isKnown('a') ? 'known' : 'unknown'}, ${state}`).toBe(expected);
});

test('what left the spec is told from what is in it, and from what never was', () => {
  const spec = [{ id: 'a', type: 'net', fields: {} }] as const;
  // Of what is gone the next epoch is kept, where a token never serves twice.
  const used = entry('gate', 'd', { epoch: 2, attempts: 0, unmade: true });
  const seen = seenBy(inputOf({ spec, inventory: [entry('net', 'a'), entry('net', 'b'), used] }));
  expect(['a', 'b', 'c', 'd'].filter(seen.isLeaving)).toEqual(['b']);
});

test.each([
  ['None', undefined],
  ['Remove', 'b'],
] as const)('what left the spec is seen while the object is deleted: %s', (deletion, id) => {
  const spec = [{ id: 'a', type: 'net', fields: {} }] as const;
  const looks = {
    'b@1': [found('net', 'b')],
    'c@1': [found('net', 'c', { tags: { 'opta.dev/name': 'two' } })],
  };
  const inventory = [entry('net', 'b'), entry('net', 'c')];
  const seen = seenBy(inputOf({ spec, inventory, looks, deletion }));
  expect(seen.id('b')).toBe(id === undefined ? undefined : found('net', 'b').id);
  expect(seen.state('b') === undefined).toBe(id === undefined);
  expect(seen.id('c')).toBe(undefined);
});

test('nothing is known of a node that was not looked at', () => {
  expect(seenBy(inputOf({ spec: [] })).isKnown('a')).toBe(false);
});
