import { expect, test } from 'vitest';
import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { Tags } from '../../engine/owner.ts';
import { allThere } from '../testing/graph.ts';
import { keyLayout, layoutOf, networkLayout, nodesLayout } from './layout.ts';

const base: OptaEnvironmentSpec = {
  region: 'eu-central-1',
  accountId: '123456789012',
  managementPolicy: 'Apply',
};

const PARTS = [
  'zones',
  'nat',
  'flowLogs',
  'endpoints',
  'logBucket',
  'onDelete',
  'deletionWindowDays',
  'image',
] as const;

function seeing(tags: Tags) {
  return { ...allThere([]), tags: () => tags };
}

test.each<[string, Partial<OptaEnvironmentSpec>]>([
  ['the defaults', {}],
  [
    'all others',
    {
      network: {
        availabilityZones: 2,
        natGateways: 'None',
        flowLogs: { mode: 'Disabled' },
        gatewayEndpoints: [],
      },
      logBucket: { mode: 'Disabled' },
      encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
    },
  ],
  ['both endpoints', { network: { gatewayEndpoints: ['s3', 'dynamodb'] } }],
])('what a tag says is what was decided: %s', (_, parts) => {
  const spec = { ...base, ...parts };
  const vpc = seeing(networkLayout(spec));
  const { network = {} } = spec;
  expect(layoutOf(vpc, 'vpc', 'zones')).toBe(network.availabilityZones ?? 3);
  expect(layoutOf(vpc, 'vpc', 'nat')).toBe(network.natGateways ?? 'PerZone');
  expect(layoutOf(vpc, 'vpc', 'flowLogs')).toBe(network.flowLogs?.mode ?? 'Enabled');
  expect(layoutOf(vpc, 'vpc', 'endpoints')).toEqual([...(network.gatewayEndpoints ?? ['s3'])].sort());
  const key = seeing(keyLayout(spec));
  expect(layoutOf(key, 'key', 'logBucket')).toBe(spec.logBucket?.mode ?? 'Enabled');
  expect(layoutOf(key, 'key', 'onDelete')).toBe(spec.encryption?.onDelete ?? 'Keep');
  expect(layoutOf(key, 'key', 'deletionWindowDays')).toBe(spec.encryption?.deletionWindowDays ?? 30);
});

test.each([undefined, 'Pinned', 'Latest'] as const)('what a tag says of the image of nodes: %s', image => {
  const nodes = seeing(nodesLayout(image === undefined ? {} : { nodeGroup: { image } }));
  expect(layoutOf(nodes, 'node-group', 'image')).toBe(image ?? 'Pinned');
});

test('a tag fits into what every service takes as a value', () => {
  for (const tags of [networkLayout(base), keyLayout(base), nodesLayout({})])
    expect(Object.values(tags)).toEqual([expect.stringMatching(/^[\w .:/=+@-]{1,256}$/)]);
});

test.each([
  '',
  'zones',
  'zones=7',
  'zones=0x2',
  'zones=2,5',
  'nat=Many',
  'endpoints=sqs',
  'flowLogs=',
  'logBucket=Enabled2',
  'onDelete=',
  'deletionWindowDays=6',
  'deletionWindowDays=31',
  'image=latest',
])('what no spec can have is not there: "%s"', text => {
  const seen = seeing({ 'opta.dev/layout': text });
  for (const part of PARTS) expect(layoutOf(seen, 'vpc', part)).toBeUndefined();
});

test('an environment without a network has no such tag on a VPC', () => {
  expect(networkLayout({ ...base, network: { enabled: false } })).toEqual({});
});
