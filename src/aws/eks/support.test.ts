import { expect, test } from 'vitest';
import type { Found } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { VersionSupport } from './catalog.ts';
import type { ClusterState } from './cluster-state.ts';
import { withSupport } from './support.ts';

async function told(version: string, answer: () => VersionSupport | undefined) {
  const asked: string[] = [];
  const eksCatalog = {
    versions: () => Promise.reject(new Error('not asked')),
    addon: () => Promise.reject(new Error('nobody asked for add-ons')),
    goesWith: () => Promise.reject(new Error('nobody asked for add-ons')),
    image: () => Promise.reject(new Error('nobody asked for images')),
    async version(name: string) {
      asked.push(name);
      return answer();
    },
  };
  const found = { id: 'a', tags: {}, state: { version } as ClusterState } satisfies Found<ClusterState>;
  const { state } = await withSupport({ eksCatalog }, found);
  const { supportEnds, extendedSupportEnds: last } = state;
  return { asked, supportEnds, ...(last === undefined ? {} : { last }) };
}

const ends = {
  standardSupportEnds: '2028-03-27T00:00:00.000Z',
  extendedSupportEnds: undefined,
  isExtended: false,
};

test.each<[string, string, () => VersionSupport | undefined, object]>([
  ['a version of the table is not asked for', '1.35', () => ends, { asked: [] }],
  ['nor none at all', '', () => ends, { asked: [] }],
  ['of a newer one AWS says it', '1.42', () => ends, { asked: ['1.42'], supportEnds: '2028-03-27' }],
  [
    'and when extended support ends',
    '1.42',
    () => ({ ...ends, extendedSupportEnds: '2029-03-27T00:00:00.000Z' }),
    { asked: ['1.42'], supportEnds: '2028-03-27', last: '2029-03-27' },
  ],
  ['or does not know it', '1.42', () => undefined, { asked: ['1.42'] }],
])('%s', async (_, version, answer, expected) => {
  expect(await told(version, answer)).toEqual({ supportEnds: undefined, ...expected });
});

test('a cluster is looked at where AWS does not answer', async () => {
  const refuse = () => {
    throw new CloudError('Denied', 'eks:DescribeClusterVersions');
  };
  expect(await told('1.42', refuse)).toEqual({ asked: ['1.42'], supportEnds: undefined });
  const fail = () => {
    throw new TypeError('a mistake of ours');
  };
  await expect(told('1.42', fail)).rejects.toThrow(/mistake/);
});
