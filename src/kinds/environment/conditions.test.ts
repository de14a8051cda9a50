import { describe, expect, test } from 'vitest';
import { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { TaggedObservations } from '../../engine/graph.ts';
import type { EntryState } from '../../engine/inventory.ts';
import type { Kind, NodeStanding } from '../kind.ts';
import { inputOf, TODAY } from '../testing/graph.ts';
import { conditions } from './conditions.ts';
import { environmentKind } from './environment.ts';
import type { Input } from './node.ts';

const cluster = { endpoint: { public: false }, admins: [], version: '1.35' };
const whole = { kubernetes: cluster, dns: { domain: 'dev.example.com' } };

function input(spec: object): Input {
  const given = { region: 'eu-central-1', accountId: '111122223333', ...spec };
  return inputOf(environmentKind as Kind, { spec: OptaEnvironmentSpec.parse(given) }) as Input;
}

function seeing(states: Readonly<Record<string, object>>, unread: readonly string[]): TaggedObservations {
  const id = (node: string) => (node in states ? `${node}-id` : undefined);
  return {
    state: <S>(node: string) => states[node] as S | undefined,
    id,
    arn: id,
    isKnown: node => !unread.includes(node),
    isLeaving: () => false,
    tags: () => ({}),
  };
}

interface Given {
  readonly spec?: object;
  /** Without the defaults in it; by default there are none. */
  readonly written?: object;
  /** Those that are not Ready. */
  readonly open?: Readonly<Record<string, readonly [EntryState, string, trouble?: string]>>;
  readonly states?: Readonly<Record<string, object>>;
  /** Those that could not be read. */
  readonly unread?: readonly string[];
  readonly now?: number;
}

function conditionsOf({
  spec = whole,
  written = spec,
  open = {},
  states = {},
  unread = [],
  now = TODAY,
}: Given) {
  const of = input(spec);
  const nodes: NodeStanding[] = environmentKind.graph(of).map(({ id: node }) => {
    const [state, message, trouble] = open[node] ?? ['Ready', undefined];
    return { node, state, message, ...(trouble === undefined ? {} : { trouble }) };
  });
  return conditions(of, { seen: seeing(states, unread), written, nodes, now });
}

function told(given: Given): Readonly<Record<string, string>> {
  const all = conditionsOf(given);
  return Object.fromEntries(all.map(one => [one.type, `${one.status} ${one.reason}: ${one.message}`]));
}

describe('a part is told of', () => {
  test('as ready when all of it is', () => {
    expect(told({})).toMatchObject({
      EncryptionReady: 'True Ready: ',
      NetworkReady: 'True Ready: ',
      ClusterReady: 'True Ready: ',
      NodesReady: 'True Ready: ',
    });
  });

  test.each<[string, keyof typeof PARTS]>([
    ['key', 'EncryptionReady'],
    ['vpc', 'NetworkReady'],
    ['flow-log', 'NetworkReady'],
    ['cluster', 'ClusterReady'],
    ['addon/coredns', 'ClusterReady'],
    ['node-group', 'NodesReady'],
  ])('by what is not ready of it: %s, and no other part', (node, type) => {
    const { EncryptionReady, NetworkReady, ClusterReady, NodesReady } = told({
      open: { [node]: ['InProgress', 'is being made'] },
    });
    const all = { EncryptionReady, NetworkReady, ClusterReady, NodesReady };
    expect(all).toEqual({ ...PARTS, [type]: `False Progressing: ${node} is being made` });
  });

  test('by its trouble before what only takes its time', () => {
    const open = {
      'subnet/public/1': ['Waiting', 'waits for vpc'],
      vpc: ['Conflict', 'is not this object’s'],
    } as const;
    expect(told({ open })).toMatchObject({ NetworkReady: 'False Conflict: vpc is not this object’s' });
  });

  test('by what AWS answered, and by what a person has to end', () => {
    const open = {
      'subnet/public/1': ['Waiting', 'waits for vpc'],
      vpc: ['InProgress', 'AWS refused EC2:CreateVpc', 'Denied'],
      cluster: ['Waiting', 'waits for another name', 'InvalidSpec'],
      'node-group': ['InProgress', 'EKS is busy', 'Progressing'],
    } as const;
    expect(told({ open })).toMatchObject({
      NetworkReady: 'False Denied: vpc AWS refused EC2:CreateVpc',
      ClusterReady: 'False InvalidSpec: cluster waits for another name',
      NodesReady: 'False Progressing: node-group EKS is busy',
    });
  });

  test('as it is, by what a person has not agreed to yet', () => {
    const message = 'is usable; a change of it waits for approval';
    expect(told({ open: { 'node-group': ['Ready', message] } })).toMatchObject({
      NodesReady: `True Ready: node-group ${message}`,
    });
  });

  test('not at all where there is none', () => {
    const spec = { network: { enabled: false }, kubernetes: { enabled: false } };
    expect(Object.keys(told({ spec }))).toEqual(['EncryptionReady']);
  });
});

const PARTS = {
  EncryptionReady: 'True Ready: ',
  NetworkReady: 'True Ready: ',
  ClusterReady: 'True Ready: ',
  NodesReady: 'True Ready: ',
};

describe('an upgrade', () => {
  const at = (plane: string, nodes: string, more: object = {}, addon: object = {}) => ({
    cluster: { version: plane, status: 'ACTIVE', ...more },
    'node-group': { version: nodes, status: 'ACTIVE' },
    'addon/coredns': {
      version: 'v1',
      status: 'ACTIVE',
      offer: { default: 'v2', versions: ['v1', 'v2'] },
      ...addon,
    },
  });
  const insight = (name: string, status = 'ERROR') => ({
    id: name,
    name,
    status,
    kubernetesVersion: '1.34',
    reason: `${name} is in use`,
    seenAt: '',
    advice: `leave ${name}`,
  });
  test.each<[string, Given, string]>([
    ['done', { states: at('1.35', '1.35') }, 'False VersionReached: Kubernetes 1.35'],
    [
      'at the control plane',
      { states: at('1.33', '1.33') },
      'True ControlPlane: Kubernetes from 1.33 to 1.35: control plane to 1.34, on the way to 1.35; Synced Upgrading',
    ],
    [
      'before the control plane, while nodes are not well',
      { states: { ...at('1.33', '1.33'), 'node-group': { version: '1.33', status: 'DEGRADED' } } },
      'True ControlPlane: Kubernetes from 1.33 to 1.35: control plane to 1.34, on the way to 1.35, once node-group (DEGRADED) is well; Synced Upgrading',
    ],
    [
      'at the add-ons',
      { states: at('1.34', '1.33') },
      'True AddOns: Kubernetes from 1.33 to 1.35: add-ons to 1.34, on the way to 1.35; Synced Upgrading',
    ],
    [
      'at the nodes',
      { states: at('1.35', '1.34', {}, { version: 'v2' }) },
      'True Nodes: Kubernetes from 1.34 to 1.35: nodes to 1.35; Synced Upgrading',
    ],
    [
      'stopped by insights, all of which are named, in the same order every time',
      { states: at('1.33', '1.33', { insights: [insight('b'), insight('w', 'WARNING'), insight('a')] }) },
      'True UpgradeBlocked: Kubernetes from 1.33 to 1.35: control plane to 1.34, on the way to 1.35. It is stopped by insight a: a is in use. leave a; insight b: b is in use. leave b. EKS is asked to look again 2 hours after the last time, and at once when the annotation opta.dev/reconcile-requested-at gets another value; Synced UpgradeBlocked by a person',
    ],
    [
      'stopped by an add-on without a version',
      { states: at('1.35', '1.34', {}, { offer: { default: undefined, versions: [] } }) },
      'True UpgradeBlocked: Kubernetes from 1.34 to 1.35: add-ons to 1.35. It is stopped by add-on coredns has no default version for Kubernetes 1.35: in spec.kubernetes.addons where nothing needs it, set its mode to Disabled; Synced UpgradeBlocked by a person',
    ],
    [
      'to a version that EKS does not offer, before the first step',
      { states: at('1.34', '1.34', { offered: ['1.33', '1.34'] }) },
      'True UpgradeBlocked: Kubernetes from 1.34 to 1.35: control plane to 1.35. It is stopped by Kubernetes 1.35, which EKS does not offer (it has 1.33, 1.34): leave spec.kubernetes.version out, which keeps the cluster as it is, and then write one of these; Synced UpgradeBlocked by a person',
    ],
    [
      'to one that it does',
      { states: at('1.34', '1.34', { offered: ['1.34', '1.35'] }) },
      'True ControlPlane: Kubernetes from 1.34 to 1.35: control plane to 1.35; Synced Upgrading',
    ],
    [
      'to less than there is',
      { states: at('1.36', '1.36') },
      'False VersionBehind: spec.kubernetes.version is 1.35 and the cluster runs Kubernetes 1.36: EKS never goes back. Set it to 1.36, or higher; what needs 1.35 needs another cluster, in a new OptaEnvironment; Synced VersionBehind by a person',
    ],
    [
      'to less than there is, which nobody wrote: it was chosen once',
      { states: at('1.36', '1.36'), written: {} },
      'False VersionReached: Kubernetes 1.36',
    ],
    [
      'of the rest, where AWS raised the control plane',
      { states: at('1.36', '1.35') },
      'True AddOns: Kubernetes from 1.35 to 1.36: add-ons to 1.36; Synced Upgrading',
    ],
    [
      'not known where a part cannot be read',
      { states: at('1.35', '1.35'), unread: ['node-group'] },
      'Unknown NotKnown: waits until node-group can be read',
    ],
  ])('%s', (_, given, says) => {
    const [own] = conditionsOf(given).filter(one => one.type === 'Upgrading');
    const by = own?.notSynced?.needsPerson === true ? ' by a person' : '';
    const synced = own?.notSynced === undefined ? '' : `; Synced ${own.notSynced.reason}${by}`;
    expect(`${own?.status} ${own?.reason}: ${own?.message}${synced}`).toBe(says);
  });

  test.each<[string, object, string, string]>([
    ['nodes', at('1.35', '1.34', {}, { version: 'v2' }), 'node-group', 'nodes to 1.35. EKS says no'],
    ['control plane', at('1.34', '1.34'), 'cluster', 'control plane to 1.35. EKS says no'],
    ['none of another part', at('1.34', '1.34'), 'node-group', 'control plane to 1.35'],
  ])('tells what EKS could not do: %s', (_, states, node, says) => {
    const given = { states: { ...states }, open: { [node]: ['Failed', 'EKS says no'] } } satisfies Given;
    expect(told(given).Upgrading?.split(': ').at(-1)).toBe(says);
  });

  test.each<[string, Given]>([
    ['before there is a cluster', {}],
    ['of a cluster that is somebody else’s', { spec: { kubernetes: { existing: { clusterName: 'main' } } } }],
  ])('is not told of %s', (_, given) => expect(told(given)).not.toHaveProperty('Upgrading'));
});

describe('a cluster that is there already', () => {
  const kubernetes = { existing: { clusterName: 'main' } };
  const existing = { vpcId: 'vpc-0a1b2c3d', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] };
  const within = (vpcId: string) => ({
    cluster: { version: '1.35', vpcId },
    'existing-network': { cidrs: ['10.9.0.0/16'], privateSubnets: [], publicSubnets: [] },
    vpc: {},
  });
  test.each<[string, Given, RegExp | undefined]>([
    [
      'in the network that the spec names',
      { spec: { network: { existing }, kubernetes }, states: within('vpc-0a1b2c3d') },
      /^True SameNetwork: $/,
    ],
    [
      'in another one',
      { spec: { network: { existing }, kubernetes }, states: within('vpc-1a1b2c3d') },
      /^False AnotherNetwork: databases and caches .* only from vpc-0a1b2c3d, but cluster main is in vpc-1a1b2c3d, .* names vpc-1a1b2c3d and its subnets/,
    ],
    [
      'in the network that was made here',
      { spec: { kubernetes }, states: within('vpc-id') },
      /^True SameNetwork/,
    ],
    [
      'in none that was made here',
      { spec: { kubernetes }, states: within('vpc-1a1b2c3d') },
      /^False AnotherNetwork: .* only from vpc-id, but cluster main is in vpc-1a1b2c3d/,
    ],
    ['not seen yet', { spec: { kubernetes } }, /^Unknown ClusterPending/],
    ['made here', { states: within('vpc-1a1b2c3d') }, undefined],
  ])('%s', (_, given, says) => {
    const { ClusterInNetwork } = told(given);
    if (says === undefined) expect(ClusterInNetwork).toBeUndefined();
    else expect(ClusterInNetwork).toMatch(says);
  });
});

describe('the end of support', () => {
  const state = { cluster: { version: '1.35', supportType: 'STANDARD' } };
  test.each<[string, string, RegExp]>([
    ['91 days before', '2026-12-26', /^False Supported: .* until 2027-03-27$/],
    [
      '89 days before',
      '2026-12-28',
      /^True SupportEnds: .* ends in less than 90 days \(on 2027-03-27\): AWS then upgrades/,
    ],
    ['31 days before', '2027-02-24', /^True SupportEnds: .* less than 90 days/],
    ['29 days before', '2027-02-26', /^True SupportEnds: .* less than 30 days \(on 2027-03-27\)/],
    ['8 days before', '2027-03-19', /^True SupportEnds: .* less than 30 days/],
    ['6 days before', '2027-03-21', /^True SupportEnds: .* less than 7 days \(on 2027-03-27\)/],
    ['on its last day', '2027-03-27', /^True SupportEnds: .* less than 7 days/],
    ['after it', '2027-03-28', /^True SupportEnded: .* ended on 2027-03-27/],
  ])('%s', (_, day, says) => {
    expect(told({ states: state, now: Date.parse(day) }).SupportEnding).toMatch(says);
  });
  test.each<[string, object, string, RegExp]>([
    ['as AWS says', { supportEnds: '2028-03-27' }, '2027-12-26', /^False Supported: .* until 2028-03-27$/],
    [
      'as AWS says, soon',
      { supportEnds: '2028-03-27' },
      '2027-12-30',
      /^True SupportEnds: .* \(on 2028-03-27\)/,
    ],
    ['unknown', {}, '2027-12-28', /^Unknown UnknownVersion: Kubernetes 1\.42 is not in this release's table/],
  ])('of a version that is newer than the table: %s', (_, says, day, expected) => {
    const states = { cluster: { version: '1.42', supportType: 'STANDARD', ...says } };
    expect(told({ states, now: Date.parse(day) }).SupportEnding).toMatch(expected);
  });
  test('is past where the spec asks for standard support and AWS keeps the extended one for this version', () => {
    const { cluster } = state;
    const states = { cluster: { ...cluster, supportType: 'EXTENDED', inExtendedSupport: true } };
    const given = { states, now: Date.parse('2027-04-01') };
    expect(told(given).SupportEnding).toMatch(
      /^True ExtendedSupport: Kubernetes 1\.35 is in extended support.* raise spec\.kubernetes\.version, then supportType Standard is applied$/,
    );
    expect(conditionsOf(given).find(one => one.type === 'SupportEnding')?.notSynced).toEqual({
      reason: 'ChangeBlocked',
      needsPerson: true,
    });
  });
  test.each<[string, object, RegExp]>([
    ['made here', cluster, /\. Raise spec\.kubernetes\.version$/],
    [
      'that is there already',
      { existing: { clusterName: 'main' } },
      /\. Have those who keep the cluster raise its version$/,
    ],
  ])('of a cluster %s: what helps', (_, kubernetes, says) => {
    const given = { spec: { kubernetes }, states: state, now: Date.parse('2026-12-28') };
    expect(told(given).SupportEnding).toMatch(says);
  });
  test.each<[string, string, object, string, string]>([
    [
      'long before',
      '2027-06-01',
      {},
      'SupportEnded',
      'it then costs six times as much. Extended support ends on 2028-03-27: AWS then upgrades the cluster by itself. Raise spec.kubernetes.version',
    ],
    [
      '89 days before',
      '2027-12-29',
      {},
      'ExtendedSupportEnds',
      'ends in less than 90 days (on 2028-03-27): AWS',
    ],
    [
      '6 days before',
      '2028-03-21',
      {},
      'ExtendedSupportEnds',
      'ends in less than 7 days (on 2028-03-27): AWS',
    ],
    ['after it', '2028-03-28', {}, 'ExtendedSupportEnded', 'Extended support ended on 2028-03-27: AWS'],
    [
      'of a cluster that is left on it against the spec',
      '2028-03-21',
      { inExtendedSupport: true },
      'ExtendedSupport',
      'six times as much. Extended support ends in less than 7 days (on 2028-03-27): AWS then upgrades',
    ],
    [
      'of a version that is newer than the table',
      '2029-12-29',
      { version: '1.42', supportEnds: '2029-03-27', extendedSupportEnds: '2030-03-27' },
      'ExtendedSupportEnds',
      'Extended support ends in less than 90 days (on 2030-03-27): AWS',
    ],
  ])('of extended support too, which the spec asks for: %s', (_, day, more, reason, says) => {
    const states = { cluster: { ...state.cluster, supportType: 'EXTENDED', ...more } };
    const { SupportEnding = '' } = told({ states, now: Date.parse(day) });
    expect(SupportEnding).toContain(`True ${reason}: `);
    expect(SupportEnding).toContain(says);
  });
  test('of extended support of a cluster that is there already', () => {
    const states = { cluster: { ...state.cluster, supportType: 'EXTENDED' } };
    const spec = { kubernetes: { existing: { clusterName: 'main' } } };
    expect(told({ spec, states, now: Date.parse('2028-03-21') }).SupportEnding).toMatch(
      /^True ExtendedSupportEnds: .* less than 7 days .*\. Have those who keep the cluster raise its version$/,
    );
  });
  test.each<[string, object]>([
    ['What helps is ', {}],
    ['supportType Standard is applied with ', { supportType: 'EXTENDED', inExtendedSupport: true }],
  ])('asks nobody to raise what is on its way: %s', (says, more) => {
    const given = {
      spec: { kubernetes: { ...cluster, version: '1.36' } },
      states: { cluster: { ...state.cluster, ...more } },
      now: Date.parse('2027-04-01'),
    };
    expect(told(given).SupportEnding).toContain(`${says}the upgrade to 1.36, which Upgrading tells of`);
    expect(conditionsOf(given).find(one => one.type === 'SupportEnding')).not.toHaveProperty('notSynced');
  });
  test('is another price where support is extended', () => {
    const states = { cluster: { version: '1.35', supportType: 'EXTENDED' } };
    expect(told({ states, now: Date.parse('2027-01-01') }).SupportEnding).toMatch(/six times as much/);
  });
});

test('only what is wrong with the end of support and the way into the network is a warning', () => {
  const warning = (way: readonly object[], day: string) =>
    conditionsOf({
      states: {
        cluster: { version: '1.35', supportType: 'STANDARD' },
        exposure: { waysIn: way, restricted: [] },
      },
      now: Date.parse(day),
    }).flatMap(one => (one.warns === true ? one.type : []));
  expect(warning([], '2026-12-26')).toEqual([]);
  expect(warning([{ is: 'OpenToInternet', text: 'a' }], '2026-12-28')).toEqual([
    'SupportEnding',
    'NetworkExposed',
  ]);
});

test.each<[string, string, string]>([
  ['AL2023_x86_64_STANDARD', '1.35.0-20261101', 'False Recent'],
  ['AL2023_x86_64_STANDARD', '1.35.0-20260901', 'True ImageOld'],
  // A commit may look like a day.
  ['BOTTLEROCKET_x86_64', '1.47.0-20260901', 'Unknown NoDate: nodes run Bottlerocket 1.47.0-20260901'],
  ['BOTTLEROCKET_ARM_64', '1.47.0-6154605b', 'Unknown NoDate: nodes run Bottlerocket 1.47.0-6154605b'],
])('the image of %s %s', (amiType, releaseVersion, says) => {
  const states = { 'node-group': { amiType, releaseVersion } };
  expect(told({ states, now: Date.parse('2026-11-25') }).NodeImageOutdated).toContain(says);
});

const SET = 'Set spec.kubernetes.nodeGroup.image: Latest, which replaces the nodes one part after the other';
const AL = 'AL2023_x86_64_STANDARD';
const [old, recent] = ['1.35.0-20260901', '1.35.4-20261101'];

describe('what helps nodes with an old image', () => {
  const at = (amiType: string, releaseVersion: string, image?: object) => ({
    'node-group': { amiType, version: '1.35', releaseVersion },
    ...(image === undefined ? {} : { 'node-image': { version: '1.35', ...image } }),
  });
  const newest = (name: string) => ({ newest: name });
  test.each<[string, 'Pinned' | 'Latest', object, string]>([
    ['the field', 'Pinned', at(AL, old), `True ImageOld: .*${SET}, or raise spec.kubernetes.version$`],
    [
      'the field, and not what was asked before it',
      'Pinned',
      at(AL, old, newest(recent)),
      `${SET}, or raise`,
    ],
    ['of Bottlerocket too', 'Pinned', at('BOTTLEROCKET_ARM_64', '1.46.0-a'), `^Unknown NoDate: .*${SET}$`],
    ['nothing where it is recent', 'Latest', at(AL, recent, newest(recent)), `^False Recent: .*${recent}$`],
    ['nothing where it is the newest', 'Latest', at(AL, old, newest(old)), '^True ImageOld: .*no newer one$'],
    ['the newest one', 'Latest', at(AL, old, newest(recent)), `^True ImageOld: .* ${recent}, which is to`],
    ['that of the next version', 'Latest', at(AL, old, { version: '1.36', newest: 'x' }), 'on their way to$'],
    [
      'a right, also before it is old',
      'Latest',
      at(AL, recent, { problem: 'SSM says no' }),
      `^False Recent: .*${recent}. The newest one is not known: SSM says no$`,
    ],
    ['a right', 'Latest', at(AL, old, { problem: 'SSM says no' }), 'is not known: SSM says no$'],
    ['not known yet', 'Latest', at(AL, old), '^True ImageOld: .*on their way to$'],
    [
      'of Bottlerocket the newest one',
      'Latest',
      at('BOTTLEROCKET_ARM_64', '1.46.0-a', newest('1.47.0-b')),
      '^True ImageOld: nodes run Bottlerocket 1.46.0-a. AWS recommends 1.47.0-b, which is to replace it$',
    ],
    [
      'of Bottlerocket nothing where it is the newest',
      'Latest',
      at('BOTTLEROCKET_ARM_64', '1.47.0-b', newest('1.47.0-b')),
      '^False Newest: nodes run Bottlerocket 1.47.0-b. AWS recommends no newer one$',
    ],
  ])('%s', (_, image, states, says) => {
    const spec = { kubernetes: { ...cluster, nodeGroup: { image } } };
    const { NodeImageOutdated } = told({ spec, states: states as Record<string, object>, now: TODAY });
    expect(NodeImageOutdated).toMatch(new RegExp(says));
  });
});

describe('the domain', () => {
  const notRenewed = (status: string, reason?: string) => ({
    status: 'ISSUED',
    names: ['dev.example.com'],
    expiresOn: '2027-02-01',
    renewal: { status, reason, unvalidated: [] },
  });
  const UNASKED = { ...whole, dns: { domain: 'dev.example.com', delegationCheck: 'Skip' } };
  const at = (verdict: string) => ({ delegation: { verdict, nameServers: [], message: `it is ${verdict}` } });
  test.each<[string, Given, string]>([
    ['before its zone', {}, 'Unknown ZonePending: the zone is not there yet'],
    ['whose zone is lost', { open: { zone: ['Lost', 'Z1 is gone'] } }, 'False Lost: Z1 is gone'],
    [
      'whose zone is lost, unasked',
      { spec: UNASKED, open: { zone: ['Lost', 'Z1 is gone'] } },
      'False Lost: Z1 is gone',
    ],
    ['whose zone is another’s', { open: { zone: ['Conflict', 'not ours'] } }, 'False Conflict: not ours'],
    [
      'whose zone is refused',
      { open: { zone: ['InProgress', 'no right', 'Denied'] } },
      'False Denied: no right',
    ],
    [
      'whose zone is not read',
      { open: { zone: ['Failed', 'no answer (503)'] }, unread: ['zone'] },
      'Unknown ZonePending: no answer (503)',
    ],
    [
      'whose zone is there, and not to be changed',
      {
        open: { zone: ['InProgress', 'no right', 'Denied'] },
        states: { ...at('Delegated'), zone: {} },
      },
      'True Delegated',
    ],
    ['delegated to nobody', { states: at('NotDelegated') }, 'False DelegationPending: it is NotDelegated'],
    ['delegated elsewhere', { states: at('Elsewhere') }, 'False DelegationPending'],
    ['delegated to who does not serve it', { states: at('NotServed') }, 'False DelegationPending'],
    ['when DNS is silent', { states: at('Unknown') }, 'Unknown NoAnswer'],
    ['delegated', { states: at('Delegated') }, 'True Delegated'],
    ['unasked', { spec: UNASKED }, 'True NotChecked: not checked, because spec.dns.delegationCheck is Skip'],
  ])('%s', (_, given, says) => {
    expect(told(given).DomainDelegated).toContain(says);
  });

  test.each<[string, Given, string]>([
    ['issued', { states: { certificate: { status: 'ISSUED' } } }, 'True Issued'],
    [
      'issued, and not found in DNS for its renewal',
      { states: { certificate: notRenewed('PENDING_VALIDATION') } },
      'True RenewalPending: ACM does not renew the certificate, which expires on 2027-02-01 (PENDING_VALIDATION): it does not find the validation records of dev.example.com in DNS',
    ],
    [
      'issued, and not renewed',
      { states: { certificate: notRenewed('FAILED', 'OTHER') } },
      'True RenewalFailed: ACM does not renew the certificate, which expires on 2027-02-01 (FAILED, OTHER)',
    ],
    [
      'issued, and used by nothing',
      {
        states: { certificate: { status: 'ISSUED', names: [], expiresOn: '2027-02-01', isUnused: true } },
        now: Date.parse('2027-01-01'),
      },
      'True NotRenewed: the certificate expires on 2027-02-01, and nothing of AWS uses it',
    ],
    [
      'not asked for',
      { open: { certificate: ['Waiting', 'waits for the delegation'] } },
      'False DelegationPending',
    ],
    ['pending', { open: { certificate: ['InProgress', 'ACM looks'] } }, 'False ValidationPending: ACM looks'],
    ['failed', { open: { certificate: ['Failed', 'timed out'] } }, 'False Failed: timed out'],
    ['refused', { open: { certificate: ['InProgress', 'no right', 'Denied'] } }, 'False Denied: no right'],
    [
      'without an answer',
      { open: { certificate: ['Pending', 'got no answer (503)'] } },
      'False Progressing: got no answer (503)',
    ],
  ])('its certificate is %s', (_, given, says) => {
    expect(told(given).CertificateIssued).toContain(says);
  });

  test.each<[string, object, true | undefined]>([
    ['goes on', { status: 'ISSUED' }, undefined],
    ['does not go on', notRenewed('PENDING_VALIDATION'), true],
  ])('people are to hear of a renewal that %s: %o', (_, certificate, warns) => {
    const own = conditionsOf({ states: { certificate } }).find(one => one.type === 'CertificateIssued');
    expect(own?.warns).toBe(warns);
  });

  test.each<[string, Given, string | undefined]>([
    ['asked for', { open: { certificate: ['InProgress', 'ACM looks'] } }, 'ValidationPending'],
    ['still to be asked for', { open: { certificate: ['Waiting', 'waits'] } }, 'DelegationPending'],
    ['perhaps asked for', { open: { certificate: ['Pending', 'got no answer'] } }, 'ValidationPending'],
    ['refused', { open: { certificate: ['InProgress', 'no right', 'Denied'] } }, 'ValidationPending'],
    ['failed', { open: { certificate: ['Failed', 'timed out'] } }, 'ValidationPending'],
    ['there', { states: { certificate: { status: 'ISSUED' } } }, undefined],
  ])(
    'Ready does not say that everything is as the spec says before its certificate is there: %s',
    (_, given, says) => {
      const [own] = conditionsOf(given).filter(one => one.type === 'CertificateIssued');
      expect(own?.readyReason).toBe(says);
    },
  );
});

describe('whether the operator reaches the cluster', () => {
  test.each<[string, object | undefined, string]>([
    ['not known yet', undefined, 'Unknown ClusterPending: the cluster is not there yet'],
    ['yes', { verdict: 'Reachable', message: '' }, 'True Reachable: '],
    ['no', { verdict: 'NoConnection', message: 'why' }, 'False NoConnection: why'],
  ])('%s', (_, reach, expected) => {
    const states = reach === undefined ? {} : { reach };
    expect(told({ states })).toMatchObject({ ClusterReachable: expected });
    expect(told({ states, spec: { kubernetes: { existing: { clusterName: 'main' } } } })).toMatchObject({
      ClusterReachable: expected,
    });
  });

  test('is no question without a cluster', () => {
    expect(told({ spec: { kubernetes: { enabled: false } } })).not.toHaveProperty('ClusterReachable');
  });
});

describe('the private subnets of an existing network, for a cluster that is made in it', () => {
  const existing = { vpcId: 'vpc-0a1b2c3d', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] };
  const spec = { network: { existing }, kubernetes: cluster };
  const subnet = (id: string, freeAddresses: number, defaultRoute: string | undefined = 'nat-1') => ({
    id,
    freeAddresses,
    defaultRoute,
  });
  const seen = (...privateSubnets: readonly object[]) => ({
    'existing-network': { privateSubnets, zones: {} },
  });
  const withPublic = (defaultRoute: string) => ({
    'existing-network': {
      privateSubnets: [subnet('a', 99), subnet('b', 99)],
      publicSubnets: [subnet('p', 99, defaultRoute)],
      zones: {},
    },
  });

  test.each<readonly [string, Given, string]>([
    ['all is well', { states: seen(subnet('a', 16), subnet('b', 99, 'tgw-1')) }, 'True Suitable: '],
    ['it was not seen yet', {}, 'Unknown NetworkPending: the existing network was not seen yet'],
    [
      'one has few addresses left',
      { states: seen(subnet('a', 15), subnet('b', 16)) },
      'False FewAddresses: a: less than the 16 free addresses that EKS recommends; nodes and pods have one each',
    ],
    [
      'two have no way out, and one few addresses',
      { states: seen({ ...subnet('a', 15), defaultRoute: undefined }, { id: 'b', freeAddresses: 99 }) },
      'False NoDefaultRoute: a, b: no default route, as to a NAT gateway; nodes there join and get images only with VPC endpoints for all that they use. a: less than the 16 free addresses that EKS recommends; nodes and pods have one each',
    ],
    ['a public one is behind a firewall', { states: withPublic('vpce-0a') }, 'True Suitable: '],
    [
      'a public one is behind something else',
      { states: withPublic('tgw-0a') },
      'False IndirectDefaultRoute: p (default route to tgw-0a): to be public, and neither an internet gateway nor a firewall is next; the internet reaches load balancers there only if that leads on to a gateway',
    ],
  ])('%s', (_, given, says) => {
    expect(told({ spec, ...given }).SubnetsSuitable).toBe(says);
  });

  test('a network that is made without a way out is told as one that is there already is', () => {
    const none = { ...whole, network: { natGateways: 'None' } };
    expect(told({ spec: none }).SubnetsSuitable).toBe(
      'False NoDefaultRoute: private subnets (spec.network.natGateways is None): no default route, as to a NAT gateway; nodes there join and get images only with VPC endpoints for all that they use',
    );
    expect(told({ spec: { ...none, kubernetes: { enabled: false } } }).SubnetsSuitable).toBeUndefined();
  });

  test.each<readonly [object, string | undefined]>([
    [{ cidr: '10.0.0.0/22' }, undefined],
    [{ cidr: '10.0.0.0/23' }, '10.0.1.0/28, 10.0.1.16/28, 10.0.1.32/28'],
    [{ cidr: '10.0.0.0/24', availabilityZones: 2 }, '10.0.0.128/28, 10.0.0.144/28'],
    [
      {
        availabilityZones: 2,
        publicSubnetCidrs: ['10.0.0.0/28', '10.0.0.16/28'],
        privateSubnetCidrs: ['10.0.1.0/27', '10.0.1.32/28'],
      },
      '10.0.1.32/28',
    ],
  ])('a network that is made with %o tells of few addresses as one that is there already', (network, few) => {
    const of = { ...whole, network };
    const says =
      'less than the 16 free addresses that EKS recommends; nodes and pods have one each, and ranges cannot be changed: make a new OptaEnvironment with a network.cidr of /22 or larger, or privateSubnetCidrs of /27 or larger';
    expect(told({ spec: of }).SubnetsSuitable).toBe(few && `False FewAddresses: ${few}: ${says}`);
    expect(told({ spec: { ...of, kubernetes: { enabled: false } } }).SubnetsSuitable).toBeUndefined();
  });

  test.each<readonly [string, object]>([
    ['in a network that is made', whole],
    ['without a cluster', { network: { existing }, kubernetes: { enabled: false } }],
    [
      'with a cluster that is there already',
      { network: { existing }, kubernetes: { existing: { clusterName: 'main' } } },
    ],
  ])('%s nothing is said of them', (_, of) => {
    const { SubnetsSuitable } = told({ spec: of, states: seen({ id: 'a', freeAddresses: 1 }) });
    expect(SubnetsSuitable).toBeUndefined();
  });

  test('one of the zones of the cluster without any is told, and that the spec is not followed there', () => {
    const zones = { a: 'az1', b: 'az2', c: 'az3' };
    const network = { privateSubnets: [subnet('a', 99), subnet('c', 99)], zones };
    const states = { 'existing-network': network, cluster: { subnetIds: ['a', 'b'] } };
    expect(conditionsOf({ spec, states }).find(one => one.type === 'SubnetsSuitable')).toEqual({
      type: 'SubnetsSuitable',
      status: 'False',
      reason: 'ZoneWithoutSubnet',
      message:
        'no private subnet is listed in az2, and EKS keeps a cluster in exactly the zones that it was made in: its control plane stays in b. List a subnet of each of its zones in spec.network.existing.privateSubnetIds, or make a new OptaEnvironment',
      notSynced: { reason: 'ChangeBlocked', needsPerson: true },
    });
  });

  test('without six addresses in each the cluster is not begun; one that is there is not given up', () => {
    const node = environmentKind.graph(input(spec)).find(one => one.id === 'cluster');
    const there = { key: {}, 'role/cluster': {}, ...seen(subnet('a', 5), subnet('b', 6)) };
    expect(node?.desired(seeing(there, []))).toEqual({
      waitingFor: '6 free addresses in each private subnet, which EKS needs: a has 5 left',
      leaving: { deletionProtection: true },
    });
    expect(node?.desired(seeing({ ...there, cluster: { subnetIds: ['a', 'b'] } }, []))).toMatchObject({
      subnetIds: ['a', 'b'],
    });
    expect(node?.desired(seeing({ ...there, ...seen(subnet('a', 6)) }, []))).toMatchObject({
      subnetIds: ['a'],
    });
  });
});

describe('how far the network is open', () => {
  const seen = (of: object) => ({ exposure: { waysIn: [], restricted: [], ...of } });
  const way = (is: string, text: string) => ({ is, text });
  test.each<[string, Given, string | undefined, string | undefined]>([
    ['is not told before it was looked at', {}, undefined, undefined],
    ['it is not', { states: seen({}) }, 'False Internal: ', 'True Open: '],
    [
      'by the worst first',
      {
        states: seen({
          waysIn: [way('OpenToOtherNetworks', 'a'), way('OpenToInternet', 'b'), way('PublicAddress', 'c')],
        }),
      },
      'True PublicAddress: c; b; a. Load balancers of the cluster that pass the addresses of clients through need such rules; what nobody needs is to be taken away in AWS',
      'True Open: ',
    ],
    [
      'too little',
      { states: seen({ restricted: ['acl-1 of subnet-1: rule 10 denies everything from 0.0.0.0/0'] }) },
      'False Internal: ',
      'False Restricted: acl-1 of subnet-1: rule 10 denies everything from 0.0.0.0/0. What is cut off by that may not work; the operator does not change network ACLs',
    ],
    [
      'nobody knows',
      { states: seen({ unknown: 'not allowed to ec2:DescribeNetworkAcls' }) },
      'Unknown NotKnown: not allowed to ec2:DescribeNetworkAcls',
      'Unknown NotKnown: not allowed to ec2:DescribeNetworkAcls',
    ],
    [
      'of a network of others, whose ACLs are theirs',
      {
        spec: {
          ...whole,
          network: {
            existing: { vpcId: 'vpc-0a1b2c3d', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] },
          },
        },
        states: seen({}),
      },
      'False Internal: ',
      undefined,
    ],
    [
      'of a network that does not exist',
      {
        spec: {
          ...whole,
          network: {
            existing: { vpcId: 'vpc-0a1b2c3d', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] },
          },
        },
        open: { 'existing-network': ['Failed', 'vpc-0a1b2c3d does not exist'] },
      },
      'Unknown NotKnown: vpc-0a1b2c3d does not exist',
      undefined,
    ],
  ])('%s', (_, given, exposed, acls) => {
    const { NetworkExposed, NetworkAclsOpen } = told(given);
    expect([NetworkExposed, NetworkAclsOpen]).toEqual([exposed, acls]);
  });

  test('no more than five ways in are named', () => {
    const waysIn = Array.from({ length: 7 }, (_, at) => way('OpenToInternet', `sg-${at}`));
    expect(told({ states: seen({ waysIn }) }).NetworkExposed).toContain('sg-4; and 2 more.');
  });
});
