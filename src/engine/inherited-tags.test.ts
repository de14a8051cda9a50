import { expect, test } from 'vitest';
import { tagsOfParent } from './owner.ts';

test.each<[string, Record<string, string>, Record<string, string>]>([
  [
    'its node is the child’s',
    { 'opta.dev/node': 'topic', 'opta.dev/uid': 'u' },
    { 'opta.dev/node': 'child', 'opta.dev/uid': 'u' },
  ],
  [
    'its epoch and attempt are its own',
    { 'opta.dev/node': 'topic', 'opta.dev/epoch': '1', 'opta.dev/attempt': '2', a: 'b' },
    { 'opta.dev/node': 'child', a: 'b' },
  ],
  ['a parent that is not ours makes no child ours', { team: 'a' }, { team: 'a' }],
  ['a parent without tags', {}, {}],
])('a child belongs to whom its parent belongs to: %s', (_, parent, expected) => {
  expect(tagsOfParent(parent, 'child')).toEqual(expected);
});
