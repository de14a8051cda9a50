import { describe, expect, test } from 'vitest';
import { WholeEnvironmentSpec, wholeEnvironmentRules } from '../../api/whole-environment.ts';
import { adaptorOf, loadAdaptors } from '../../aws/adaptors.ts';
import { checkGraph, isWaiting, type Observations } from '../../engine/graph.ts';
import type { Input } from './node.ts';
import { wholeGraph } from './whole.ts';

const place = { partition: 'aws', region: 'eu-central-1', accountId: '123456789012' };
const cluster = { endpoint: { public: false }, admins: [], version: '1.35' };
const admin = 'arn:aws:iam::123456789012:role/team/admin';

function inputOf(parts: object): Input {
  const spec = WholeEnvironmentSpec.parse({ region: place.region, accountId: place.accountId, ...parts });
  return {
    kind: 'OptaEnvironment',
    namespace: '',
    name: 'dev',
    uid: 'u',
    spec,
    installation: 'test',
    place,
    environment: {
      name: 'dev',
      tags: {},
      keyArn: undefined,
      keyDeletionWindowDays: 30,
      logBucket: undefined,
      grants: {},
    },
    referred: () => undefined,
    referrers: [],
  };
}

const SPECS: readonly (readonly [string, object])[] = [
  ['a network alone', { kubernetes: { enabled: false } }],
  ['two zones, one NAT gateway', { network: { availabilityZones: 2, natGateways: 'Single' } }],
  ['six zones, no way out', { network: { availabilityZones: 6, natGateways: 'None' } }],
  [
    'no flow logs, both endpoints',
    { network: { flowLogs: { mode: 'Disabled' }, gatewayEndpoints: ['s3', 'dynamodb'] } },
  ],
  ['a cluster', { kubernetes: cluster }],
  [
    'a cluster with less',
    {
      kubernetes: {
        ...cluster,
        addons: [{ name: 'aws-ebs-csi-driver', mode: 'Disabled' }],
        controllerRoles: { clusterAutoscaler: 'Disabled', loadBalancerController: 'Disabled' },
      },
    },
  ],
  [
    'a cluster with admins',
    { kubernetes: { ...cluster, admins: [{ principalArn: admin, policy: 'View' }] } },
  ],
];

const nothing: Observations = { state: () => undefined, id: () => undefined, arn: () => undefined };
const everything: Observations = {
  state: <S>(node: string) =>
    (node === 'zones' ? { zoneIds: ['a', 'b', 'c', 'd', 'e', 'f'] } : stateOf(node)) as S,
  id: node => `id-of-${node}`,
  arn: node => `arn:of:${node}`,
};

function stateOf(node: string): object | undefined {
  if (node === 'cluster') return { version: '1.35', issuer: 'https://oidc.example/id/X', status: 'ACTIVE' };
  if (node === 'launch-template') return { defaultVersion: 3 };
  return undefined;
}

describe.each(SPECS)('%s', (_, parts) => {
  const graph = wholeGraph(inputOf(parts));

  test('has an order, and an adaptor for every node', async () => {
    checkGraph(graph);
    await loadAdaptors(graph.map(node => node.type));
    for (const node of graph) expect(adaptorOf(node.type).type).toBe(node.type);
  });

  test('waits for what is not there yet, and for nothing once all is', () => {
    const waiting = graph.filter(node => isWaiting(node.desired(nothing))).length;
    expect(waiting).toBeGreaterThan(0);
    expect(graph.filter(node => isWaiting(node.desired(everything))).map(node => node.id)).toEqual([]);
  });

  test('waits only for what it depends on', () => {
    for (const node of graph) {
      const desired = node.desired(nothing);
      if (!isWaiting(desired) || desired.node === undefined || desired.node === 'zones') continue;
      expect(reaches(node.id, desired.node), `${node.id} waits for ${desired.node}`).toBe(true);
    }
  });

  function reaches(from: string, to: string): boolean {
    const node = graph.find(one => one.id === from);
    return node?.dependsOn.some(id => id === to || reaches(id, to)) ?? false;
  }
});

describe('what is safe by default', () => {
  const graph = wholeGraph(inputOf({ kubernetes: cluster }));
  const desired = (id: string) => graph.find(node => node.id === id)?.desired(everything);

  test('the cluster: private, protected, encrypted, logged', () => {
    expect(desired('cluster')).toMatchObject({
      publicCidrs: [],
      deletionProtection: true,
      keyArn: 'arn:of:key',
      supportType: 'STANDARD',
      logTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
    });
  });

  test('nodes: metadata of version 2 and one hop, encrypted disks, the newest version of their template', () => {
    expect(desired('launch-template')).toMatchObject({
      data: {
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [{ Ebs: { Encrypted: true, KmsKeyId: 'arn:of:key' } }],
      },
    });
    expect(desired('node-group')).toMatchObject({ launchTemplate: { version: '3' }, nodeRepair: true });
  });

  test.each([
    ['postgres', 5432],
    ['redis', 6379],
    ['documentdb', 27017],
  ])('the group of %s: from the VPC to its port, and nowhere from there', (store, port) => {
    const tcp = { protocol: 'tcp', fromPort: port, toPort: port, peer: '10.0.0.0/16' };
    expect(desired(`security-group/${store}`)).toMatchObject({ ingress: [tcp], egress: [] });
  });

  test('rules about what cannot be changed stand on spec, with a way out', () => {
    for (const { rule, message } of wholeEnvironmentRules) {
      expect(rule).toContain('oldSelf');
      expect(message).toMatch(/make a new OptaEnvironment|set it to what it was/);
    }
  });
});
