import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { OptaEnvironmentSpec } from '../../api/environment.ts';
import { adaptorOf, loadAdaptors } from '../../aws/adaptors.ts';
import type { LaunchTemplateDesired } from '../../aws/ec2/launch-template.ts';
import type { AddonDesired } from '../../aws/eks/addon-state.ts';
import type { PolicyDesired } from '../../aws/iam/policy.ts';
import { isWaiting, usesOf } from '../../engine/graph.ts';
import { checkGraph } from '../../engine/testing/check-graph.ts';
import { allThere, TODAY } from '../testing/graph.ts';
import { environmentKind } from './environment.ts';
import type { Input } from './node.ts';

const place = { partition: 'aws', region: 'eu-central-1', accountId: '123456789012' };
const cluster = { endpoint: { public: false }, admins: [], version: '1.35' };
const dns = { domain: 'dev.example.com' };
const existing = { vpcId: 'vpc-0a1b2c3d', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] };
const admin = 'arn:aws:iam::123456789012:role/team/admin';

function inputOf(parts: object, name = 'dev'): Input {
  const spec = OptaEnvironmentSpec.parse({ region: place.region, accountId: place.accountId, ...parts });
  return {
    kind: 'OptaEnvironment',
    namespace: '',
    name,
    uid: 'u',
    spec,
    installation: 'test',
    place,
    environment: {
      name,
      tags: {},
      keyArn: undefined,
      keyDeletionWindowDays: 30,
      logBucket: undefined,
      grants: {},
    },
    referred: () => undefined,
    written: {},
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
  ['a cluster with one NAT gateway', { network: { natGateways: 'Single' }, kubernetes: cluster }],
  ['a cluster without a way out', { network: { natGateways: 'None' }, kubernetes: cluster }],
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
  ['a network that is there already', { network: { existing }, kubernetes: { enabled: false } }],
  ['a cluster in a network that is there already', { network: { existing }, kubernetes: cluster }],
  ['a cluster that is there already', { kubernetes: { existing: { clusterName: 'main' } }, dns }],
  ['a domain', { kubernetes: cluster, dns }],
  ['a domain of split-horizon DNS', { kubernetes: cluster, dns: { ...dns, delegationCheck: 'Skip' } }],
  [
    'a domain in a zone that is there already',
    { kubernetes: cluster, dns: { ...dns, existingZoneId: 'Z0123456' } },
  ],
  [
    'a domain without a certificate or a cluster',
    { kubernetes: { enabled: false }, dns: { ...dns, certificate: false } },
  ],
  [
    'a cluster with admins',
    { kubernetes: { ...cluster, admins: [{ principalArn: admin, policy: 'View' }] } },
  ],
];

test('all that an environment can have is far less than its status has room for', () => {
  const graph = environmentKind.graph(
    inputOf({
      network: { availabilityZones: 6, gatewayEndpoints: ['s3', 'dynamodb'] },
      kubernetes: {
        ...cluster,
        admins: Array.from({ length: 100 }, (_, at) => ({ principalArn: `${admin}${at}`, policy: 'View' })),
      },
      dns,
    }),
  );
  expect(graph.length).toBeLessThan(2_000 / 5);
  for (const node of graph) expect(usesOf(node).length, node.id).toBeLessThan(500 / 2);
});

const nothing = allThere([]);
const ARN_OF_KEY = expect.stringMatching(/^arn:aws:.*:key$/);

describe.each(SPECS)('%s', (_, parts) => {
  const graph = environmentKind.graph(inputOf(parts));

  test('has an order, and an adaptor for every node', async () => {
    checkGraph(graph);
    await loadAdaptors(graph.map(node => node.type));
    for (const node of graph) expect(adaptorOf(node.type).type).toBe(node.type);
  });

  test('waits for what is not there yet, and for nothing once all is', () => {
    const waiting = graph.filter(node => isWaiting(node.desired(nothing))).length;
    expect(waiting).toBeGreaterThan(0);
    const still = graph.filter(node => isWaiting(node.desired(allThere(graph)))).map(node => node.id);
    // Of a zone that left the spec.
    const hasZone = graph.some(node => node.id === 'zone');
    expect(still).toEqual(hasZone ? [] : still.filter(id => id === 'left/records'));
  });

  test('waits only for what it depends on', () => {
    for (const node of graph) {
      const desired = node.desired(nothing);
      if (!isWaiting(desired) || desired.node === undefined || desired.node === 'zones') continue;
      // The certificate is ready only when its record is there.
      if (node.id.startsWith('record/')) continue;
      expect(reaches(node.id, desired.node), `${node.id} waits for ${desired.node}`).toBe(true);
    }
  });

  test('nobody makes load balancers before their service has its role, which nobody else may make', () => {
    // kops issue 16218: in a new account every Service and Ingress fails otherwise.
    const makers = graph.filter(node => {
      if (node.type !== 'iam/policy') return false;
      const { document } = node.desired(allThere(graph)) as PolicyDesired;
      const allowed = JSON.stringify(document.Statement.filter(one => one.Effect === 'Allow'));
      return /"elasticloadbalancing:Create/.test(allowed) && !allowed.includes('iam:CreateServiceLinkedRole');
    });
    const named = JSON.stringify(parts);
    const expected = [
      ...(named.includes('endpoint') ? ['boundary/cluster'] : []),
      ...(/endpoint|clusterName/.test(named) && !/loadBalancerController":"Disabled/.test(named)
        ? ['boundary/load-balancer-controller']
        : []),
    ];
    expect(makers.map(node => node.id)).toEqual(expected);
    for (const { id } of makers) {
      const user = id === 'boundary/cluster' ? 'cluster' : id.replace('boundary', 'role');
      expect(reaches(user, 'linked-role/elasticloadbalancing'), user).toBe(true);
    }
  });

  test('no subnet group is made before its service has its role', () => {
    for (const { id, type } of graph.filter(node => node.type.endsWith('/subnet-group')))
      expect(reaches(id, `linked-role/${type.split('/')[0]}`), id).toBe(true);
  });

  test('nodes come after their way out and go before it; the control plane waits for none', () => {
    const nodes = graph.find(node => node.id === 'node-group');
    const ways = graph
      .map(node => node.id)
      .filter(id => /^route\/private|^nat-gateway|^route\/public/.test(id));
    if (nodes === undefined || !ways.some(id => id.startsWith('nat-gateway'))) return;
    expect(ways.filter(id => !reaches('node-group', id))).toEqual([]);
    expect(ways.filter(id => reaches('cluster', id))).toEqual([]);
  });

  test('a certificate goes before the record that it is renewed by', () => {
    const certificate = graph.find(node => node.id === 'certificate');
    if (certificate === undefined) return;
    const records = graph.map(node => node.id).filter(id => id.startsWith('record/'));
    expect(certificate.goesBefore).toEqual(records);
  });

  test('what the workloads of a cluster find their way by stays until it is gone', () => {
    const made = graph.find(node => node.type === 'eks/cluster');
    const ways = graph.map(node => node.id).filter(id => /^(endpoint|subnet-mark)\//.test(id));
    if (made !== undefined) expect(made.goesBefore?.toSorted()).toEqual(ways.sort());
  });

  test('has a boundary for roles of teams, before there is one', () => {
    const boundary = graph.find(node => node.id === 'boundary/workload');
    expect(boundary).toMatchObject({ type: 'iam/policy', dependsOn: [] });
    expect(boundary?.name?.(1)).toMatch(/^test-dev-boundary-workload-[a-z2-7]{6}$/);
    // "IAM and AWS STS quotas": characters of a managed policy.
    const desired = boundary?.desired(nothing) as { document: object } | undefined;
    expect(JSON.stringify(desired?.document).length).toBeLessThanOrEqual(6_144);
  });

  function reaches(from: string, to: string): boolean {
    const node = graph.find(one => one.id === from);
    return node?.dependsOn.some(id => id === to || reaches(id, to)) ?? false;
  }
});

describe('parts that the spec switches off are not there', () => {
  const ids = (parts: object) => environmentKind.graph(inputOf(parts)).map(node => node.id);
  const all = ids({ kubernetes: cluster, dns });
  test.each<[string, object, RegExp]>([
    ['the cluster', { kubernetes: { enabled: false } }, /^(cluster|addon\/|node-group|role\/(?!flow))/],
    ['the cluster of what never asked for one', {}, /^(cluster|addon\/|node-group)/],
    ['an add-on', { kubernetes: { ...cluster, addons: [{ name: 'coredns', mode: 'Disabled' }] } }, /coredns/],
    [
      'a role of a controller',
      { kubernetes: { ...cluster, controllerRoles: { clusterAutoscaler: 'Disabled' } } },
      /autoscaler/,
    ],
    ['flow logs', { network: { flowLogs: { mode: 'Disabled' } }, kubernetes: cluster }, /flow-log/],
    ['the certificate', { kubernetes: cluster, dns: { ...dns, certificate: false } }, /^certificate/],
    ['the domain', { kubernetes: cluster }, /^(zone$|delegation|role\/external-dns)/],
    [
      'the network',
      { network: { enabled: false } },
      /^(vpc|zones|subnet|subnet-group|security-group|route|nat|endpoint)/,
    ],
  ])('%s', (_, parts, of) => {
    expect(all.some(id => of.test(id))).toBe(true);
    expect(ids(parts).filter(id => of.test(id))).toEqual([]);
  });

  test('a cluster without a network is refused', () => {
    const [field, parts] = ['spec.network.enabled', { network: { enabled: false }, kubernetes: cluster }];
    const input = inputOf({});
    expect(environmentKind.check({ ...input, spec: { ...input.spec, ...parts } }, TODAY)).toMatchObject({
      field,
    });
  });
});

test('where this release is too old to choose a version, it asks for one instead of guessing', () => {
  const later = Date.parse('2030-01-01');
  const { version, ...versionless } = cluster;
  const problem = (kubernetes: object) => environmentKind.check(inputOf({ kubernetes }), later);
  expect(problem(versionless)).toMatchObject({ field: 'spec.kubernetes.version', reason: 'InvalidSpec' });
  expect(problem({ ...versionless, version })).toBeUndefined();
  expect(problem({ enabled: false })).toBeUndefined();
  expect(problem({ existing: { clusterName: 'main' } })).toBeUndefined();
  expect(environmentKind.check(inputOf({ kubernetes: versionless }), TODAY)).toBeUndefined();
});

describe('in a region with few zones that EKS can use', () => {
  function wanted(
    zones: readonly string[] | undefined,
    network: object,
    made: readonly string[] = [],
    id = 'vpc',
  ) {
    const graph = environmentKind.graph(inputOf({ network, kubernetes: { enabled: false } }));
    const there = allThere(graph);
    const seen = {
      ...there,
      state: <S>(id: string) => (id === 'zones' ? zones && { zoneIds: zones } : undefined) as S | undefined,
      id: (id: string) => (made.includes(id) ? there.id(id) : undefined),
    };
    return graph.find(node => node.id === id)?.desired(seen);
  }
  const vpc = { cidr: '10.0.0.0/16' };
  const twoLeft = ['usw1-az1', 'usw1-az2', 'usw1-az3'];

  test.each<[string, ReturnType<typeof wanted>, object]>([
    ['the VPC is made with as many as there are', wanted(twoLeft, { availabilityZones: 2 }), vpc],
    [
      'it is not while more are wanted, since with it their number is fixed, and the way out is named',
      wanted(twoLeft, {}),
      { waitingFor: expect.stringMatching(/3 zones.*has 2 .*set spec\.network\.availabilityZones to 2/) },
    ],
    [
      'no way out is named where there is none',
      wanted(['usw1-az1'], {}),
      { waitingFor: expect.stringMatching(/3 zones.*has 1 .*another region/) },
    ],
    ['it is not before they are known', wanted(undefined, {}), { node: 'zones' }],
    ['one that is there stays, whatever zones say', wanted(undefined, {}, ['vpc']), vpc],
    [
      'where the VPC is there already, a subnet without a zone says that only another environment helps',
      wanted(twoLeft, {}, ['vpc'], 'subnet/private/3'),
      { waitingFor: expect.stringMatching(/fewer than 3 .*make a new OptaEnvironment/) },
    ],
    ['one that is there stays with fewer', wanted(twoLeft, {}, ['vpc']), vpc],
  ])('%s', (_, is, expected) => expect(is).toMatchObject(expected));
});

describe('a cluster in a network that is there already is given', () => {
  const zones = { a1: 'az1', a2: 'az1', b1: 'az2', b2: 'az2', c1: 'az3' };
  function wanted(
    listed: readonly string[],
    of: { subnetIds: readonly string[]; status?: string } | undefined,
  ) {
    const graph = environmentKind.graph(inputOf({ network: { existing }, kubernetes: cluster }));
    const there = allThere(graph);
    const privateSubnets = listed.map(id => ({ id, zoneId: zones[id as keyof typeof zones] }));
    const states: Readonly<Record<string, object | undefined>> = {
      'existing-network': { privateSubnets, zones },
      cluster: of && { ...there.state<object>('cluster'), ...of },
    };
    const seen = {
      ...there,
      state: <S>(id: string) => (id in states ? (states[id] as S | undefined) : there.state<S>(id)),
    };
    return graph.find(node => node.id === 'cluster')?.desired(seen);
  }
  const made = { subnetIds: ['a1', 'b1'] };

  test.each<[string, ReturnType<typeof wanted>, object]>([
    [
      'all private subnets when it is made',
      wanted(['a1', 'b1', 'c1'], undefined),
      { subnetIds: ['a1', 'b1', 'c1'] },
    ],
    ['those in the zones that it was made in', wanted(['a1', 'b1', 'c1'], made), { subnetIds: ['a1', 'b1'] }],
    ['others of these zones', wanted(['a2', 'b2', 'c1'], made), { subnetIds: ['a2', 'b2'] }],
    [
      'its own in a zone where none is listed, which EKS would refuse to leave',
      wanted(['a2', 'c1'], made),
      { subnetIds: ['a2', 'b1'] },
    ],
    [
      'all where it could not be made',
      wanted(['a1', 'c1'], { ...made, status: 'FAILED' }),
      { subnetIds: ['a1', 'c1'] },
    ],
    [
      'all where its own are gone, so that EKS says what it needs',
      wanted(['a1', 'c1'], { subnetIds: ['gone'] }),
      { subnetIds: ['a1', 'c1'] },
    ],
  ])('%s', (_, is, expected) => expect(is).toMatchObject(expected));
});

describe('an upgrade of the cluster', () => {
  const graph = environmentKind.graph(inputOf({ kubernetes: { ...cluster, version: '1.36' } }));
  const there = allThere(graph);
  const version = (...unread: readonly string[]) => {
    const seen = {
      ...there,
      state: <S>(id: string) => (unread.includes(id) ? undefined : there.state<S>(id)),
      isKnown: (id: string) => !unread.includes(id),
      isLeaving: () => false,
    };
    const desired = graph.find(node => node.id === 'cluster')?.desired(seen);
    return (desired as { version?: string }).version;
  };
  test('goes on where all parts are seen', () => expect(version()).toBe('1.36'));
  test('looks for versions of add-ons that the spec names up to its end', () => {
    const addons = [{ name: 'coredns', version: 'v1.12.4-eksbuild.1' }];
    const pinned = environmentKind.graph(inputOf({ kubernetes: { ...cluster, version: '1.36', addons } }));
    const pins = pinned.flatMap(node => {
      const { pin } = (node.type === 'eks/addon' ? node.desired(there) : {}) as { pin?: object };
      return pin === undefined ? [] : [[node.id, pin]];
    });
    expect(pins).toEqual([['addon/coredns', { version: 'v1.12.4-eksbuild.1', upTo: '1.36' }]]);
  });
  test.each(['node-group', 'addon/coredns', 'addon/vpc-cni'])('waits while %s cannot be read', id => {
    expect(version(id)).toBe('1.35');
  });
});

test.each([
  [undefined, true],
  [{}, true],
  [{ deletionWindowDays: 7 }, true],
  [{ onDelete: 'Keep' }, true],
  [{ onDelete: 'Schedule' }, false],
] as const)('with encryption %j the key stays when the environment goes: %s', (encryption, stays) => {
  const graph = environmentKind.graph(inputOf(encryption === undefined ? {} : { encryption }));
  const kept = graph.filter(({ id, keepOnDelete }) => id === 'key' && keepOnDelete !== undefined);
  expect(kept).toHaveLength(stays ? 1 : 0);
});

describe('what the key allows', () => {
  const sids = (parts: Parameters<typeof inputOf>[0], leaving: readonly string[], before: string) => {
    const graph = environmentKind.graph(inputOf(parts));
    const there = allThere(graph);
    const desired = graph
      .find(node => node.id === 'key')
      ?.desired({
        ...there,
        state: <S>(id: string) => (id === 'key' ? ({ policy: before } as S) : there.state<S>(id)),
        isLeaving: id => leaving.includes(id),
      });
    const policy = JSON.stringify(desired);
    return ['AllowLogs', 'AllowAutoScaling', 'AllowAutoScalingGrants'].filter(sid =>
      policy.includes(`"${sid}"`),
    );
  };
  const all = ['AllowLogs', 'AllowAutoScaling', 'AllowAutoScalingGrants'];
  const OFF = { network: { enabled: false }, kubernetes: { enabled: false } };
  const NODES = '{"Sid":"AllowAutoScaling"}';
  test.each([
    ['with a cluster', { kubernetes: cluster }, [], NODES, all],
    ['while its cluster is still there', OFF, ['cluster', 'log-group/cluster'], NODES, all],
    ['while its nodes were never begun', OFF, ['cluster'], '{}', []],
    ['while the log group is still there', OFF, ['log-group/flow-logs'], NODES, ['AllowLogs']],
    ['once they are gone', OFF, [], NODES, []],
  ] as const)('%s', (_, parts, leaving, before, expected) => {
    expect(sids(parts, leaving, before)).toEqual(expected);
  });
});

test('what failed for want of nodes is tried again where nodes are well and stay, not before they are raised', () => {
  const graph = environmentKind.graph(inputOf({ kubernetes: cluster }));
  const there = allThere(graph);
  const offer = { default: 'v1.0.0-eksbuild.1', versions: ['v1.0.0-eksbuild.1'] };
  const hasNodes = (version: string) => {
    const seen = {
      ...there,
      state: <S>(id: string) => {
        if (id === 'node-group') return { version, status: 'ACTIVE', issues: '' } as S;
        const state = there.state<object>(id);
        return (id.startsWith('addon/') ? { ...state, offer } : state) as S | undefined;
      },
    };
    return graph.find(node => node.id === 'addon/vpc-cni')?.desired(seen);
  };
  expect(hasNodes('1.35')).toMatchObject({ hasNodes: true });
  expect(hasNodes('1.34')).toMatchObject({ hasNodes: false });
});

describe('taints that may keep an add-on off nodes are named', () => {
  const taint = (effect: string) => ({ taints: [{ key: 'dedicated', value: 'x', effect }] });
  test.each([
    ['coredns', taint('NoSchedule'), true],
    ['coredns', taint('NoExecute'), true],
    ['coredns', taint('PreferNoSchedule'), false],
    ['coredns', {}, false],
    ['vpc-cni', taint('NoSchedule'), false],
  ])('%s, %j: %s', (name, nodeGroup, isNamed) => {
    const graph = environmentKind.graph(inputOf({ kubernetes: { ...cluster, nodeGroup } }));
    const desired = graph.find(node => node.id === `addon/${name}`)?.desired(allThere(graph));
    expect((desired as AddonDesired).keptOff).toBe(
      isNamed
        ? `where nodes are well its pods may not tolerate spec.kubernetes.nodeGroup.taints: set tolerations in spec.kubernetes.addons[${name}].configuration`
        : undefined,
    );
  });
});

describe('the validation record of the domain without a certificate', () => {
  const graphOf = (more: object) =>
    environmentKind.graph(
      inputOf({ kubernetes: { enabled: false }, dns: { ...dns, certificate: false, ...more } }),
    );
  const record = (graph: ReturnType<typeof graphOf>) => graph.find(node => node.id.startsWith('record/'));

  test('stays as it is in a zone of ours: somebody else’s certificate may renew by it', () => {
    const graph = graphOf({});
    expect(record(graph)?.desired(allThere(graph))).toEqual({
      zoneId: 'zone-id',
      name: '_a.dev.example.com.',
      type: 'CNAME',
      ttlSeconds: 60,
      values: ['_b.acm.example'],
    });
  });
  test('is not made, and nobody waits for it', () => {
    expect(record(graphOf({}))).toMatchObject({ aside: true });
    expect(isWaiting(record(graphOf({}))?.desired(nothing))).toBe(true);
  });
  test('goes from a zone that is there already, as its mark says', () => {
    expect(record(graphOf({ existingZoneId: 'Z0123456' }))).toBeUndefined();
  });
});

describe('the removal of a cluster goes by the spec alone', () => {
  test.each([
    ['key', undefined],
    ['role/cluster', false],
    ['subnet/private/1', true],
  ])('without %s, protected: %s', (missing, deletionProtection) => {
    const graph = environmentKind.graph(inputOf({ kubernetes: { ...cluster, deletionProtection } }));
    const there = allThere(graph);
    const gone =
      <T>(of: (id: string) => T | undefined) =>
      (id: string) =>
        id === missing ? undefined : of(id);
    const seen = { ...there, id: gone(there.id), arn: gone(there.arn) };
    expect(graph.find(node => node.id === 'cluster')?.desired(seen)).toEqual({
      waitingFor: missing,
      node: missing,
      leaving: { deletionProtection: deletionProtection ?? true },
    });
  });
});

describe('the image of nodes', () => {
  const release = '1.35.4-20261101';
  function wanted(image: 'Pinned' | 'Latest', states: Readonly<Record<string, object | undefined>> = {}) {
    const graph = environmentKind.graph(inputOf({ kubernetes: { ...cluster, nodeGroup: { image } } }));
    const there = allThere(graph);
    const seen = {
      ...there,
      state: <S>(id: string) => (id in states ? (states[id] as S | undefined) : there.state<S>(id)),
      id: (id: string) => (id in states && states[id] === undefined ? undefined : there.id(id)),
    };
    const desired = graph.find(node => node.id === 'node-group')?.desired(seen);
    return (desired as { releaseVersion?: string }).releaseVersion;
  }
  const nodes = (version: string) => ({ 'node-group': { version, status: 'ACTIVE' } });

  test.each<[string, string | undefined, string | undefined]>([
    ['is left as it is where it is pinned', wanted('Pinned'), undefined],
    ['is the newest where that is asked for', wanted('Latest'), release],
    [
      'is chosen by EKS for nodes that are not there yet',
      wanted('Latest', { 'node-group': undefined }),
      undefined,
    ],
    [
      'stays where the newest is not known',
      wanted('Latest', { 'node-image': { version: '1.35' } }),
      undefined,
    ],
    [
      'is none of another version',
      wanted('Latest', { 'node-image': { version: '1.36', newest: '1.36.1-20261201' } }),
      undefined,
    ],
    [
      'waits while the control plane is ahead and add-ons are not',
      wanted('Latest', { ...nodes('1.34'), 'addon/coredns': { version: 'v1', status: 'UPDATING' } }),
      undefined,
    ],
    [
      'waits while an add-on that nodes need is not well',
      wanted('Latest', { 'addon/kube-proxy': { version: 'v1', status: 'DEGRADED', awaitsNodes: false } }),
      undefined,
    ],
    [
      'waits for no add-on that is as sick as the nodes are',
      wanted('Latest', { 'addon/kube-proxy': { version: 'v1', status: 'DEGRADED', awaitsNodes: true } }),
      release,
    ],
    [
      'waits for no add-on that runs on nodes',
      wanted('Latest', { 'addon/coredns': { version: 'v1', status: 'DEGRADED', awaitsNodes: false } }),
      release,
    ],
  ])('%s', (_, is, expected) => expect(is).toBe(expected));

  test('is only asked for where the newest is wanted', () => {
    const ids = (nodeGroup: object) =>
      environmentKind.graph(inputOf({ kubernetes: { ...cluster, nodeGroup } })).map(node => node.id);
    expect(ids({ image: 'Latest' })).toContain('node-image');
    expect(ids({})).not.toContain('node-image');
  });
});

describe('what is safe by default', () => {
  const graph = environmentKind.graph(inputOf({ kubernetes: cluster }));
  const desired = (id: string) => graph.find(node => node.id === id)?.desired(allThere(graph));

  test('the cluster: private, protected, encrypted, logged', () => {
    expect(desired('cluster')).toMatchObject({
      publicCidrs: [],
      deletionProtection: true,
      keyArn: ARN_OF_KEY,
      supportType: 'STANDARD',
      logTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
    });
  });

  test('nodes: metadata of version 2 and one hop, encrypted disks, the newest version of their template', () => {
    expect(desired('launch-template')).toMatchObject({
      data: {
        MetadataOptions: {
          HttpTokens: 'required',
          HttpPutResponseHopLimit: 1,
          InstanceMetadataTags: 'disabled',
        },
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: ARN_OF_KEY } }],
      },
    });
    const bottlerocket = { ...cluster, nodeGroup: { amiType: 'BOTTLEROCKET_x86_64' } };
    const nodes = environmentKind.graph(inputOf({ kubernetes: bottlerocket }));
    expect(nodes.find(node => node.id === 'launch-template')?.desired(allThere(nodes))).toMatchObject({
      data: { BlockDeviceMappings: [{ DeviceName: '/dev/xvda' }, { DeviceName: '/dev/xvdb' }] },
    });
    expect(desired('node-group')).toMatchObject({ launchTemplate: { version: '3' }, nodeRepair: true });
  });

  test('nodes are replaced neither for their tags nor for whether they show them', () => {
    const { needed } = desired('launch-template') as LaunchTemplateDesired;
    expect(Object.keys(needed ?? {})).toEqual(['MetadataOptions', 'BlockDeviceMappings']);
    expect(needed?.MetadataOptions).not.toHaveProperty('InstanceMetadataTags');
  });

  test.each<[string, object, object]>([
    [
      'keep theirs for now, where the default one serves too',
      { fitting: [2, 3] },
      { version: '3', kept: '2' },
    ],
    ['keep theirs where the default one is not as wanted', { fitting: [1, 2] }, { version: '2', kept: '2' }],
    ['keep theirs while it is not known whether it is as wanted', {}, { version: '2', kept: '2' }],
    ['get the default one where theirs is not as wanted', { fitting: [3] }, { version: '3' }],
  ])('nodes that have a version of their template %s', (_, more, expected) => {
    const states: Readonly<Record<string, object>> = {
      'launch-template': { defaultVersion: 3, data: {}, ...more },
      'node-group': { version: '1.35', status: 'ACTIVE', launchTemplateVersion: '2' },
    };
    const all = allThere(graph);
    const seen = { ...all, state: <S>(id: string) => (states[id] as S | undefined) ?? all.state<S>(id) };
    const desiredNow = (id: string) => graph.find(node => node.id === id)?.desired(seen);
    expect(desiredNow('node-group')).toMatchObject({
      launchTemplate: { id: 'launch-template-id', ...expected },
    });
    expect(desiredNow('launch-template')).toMatchObject({ inUse: 2 });
  });

  test.each([
    ['postgres', 5432],
    ['redis', 6379],
    ['documentdb', 27017],
  ])('the group of %s: from the VPC to its port, and nowhere from there', (store, port) => {
    const tcp = { protocol: 'tcp', fromPort: port, toPort: port, peer: '10.0.0.0/16' };
    expect(desired(`security-group/${store}`)).toMatchObject({ ingress: [tcp], egress: [] });
  });

  test.each(['postgres', 'redis', 'documentdb'])(
    'the group of %s in a network that is there already: from all of its ranges, where nodes and pods may be',
    store => {
      const nodes = environmentKind.graph(inputOf({ network: { existing }, kubernetes: cluster }));
      const group = nodes.find(node => node.id === `security-group/${store}`)?.desired(allThere(nodes));
      const from = (peer: string) => expect.objectContaining({ protocol: 'tcp', peer });
      expect(group).toMatchObject({ ingress: [from('10.9.0.0/16'), from('100.64.0.0/16')], egress: [] });
    },
  );

  test.each(['postgres', 'redis', 'documentdb'])('the subnets of %s: private ones alone', store => {
    const subnetIds = [1, 2, 3].map(zone => `subnet/private/${zone}-id`);
    expect(desired(`subnet-group/${store}`)).toMatchObject({ vpcId: 'vpc-id', subnetIds });
  });
});

describe('what others keep and is not there is told in words of the spec, and waits for a person', () => {
  test.each([
    [
      { kubernetes: { ...cluster, admins: [{ principalArn: admin }] } },
      /^principal\//,
      `${admin} (spec.kubernetes.admins[0].principalArn), which does not exist in IAM`,
    ],
    [
      { kubernetes: { existing: { clusterName: 'nope' } } },
      /^cluster$/,
      'the EKS cluster nope (spec.kubernetes.existing.clusterName), which does not exist in account 123456789012 in eu-central-1: make it there, or make a new OptaEnvironment for another one',
    ],
  ])('%j', (parts, id, waitingFor) => {
    const node = environmentKind.graph(inputOf(parts)).find(one => id.test(one.id));
    expect(node?.whenAbsent).toEqual({ waitingFor, needsPerson: true });
  });
});

describe('a name that no label can have', () => {
  test.each<[number, object, boolean]>([
    [63, {}, true],
    [64, {}, false],
    [64, { allowedNamespaces: { from: 'Selector' } }, false],
    [64, { allowedNamespaces: { from: 'All' } }, true],
    [64, { allowedNamespaces: { selector: { matchLabels: { team: 'a' } } } }, true],
  ])('of %i characters, with %j: %s', (length, parts, isGood) => {
    const input = { ...inputOf({ kubernetes: { enabled: false }, ...parts }), name: 'n'.repeat(length) };
    const problem = environmentKind.check(input, TODAY);
    if (isGood) expect(problem).toBeUndefined();
    else expect(problem).toMatchObject({ field: 'metadata.name', reason: 'InvalidSpec' });
  });
});

test('a VPC that does not exist is no output, and nobody looks how far it is open', () => {
  const input = inputOf({ network: { existing }, kubernetes: { enabled: false } });
  const state = { cidr: '', cidrs: [], privateSubnets: [], publicSubnets: [], zones: {}, problems: ['none'] };
  const seen = {
    ...nothing,
    state: <S>(node: string) => (node === 'existing-network' ? (state as S) : undefined),
  };
  expect(environmentKind.outputs(input).network?.(seen)).toBeUndefined();
  const exposure = environmentKind.graph(input).find(node => node.id === 'exposure');
  expect(isWaiting(exposure?.desired(seen))).toBe(true);
});

describe('with a name of 253 characters', () => {
  const graph = environmentKind.graph(inputOf({ kubernetes: cluster, dns }, 'n'.repeat(253)));
  const seen = allThere(graph);

  test.each<[string, number, readonly string[]]>([
    ['description', 255, ['security-group/postgres', 'subnet-group/documentdb']],
    ['comment', 256, ['zone']],
  ])('no %s has more than %i characters', (field, most, among) => {
    const texts = graph.flatMap(({ id, type, desired }) => {
      const text = (desired(seen) as Readonly<Record<string, unknown>>)[field];
      // AWS KMS API Reference, CreateKey: 8192.
      return typeof text === 'string' && type !== 'kms/key' ? [{ id, text }] : [];
    });
    expect(texts.map(one => one.id)).toEqual(expect.arrayContaining([...among]));
    expect(texts.filter(one => one.text.length > most)).toEqual([]);
  });

  test.each([
    ['ec2/security-group', 255],
    ['rds/subnet-group', 255],
    ['elasticache/subnet-group', 255],
    ['ec2/launch-template', 128],
    ['iam/policy', 128],
    ['iam/role', 64],
    ['eks/cluster', 100],
  ])('no name of %s has more than %i, nor that of what is made anew', (type, most) => {
    const nodes = graph.filter(node => node.type === type);
    expect(nodes).not.toEqual([]);
    const names = nodes.flatMap(({ name }) => [name?.(1) ?? '', name?.(12) ?? '']);
    expect(names.filter(name => name.length > most)).toEqual([]);
  });

  test('no value of a tag has more than 256', () => {
    const values = graph.flatMap(({ tags = {} }) => Object.values(tags));
    expect(values.filter(value => value.length > 256)).toEqual([]);
  });
});

test.each([
  ['externalDns', 'role/external-dns', 'serviceAccount.name=external-dns'],
  [
    'loadBalancerController',
    'role/load-balancer-controller',
    'serviceAccount.name=aws-load-balancer-controller',
  ],
  ['clusterAutoscaler', 'role/cluster-autoscaler', 'rbac.serviceAccount.name=cluster-autoscaler'],
])(
  'who can take the role of a controller is told where it is asked for and where its ARN is: %s',
  (field, id, value) => {
    const nodes = environmentKind.graph(inputOf({ kubernetes: cluster, dns: { domain: 'dev.example.com' } }));
    const role = nodes.find(node => node.id === id)?.desired(allThere(nodes));
    const [, name] = value.split('=');
    expect(JSON.stringify(role)).toContain(`"system:serviceaccount:kube-system:${name}"`);
    const crd = parse(readFileSync('crds/optaenvironments.opta.dev.yaml', 'utf8'));
    const { spec, status } = crd.spec.versions[0].schema.openAPIV3Schema.properties;
    const asked = spec.properties.kubernetes.properties.controllerRoles.properties[field].description;
    expect(asked).toContain(
      `Only the service account kube-system/${name} can take it (of its chart: ${value}).`,
    );
    const told = status.properties.controllerRoles.properties[field].description;
    expect(told).toContain(`as kube-system/${name}.`);
  },
);
