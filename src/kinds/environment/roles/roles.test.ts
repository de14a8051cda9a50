import { describe, expect, test } from 'vitest';
import type { PolicyInput } from '../../../../hack/bench/policy/document.ts';
import { evaluate } from '../../../../hack/bench/policy/evaluate.ts';
import type { Principal } from '../../../../hack/bench/policy/principal.ts';
import { validate } from '../../../../hack/bench/policy/validate.ts';
import { cniRole, ebsCsiRole } from './add-ons.ts';
import { clusterRole } from './cluster.ts';
import { clusterAutoscalerRole } from './cluster-autoscaler.ts';
import { externalDnsRole } from './external-dns.ts';
import { flowLogRole } from './flow-log.ts';
import { loadBalancerControllerRole } from './load-balancer-controller.ts';
import { nodeRole } from './nodes.ts';
import type { RolePolicies } from './role-policies.ts';

const account = '111122223333';
const other = '444455556666';
const place = { partition: 'aws', region: 'eu-central-1', accountId: account, clusterName: 'prod' };
const host = 'oidc.eks.eu-central-1.amazonaws.com/id/ABC';
const pod = (name: string) => ({ issuer: `https://${host}`, namespace: 'kube-system', name });
const provider = (id = 'ABC', of = account) =>
  `arn:aws:iam::${of}:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/${id}`;
const key = `arn:aws:kms:eu-central-1:${account}:key/1`;
const arn = (service: string, what: string, of = account, region = 'eu-central-1') =>
  `arn:aws:${service}:${region}:${of}:${what}`;
const managed = (name: string) => `arn:aws:iam::aws:policy/${name}`;

const ROLES = {
  cluster: clusterRole('aws'),
  node: nodeRole('aws'),
  cni: cniRole(place),
  ebs: ebsCsiRole(place, key),
  flowLog: flowLogRole(place, '/opta/prod/flow-log'),
  dns: externalDnsRole(place, pod('external-dns'), 'Z1'),
  controller: loadBalancerControllerRole({ ...place, vpcId: 'vpc-1' }, pod('load-balancer')),
  autoscaler: clusterAutoscalerRole(place, pod('autoscaler')),
} satisfies Record<string, RolePolicies>;
type Name = keyof typeof ROLES;
type Context = Record<string, string | string[]>;

describe('managed policies are these and no others', () => {
  test.each<[Name, string[]]>([
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

  test.each<Name>(['cluster', 'node', 'cni'])('%s has no policies of its own', name => {
    expect(ROLES[name].inlinePolicies).toEqual({});
  });

  test('in another partition they are that partition’s', () => {
    expect(nodeRole('aws-us-gov').managedPolicyArns[0]).toBe(
      'arn:aws-us-gov:iam::aws:policy/AmazonEKSWorkerNodePolicy',
    );
  });
});

describe('IAM takes them', () => {
  test.each(Object.entries(ROLES))('%s', (_, { trust, inlinePolicies }) => {
    expect(validate(input(trust), { kind: 'iam-role' })).toEqual([]);
    const texts = Object.values(inlinePolicies).map(policy => JSON.stringify(policy));
    for (const text of texts) expect(validate(text, { kind: 'iam-identity' })).toEqual([]);
    // "IAM and AWS STS quotas": 10,240 characters for all inline policies of a role.
    expect(texts.join('').length).toBeLessThanOrEqual(10_240);
  });
});

const service = (name: string): Principal => ({ type: 'service', service: name });
const web = (of = provider()): Principal => ({ type: 'federated', provider: of });
const token = (name: string, more: Context = {}): Context => ({
  [`${host}:sub`]: `system:serviceaccount:kube-system:${name}`,
  [`${host}:aud`]: 'sts.amazonaws.com',
  ...more,
});
const pods = service('pods.eks.amazonaws.com');
const fromCluster = { 'aws:SourceAccount': account, 'aws:SourceArn': arn('eks', 'cluster/prod') };
const flowLogs = service('vpc-flow-logs.amazonaws.com');
const fromLog = { 'aws:SourceAccount': account, 'aws:SourceArn': arn('ec2', 'vpc-flow-log/fl-1') };
const somebody: Principal = { type: 'aws', arn: `arn:aws:iam::${account}:role/x`, accountId: account };
const [assume, tagSession, byToken] = ['sts:AssumeRole', 'sts:TagSession', 'sts:AssumeRoleWithWebIdentity'];

describe('who may be it', () => {
  test.each<[Name, Principal, string, Context, 'yes' | 'no']>([
    ['cluster', service('eks.amazonaws.com'), assume, {}, 'yes'],
    ['cluster', service('ec2.amazonaws.com'), assume, {}, 'no'],
    ['cluster', somebody, assume, {}, 'no'],
    ['node', service('ec2.amazonaws.com'), assume, {}, 'yes'],
    ['node', service('eks.amazonaws.com'), assume, {}, 'no'],
    ['node', pods, assume, fromCluster, 'no'],
    ...(['cni', 'ebs'] as const).flatMap((name): [Name, Principal, string, Context, 'yes' | 'no'][] => [
      [name, pods, assume, fromCluster, 'yes'],
      [name, pods, tagSession, fromCluster, 'yes'],
      [name, pods, assume, {}, 'no'],
      [name, pods, assume, { ...fromCluster, 'aws:SourceArn': arn('eks', 'cluster/prod2') }, 'no'],
      [name, pods, assume, { ...fromCluster, 'aws:SourceAccount': other }, 'no'],
      [name, pods, assume, { ...fromCluster, 'aws:SourceArn': arn('eks', 'cluster/prod', other) }, 'no'],
      [name, service('ec2.amazonaws.com'), assume, fromCluster, 'no'],
      [name, web(), byToken, token('aws-node'), 'no'],
    ]),
    ['flowLog', flowLogs, assume, fromLog, 'yes'],
    ['flowLog', flowLogs, assume, {}, 'no'],
    ['flowLog', flowLogs, assume, { ...fromLog, 'aws:SourceAccount': other }, 'no'],
    ['flowLog', flowLogs, assume, { ...fromLog, 'aws:SourceArn': arn('ec2', 'vpc-flow-log/1', other) }, 'no'],
    ['flowLog', service('ec2.amazonaws.com'), assume, fromLog, 'no'],
    ...(['dns', 'controller', 'autoscaler'] as const).flatMap(
      (name): [Name, Principal, string, Context, 'yes' | 'no'][] => {
        const sa = { dns: 'external-dns', controller: 'load-balancer', autoscaler: 'autoscaler' }[name];
        const sub = `${host}:sub`;
        return [
          [name, web(), byToken, token(sa), 'yes'],
          [name, web(), byToken, token('another'), 'no'],
          [name, web(), byToken, token(`${sa}2`), 'no'],
          [name, web(), byToken, token(sa, { [sub]: `system:serviceaccount:shop:${sa}` }), 'no'],
          [name, web(), byToken, token(sa, { [sub]: 'system:serviceaccount:*:*' }), 'no'],
          [name, web(), byToken, token(sa, { [`${host}:aud`]: 'somebody' }), 'no'],
          [name, web(), byToken, { [sub]: `system:serviceaccount:kube-system:${sa}` }, 'no'],
          [name, web(), byToken, { [`${host}:aud`]: 'sts.amazonaws.com' }, 'no'],
          [name, web(provider('DEF')), byToken, token(sa), 'no'],
          [name, web(provider('ABC', other)), byToken, token(sa), 'no'],
          [name, web(), assume, token(sa), 'no'],
          [name, pods, assume, fromCluster, 'no'],
          [name, somebody, assume, token(sa), 'no'],
        ];
      },
    ),
  ])('%s by %j, %s, with %j: %s', (name, principal, action, context, expected) => {
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

const zone = (id: string) => `arn:aws:route53:::hostedzone/${id}`;
const tagged = (of: string): Context => ({ 'aws:ResourceTag/elbv2.k8s.aws/cluster': of });
const asked = (of: string): Context => ({ 'aws:RequestTag/elbv2.k8s.aws/cluster': of });
const elb = (what: string, of = account) => arn('elasticloadbalancing', what, of);
const group = arn('ec2', 'security-group/sg-1');
const listener = elb('listener/net/a/1/2');
const target = elb('targetgroup/a/1');
const scaling = arn('autoscaling', 'autoScalingGroup:1:autoScalingGroupName/eks-a');
const ofCluster = (of: string): Context => ({
  'aws:ResourceTag/k8s.io/cluster-autoscaler/enabled': 'true',
  [`aws:ResourceTag/k8s.io/cluster-autoscaler/${of}`]: 'owned',
});
const byEbs = { 'kms:ViaService': 'ec2.eu-central-1.amazonaws.com' };
const logs = (name: string, of = account) => arn('logs', `log-group:${name}`, of);

describe('what it may do by its own policies', () => {
  test.each<[Name, string, string, Context, 'yes' | 'no']>([
    ['ebs', 'kms:CreateGrant', key, { 'kms:GrantIsForAWSResource': 'true' }, 'yes'],
    ['ebs', 'kms:CreateGrant', key, { 'kms:GrantIsForAWSResource': 'false' }, 'no'],
    ['ebs', 'kms:GenerateDataKeyWithoutPlaintext', key, byEbs, 'yes'],
    ['ebs', 'kms:Decrypt', key, byEbs, 'yes'],
    ['ebs', 'kms:Decrypt', key, {}, 'no'],
    ['ebs', 'kms:Decrypt', key, { 'kms:ViaService': 's3.eu-central-1.amazonaws.com' }, 'no'],
    ['ebs', 'kms:Decrypt', `${key}2`, byEbs, 'no'],
    ['ebs', 'kms:ScheduleKeyDeletion', key, byEbs, 'no'],

    ['flowLog', 'logs:CreateLogStream', logs('/opta/prod/flow-log'), {}, 'yes'],
    ['flowLog', 'logs:PutLogEvents', logs('/opta/prod/flow-log:log-stream:eni-1'), {}, 'yes'],
    ['flowLog', 'logs:DescribeLogStreams', logs('/opta/prod/flow-log'), {}, 'yes'],
    ['flowLog', 'logs:DescribeLogGroups', logs(''), {}, 'yes'],
    ['flowLog', 'logs:PutLogEvents', logs('/opta/prod/flow-log2:log-stream:eni-1'), {}, 'no'],
    ['flowLog', 'logs:PutLogEvents', logs('/opta/prod/flow-log:log-stream:eni-1', other), {}, 'no'],
    ['flowLog', 'logs:CreateLogGroup', logs('/opta/prod/flow-log'), {}, 'no'],
    ['flowLog', 'logs:GetLogEvents', logs('/opta/prod/flow-log:log-stream:eni-1'), {}, 'no'],
    ['flowLog', 'logs:DeleteLogGroup', logs('/opta/prod/flow-log'), {}, 'no'],

    ['dns', 'route53:ChangeResourceRecordSets', zone('Z1'), {}, 'yes'],
    ['dns', 'route53:ListResourceRecordSets', zone('Z1'), {}, 'yes'],
    ['dns', 'route53:ListTagsForResource', zone('Z1'), {}, 'yes'],
    ['dns', 'route53:ListHostedZones', '*', {}, 'yes'],
    ['dns', 'route53:ListHostedZonesByName', '*', {}, 'yes'],
    ['dns', 'route53:ChangeResourceRecordSets', zone('Z12'), {}, 'no'],
    ['dns', 'route53:ListResourceRecordSets', zone('Z2'), {}, 'no'],
    ['dns', 'route53:DeleteHostedZone', zone('Z1'), {}, 'no'],
    ['dns', 'route53:ChangeTagsForResource', zone('Z1'), {}, 'no'],

    ['controller', 'ec2:DescribeSubnets', '*', {}, 'yes'],
    ['controller', 'elasticloadbalancing:DescribeTargetHealth', '*', {}, 'yes'],
    ['controller', 'acm:ListCertificates', '*', {}, 'yes'],
    ['controller', 'ec2:CreateSecurityGroup', arn('ec2', 'vpc/vpc-1'), {}, 'yes'],
    ['controller', 'ec2:CreateSecurityGroup', arn('ec2', 'vpc/vpc-2'), asked('prod'), 'no'],
    ['controller', 'ec2:CreateSecurityGroup', group, asked('prod'), 'yes'],
    ['controller', 'ec2:CreateSecurityGroup', group, asked('prod2'), 'no'],
    ['controller', 'ec2:CreateSecurityGroup', group, {}, 'no'],
    [
      'controller',
      'ec2:CreateTags',
      group,
      { ...asked('prod'), 'ec2:CreateAction': 'CreateSecurityGroup' },
      'yes',
    ],
    [
      'controller',
      'ec2:CreateTags',
      group,
      { ...asked('prod'), 'aws:TagKeys': ['elbv2.k8s.aws/cluster'] },
      'no',
    ],
    [
      'controller',
      'ec2:CreateTags',
      arn('ec2', 'instance/i-1'),
      { ...tagged('prod'), 'aws:TagKeys': ['a'] },
      'no',
    ],
    ['controller', 'ec2:CreateTags', group, { ...tagged('prod'), 'aws:TagKeys': ['team'] }, 'yes'],
    ['controller', 'ec2:CreateTags', group, { ...tagged('prod2'), 'aws:TagKeys': ['team'] }, 'no'],
    [
      'controller',
      'ec2:DeleteTags',
      group,
      { ...tagged('prod'), 'aws:TagKeys': ['team', 'elbv2.k8s.aws/cluster'] },
      'no',
    ],
    ['controller', 'ec2:DeleteSecurityGroup', group, tagged('prod'), 'yes'],
    ['controller', 'ec2:DeleteSecurityGroup', group, tagged('prod2'), 'no'],
    ['controller', 'ec2:DeleteSecurityGroup', group, {}, 'no'],
    ['controller', 'ec2:AuthorizeSecurityGroupIngress', group, tagged('prod'), 'yes'],
    [
      'controller',
      'ec2:AuthorizeSecurityGroupIngress',
      group,
      { 'aws:ResourceTag/kubernetes.io/cluster/prod': 'owned' },
      'yes',
    ],
    [
      'controller',
      'ec2:AuthorizeSecurityGroupIngress',
      group,
      { 'aws:ResourceTag/kubernetes.io/cluster/prod2': 'owned' },
      'no',
    ],
    [
      'controller',
      'ec2:DeleteSecurityGroup',
      group,
      { 'aws:ResourceTag/kubernetes.io/cluster/prod': 'owned' },
      'no',
    ],
    ['controller', 'ec2:RevokeSecurityGroupIngress', group, {}, 'no'],
    ['controller', 'ec2:AuthorizeSecurityGroupEgress', group, tagged('prod'), 'no'],
    [
      'controller',
      'elasticloadbalancing:CreateLoadBalancer',
      elb('loadbalancer/net/a/1'),
      asked('prod'),
      'yes',
    ],
    [
      'controller',
      'elasticloadbalancing:CreateLoadBalancer',
      elb('loadbalancer/net/a/1'),
      asked('dev'),
      'no',
    ],
    ['controller', 'elasticloadbalancing:CreateLoadBalancer', elb('loadbalancer/net/a/1'), {}, 'no'],
    ['controller', 'elasticloadbalancing:CreateListener', elb('loadbalancer/net/a/1'), tagged('prod'), 'yes'],
    ['controller', 'elasticloadbalancing:CreateListener', elb('loadbalancer/net/a/1'), tagged('dev'), 'no'],
    [
      'controller',
      'elasticloadbalancing:AddTags',
      listener,
      { ...asked('prod'), 'elasticloadbalancing:CreateAction': 'CreateListener' },
      'yes',
    ],
    ['controller', 'elasticloadbalancing:AddTags', target, { ...asked('prod'), 'aws:TagKeys': ['a'] }, 'no'],
    [
      'controller',
      'elasticloadbalancing:RemoveTags',
      target,
      { ...tagged('prod'), 'aws:TagKeys': ['a'] },
      'yes',
    ],
    [
      'controller',
      'elasticloadbalancing:RemoveTags',
      target,
      { ...tagged('prod'), 'aws:TagKeys': ['elbv2.k8s.aws/cluster'] },
      'no',
    ],
    ['controller', 'elasticloadbalancing:ModifyListener', listener, tagged('prod'), 'yes'],
    ['controller', 'elasticloadbalancing:ModifyListener', listener, {}, 'no'],
    ['controller', 'elasticloadbalancing:RegisterTargets', target, tagged('prod'), 'yes'],
    [
      'controller',
      'elasticloadbalancing:RegisterTargets',
      elb('targetgroup/a/1', other),
      tagged('prod'),
      'no',
    ],
    [
      'controller',
      'elasticloadbalancing:DeleteLoadBalancer',
      elb('loadbalancer/app/a/1'),
      tagged('prod'),
      'yes',
    ],
    [
      'controller',
      'elasticloadbalancing:DeleteLoadBalancer',
      elb('loadbalancer/app/a/1'),
      tagged('dev'),
      'no',
    ],
    ['controller', 'iam:CreateServiceLinkedRole', '*', {}, 'no'],
    ['controller', 'ec2:RunInstances', '*', {}, 'no'],

    ['autoscaler', 'autoscaling:DescribeAutoScalingGroups', '*', {}, 'yes'],
    ['autoscaler', 'eks:DescribeNodegroup', arn('eks', 'nodegroup/prod/a/1'), {}, 'yes'],
    ['autoscaler', 'eks:DescribeNodegroup', arn('eks', 'nodegroup/prod2/a/1'), {}, 'no'],
    ['autoscaler', 'autoscaling:SetDesiredCapacity', scaling, ofCluster('prod'), 'yes'],
    ['autoscaler', 'autoscaling:TerminateInstanceInAutoScalingGroup', scaling, ofCluster('prod'), 'yes'],
    ['autoscaler', 'autoscaling:SetDesiredCapacity', scaling, ofCluster('prod2'), 'no'],
    ['autoscaler', 'autoscaling:SetDesiredCapacity', scaling, {}, 'no'],
    [
      'autoscaler',
      'autoscaling:SetDesiredCapacity',
      scaling,
      { 'aws:ResourceTag/k8s.io/cluster-autoscaler/prod': 'owned' },
      'no',
    ],
    ['autoscaler', 'autoscaling:UpdateAutoScalingGroup', scaling, ofCluster('prod'), 'no'],
    ['autoscaler', 'ec2:TerminateInstances', arn('ec2', 'instance/i-1'), {}, 'no'],
  ])('%s: %s on %s with %j: %s', (name, action, resource, context, expected) => {
    const policies = Object.values<object>(ROLES[name].inlinePolicies).map(input);
    const { decision } = evaluate({
      kind: 'iam-identity',
      policies,
      request: { principal: somebody, action, resource, resourceAccountId: account, context },
    });
    expect(decision === 'Allow' ? 'yes' : 'no').toBe(expected);
  });

  test.each(Object.keys(ROLES) as Name[])('%s may nothing that it has no use for', name => {
    const policies = Object.values<object>(ROLES[name].inlinePolicies).map(input);
    for (const [action, resource] of [
      ['iam:PassRole', `arn:aws:iam::${account}:role/x`],
      ['sts:AssumeRole', `arn:aws:iam::${account}:role/x`],
      ['s3:GetObject', 'arn:aws:s3:::bucket/key'],
      ['sqs:ReceiveMessage', arn('sqs', 'queue')],
      ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:a')],
      ['kms:Decrypt', arn('kms', 'key/2')],
      ['ecr:PutImage', arn('ecr', 'repository/a')],
    ] as const) {
      const request = { principal: somebody, action, resource, resourceAccountId: account };
      expect(evaluate({ kind: 'iam-identity', policies, request }).decision).toBe('ImplicitDeny');
    }
  });
});

function input(document: object): PolicyInput {
  return JSON.stringify(document);
}
