import { expect, test } from 'vitest';
import { identityTags, isAdoptable, isReservedTag, judge, ownershipTags, tagsOfParent } from './owner.ts';
import { ownerOf } from './testing/world.ts';

const OWNER = ownerOf('one');
const OURS = ownershipTags(OWNER, 'queue', 2, '1');

function but(changes: Readonly<Record<string, string | undefined>>) {
  const all = Object.entries({ ...OURS, ...changes });
  return Object.fromEntries(all.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

test('ownership tags name the object, the node, the epoch and the attempt', () => {
  expect(OURS).toEqual({
    'opta.dev/installation': 'test',
    'opta.dev/environment': 'env',
    'opta.dev/kind': 'Thing',
    'opta.dev/namespace': 'ns',
    'opta.dev/name': 'one',
    'opta.dev/node': 'queue',
    'opta.dev/cluster': 'cluster-1',
    'opta.dev/uid': 'uid-one',
    'opta.dev/epoch': '2',
    'opta.dev/attempt': '1',
  });
  expect(ownershipTags(OWNER, 'queue', 1)).not.toHaveProperty('opta.dev/attempt');
  expect(identityTags({ ...OWNER, namespace: '' }, 'vpc')).not.toHaveProperty('opta.dev/namespace');
});

const NONE: readonly string[] = [];
const GONE = ['cluster-0'];

test.each([
  ['all ours', {}, NONE, 'ours'],
  ['another epoch of ours', { 'opta.dev/epoch': '1' }, NONE, 'ours'],
  ['tags of users do not count', { team: 'red' }, NONE, 'ours'],
  ['the same object from before it was made again', { 'opta.dev/uid': 'uid-before' }, NONE, 'previous'],
  ['no uid', { 'opta.dev/uid': undefined }, NONE, 'previous'],
  [
    'a cluster that is declared gone',
    { 'opta.dev/cluster': 'cluster-0', 'opta.dev/uid': 'x' },
    GONE,
    'previous',
  ],
  ['a cluster that is declared gone, same uid', { 'opta.dev/cluster': 'cluster-0' }, GONE, 'previous'],
  ['a cluster that nobody named', { 'opta.dev/cluster': 'cluster-0' }, NONE, 'foreign'],
  ['yet another cluster', { 'opta.dev/cluster': 'cluster-9' }, GONE, 'foreign'],
  ['no cluster', { 'opta.dev/cluster': undefined }, GONE, 'foreign'],
  ['an empty cluster', { 'opta.dev/cluster': '' }, GONE, 'foreign'],
  ['kept on purpose', { 'opta.dev/retained': '2026' }, NONE, 'retained'],
  [
    'kept on purpose by another cluster',
    { 'opta.dev/retained': '2026', 'opta.dev/cluster': 'x' },
    NONE,
    'retained',
  ],
  ['kept by another object', { 'opta.dev/retained': '2026', 'opta.dev/name': 'two' }, NONE, 'foreign'],
  ['no tags of ours', { 'opta.dev/installation': undefined }, NONE, 'foreign'],
  ['another installation', { 'opta.dev/installation': 'other' }, NONE, 'foreign'],
  ['another environment', { 'opta.dev/environment': 'other' }, NONE, 'foreign'],
  ['another kind', { 'opta.dev/kind': 'Other' }, NONE, 'foreign'],
  ['another namespace', { 'opta.dev/namespace': 'other' }, NONE, 'foreign'],
  ['no namespace', { 'opta.dev/namespace': undefined }, NONE, 'foreign'],
  ['another object', { 'opta.dev/name': 'two' }, NONE, 'foreign'],
  ['another node', { 'opta.dev/node': 'key' }, NONE, 'foreign'],
])('whose it is: %s', (_, changes, takeOver, is) => {
  expect(judge(but(changes), OWNER, 'queue', takeOver).is).toBe(is);
});

test('a namespaced resource is not a cluster-scoped object’s', () => {
  const owner = { ...OWNER, namespace: '' };
  const tags = ownershipTags(owner, 'vpc', 1);
  expect(judge(tags, owner, 'vpc', []).is).toBe('ours');
  expect(judge({ ...tags, 'opta.dev/namespace': 'ns' }, owner, 'vpc', []).is).toBe('foreign');
});

test.each([
  [{}, 'it has no opta.dev tags'],
  [but({ 'opta.dev/name': 'two' }), 'by its tags it is that of Thing ns/two of this cluster'],
  [but({ 'opta.dev/name': 'two', 'opta.dev/cluster': 'c' }), 'its tag opta.dev/name is "two", not "one"'],
  [but({ 'opta.dev/name': undefined }), 'its tag opta.dev/name is missing, not "one"'],
  [but({ 'opta.dev/environment': 'other' }), 'its tag opta.dev/environment is "other", not "env"'],
  [but({ 'opta.dev/node': undefined }), 'its tag opta.dev/node is missing, not "queue"'],
  [but({ 'opta.dev/cluster': 'c' }), 'the cluster with UID "c"; if that cluster is gone, name its UID'],
  [
    but({ 'opta.dev/cluster': undefined }),
    'its tag opta.dev/cluster is missing, so it may be another cluster\'s; if it is this object\'s, put the tag back with the value "cluster-1"',
  ],
])('why it is not ours: %#', (tags, why) => {
  const verdict = judge(tags, OWNER, 'queue', []);
  expect(verdict.is === 'foreign' ? verdict.why : '').toContain(why);
});

test.each([
  ['nobody’s', {}, true],
  ['another tool’s', { Name: 'x' }, true],
  ['left by a deleted object', but({ 'opta.dev/retained': '2026' }), true],
  ['a living object’s', OURS, false],
  ['another installation’s', but({ 'opta.dev/installation': 'other' }), false],
])('may be adopted: %s', (_, tags, may) => {
  expect(isAdoptable(tags)).toBe(may);
});

test.each([
  ['opta.dev/x', true],
  ['Opta.dev/x', true],
  ['aws:cloudformation', true],
  ['kubernetes.io/cluster/a', true],
  ['Name', false],
  ['team', false],
  ['my.opta.dev/x', false],
])('reserved: %s is %s', (key, reserved) => {
  expect(isReservedTag(key)).toBe(reserved);
});

test('a child is of its parent’s owner, and of no epoch', () => {
  expect(tagsOfParent(OURS, 'alias')).toEqual(identityAnd({ 'opta.dev/node': 'alias' }));
  expect(tagsOfParent({ Name: 'x' }, 'alias')).toEqual({ Name: 'x' });

  function identityAnd(more: Readonly<Record<string, string>>) {
    return { ...but({ 'opta.dev/epoch': undefined, 'opta.dev/attempt': undefined }), ...more };
  }
});
