import { describe, expect, test } from 'vitest';
import type { PolicyInput } from '../../../../hack/bench/policy/document.ts';
import { evaluate } from '../../../../hack/bench/policy/evaluate.ts';
import { validate } from '../../../../hack/bench/policy/validate.ts';
import { allowLogs } from '../../statements.ts';
import {
  ACCOUNTS,
  actionProbes,
  type RoleName,
  trustProbes,
  uselessProbes,
} from '../../testing/role-probes.ts';
import { cniRole, ebsCsiRole } from './add-ons.ts';
import { clusterRole } from './cluster.ts';
import { clusterAutoscalerRole } from './cluster-autoscaler.ts';
import { externalDnsRole } from './external-dns.ts';
import { flowLogRole } from './flow-log.ts';
import { loadBalancerControllerRole } from './load-balancer-controller.ts';
import { nodeRole } from './nodes.ts';
import type { RolePolicies } from './role-policies.ts';

const account = '111122223333';
const place = { partition: 'aws', region: 'eu-central-1', accountId: account, clusterName: 'prod' };
const host = 'oidc.eks.eu-central-1.amazonaws.com/id/ABC';
const key = `arn:aws:kms:eu-central-1:${account}:key/1`;
const logGroup = '/opta/prod/flow-log';
const ofDev = { ...place, installation: 'acme', environment: 'dev' };
const keyTags = {
  'aws:ResourceTag/opta.dev/installation': 'acme',
  'aws:ResourceTag/opta.dev/environment': 'dev',
  'aws:ResourceTag/opta.dev/kind': 'OptaEnvironment',
};
const PLACE = { ...place, host, keyArn: key, keyTags, vpcId: 'vpc-1', zoneId: 'Z1', logGroup };
const pod = (name: string) => ({ issuer: `https://${host}`, namespace: 'kube-system', name });
const managed = (name: string) => `arn:aws:iam::aws:policy/${name}`;

const ROLES = {
  cluster: clusterRole(ofDev),
  node: nodeRole('aws'),
  cni: cniRole(place),
  ebs: ebsCsiRole(place, key),
  flowLog: flowLogRole(place, logGroup),
  dns: externalDnsRole(place, pod(ACCOUNTS.dns), 'Z1'),
  controller: loadBalancerControllerRole({ ...place, vpcId: 'vpc-1' }, pod(ACCOUNTS.controller)),
  autoscaler: clusterAutoscalerRole(place, pod(ACCOUNTS.autoscaler)),
} satisfies Record<RoleName, RolePolicies>;
const somebody = { type: 'aws', arn: `arn:aws:iam::${account}:role/x`, accountId: account } as const;

describe('managed policies are these and no others', () => {
  test.each<[RoleName, string[]]>([
    ['cluster', [managed('AmazonEKSClusterPolicy')]],
    ['node', [managed('AmazonEKSWorkerNodePolicy'), managed('AmazonEC2ContainerRegistryPullOnly')]],
    ['cni', [managed('AmazonEKS_CNI_Policy')]],
    ['ebs', [managed('service-role/AmazonEBSCSIDriverPolicy')]],
    ['flowLog', []],
    ['dns', []],
    ['controller', []],
    ['autoscaler', []],
  ])('%s', (name, arns) => {
    expect(ROLES[name].managedPolicyArns).toEqual(arns);
  });

  test.each<RoleName>(['node', 'cni'])('%s has no policies of its own', name => {
    expect(ROLES[name].inlinePolicies).toEqual({});
  });

  test('in another partition they are that partition’s', () => {
    expect(nodeRole('aws-us-gov').managedPolicyArns[0]).toBe(
      'arn:aws-us-gov:iam::aws:policy/AmazonEKSWorkerNodePolicy',
    );
  });
});

describe('services are called as their partition calls them', () => {
  const china = { ...place, partition: 'aws-cn', region: 'cn-north-1' };
  // Logs: region-info of aws-cdk. EC2: terraform-provider-aws 47141. EKS, the same everywhere: terraform-aws-eks issue 1904.
  test.each<[string, [unknown, unknown], string, string]>([
    ['EC2', [nodeRole('aws'), nodeRole('aws-cn')], '"ec2.amazonaws.com"', '"ec2.amazonaws.com.cn"'],
    [
      'EKS',
      [clusterRole(ofDev), clusterRole({ ...ofDev, partition: 'aws-cn' })],
      '"eks.amazonaws.com"',
      '"eks.amazonaws.com"',
    ],
    [
      'KMS by way of EC2',
      [ebsCsiRole(place, key), ebsCsiRole(china, key)],
      '"ec2.eu-central-1.amazonaws.com"',
      '"ec2.cn-north-1.amazonaws.com.cn"',
    ],
    [
      'CloudWatch Logs',
      [allowLogs(place), allowLogs(china)],
      '"logs.eu-central-1.amazonaws.com"',
      '"logs.cn-north-1.amazonaws.com.cn"',
    ],
  ])('%s', (_, [here, inChina], name, nameInChina) => {
    expect(JSON.stringify(here)).toContain(name);
    expect(JSON.stringify(inChina)).toContain(nameInChina);
  });
});

test.each(['aws-us-gov', 'aws-eusc', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f'])(
  'EC2 is called in %s as IAM knows it, whatever its names in DNS end in',
  partition => {
    expect(JSON.stringify(nodeRole(partition).trust)).toContain('"ec2.amazonaws.com"');
  },
);

describe('IAM takes them', () => {
  test.each(Object.entries(ROLES))('%s', (_, { trust, inlinePolicies }) => {
    expect(validate(input(trust), { kind: 'iam-role' })).toEqual([]);
    const texts = Object.values(inlinePolicies).map(policy => JSON.stringify(policy));
    for (const text of texts) expect(validate(text, { kind: 'iam-identity' })).toEqual([]);
    // "IAM and AWS STS quotas": 10,240 characters for all inline policies of a role.
    expect(texts.join('').length).toBeLessThanOrEqual(10_240);
  });
});

describe('who may be it', () => {
  test.each(trustProbes(PLACE))('%s by %j, %s, with %j: %s', (name, principal, action, context, expected) => {
    const { decision } = evaluate({
      kind: 'iam-role',
      resourcePolicy: input(ROLES[name].trust),
      request: { principal, action, resource: `arn:aws:iam::${account}:role/it`, context },
    });
    expect(decision === 'Allow' ? 'yes' : 'no').toBe(expected);
  });

  test.each(Object.entries(ROLES))('%s names no principal by a pattern', (_, { trust }) => {
    expect(JSON.stringify(trust)).not.toMatch(/StringLike|"Principal":"\*"|"AWS"/);
  });
});

describe('what it may do by its own policies', () => {
  test.each(actionProbes(PLACE))('%s: %s on %s with %j: %s', (name, action, resource, context, expected) => {
    const policies = Object.values<object>(ROLES[name].inlinePolicies).map(input);
    const { decision } = evaluate({
      kind: 'iam-identity',
      policies,
      request: { principal: somebody, action, resource, resourceAccountId: account, context },
    });
    expect(decision === 'Allow' ? 'yes' : 'no').toBe(expected);
  });

  test.each<[string, readonly string[], 'yes' | 'no']>([
    ['Z1', ['shop.example.com'], 'yes'],
    ['Z1', ['web.shop.example.com', 'a-web.shop.example.com'], 'yes'],
    ['Z1', ['a-shop.example.com', 'cname-shop.example.com'], 'yes'],
    ['Z1', ['example.com'], 'no'],
    ['Z1', ['workshop.example.com'], 'no'],
    ['Z1', ['shop.example.com', 'bank.example.com'], 'no'],
    ['Z2', ['shop.example.com'], 'no'],
  ])('dns, in a zone that others have names in too: changes of %s, %j: %s', (zone, names, expected) => {
    const { inlinePolicies } = externalDnsRole(place, pod(ACCOUNTS.dns), 'Z1', 'shop.example.com');
    const { decision } = evaluate({
      kind: 'iam-identity',
      policies: Object.values<object>(inlinePolicies).map(input),
      request: {
        principal: somebody,
        action: 'route53:ChangeResourceRecordSets',
        resource: `arn:aws:route53:::hostedzone/${zone}`,
        resourceAccountId: account,
        context: { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': [...names] },
      },
    });
    expect(decision === 'Allow' ? 'yes' : 'no').toBe(expected);
  });

  test.each(Object.keys(ROLES) as RoleName[])('%s may nothing that it has no use for', name => {
    const policies = Object.values<object>(ROLES[name].inlinePolicies).map(input);
    for (const [action, resource] of uselessProbes(PLACE)) {
      const request = { principal: somebody, action, resource, resourceAccountId: account };
      expect(evaluate({ kind: 'iam-identity', policies, request }).decision).toBe('ImplicitDeny');
    }
  });
});

function input(document: object): PolicyInput {
  return JSON.stringify(document);
}
