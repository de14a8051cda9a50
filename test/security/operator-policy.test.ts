import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../hack/bench/policy/document.ts';
import { evaluate } from '../../hack/bench/policy/evaluate.ts';
import { validate } from '../../hack/bench/policy/validate.ts';
import { cniRole, ebsCsiRole } from '../../src/kinds/environment/roles/add-ons.ts';
import { clusterRole } from '../../src/kinds/environment/roles/cluster.ts';
import { nodeRole } from '../../src/kinds/environment/roles/nodes.ts';

const ROOT = join(import.meta.dirname, '../..');
const POLICIES = join(ROOT, 'deploy/aws');
const ADAPTORS = join(ROOT, 'src/aws');
const ACCOUNT = '111111111111';
const OPERATOR = {
  type: 'aws',
  arn: `arn:aws:iam::${ACCOUNT}:role/opta-operator`,
  accountId: ACCOUNT,
} as const;
const OURS = { 'aws:ResourceTag/opta.dev/installation': 'acme-eu' };
const ASKED = { 'aws:RequestTag/opta.dev/installation': 'acme-eu' };
const OTHERS = { 'aws:ResourceTag/opta.dev/installation': 'other' };
/** Tags of a request that say nothing of whose it is, as those of what is kept after its object. */
const MARKED = { 'aws:TagKeys': ['opta.dev/retained', 'opta.dev/uid'] };
/** Tags of a request that change whose it is. */
const MOVED = {
  'aws:RequestTag/opta.dev/installation': 'other',
  'aws:TagKeys': ['opta.dev/installation'],
};
/** Service Authorization Reference, AWS IAM: of the request where it names one, else of the role that it is about. */
const BOUNDED = {
  'iam:PermissionsBoundary': `arn:aws:iam::${ACCOUNT}:policy/opta/acme-eu/acme-eu-dev-boundary-abcdef`,
};
const place = { partition: 'aws', region: 'eu-central-1', accountId: ACCOUNT, clusterName: 'acme-eu-dev' };
/** AWS's own policies that roles of ours have. Those of all others are inline. */
const ATTACHED = [
  clusterRole({ ...place, installation: 'acme-eu', environment: 'dev' }),
  nodeRole('aws'),
  cniRole(place),
  ebsCsiRole(place, 'arn:aws:kms:eu-central-1:111111111111:key/0a'),
].flatMap(role => role.managedPolicyArns);
/** IAM User Guide, "IAM and AWS STS quotas": characters of a managed policy, white space not counted. */
const LONGEST_POLICY = 6_144;

const files = readdirSync(POLICIES).sort();
const policies = files.map(file =>
  readFileSync(join(POLICIES, file), 'utf8').replaceAll('INSTALLATION', 'acme-eu'),
);

interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
}

function isAllowed({ action, resource, context = {} }: Request, by: readonly string[] = policies): boolean {
  const request = { principal: OPERATOR, action, resource, resourceAccountId: ACCOUNT, context };
  return evaluate({ policies: [...by], kind: 'iam-identity', request }).decision === 'Allow';
}

/** Service Authorization Reference: prefixes of actions that are not the client's name. */
const PREFIXES: Readonly<Record<string, string>> = {
  'cloudwatch-logs': 'logs',
  'elastic-load-balancing': 'elasticloadbalancing',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  'resource-groups-tagging-api': 'tag',
  'route-53': 'route53',
};

/** Amazon S3 User Guide, "Required permissions for Amazon S3 API operations": where the action is not the operation. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  's3:HeadBucket': ['s3:ListBucket'],
  's3:ListObjectVersions': ['s3:ListBucketVersions'],
  's3:ListMultipartUploads': ['s3:ListBucketMultipartUploads'],
  's3:DeleteObjects': ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  's3:CreateBucket': ['s3:CreateBucket', 's3:TagResource', 's3:PutBucketOwnershipControls'],
  's3:GetBucketCors': ['s3:GetBucketCORS'],
  's3:PutBucketCors': ['s3:PutBucketCORS'],
  's3:DeleteBucketCors': ['s3:PutBucketCORS'],
  's3:GetBucketLifecycleConfiguration': ['s3:GetLifecycleConfiguration'],
  's3:PutBucketLifecycleConfiguration': ['s3:PutLifecycleConfiguration'],
  's3:DeleteBucketLifecycle': ['s3:PutLifecycleConfiguration'],
  's3:GetBucketReplication': ['s3:GetReplicationConfiguration'],
  's3:PutBucketReplication': ['s3:PutReplicationConfiguration'],
  's3:DeleteBucketReplication': ['s3:PutReplicationConfiguration'],
  's3:GetBucketEncryption': ['s3:GetEncryptionConfiguration'],
  's3:PutBucketEncryption': ['s3:PutEncryptionConfiguration'],
  's3:GetBucketNotificationConfiguration': ['s3:GetBucketNotification'],
  's3:PutBucketNotificationConfiguration': ['s3:PutBucketNotification'],
  's3:GetObjectLockConfiguration': ['s3:GetBucketObjectLockConfiguration'],
  's3:GetPublicAccessBlock': ['s3:GetBucketPublicAccessBlock'],
  's3:PutPublicAccessBlock': ['s3:PutBucketPublicAccessBlock'],
  // "No permissions are required to perform this operation" (AWS STS API Reference).
  'sts:GetCallerIdentity': [],
};

function nodePrincipal(partition: string): string {
  const [statement] = nodeRole(partition).trust.Statement;
  return Object.values(statement?.Principal ?? {}).join();
}

const TEMPLATE = 'arn:aws:ec2:eu-central-1:111111111111:launch-template/lt-0';
const OF_TEMPLATE = { 'ec2:LaunchTemplate': TEMPLATE };
const RUN = [
  ...[
    'instance/*',
    'key-pair/k',
    'network-interface/*',
    'security-group/sg-0',
    'subnet/subnet-0',
    'volume/*',
  ].map(rest => `arn:aws:ec2:eu-central-1:111111111111:${rest}`),
  ...['image/ami-0', 'snapshot/snap-0'].map(rest => `arn:aws:ec2:eu-central-1::${rest}`),
];

/** What other services look whether the caller may, and the documentation that says so. */
const BESIDES: readonly (Request & { readonly why: string })[] = [
  // Those that trust policies name; of nodes in China it is the partition's own.
  ...[
    ...['ec2', 'eks', 'pods.eks', 's3', 'vpc-flow-logs'].map(service => `${service}.amazonaws.com`),
    nodePrincipal('aws-cn'),
  ].map(service => ({
    action: 'iam:PassRole',
    resource: 'arn:aws:iam::111111111111:role/opta/acme-eu/acme-eu-dev-nodes-abcdef',
    context: { 'iam:PassedToService': service },
    why: 'IAM User Guide, "Grant a user permissions to pass a role to an AWS service"',
  })),
  {
    // The same page: "The condition kms:GrantIsForAWSResource is not supported for the CreateCluster action". A policy that
    // asks for it lets nobody make a cluster, so what keeps this grant within bounds is the key's tag alone.
    action: 'kms:CreateGrant',
    resource: 'arn:aws:kms:eu-central-1:111111111111:key/k',
    context: OURS,
    why: 'Amazon EKS User Guide, "Encrypt Kubernetes secrets with KMS": DescribeKey and CreateGrant',
  },
  // Service Authorization Reference, Amazon EC2, RunInstances: each of its resources is judged by itself.
  ...RUN.map(resource => ({
    action: 'ec2:RunInstances',
    resource,
    context: OF_TEMPLATE,
    why: `Amazon EKS User Guide, "Customize managed nodes with launch templates": ${resource}`,
  })),
  {
    action: 'ec2:RunInstances',
    resource: TEMPLATE,
    context: { ...OURS, ...OF_TEMPLATE },
    why: 'the same of the template itself',
  },
  ...['instance', 'volume'].map(type => ({
    action: 'ec2:CreateTags',
    resource: `arn:aws:ec2:eu-central-1:111111111111:${type}/*`,
    context: { 'ec2:CreateAction': 'RunInstances', 'aws:TagKeys': ['Name'] },
    why: 'Amazon EC2 User Guide, "Grant permission to tag Amazon EC2 resources during creation": of a launch template with tags',
  })),
];

const ROLE = 'arn:aws:iam::111111111111:role/opta/acme-eu/acme-eu-dev-cluster-abcdef';
const ARN = (service: string, rest: string) => `arn:aws:${service}:eu-central-1:111111111111:${rest}`;

const KEY = ARN('kms', 'key/0a');
const CERTIFICATE = ARN('acm', 'certificate/c');
const PROVIDER = 'arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/A';

/** AWS Load Balancer Controller, "Subnet and security group tags", of what a cluster of ours left. */
const LEFT = { 'aws:ResourceTag/elbv2.k8s.aws/cluster': 'acme-eu-dev-cluster-abcdef' };

/** Service Authorization Reference, Amazon EC2: what each action makes, */
const MADE: Readonly<Record<string, string>> = {
  AllocateAddress: 'elastic-ip',
  CreateFlowLogs: 'vpc-flow-log',
  CreateInternetGateway: 'internet-gateway',
  CreateLaunchTemplate: 'launch-template',
  CreateNatGateway: 'natgateway',
  CreateRouteTable: 'route-table',
  CreateSecurityGroup: 'security-group',
  CreateSubnet: 'subnet',
  CreateVpc: 'vpc',
  CreateVpcEndpoint: 'vpc-endpoint',
};

/** what it is done on that is always ours, */
const OWN: Readonly<Record<string, readonly string[]>> = {
  AssociateRouteTable: ['route-table', 'subnet'],
  AttachInternetGateway: ['internet-gateway', 'vpc'],
  AuthorizeSecurityGroupEgress: ['security-group'],
  AuthorizeSecurityGroupIngress: ['security-group'],
  CreateFlowLogs: ['vpc'],
  CreateLaunchTemplateVersion: ['launch-template'],
  CreateNatGateway: ['elastic-ip', 'subnet'],
  CreateRoute: ['route-table'],
  CreateRouteTable: ['vpc'],
  CreateSubnet: ['vpc'],
  CreateVpcEndpoint: ['route-table'],
  DeleteFlowLogs: ['vpc-flow-log'],
  DeleteInternetGateway: ['internet-gateway'],
  DeleteLaunchTemplate: ['launch-template'],
  DeleteLaunchTemplateVersions: ['launch-template'],
  DeleteNatGateway: ['natgateway'],
  DeleteRoute: ['route-table'],
  DeleteRouteTable: ['route-table'],
  DeleteSubnet: ['subnet'],
  DeleteVpc: ['vpc'],
  DeleteVpcEndpoints: ['vpc-endpoint'],
  DetachInternetGateway: ['internet-gateway'],
  DisassociateRouteTable: ['subnet'],
  ModifyLaunchTemplate: ['launch-template'],
  ModifySubnetAttribute: ['subnet'],
  ModifyVpcAttribute: ['vpc'],
  ModifyVpcEndpoint: ['route-table', 'vpc-endpoint'],
  ReleaseAddress: ['elastic-ip'],
  ReplaceRoute: ['route-table'],
  ReplaceRouteTableAssociation: ['subnet'],
};

/** and what it is done on that may have no tag of ours. */
const ANYBODYS: Readonly<Record<string, readonly string[]>> = {
  // In a network that was there before.
  CreateSecurityGroup: ['vpc'],
  // New ones have no tags yet; their group has.
  AuthorizeSecurityGroupEgress: ['security-group-rule'],
  AuthorizeSecurityGroupIngress: ['security-group-rule'],
  // What people put on what is ours: the VPC that they gave our gateway to, their route table of our subnet.
  DetachInternetGateway: ['vpc'],
  DisassociateRouteTable: ['route-table'],
  ReplaceRouteTableAssociation: ['route-table'],
  // What a cluster left has a tag whose key is the cluster's, which no condition can ask for; and a VPC's default group,
  // whose rules go, has no tags.
  DeleteNetworkInterface: ['network-interface'],
  DeleteSecurityGroup: ['security-group'],
  RevokeSecurityGroupEgress: ['security-group'],
  RevokeSecurityGroupIngress: ['security-group'],
};

const ofEc2 = (type: string) => ARN('ec2', `${type}/${type}-0a`);

/** Each resource of a request is judged by itself, and all must be allowed: IAM User Guide, "Policy evaluation logic". */
function ec2Requests(action: string): readonly Request[] {
  const name = action.slice('ec2:'.length);
  const made = MADE[name];
  return [
    ...(made === undefined ? [] : [{ action, resource: ofEc2(made), context: ASKED }]),
    ...(OWN[name] ?? []).map(type => ({ action, resource: ofEc2(type), context: OURS })),
    ...(ANYBODYS[name] ?? []).map(type => ({ action, resource: ofEc2(type) })),
  ];
}

/** On what an action is done, by the first row that is its; as Service Authorization Reference has its resource types. */
const RESOURCES: readonly (readonly [RegExp, string, Request['context']?])[] = [
  [/^sqs:/, ARN('sqs', 'acme-eu-dev-shop-orders-abcdef')],
  [/^sns:(GetSubscription|SetSubscription|Unsubscribe)/, '*'],
  [/^sns:/, ARN('sns', 'acme-eu-dev-shop-events-abcdef')],
  [/^s3:(AbortMultipartUpload|DeleteObject)/, 'arn:aws:s3:::acme-eu-dev-shop-uploads-abcdef/a/b'],
  [/^s3:/, 'arn:aws:s3:::acme-eu-dev-shop-uploads-abcdef'],
  [/^kms:CreateKey$/, '*', ASKED],
  [/^kms:.*Alias$/, ARN('kms', 'alias/acme-eu-dev-shop-orders-abcdef')],
  [/^kms:ListAliases$/, '*'],
  [/^kms:/, ARN('kms', 'key/0a'), OURS],
  [/^iam:GetAccountAuthorizationDetails$/, '*'],
  [/^iam:GetUser$/, 'arn:aws:iam::111111111111:user/people/ann'],
  [
    /^iam:CreateServiceLinkedRole$/,
    'arn:aws:iam::111111111111:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS',
    { 'iam:AWSServiceName': 'eks.amazonaws.com' },
  ],
  // Of every cluster: what it says decides whether it is ours.
  [/^iam:GetOpenIDConnectProvider$/, PROVIDER],
  // That of a cluster which was there before gets no tags.
  [/^iam:CreateOpenIDConnectProvider$/, PROVIDER],
  [/^iam:.*OpenIDConnectProvider$/, PROVIDER, { ...OURS, ...MARKED }],
  [/^iam:AttachRolePolicy$/, ROLE, { ...BOUNDED, 'iam:PolicyARN': ATTACHED[0] ?? '' }],
  [/^iam:(CreateRole|PutRolePolicy|PutRolePermissionsBoundary)$/, ROLE, BOUNDED],
  [/^iam:.*(Role|Boundary)/, ROLE],
  [/^iam:.*Polic/, 'arn:aws:iam::111111111111:policy/opta/acme-eu/acme-eu-dev-boundary-abcdef'],
  [/^acm:RequestCertificate$/, '*', ASKED],
  [/^ec2:(Create|Delete)Tags$/, ofEc2('vpc'), { ...OURS, ...MARKED }],
  [/^(ec2:Describe|tag:|acm:List)/, '*'],
  [/^acm:/, ARN('acm', 'certificate/c'), OURS],
  [/^eks:(ListClusters|DescribeAddonVersions|DescribeClusterVersions)$/, '*'],
  [/^eks:.*Nodegroup/, ARN('eks', 'nodegroup/acme-eu-dev-cluster-abcdef/nodes/0a')],
  [/^eks:.*Addon/, ARN('eks', 'addon/acme-eu-dev-cluster-abcdef/vpc-cni/0a')],
  [/^eks:.*Access/, ARN('eks', 'access-entry/acme-eu-dev-cluster-abcdef/role/1/admin/0a')],
  [/^eks:.*PodIdentity/, ARN('eks', 'podidentityassociation/acme-eu-dev-cluster-abcdef/a-0a')],
  [/^eks:/, ARN('eks', 'cluster/acme-eu-dev-cluster-abcdef')],
  [/^logs:DescribeLogGroups$/, '*'],
  [/^logs:/, ARN('logs', 'log-group:/opta/acme-eu-dev-flow-abcdef')],
  [/^route53:(CreateHostedZone|ListHostedZonesByName)$/, '*'],
  [/^route53:/, 'arn:aws:route53:::hostedzone/Z0'],
  [/^rds:/, ARN('rds', 'subgrp:acme-eu-dev-databases-abcdef')],
  [/^elasticache:/, ARN('elasticache', 'subnetgroup:acme-eu-dev-caches-abcdef')],
  [/^elasticloadbalancing:Describe/, '*'],
  [/^elasticloadbalancing:.*TargetGroup/, ARN('elasticloadbalancing', 'targetgroup/k8s-web/0a'), LEFT],
  [/^elasticloadbalancing:/, ARN('elasticloadbalancing', 'loadbalancer/net/k8s-web/0a'), LEFT],
  [
    /^ssm:/,
    'arn:aws:ssm:eu-central-1::parameter/aws/service/eks/optimized-ami/1.35/x/recommended/release_version',
  ],
];

function requestsFor(action: string): readonly Request[] {
  const network = ec2Requests(action);
  if (network.length > 0) return network;
  const row = RESOURCES.find(([pattern]) => pattern.test(action));
  if (row === undefined) throw new Error(`no row says what ${action} is done on`);
  const [, resource, context] = row;
  return [context === undefined ? { action, resource } : { action, resource, context }];
}

/** `sqs:CreateQueue` of every command that an adaptor takes from a client of the SDK. */
function operations(): readonly string[] {
  const found = new Set<string>();
  for (const file of readdirSync(ADAPTORS, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || /test|conformance/.test(file)) continue;
    const text = readFileSync(join(ADAPTORS, file), 'utf8');
    const taken = [
      ...text.matchAll(/import\s*\{([^}]*)\}\s*from '@aws-sdk\/client-([a-z0-9-]+)'/g),
      ...text.matchAll(/const\s*\{([^}]*)\}\s*=\s*await import\('@aws-sdk\/client-([a-z0-9-]+)'\)/g),
    ];
    for (const [, names = '', client = ''] of taken) {
      for (const [, name] of names.matchAll(/(?<!as )\b(\w+)Command\b/g))
        found.add(`${PREFIXES[client] ?? client}:${name}`);
    }
  }
  return [...found].sort();
}

const needed = [...new Set(operations().flatMap(one => ACTIONS[one] ?? [one]))];

test('all that adaptors can call is known here', () => {
  expect(operations()).toEqual(
    expect.arrayContaining(['sqs:CreateQueue', 'ssm:GetParameter', 'elasticloadbalancing:DeleteTargetGroup']),
  );
  expect(operations().length).toBeGreaterThan(230);
});

test.each(needed)('%s is allowed on what is ours', action => {
  expect(requestsFor(action).filter(request => !isAllowed(request))).toEqual([]);
});

/** The policies with the `Resource` that the README writes for this statement and that. */
function asInReadme(): readonly string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const written = new Map(
    [...readme.matchAll(/^"Sid": "(\w+)",\s+"Resource": (\[.*\])$/gm)].map(([, sid, resource = '']) => [
      sid,
      JSON.parse(resource),
    ]),
  );
  return policies.map(policy => {
    const { Statement, ...rest } = JSON.parse(policy);
    const changed = Statement.map((one: { Sid: string; Resource: unknown }) => ({
      ...one,
      Resource: written.get(one.Sid) ?? one.Resource,
    }));
    return JSON.stringify({ ...rest, Statement: changed });
  });
}

test('a bucket that does not begin with the installation is served with what the README adds', () => {
  const requests = needed
    .filter(action => action.startsWith('s3:'))
    .flatMap(requestsFor)
    .map(one => ({ ...one, resource: one.resource.replace(/:::[^/]*/, ':::ledger-of-the-bank') }));
  expect(requests.length).toBeGreaterThan(30);
  expect(requests.filter(one => isAllowed(one))).toEqual([]);
  expect(requests.filter(one => !isAllowed(one, asInReadme()))).toEqual([]);
  const others = requests.map(one => ({ ...one, resource: `${one.resource.replace('bank', 'bank-2')}` }));
  expect(others.filter(one => isAllowed(one, asInReadme()))).toEqual([]);
  for (const action of needed)
    expect(requestsFor(action).filter(one => !isAllowed(one, asInReadme()))).toEqual([]);
});

test.each(BESIDES)('$action is allowed for what a service asks of its caller: $why', request => {
  expect(isAllowed(request)).toBe(true);
});

test('the identity provider of a cluster that is made is made with our tags', () => {
  for (const name of ['Create', 'Tag'])
    expect(
      isAllowed({ action: `iam:${name}OpenIDConnectProvider`, resource: PROVIDER, context: ASKED }),
    ).toBe(true);
});

// AWS KMS API Reference, CreateKey: it looks whether the caller may write the policy of what has no tags yet.
test('no key is made past KMS’s look at who may change its policy, but by leaving that look out', () => {
  expect(isAllowed({ action: 'kms:PutKeyPolicy', resource: KEY })).toBe(false);
  const context = { ...ASKED, 'kms:BypassPolicyLockoutSafetyCheck': 'true' };
  expect(isAllowed({ action: 'kms:CreateKey', resource: '*', context })).toBe(true);
  expect(isAllowed({ action: 'kms:PutKeyPolicy', resource: KEY, context: OURS })).toBe(true);
});

test('an alias is made of the key too', () => {
  expect(isAllowed({ action: 'kms:CreateAlias', resource: ARN('kms', 'key/0a') })).toBe(true);
});

test.each<[string, Request]>([
  // AWS KMS Developer Guide, "Tags in AWS KMS": who makes a key with tags needs kms:TagResource, of no key yet.
  [
    'a key in the call that makes it',
    { action: 'kms:TagResource', resource: '*', context: { ...ASKED, ...MARKED } },
  ],
  ['a key of ours', { action: 'kms:TagResource', resource: KEY, context: { ...OURS, ...MARKED } }],
  ['a key of ours anew', { action: 'kms:TagResource', resource: KEY, context: { ...OURS, ...ASKED } }],
  ['a key of ours less', { action: 'kms:UntagResource', resource: KEY, context: { ...OURS, ...MARKED } }],
  [
    'a certificate in the call that requests it',
    { action: 'acm:AddTagsToCertificate', resource: CERTIFICATE, context: { ...ASKED, ...MARKED } },
  ],
  [
    'a certificate of ours',
    { action: 'acm:AddTagsToCertificate', resource: CERTIFICATE, context: { ...OURS, ...MARKED } },
  ],
  [
    'a certificate of ours less',
    { action: 'acm:RemoveTagsFromCertificate', resource: CERTIFICATE, context: { ...OURS, ...MARKED } },
  ],
  // IAM User Guide, "Tag OpenID Connect (OIDC) identity providers".
  [
    'an identity provider in the call that makes it',
    { action: 'iam:TagOpenIDConnectProvider', resource: PROVIDER, context: { ...ASKED, ...MARKED } },
  ],
  [
    'an identity provider of ours anew',
    { action: 'iam:TagOpenIDConnectProvider', resource: PROVIDER, context: { ...OURS, ...ASKED } },
  ],
  ...Object.entries(MADE).map(([name, type]): [string, Request] => [
    `a new ${type}`,
    {
      action: 'ec2:CreateTags',
      resource: ofEc2(type),
      context: { ...ASKED, ...MARKED, 'ec2:CreateAction': name },
    },
  ]),
  ...['ec2:CreateTags', 'ec2:DeleteTags'].map((action): [string, Request] => [
    `a subnet of others, for load balancers to find it or not to (${action})`,
    {
      action,
      resource: ofEc2('subnet'),
      context: { 'aws:TagKeys': ['kubernetes.io/role/internal-elb', 'opta.dev/used-by/internal-elb/1a2b'] },
    },
  ]),
])('it tags %s', (_, request) => {
  expect(isAllowed(request)).toBe(true);
});

// cloud-provider-aws, pkg/providers/v1: the key of the cluster's own tag is its name, but each says its Service too.
test.each([
  ['DeleteLoadBalancer', 'loadbalancer/a1b2c3'],
  ['DeleteLoadBalancer', 'loadbalancer/net/a1b2c3/0a'],
  ['DeleteTargetGroup', 'targetgroup/k8s-web/0a'],
])('%s of %s that a cluster without a load balancer controller left', (name, what) => {
  const context = {
    'aws:ResourceTag/kubernetes.io/service-name': 'shop/web',
    'aws:ResourceTag/kubernetes.io/cluster/acme-eu-dev-cluster-abcdef': 'owned',
  };
  const resource = ARN('elasticloadbalancing', what);
  expect(isAllowed({ action: `elasticloadbalancing:${name}`, resource, context })).toBe(true);
});

test.each(ATTACHED)('%s is attached to a role of ours', PolicyARN => {
  const context = { ...BOUNDED, 'iam:PolicyARN': PolicyARN };
  expect(isAllowed({ action: 'iam:AttachRolePolicy', resource: ROLE, context })).toBe(true);
});

test.each(files)('%s is a policy that IAM takes', file => {
  const text = policies[files.indexOf(file)] ?? '';
  expect(validate(text, { kind: 'iam-identity' })).toEqual([]);
  // With the longest name of an installation, in the partition with the longest.
  const longest = readFileSync(join(POLICIES, file), 'utf8')
    .replaceAll('INSTALLATION', 'a'.repeat(20))
    .replaceAll('arn:aws:', 'arn:aws-us-gov:');
  expect(longest.replace(/\s/g, '').length).toBeLessThan(LONGEST_POLICY);
});

describe('nothing wider', () => {
  const statements = policies.flatMap(text => parsePolicy(text).statements);

  test('no action is allowed that nobody calls, and none by a pattern', () => {
    const granted = new Set(
      statements.flatMap(({ effect, actions = [] }) => (effect === 'Allow' ? actions : [])),
    );
    expect([...granted].sort()).toEqual([...new Set([...needed, ...BESIDES.map(one => one.action)])].sort());
    expect(statements.every(one => one.notActions === undefined)).toBe(true);
    expect(statements.every(one => one.notResources === undefined)).toBe(true);
  });

  const account = 'arn:aws:iam::111111111111';
  test.each<[string, Request]>([
    ['a queue of others', { action: 'sqs:DeleteQueue', resource: ARN('sqs', 'billing') }],
    ['a queue of a like installation', { action: 'sqs:DeleteQueue', resource: ARN('sqs', 'acme-europe-x') }],
    ['a topic of others', { action: 'sns:SetTopicAttributes', resource: ARN('sns', 'billing') }],
    ['a bucket of others', { action: 's3:PutBucketPolicy', resource: 'arn:aws:s3:::billing' }],
    ['objects of others', { action: 's3:DeleteObject', resource: 'arn:aws:s3:::billing/a' }],
    [
      'reading objects',
      { action: 's3:GetObject', resource: 'arn:aws:s3:::acme-eu-dev-shop-uploads-abcdef/a' },
    ],
    [
      'reading messages',
      { action: 'sqs:ReceiveMessage', resource: ARN('sqs', 'acme-eu-dev-shop-orders-abcdef') },
    ],
    ['a grant on a key of others', { action: 'kms:CreateGrant', resource: ARN('kms', 'key/0a') }],
    ['using a key', { action: 'kms:Decrypt', resource: ARN('kms', 'key/0a'), context: OURS }],
    ['the end of a key of others', { action: 'kms:ScheduleKeyDeletion', resource: ARN('kms', 'key/0a') }],
    ...['CancelKeyDeletion', 'EnableKey'].map((name): [string, Request] => [
      `${name} of a key of others`,
      { action: `kms:${name}`, resource: KEY },
    ]),
    ['the policy of a key of others', { action: 'kms:PutKeyPolicy', resource: ARN('kms', 'key/0a') }],
    ['a key without our tag', { action: 'kms:CreateKey', resource: '*' }],
    ['a role without a boundary', { action: 'iam:CreateRole', resource: ROLE }],
    [
      'a role with a boundary of others',
      {
        action: 'iam:CreateRole',
        resource: ROLE,
        context: { 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/AdministratorAccess' },
      },
    ],
    [
      'another boundary for a role of ours',
      {
        action: 'iam:PutRolePermissionsBoundary',
        resource: ROLE,
        context: { 'iam:PermissionsBoundary': `${account}:policy/opta/other/everything` },
      },
    ],
    ['a right for a role without a boundary', { action: 'iam:PutRolePolicy', resource: ROLE }],
    [
      'a policy of AWS for a role without a boundary',
      {
        action: 'iam:AttachRolePolicy',
        resource: ROLE,
        context: { 'iam:PolicyARN': ATTACHED[0] ?? '' },
      },
    ],
    ...[
      'arn:aws:iam::aws:policy/AdministratorAccess',
      'arn:aws:iam::aws:policy/IAMFullAccess',
      `${account}:policy/opta/acme-eu/acme-eu-dev-boundary-abcdef`,
    ].map((policy): [string, Request] => [
      `${policy} for a role of ours`,
      {
        action: 'iam:AttachRolePolicy',
        resource: ROLE,
        context: { ...BOUNDED, 'iam:PolicyARN': policy },
      },
    ]),
    [
      'a role without the boundary that it has',
      { action: 'iam:DeleteRolePermissionsBoundary', resource: ROLE },
    ],
    [
      'a role outside our path',
      { action: 'iam:CreateRole', resource: `${account}:role/admin`, context: BOUNDED },
    ],
    ['a policy outside our path', { action: 'iam:CreatePolicyVersion', resource: `${account}:policy/admin` }],
    [
      'a role of another installation',
      { action: 'iam:PutRolePolicy', resource: `${account}:role/opta/other/x`, context: BOUNDED },
    ],
    // By the path, which ends; names do not, so no installation's may begin with another's and a dash.
    [
      'a role of an installation whose name begins with ours',
      { action: 'iam:DeleteRole', resource: `${account}:role/opta/acme-eu-2/x` },
    ],
    [
      'passing a role of others',
      {
        action: 'iam:PassRole',
        resource: `${account}:role/admin`,
        context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      },
    ],
    [
      'passing a role of ours to any service',
      {
        action: 'iam:PassRole',
        resource: `${account}:role/opta/acme-eu/acme-eu-dev-nodes-abcdef`,
        context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
      },
    ],
    [
      'the role of any service',
      {
        action: 'iam:CreateServiceLinkedRole',
        resource: `${account}:role/aws-service-role/x`,
        context: { 'iam:AWSServiceName': 'organizations.amazonaws.com' },
      },
    ],
    ['users', { action: 'iam:CreateUser', resource: `${account}:user/opta/acme-eu/x` }],
    ['access keys', { action: 'iam:CreateAccessKey', resource: `${account}:user/ann` }],
    [
      'another identity provider',
      {
        action: 'iam:DeleteOpenIDConnectProvider',
        resource: `${account}:oidc-provider/github.com`,
        context: OURS,
      },
    ],
    [
      'an identity provider of anybody but EKS',
      {
        action: 'iam:CreateOpenIDConnectProvider',
        resource: `${account}:oidc-provider/github.com`,
        context: ASKED,
      },
    ],
    ...['Delete', 'AddClientIDTo', 'RemoveClientIDFrom'].flatMap(name =>
      [undefined, OTHERS].map((context): [string, Request] => [
        `${name}… of the identity provider of ${context === undefined ? 'others' : 'another installation'}`,
        {
          action: `iam:${name}OpenIDConnectProvider`,
          resource: PROVIDER,
          ...(context === undefined ? {} : { context }),
        },
      ]),
    ),
    ['a cluster of others', { action: 'eks:DeleteCluster', resource: ARN('eks', 'cluster/billing') }],
    [
      'logs of others',
      { action: 'logs:DeleteLogGroup', resource: ARN('logs', 'log-group:/aws/lambda/billing') },
    ],
    ['the end of a certificate of others', { action: 'acm:DeleteCertificate', resource: CERTIFICATE }],
    ['a certificate without our tag', { action: 'acm:RequestCertificate', resource: '*' }],
    ...[
      { resource: CERTIFICATE, tag: 'acm:AddTagsToCertificate', untag: 'acm:RemoveTagsFromCertificate' },
      { resource: KEY, tag: 'kms:TagResource', untag: 'kms:UntagResource' },
      { resource: ofEc2('vpc'), tag: 'ec2:CreateTags', untag: 'ec2:DeleteTags' },
      {
        resource: PROVIDER,
        tag: 'iam:TagOpenIDConnectProvider',
        untag: 'iam:UntagOpenIDConnectProvider',
      },
    ].flatMap(({ resource, tag, untag }): [string, Request][] => [
      [`${tag} on what is others'`, { action: tag, resource, context: MARKED }],
      [
        `${tag} as ours on what is another installation's`,
        { action: tag, resource, context: { ...OTHERS, ...ASKED } },
      ],
      [`${tag} that gives away what is ours`, { action: tag, resource, context: { ...OURS, ...MOVED } }],
      [`${untag} on what is others'`, { action: untag, resource, context: MARKED }],
      [
        `${untag} that makes nobody's what is ours`,
        { action: untag, resource, context: { ...OURS, 'aws:TagKeys': MOVED['aws:TagKeys'] } },
      ],
    ]),
    ...Object.entries(MADE).map(([name, type]): [string, Request] => [
      `a ${type} without our tag`,
      { action: `ec2:${name}`, resource: ofEc2(type) },
    ]),
    ...Object.entries(OWN).flatMap(([name, types]) =>
      types.flatMap(type =>
        [undefined, OTHERS].map((context): [string, Request] => [
          `${name} with a ${type} of ${context === undefined ? 'others' : 'another installation'}`,
          {
            action: `ec2:${name}`,
            resource: ofEc2(type),
            ...(context === undefined ? {} : { context }),
          },
        ]),
      ),
    ),
    [
      'a VPC of others as ours',
      { action: 'ec2:CreateTags', resource: ofEc2('vpc'), context: { ...ASKED, ...MARKED } },
    ],
    [
      'other tags of a subnet of others',
      {
        action: 'ec2:DeleteTags',
        resource: ofEc2('subnet'),
        context: { 'aws:TagKeys': ['kubernetes.io/role/elb', 'owner'] },
      },
    ],
    // Amazon EC2 API Reference, DeleteTags: without tags it takes all off.
    ['all tags of a subnet of others', { action: 'ec2:DeleteTags', resource: ofEc2('subnet') }],
    ['all tags of what is ours', { action: 'ec2:DeleteTags', resource: ofEc2('vpc'), context: OURS }],
    ...[
      'loadbalancer/app/shop/0a',
      'loadbalancer/net/shop/0a',
      'loadbalancer/shop',
      'targetgroup/shop/0a',
    ].flatMap((what): [string, Request][] => {
      const action = `elasticloadbalancing:Delete${what.startsWith('t') ? 'TargetGroup' : 'LoadBalancer'}`;
      const resource = ARN('elasticloadbalancing', what);
      const context = { 'aws:ResourceTag/elbv2.k8s.aws/cluster': 'billing' };
      return [
        [`${what} of others`, { action, resource }],
        [`${what} of another cluster`, { action, resource, context }],
      ];
    }),
    ...[undefined, OTHERS].map((context): [string, Request] => [
      `instances of a launch template of ${context === undefined ? 'others' : 'another installation'}`,
      { action: 'ec2:RunInstances', resource: TEMPLATE, context: { ...OF_TEMPLATE, ...context } },
    ]),
    ...RUN.map((resource): [string, Request] => [
      `${resource} without a launch template`,
      { action: 'ec2:RunInstances', resource },
    ]),
    ['instances without a launch template', { action: 'ec2:RunInstances', resource: '*' }],
    ['parameters of others', { action: 'ssm:GetParameter', resource: ARN('ssm', 'parameter/password') }],
    ['another role', { action: 'sts:AssumeRole', resource: `${account}:role/admin` }],
  ])('not %s', (_, request) => {
    expect(isAllowed(request)).toBe(false);
  });
});
