import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { vpcAdaptor } from '../../src/aws/ec2/vpc.ts';
import { childName } from '../../src/aws/eks/child-name.ts';
import type { Observations } from '../../src/engine/graph.ts';
import { ACCOUNT, REGION } from '../support/world.ts';
import { clusterAccess, s6, s7, s8, s9, s31 } from './support/cluster-checks.ts';
import {
  ENVIRONMENT_ROWS,
  type EnvironmentAsked,
  type EnvironmentCheck,
  s26,
  s29,
  s30,
} from './support/environment-checks.ts';
import { type EnvironmentWorld, environmentWorld, settled, whole } from './support/environment-world.ts';
import {
  add,
  change,
  type Desired,
  desired,
  drop,
  inPolicy,
  keyPolicy,
  kindsWith,
  type Mutation,
  missing,
} from './support/mutate.ts';
import { s1, s2, s3, s4, s5, s20 } from './support/network-checks.ts';
import { s21, s22, s24, systemRoles, workloadBound } from './support/role-checks.ts';

/**
 * A check that no mistake can break proves nothing. The operator of one environment gets one mistake after the other, in
 * what it tells AWS, and the check of that promise must say so in the words of that mistake.
 */
const none: Mutation = nodes => nodes;
let mistake = none;
let env: EnvironmentWorld;
beforeAll(async () => {
  env = await environmentWorld({ kinds: kindsWith('OptaEnvironment', nodes => mistake(nodes)) });
  await env.world.apply(whole());
  await settled(env);
});
afterAll(() => env?.close());

interface Mutant {
  readonly check: EnvironmentCheck;
  readonly what: string;
  readonly mistake: Mutation;
  readonly says: RegExp;
  readonly asked?: Partial<EnvironmentAsked>;
}

const set = (node: string, values: Desired) => desired(node, wanted => ({ ...wanted, ...values }));
const idsOf = (seen: Observations, ...nodes: readonly string[]) => nodes.flatMap(node => seen.id(node) ?? []);
const publicSubnets = (seen: Observations) =>
  idsOf(seen, 'subnet/public/1', 'subnet/public/2', 'subnet/public/3');
const AWS = 'arn:aws:iam::aws:policy/';

/** In the texts of all that a node is to be. */
function inText(node: string, edit: (text: string) => string): Mutation {
  return desired(node, wanted => JSON.parse(edit(JSON.stringify(wanted))) as Desired);
}

function managed(node: string, policy: string): Mutation {
  return desired(node, wanted => ({
    ...wanted,
    managedPolicies: [...(wanted.managedPolicies as readonly string[]), `${AWS}${policy}`],
  }));
}

type Statements = Parameters<typeof inPolicy>[0];

function inline(node: string, policy: string, edit: Statements): Mutation {
  return desired(node, wanted => {
    const policies = wanted.inlinePolicies as Record<string, unknown>;
    return { ...wanted, inlinePolicies: { ...policies, [policy]: inPolicy(edit)(policies[policy]) } };
  });
}

function trust(node: string, edit: Statements): Mutation {
  return desired(node, wanted => ({ ...wanted, trust: inPolicy(edit)(wanted.trust) }));
}

function metadata(values: Desired): Mutation {
  return desired('launch-template', ({ data }) => {
    const all = data as Desired;
    return { data: { ...all, MetadataOptions: { ...Object(all.MetadataOptions), ...values } } };
  });
}

function disk(values: Desired): Mutation {
  return desired('launch-template', ({ data }) => {
    const all = data as Desired;
    const [first] = all.BlockDeviceMappings as readonly Desired[];
    return {
      data: { ...all, BlockDeviceMappings: [{ ...first, Ebs: { ...Object(first?.Ebs), ...values } }] },
    };
  });
}

function ingress(store: string, values: Desired): Mutation {
  return desired(`security-group/${store}`, wanted => ({
    ...wanted,
    ingress: (wanted.ingress as readonly Desired[]).map(rule => ({ ...rule, ...values })),
  }));
}

/** A second one of a node, beside it. */
function twice(node: string, name: string): Mutation {
  return nodes => [
    ...nodes,
    ...nodes.filter(one => one.id === node).map(one => ({ ...one, id: `${node}/more`, name: () => name })),
  ];
}

const all = { Effect: 'Allow', Action: '*', Resource: '*' };
const controller = 'role/load-balancer-controller';
const allOf = (field: string) => desired('cluster', wanted => ({ ...wanted, [field]: [] }));
const key = (edit: Statements) => desired('key', keyPolicy(edit));

const MUTANTS: readonly Mutant[] = [
  {
    check: s1,
    what: 'a role for another region',
    mistake: inText('role/flow-logs', text => text.replaceAll(REGION, 'us-east-1')),
    says: /us-east-1.* is not in/,
  },
  {
    check: s3,
    what: 'the control plane in public subnets',
    mistake: desired('cluster', (wanted, seen) => ({ ...wanted, subnetIds: publicSubnets(seen) })),
    says: /in public subnet .* is interface .*Amazon EKS/,
  },
  {
    check: s4,
    what: 'the control plane in public subnets',
    mistake: desired('cluster', (wanted, seen) => ({ ...wanted, subnetIds: publicSubnets(seen) })),
    says: /the cluster may be in .* not private/,
  },
  {
    check: s4,
    what: 'nodes in public subnets',
    mistake: desired('node-group', (wanted, seen) => ({ ...wanted, subnetIds: publicSubnets(seen) })),
    says: /its nodes may be in .* not private/,
  },
  {
    check: s6,
    what: 'nodes in one zone',
    mistake: desired('node-group', (wanted, seen) => ({
      ...wanted,
      subnetIds: idsOf(seen, 'subnet/private/1'),
    })),
    says: /nodes are in subnet-[^,]*, not in/,
  },
  {
    check: s4,
    what: 'a private subnet with a way in',
    mistake: desired('route/private/1/internet', (wanted, seen) => ({
      ...wanted,
      target: seen.id('internet-gateway'),
    })),
    says: /subnet\/private\/1 reaches 0.0.0.0\/0 by igw-/,
  },
  {
    check: s4,
    what: 'the NAT gateway of another zone',
    mistake: desired('route/private/2/internet', (wanted, seen) => ({
      ...wanted,
      target: seen.id('nat-gateway/1'),
    })),
    says: /the NAT gateway of subnet\/private\/2 is in zone euc1-az1/,
  },
  {
    check: s4,
    what: 'no way out',
    mistake: missing('route/private/3/internet'),
    says: /private\/3 has no NAT/,
  },
  {
    check: s4,
    what: 'the routes of public subnets',
    mistake: desired('association/private/1', (wanted, seen) => ({
      ...wanted,
      routeTableId: seen.id('route-table/public'),
    })),
    says: /subnet\/private\/1 reaches 0.0.0.0\/0 by igw-/,
  },
  {
    check: s5,
    what: 'a store for everybody',
    mistake: ingress('postgres', { peer: '0.0.0.0/0' }),
    says: /postgres.* lets 0.0.0.0\/0 in/,
  },
  {
    check: s20,
    what: 'a store on all ports',
    mistake: ingress('redis', { fromPort: 0, toPort: 65_535 }),
    says: /ingress of redis is tcp 0-65535/,
  },
  {
    check: s20,
    what: 'a store on another port',
    mistake: ingress('documentdb', { fromPort: 27_018, toPort: 27_018 }),
    says: /ingress of documentdb is tcp 27018/,
  },
  {
    check: s20,
    what: 'a store that reaches the internet',
    mistake: set('security-group/postgres', { egress: [{ protocol: '-1', peer: '0.0.0.0/0' }] }),
    says: /egress of postgres is -1/,
  },
  {
    check: s20,
    what: 'no group of a store',
    mistake: missing('security-group/redis'),
    says: /there are 0 security groups of redis/,
  },
  {
    check: s6,
    what: 'metadata without a token',
    mistake: metadata({ HttpTokens: 'optional' }),
    says: /HttpTokens is optional/,
  },
  {
    check: s6,
    what: 'metadata for pods',
    mistake: metadata({ HttpPutResponseHopLimit: 2 }),
    says: /hop limit is 2/,
  },
  {
    check: s6,
    what: 'disks without encryption',
    mistake: disk({ Encrypted: false, KmsKeyId: undefined }),
    says: /\/dev\/xvda is not encrypted/,
  },
  {
    check: s6,
    what: 'disks with AWS’s key',
    mistake: disk({ KmsKeyId: 'alias/aws/ebs' }),
    says: /the key of \/dev\/xvda is alias\/aws\/ebs/,
  },
  {
    check: s6,
    what: 'two groups of nodes',
    mistake: nodes => twice('node-group', childName(clusterNameIn(nodes), 'more'))(nodes),
    says: /there are 2 node groups/,
  },
  {
    check: s7,
    what: 'support that costs six times as much',
    mistake: set('cluster', { supportType: 'EXTENDED' }),
    says: /support is EXTENDED/,
  },
  {
    check: s8,
    what: 'an endpoint for everybody',
    mistake: set('cluster', { publicCidrs: ['0.0.0.0/0'] }),
    says: /the public endpoint is true/,
  },
  {
    check: s8,
    what: 'an endpoint for more than the spec says',
    mistake: set('cluster', { publicCidrs: ['203.0.113.0/24', '198.51.100.0/24'] }),
    says: /is open to 203.0.113.0\/24,198.51.100.0\/24, not to 203.0.113.0\/24/,
    asked: { publicCidrs: ['203.0.113.0/24'] },
  },
  {
    check: s31,
    what: 'a cluster that may be deleted',
    mistake: set('cluster', { deletionProtection: false }),
    says: /deletion protection .* is off/,
  },
  {
    check: s21,
    what: 'nodes as administrators',
    mistake: managed('role/node', 'AdministratorAccess'),
    says: /role\/node may s3:GetObject/,
  },
  {
    check: s21,
    what: 'nodes with the CNI’s rights',
    mistake: managed('role/node', 'AmazonEKS_CNI_Policy'),
    says: /role\/node has the policies .*CNI/,
  },
  {
    check: s21,
    what: 'nodes with policies of their own',
    mistake: desired('role/node', wanted => ({
      ...wanted,
      inlinePolicies: { more: { Version: '2012-10-17', Statement: [all] } },
    })),
    says: /role\/node has policies of its own: more/,
  },
  {
    check: s21,
    what: 'a cluster with more rights',
    mistake: managed('role/cluster', 'AmazonEKSServicePolicy'),
    says: /role\/cluster has the policies/,
  },
  {
    check: s21,
    what: 'a CNI without a role',
    mistake: missing('pod-identity/kube-system/aws-node'),
    says: /aws-node is no role/,
  },
  {
    check: systemRoles,
    what: 'an autoscaler of all clusters',
    mistake: inline('role/cluster-autoscaler', 'node-groups', change('Scale', { Condition: undefined })),
    says: /role\/cluster-autoscaler, asked for autoscaling:SetDesiredCapacity .*: yes/,
  },
  {
    check: systemRoles,
    what: 'an external-dns of all zones',
    mistake: inline('role/external-dns', 'zone', change('ThisZone', { Resource: '*' })),
    says: /role\/external-dns, ThisZone: .* on everything/,
  },
  {
    check: systemRoles,
    what: 'flow logs that cannot be written',
    mistake: inline('role/flow-logs', 'flow-log', drop('WriteThisGroup')),
    says: /role\/flow-logs, asked for logs:PutLogEvents .*: no/,
  },
  {
    check: systemRoles,
    what: 'a controller that may all of a service',
    mistake: inline(controller, 'read', add({ Action: 'elasticloadbalancing:*', Resource: '*' })),
    says: /load-balancer-controller, Mutant: allows elasticloadbalancing:\*/,
  },
  {
    check: systemRoles,
    what: 'a driver that decrypts by itself',
    mistake: inline('role/ebs-csi', 'volume-encryption', change('EncryptVolumes', { Condition: undefined })),
    says: /role\/ebs-csi, asked for kms:Decrypt .*: yes|role\/ebs-csi may kms:Decrypt/,
  },
  {
    check: s24,
    what: 'a boundary that is none',
    mistake: set('role/node', { permissionsBoundary: `${AWS}AdministratorAccess` }),
    says: /role\/node has the boundary .*AdministratorAccess/,
  },
  {
    check: s24,
    what: 'a boundary that allows everything',
    mistake: set('boundary/cluster', { document: { Version: '2012-10-17', Statement: [all] } }),
    says: /role\/cluster: its boundary lets an administrator’s policy/,
  },
  {
    check: s24,
    what: 'a boundary that stops what is needed',
    mistake: set('boundary/node', {
      document: { Version: '2012-10-17', Statement: [{ ...all, Action: 's3:Get*' }] },
    }),
    says: /role\/node: its boundary stops eks:DescribeCluster/,
  },
  {
    check: workloadBound,
    what: 'none for roles of teams',
    mistake: missing('boundary/workload'),
    says: /there are 0 boundaries of workloads/,
  },
  {
    check: workloadBound,
    what: 'one for roles of teams that allows everything',
    mistake: set('boundary/workload', { document: { Version: '2012-10-17', Statement: [all] } }),
    says: /a workload that is attached everything, asked for iam:CreateUser on \*: yes/,
  },
  {
    check: workloadBound,
    what: 'one for roles of teams with keys of everybody',
    mistake: desired('boundary/workload', wanted => ({
      ...wanted,
      document: inPolicy(change('Keys', { Condition: undefined }))(wanted.document),
    })),
    says: /a workload that is attached everything, asked for kms:Decrypt on .*key\/2: yes/,
  },
  {
    check: workloadBound,
    what: 'one for roles of teams that stops what is needed',
    mistake: desired('boundary/workload', wanted => ({
      ...wanted,
      document: inPolicy(drop('Queues'))(wanted.document),
    })),
    says: /a workload that is attached everything, asked for sqs:SendMessage on .*test-prod-a: no/,
  },
  {
    check: s22,
    what: 'a role for every service account',
    mistake: inText(controller, text =>
      text
        .replace('"StringEquals":{"oidc', '"StringLike":{"oidc')
        .replace(/system:serviceaccount:[^"]*/, 'system:serviceaccount:*'),
    ),
    says: /load-balancer-controller trusts tokens by StringLike/,
  },
  {
    check: s22,
    what: 'a role for tokens that are meant for somebody else',
    mistake: inText('role/external-dns', text => text.replace(/,"[^"]*:aud":"[^"]*"/, '')),
    says: /role\/external-dns, asked by .*somebody.*: yes/,
  },
  {
    check: s22,
    what: 'a role for people of the account',
    mistake: trust(
      'role/node',
      add({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' }),
    ),
    says: /role\/node trusts more than services/,
  },
  {
    check: s22,
    what: 'Pod Identity of every cluster',
    mistake: trust('role/vpc-cni', change('PodIdentity', { Condition: undefined })),
    says: /role\/vpc-cni, asked by pods.eks.amazonaws.com with \{\}: yes/,
  },
  {
    check: s22,
    what: 'flow logs of every account',
    mistake: trust('role/flow-logs', change('Service', { Condition: undefined })),
    says: /role\/flow-logs, asked by vpc-flow-logs.amazonaws.com with \{\}: yes/,
  },
  {
    check: s22,
    what: 'tokens for somebody else',
    mistake: set('oidc-provider', { audiences: ['sts.amazonaws.com', 'somebody'] }),
    says: /tokens are for .*somebody/,
  },
  {
    check: clusterAccess,
    what: 'an administrator in a group of somebody’s',
    mistake: nodes =>
      nodes.flatMap(one =>
        one.id.startsWith('access/') ? set(one.id, { kubernetesGroups: ['masters'] })([one]) : [one],
      ),
    says: /access entries are in the groups masters/,
  },
  {
    check: clusterAccess,
    what: 'nobody is let in',
    mistake: nodes => nodes.filter(one => !one.id.startsWith('access/')),
    says: /access entries are of \(nobody\)/,
  },
  {
    check: s26,
    what: 'no validation record',
    mistake: missing('record/validation'),
    says: /the zone says nothing of/,
  },
  {
    check: s26,
    what: 'a certificate for the domain alone',
    mistake: set('certificate', { alternativeNames: [] }),
    says: /the certificate is for dev.example.com$/,
  },
  {
    check: s29,
    what: 'flow logs of refused traffic alone',
    mistake: set('flow-log', { trafficType: 'REJECT' }),
    says: /it logs REJECT traffic/,
  },
  { check: s29, what: 'no flow logs', mistake: missing('flow-log'), says: /there are 0 flow logs/ },
  {
    check: s29,
    what: 'flow logs with AWS’s key',
    mistake: set('log-group/flow-logs', { kmsKeyArn: undefined }),
    says: /the key of .*flow-logs.* is undefined/,
  },
  { check: s29, what: 'no logs of the control plane', mistake: allOf('logTypes'), says: /logs \(nothing\)/ },
  {
    check: s30,
    what: 'a key for everybody',
    mistake: key(add({ Principal: '*', Action: 'kms:Decrypt', Resource: '*' })),
    says: /anyone may use it/,
  },
  {
    check: s30,
    what: 'a key for anybody’s log groups',
    mistake: key(change('AllowLogs', { Condition: undefined })),
    says: /CloudWatch Logs for another account may use it/,
  },
  {
    check: s30,
    what: 'a key for log groups of all accounts',
    mistake: key(
      change('AllowLogs', {
        Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:*:*:*' } },
      }),
    ),
    says: /CloudWatch Logs for another account may use it/,
  },
];

function clusterNameIn(nodes: Parameters<Mutation>[0]): string {
  return nodes.find(one => one.id === 'cluster')?.name?.(1) ?? '';
}

const ROW = new Map(Object.entries(ENVIRONMENT_ROWS).map(([row, check]) => [check, row.split(':')[0]]));

describe('the check catches', () => {
  test.each(MUTANTS.map(mutant => ({ ...mutant, row: ROW.get(mutant.check) })))(
    '$row: $what',
    async ({ check, mistake: mutation, says, asked = {} }) => {
      mistake = mutation;
      await env.driftApproved();
      env.asked = asked;
      const problems = await env.brokenIn(check);
      env.asked = {};
      expect(problems).toContainEqual(expect.stringMatching(says));
    },
  );

  test('nothing, once the operator has no mistake any more', async () => {
    mistake = none;
    await env.driftApproved();
    expect(await env.broken()).toEqual({});
  });
});

/** Nothing brings these about where all is there already, so an operator makes an environment with all of them at once. */
describe('from the beginning', () => {
  let other: EnvironmentWorld;
  let key = '';
  beforeAll(async () => {
    const differ = vpcAdaptor.diff;
    vi.spyOn(vpcAdaptor, 'diff').mockImplementation((...of) =>
      differ(...of).filter(one => one.field !== 'defaultGroupRules'),
    );
    const mistakes: readonly Mutation[] = [
      desired('subnet/private/2', (wanted, seen) => ({
        ...wanted,
        zoneId: seen.state<Record<string, unknown>>('subnet/private/1')?.zoneId ?? wanted.zoneId,
      })),
      nodes =>
        nodes.map(one =>
          one.id === 'subnet/private/2' ? { ...one, dependsOn: [...one.dependsOn, 'subnet/private/1'] } : one,
        ),
      desired('cluster', wanted => ({ ...wanted, keyArn: key })),
      missing('log-group/cluster'),
      set('key', { rotationPeriodDays: 0 }),
      set('node-group', { amiType: 'BOTTLEROCKET_x86_64' }),
    ];
    other = await environmentWorld({
      kinds: kindsWith('OptaEnvironment', nodes => mistakes.reduce((all, one) => one(all), nodes)),
    });
    const { KeyMetadata } = await other.world.aws.kms.send(new CreateKeyCommand({}));
    key = KeyMetadata?.Arn ?? '';
    await other.world.apply(whole());
    await settled(other);
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await other?.close();
  });

  test.each<[string, EnvironmentCheck, RegExp]>([
    ['S2: two private subnets in one zone', s2, /^private subnets are in 2 zones$/],
    ['S4: which have different NAT gateways', s4, /NAT gateway of subnet\/private\/2 is in zone euc1-az2/],
    ['S6: the disk of pods on Bottlerocket', s6, /the disk \/dev\/xvdb is not named/],
    ['S9: secrets with another key', s9, /the key of secrets is .*, not /],
    ['S20: a default security group that lets things out', s20, /egress of the default .* is -1/],
    ['S29: no log group of the cluster', s29, /there is no log group|is kept for ever/],
    ['S30: a key that is not rotated', s30, /the key is not rotated/],
  ])('%s', async (_, check, says) => {
    expect(await other.brokenIn(check)).toContainEqual(expect.stringMatching(says));
  });
});
