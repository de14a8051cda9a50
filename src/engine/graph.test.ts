import { expect, test } from 'vitest';
import { type GraphNode, isWaiting, writtenTags } from './graph.ts';
import { checkGraph } from './testing/check-graph.ts';

const node = (id: string, ...dependsOn: string[]): GraphNode => ({
  id,
  type: 'x',
  dependsOn,
  desired: () => ({}),
});

test.each([
  ['nothing', []],
  ['one', [node('a')]],
  ['a chain, in any order', [node('c', 'b'), node('a'), node('b', 'a')]],
  ['a diamond', [node('a'), node('b', 'a'), node('c', 'a'), node('d', 'b', 'c')]],
])('a graph is good: %s', (_, nodes) => {
  expect(() => checkGraph(nodes)).not.toThrow();
});

test.each([
  ['two of one id', [node('a'), node('a')], 'two nodes have the id a'],
  ['a stranger', [node('a', 'b')], 'a depends on b, which is not in the graph'],
  ['itself', [node('a', 'a')], 'the graph has a cycle: a → a'],
  ['a circle', [node('a', 'b'), node('b', 'c'), node('c', 'a')], 'the graph has a cycle: a → b → c → a'],
  [
    'one that goes before nothing that is there',
    [{ ...node('a'), goesBefore: ['b'] }],
    'a goes before b, which is not in the graph',
  ],
  ['a circle behind a good node', [node('x', 'a'), node('a', 'b'), node('b', 'a')], 'x → a → b → a'],
])('a graph is refused: %s', (_, nodes, message) => {
  expect(() => checkGraph(nodes)).toThrow(message);
});

test.each([
  [{ waitingFor: 'key' }, true],
  [{ waitingFor: 'key', node: 'key' }, true],
  [{ other: 1 }, false],
  ['waitingFor', false],
  [null, false],
  [undefined, false],
])('waiting: %j is %s', (value, waits) => {
  expect(isWaiting(value)).toBe(waits);
});

test('tags of the spec say nothing in our, the cloud’s or the cluster’s words', () => {
  const tags = {
    Name: 'a',
    team: 'red',
    'opta.dev/retained': 'x',
    'aws:x': 'y',
    'kubernetes.io/cluster/c': 'owned',
  };
  expect(writtenTags({ ...node('a'), tags })).toEqual({ Name: 'a', team: 'red' });
  expect(writtenTags(node('a'))).toEqual({});
  const marks = { 'kubernetes.io/role/elb': '1', Name: 'b' };
  expect(writtenTags({ ...node('a'), tags, marks })).toEqual({ ...marks, team: 'red' });
});
