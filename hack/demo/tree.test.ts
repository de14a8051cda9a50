import { expect, test } from 'vitest';
import type { OptaObject } from '../../src/operator/objects.ts';
import { partsOf, treeOf } from './tree.ts';

type Made = readonly [node: string, type: string, state?: 'Ready' | 'InProgress' | 'Failed'];

function environment(...made: readonly Made[]): OptaObject {
  const resources = made.map(([node, type, state]) => ({
    node,
    type,
    epoch: 0,
    after: [],
    ...(state === undefined ? {} : { state }),
  }));
  return {
    apiVersion: 'opta.dev/v1alpha1',
    kind: 'OptaEnvironment',
    metadata: { name: 'dev', uid: 'u', resourceVersion: '1' },
    spec: {},
    status: { resources },
  };
}

const growing = environment(
  ['vpc', 'ec2/vpc', 'Ready'],
  ['subnet-a', 'ec2/subnet', 'Ready'],
  ['nat-a', 'ec2/nat-gateway', 'InProgress'],
  ['nat-b', 'ec2/nat-gateway', 'Failed'],
  ['key', 'kms/key', 'Ready'],
  ['cluster', 'eks/cluster'],
  ['certificate', 'acm/certificate', 'InProgress'],
);

test('each part is a line that says what is made and what is under way', () => {
  expect(treeOf(growing, 80)).toEqual([
    '    ├ network  2 made, under way: nat-a, nat-b (Failed)',
    '    ├ key      1 made',
    '    ├ cluster  0 made, under way: cluster',
    '    └ dns      0 made, under way: certificate',
  ]);
});

test('a line is no longer than the terminal is wide', () => {
  expect(treeOf(growing, 36).map(line => line.length)).toEqual([36, 21, 36, 36]);
});

test.each([
  ['eks/addon', 'add-ons'],
  ['eks/nodegroup', 'nodes'],
  ['ec2/launch-template', 'nodes'],
  ['eks/access-entry', 'cluster'],
  ['iam/role', 'roles'],
  ['s3/bucket', 'storage'],
  ['logs/log-group', 'logs'],
  ['rds/subnet-group', 'stores'],
  ['route53/hosted-zone', 'dns'],
  ['sqs/queue', 'messaging'],
  ['new/type', 'others'],
])('%s is of the part %s', (type, name) => {
  expect(partsOf(environment(['one', type, 'Ready']))).toEqual([{ name, made: 1, underWay: [] }]);
});

test('what has a single part has no tree', () => {
  expect(treeOf(environment(['queue', 'sqs/queue', 'Ready'], ['other', 'sqs/queue']), 80)).toEqual([]);
});
