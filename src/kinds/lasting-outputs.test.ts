import { expect, test } from 'vitest';
import type { Observations } from '../engine/graph.ts';
import { lastingOutputs, type Outputs } from './lasting-outputs.ts';

const GRAPH = [{ id: 'key' }, { id: 'log-bucket' }, { id: 'group' }];
const TOLD = {
  plan: { hash: 'x' },
  accountId: '1',
  encryption: { keyArn: 'old', alias: 'a' },
  logBucket: 'logs',
  groups: { one: 'g1', two: 'g2' },
  dns: { zoneId: 'z' },
};

/** `undefined`: AWS did not tell. `null`: there is none. */
function seeing(ids: Readonly<Record<string, string | null | undefined>>): Observations {
  const id = (node: string) => ids[node] ?? undefined;
  const isKnown = (node: string) => ids[node] !== undefined;
  return { state: () => undefined, id, arn: id, isKnown, isLeaving: () => false };
}

const OUTPUTS: Outputs = {
  accountId: () => '1',
  encryption: seen => (seen.arn('key') === undefined ? {} : { keyArn: seen.arn('key') }),
  logBucket: seen => seen.id('log-bucket'),
  groups: seen => (seen.id('group') === undefined ? { two: 'g3' } : { one: seen.id('group'), two: 'g3' }),
};

const KNOWN = { key: 'new', 'log-bucket': 'logs2', group: null };

test.each([
  ['what AWS shows', {}, { encryption: { keyArn: 'new' }, logBucket: 'logs2', groups: { two: 'g3' } }],
  ['less where AWS shows that it is gone', { key: null, 'log-bucket': null }, { groups: { two: 'g3' } }],
  [
    'what was told where AWS did not answer, and nothing else that was',
    { key: undefined },
    { encryption: { keyArn: 'old', alias: 'a' }, logBucket: 'logs2', groups: { two: 'g3' } },
  ],
  [
    'what was told where the other half is gone',
    { key: null, 'log-bucket': undefined },
    { logBucket: 'logs', groups: { two: 'g3' } },
  ],
  [
    'what was told beside what AWS shows',
    { group: undefined },
    { encryption: { keyArn: 'new' }, logBucket: 'logs2', groups: { one: 'g1', two: 'g3' } },
  ],
])('outputs are %s', (_, ids, wanted) => {
  const of = { seen: seeing({ ...KNOWN, ...ids }), graph: GRAPH, told: TOLD };
  expect(lastingOutputs(OUTPUTS, of)).toEqual({ accountId: '1', ...wanted });
});

test.each([
  ['stay where it lacks some of its tags', { lacksTags: true }, { keyArn: 'old', alias: 'a' }],
  ['go where it is another object’s', {}, undefined],
] as const)('outputs of what is not this object’s by its tags %s', (_, more, encryption) => {
  const nodes = [{ node: 'key', ...more }, { node: 'group' }];
  const of = { seen: seeing({ ...KNOWN, key: null }), graph: GRAPH, nodes, told: TOLD };
  expect(lastingOutputs(OUTPUTS, of).encryption).toEqual(encryption);
});

test('what no node of the object stands for is not waited for', () => {
  const of = { seen: seeing({ ...KNOWN, 'log-bucket': undefined }), graph: [{ id: 'key' }], told: TOLD };
  expect(lastingOutputs(OUTPUTS, of)).not.toHaveProperty('logBucket');
});

test('nothing told yet', () => {
  expect(lastingOutputs(OUTPUTS, { seen: seeing({}), graph: GRAPH })).toEqual({
    accountId: '1',
    groups: { two: 'g3' },
  });
});
