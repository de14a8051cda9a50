import { expect, test } from 'vitest';
import type { Observations } from '../engine/graph.ts';
import { lastingOutputs } from './lasting-outputs.ts';
import type { Status } from './objects.ts';

const GRAPH = [{ id: 'key' }, { id: 'log-bucket' }];
const TOLD: Status = {
  observedGeneration: 3,
  plan: { hash: 'x' } as never,
  accountId: '1',
  encryption: { keyArn: 'old' },
  logBucket: 'logs',
};

/** `undefined`: AWS did not tell. `null`: there is none. */
function seeing(ids: Readonly<Record<string, string | null | undefined>>): Observations {
  const id = (node: string) => ids[node] ?? undefined;
  return {
    state: () => undefined,
    id,
    arn: id,
    isKnown: node => ids[node] !== undefined,
    isLeaving: () => false,
  };
}

function outputs(seen: Observations): Readonly<Record<string, unknown>> {
  const [keyArn, logBucket] = [seen.arn('key'), seen.id('log-bucket')];
  return {
    accountId: '1',
    ...(keyArn === undefined ? {} : { encryption: { keyArn } }),
    ...(logBucket === undefined ? {} : { logBucket }),
  };
}

test.each([
  [
    'what AWS shows',
    { key: 'new', 'log-bucket': 'logs2' },
    { encryption: { keyArn: 'new' }, logBucket: 'logs2' },
  ],
  ['less where AWS shows that it is gone', { key: null, 'log-bucket': null }, {}],
  [
    'what was told where AWS did not answer',
    { key: undefined, 'log-bucket': undefined },
    { encryption: { keyArn: 'old' }, logBucket: 'logs' },
  ],
  [
    'what was told beside what AWS shows',
    { key: 'new', 'log-bucket': undefined },
    { encryption: { keyArn: 'new' }, logBucket: 'logs' },
  ],
])('outputs are %s', (_, ids, wanted) => {
  const of = { seen: seeing(ids), graph: GRAPH, told: TOLD };
  expect(lastingOutputs(outputs, of)).toEqual({ accountId: '1', ...wanted });
});

test('what no node of the object stands for is not waited for', () => {
  const of = { seen: seeing({ key: 'new' }), graph: [{ id: 'key' }], told: TOLD };
  expect(lastingOutputs(outputs, of)).toEqual({ accountId: '1', encryption: { keyArn: 'new' } });
});

test('nothing told yet', () => {
  expect(lastingOutputs(outputs, { seen: seeing({}), graph: GRAPH, told: undefined })).toEqual({
    accountId: '1',
  });
});
