import type { Principal } from '../../../hack/bench/policy/principal.ts';

/** What each role of an environment is asked, whatever place it is in: as it is written, and as it stands in AWS. */
export type RoleName = 'cluster' | 'node' | 'cni' | 'ebs' | 'flowLog' | 'dns' | 'controller' | 'autoscaler';
type Context = Record<string, string | string[]>;
type Answer = 'yes' | 'no';

export interface ProbePlace {
  readonly accountId: string;
  readonly region: string;
  readonly clusterName: string;
  /** The issuer without its scheme. */
  readonly host: string;
  readonly keyArn: string;
  /** Of the key, as they stand in the context of a request. */
  readonly keyTags: Context;
  readonly vpcId: string;
  readonly zoneId: string;
  /** Name of the flow logs' group. */
  readonly logGroup: string;
}

/** Service accounts in kube-system that have roles by the cluster's issuer. */
export const ACCOUNTS = {
  dns: 'external-dns',
  controller: 'aws-load-balancer-controller',
  autoscaler: 'cluster-autoscaler',
} as const;

const other = '444455556666';
const [assume, tagSession, byToken] = ['sts:AssumeRole', 'sts:TagSession', 'sts:AssumeRoleWithWebIdentity'];
const service = (name: string): Principal => ({ type: 'service', service: name });

function arnIn({ region, accountId }: ProbePlace) {
  return (service: string, what: string, of = accountId) => `arn:aws:${service}:${region}:${of}:${what}`;
}

/** Who asks to be the role, by which action. */
type TrustProbe = [RoleName, Principal, string, Context, Answer];

export function trustProbes(place: ProbePlace): readonly TrustProbe[] {
  const { accountId: account, clusterName: prod, host } = place;
  const arn = arnIn(place);
  const provider = (of = host, by = account) => `arn:aws:iam::${by}:oidc-provider/${of}`;
  const web = (of = provider()): Principal => ({ type: 'federated', provider: of });
  const token = (name: string, more: Context = {}): Context => ({
    [`${host}:sub`]: `system:serviceaccount:kube-system:${name}`,
    [`${host}:aud`]: 'sts.amazonaws.com',
    ...more,
  });
  const pods = service('pods.eks.amazonaws.com');
  const fromCluster = { 'aws:SourceAccount': account, 'aws:SourceArn': arn('eks', `cluster/${prod}`) };
  const flowLogs = service('vpc-flow-logs.amazonaws.com');
  const fromLog = { 'aws:SourceAccount': account, 'aws:SourceArn': arn('ec2', 'vpc-flow-log/fl-1') };
  const somebody: Principal = { type: 'aws', arn: `arn:aws:iam::${account}:role/x`, accountId: account };

  return [
    ['cluster', service('eks.amazonaws.com'), assume, {}, 'yes'],
    ['cluster', service('ec2.amazonaws.com'), assume, {}, 'no'],
    ['cluster', somebody, assume, {}, 'no'],
    ['node', service('ec2.amazonaws.com'), assume, {}, 'yes'],
    ['node', service('eks.amazonaws.com'), assume, {}, 'no'],
    ['node', pods, assume, fromCluster, 'no'],
    ...(['cni', 'ebs'] as const).flatMap((name): TrustProbe[] => [
      [name, pods, assume, fromCluster, 'yes'],
      [name, pods, tagSession, fromCluster, 'yes'],
      [name, pods, assume, {}, 'no'],
      [name, pods, assume, { ...fromCluster, 'aws:SourceArn': arn('eks', `cluster/${prod}2`) }, 'no'],
      [name, pods, assume, { ...fromCluster, 'aws:SourceAccount': other }, 'no'],
      [name, pods, assume, { ...fromCluster, 'aws:SourceArn': arn('eks', `cluster/${prod}`, other) }, 'no'],
      [name, service('ec2.amazonaws.com'), assume, fromCluster, 'no'],
      [name, web(), byToken, token('aws-node'), 'no'],
    ]),
    ['flowLog', flowLogs, assume, fromLog, 'yes'],
    ['flowLog', flowLogs, assume, {}, 'no'],
    ['flowLog', flowLogs, assume, { ...fromLog, 'aws:SourceAccount': other }, 'no'],
    ['flowLog', flowLogs, assume, { ...fromLog, 'aws:SourceArn': arn('ec2', 'vpc-flow-log/1', other) }, 'no'],
    ['flowLog', service('ec2.amazonaws.com'), assume, fromLog, 'no'],
    ...(['dns', 'controller', 'autoscaler'] as const).flatMap((name): TrustProbe[] => {
      const sa = ACCOUNTS[name];
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
        [name, web(provider(`${host}2`)), byToken, token(sa), 'no'],
        [name, web(provider(host, other)), byToken, token(sa), 'no'],
        [name, web(), assume, token(sa), 'no'],
        [name, pods, assume, fromCluster, 'no'],
        [name, somebody, assume, token(sa), 'no'],
      ];
    }),
  ];
}

/** What the role asks to do, on which resource. */
type ActionProbe = [RoleName, string, string, Context, Answer];

/** Of its own policies, without those of AWS. */
export function actionProbes(place: ProbePlace): readonly ActionProbe[] {
  const {
    accountId: account,
    region,
    clusterName: prod,
    keyArn: key,
    keyTags,
    vpcId,
    zoneId,
    logGroup,
  } = place;
  const arn = arnIn(place);
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
  const byEbs = { 'kms:ViaService': `ec2.${region}.amazonaws.com` };
  const logs = (name: string, of = account) => arn('logs', `log-group:${name}`, of);

  return [
    ['cluster', 'kms:ListGrants', key, keyTags, 'yes'],
    ['cluster', 'kms:ListGrants', key, {}, 'no'],
    ['cluster', 'kms:ListGrants', key, { ...keyTags, 'aws:ResourceTag/opta.dev/installation': 'x' }, 'no'],
    ['cluster', 'kms:ListGrants', key, { ...keyTags, 'aws:ResourceTag/opta.dev/environment': 'x' }, 'no'],
    ['cluster', 'kms:ListGrants', key, { ...keyTags, 'aws:ResourceTag/opta.dev/kind': 'Queue' }, 'no'],
    ['cluster', 'kms:CreateGrant', key, { ...keyTags, 'kms:GrantIsForAWSResource': 'true' }, 'no'],
    ['cluster', 'kms:Decrypt', key, keyTags, 'no'],

    ['ebs', 'kms:CreateGrant', key, { 'kms:GrantIsForAWSResource': 'true' }, 'yes'],
    ['ebs', 'kms:CreateGrant', key, { 'kms:GrantIsForAWSResource': 'false' }, 'no'],
    ['ebs', 'kms:GenerateDataKeyWithoutPlaintext', key, byEbs, 'yes'],
    ['ebs', 'kms:Decrypt', key, byEbs, 'yes'],
    ['ebs', 'kms:Decrypt', key, {}, 'no'],
    ['ebs', 'kms:Decrypt', key, { 'kms:ViaService': `s3.${region}.amazonaws.com` }, 'no'],
    ['ebs', 'kms:Decrypt', `${key}2`, byEbs, 'no'],
    ['ebs', 'kms:ScheduleKeyDeletion', key, byEbs, 'no'],

    ['flowLog', 'logs:CreateLogStream', logs(logGroup), {}, 'yes'],
    ['flowLog', 'logs:PutLogEvents', logs(`${logGroup}:log-stream:eni-1`), {}, 'yes'],
    ['flowLog', 'logs:DescribeLogStreams', logs(logGroup), {}, 'yes'],
    ['flowLog', 'logs:DescribeLogGroups', logs(''), {}, 'yes'],
    ['flowLog', 'logs:PutLogEvents', logs(`${logGroup}2:log-stream:eni-1`), {}, 'no'],
    ['flowLog', 'logs:PutLogEvents', logs(`${logGroup}:log-stream:eni-1`, other), {}, 'no'],
    ['flowLog', 'logs:CreateLogGroup', logs(logGroup), {}, 'no'],
    ['flowLog', 'logs:GetLogEvents', logs(`${logGroup}:log-stream:eni-1`), {}, 'no'],
    ['flowLog', 'logs:DeleteLogGroup', logs(logGroup), {}, 'no'],

    ['dns', 'route53:ChangeResourceRecordSets', zone(zoneId), {}, 'yes'],
    ['dns', 'route53:ListResourceRecordSets', zone(zoneId), {}, 'yes'],
    ['dns', 'route53:ListTagsForResource', zone(zoneId), {}, 'yes'],
    ['dns', 'route53:ListHostedZones', '*', {}, 'yes'],
    ['dns', 'route53:ListHostedZonesByName', '*', {}, 'yes'],
    ['dns', 'route53:ChangeResourceRecordSets', zone(`${zoneId}2`), {}, 'no'],
    ['dns', 'route53:ListResourceRecordSets', zone('Z2'), {}, 'no'],
    ['dns', 'route53:DeleteHostedZone', zone(zoneId), {}, 'no'],
    ['dns', 'route53:ChangeTagsForResource', zone(zoneId), {}, 'no'],

    ['controller', 'ec2:DescribeSubnets', '*', {}, 'yes'],
    ['controller', 'elasticloadbalancing:DescribeTargetHealth', '*', {}, 'yes'],
    ['controller', 'acm:ListCertificates', '*', {}, 'yes'],
    ['controller', 'ec2:CreateSecurityGroup', arn('ec2', `vpc/${vpcId}`), {}, 'yes'],
    ['controller', 'ec2:CreateSecurityGroup', arn('ec2', 'vpc/vpc-2'), asked(prod), 'no'],
    // Shared by another account.
    [
      'controller',
      'ec2:CreateSecurityGroup',
      `arn:aws:ec2:eu-central-1:999999999999:vpc/${vpcId}`,
      {},
      'yes',
    ],
    ['controller', 'ec2:CreateSecurityGroup', 'arn:aws:ec2:eu-central-1:999999999999:vpc/vpc-2', {}, 'no'],
    ['controller', 'ec2:CreateSecurityGroup', group, asked(prod), 'yes'],
    ['controller', 'ec2:CreateSecurityGroup', group, asked(`${prod}2`), 'no'],
    ['controller', 'ec2:CreateSecurityGroup', group, {}, 'no'],
    [
      'controller',
      'ec2:CreateTags',
      group,
      { ...asked(prod), 'ec2:CreateAction': 'CreateSecurityGroup' },
      'yes',
    ],
    [
      'controller',
      'ec2:CreateTags',
      group,
      { ...asked(prod), 'aws:TagKeys': ['elbv2.k8s.aws/cluster'] },
      'no',
    ],
    [
      'controller',
      'ec2:CreateTags',
      arn('ec2', 'instance/i-1'),
      { ...tagged(prod), 'aws:TagKeys': ['a'] },
      'no',
    ],
    ['controller', 'ec2:CreateTags', group, { ...tagged(prod), 'aws:TagKeys': ['team'] }, 'yes'],
    ['controller', 'ec2:CreateTags', group, { ...tagged(`${prod}2`), 'aws:TagKeys': ['team'] }, 'no'],
    [
      'controller',
      'ec2:DeleteTags',
      group,
      { ...tagged(prod), 'aws:TagKeys': ['team', 'elbv2.k8s.aws/cluster'] },
      'no',
    ],
    ['controller', 'ec2:DeleteSecurityGroup', group, tagged(prod), 'yes'],
    ['controller', 'ec2:DeleteSecurityGroup', group, tagged(`${prod}2`), 'no'],
    ['controller', 'ec2:DeleteSecurityGroup', group, {}, 'no'],
    ['controller', 'ec2:AuthorizeSecurityGroupIngress', group, tagged(prod), 'yes'],
    [
      'controller',
      'ec2:AuthorizeSecurityGroupIngress',
      group,
      { [`aws:ResourceTag/kubernetes.io/cluster/${prod}`]: 'owned' },
      'yes',
    ],
    [
      'controller',
      'ec2:AuthorizeSecurityGroupIngress',
      group,
      { [`aws:ResourceTag/kubernetes.io/cluster/${prod}2`]: 'owned' },
      'no',
    ],
    [
      'controller',
      'ec2:DeleteSecurityGroup',
      group,
      { [`aws:ResourceTag/kubernetes.io/cluster/${prod}`]: 'owned' },
      'no',
    ],
    ['controller', 'ec2:RevokeSecurityGroupIngress', group, {}, 'no'],
    ['controller', 'ec2:AuthorizeSecurityGroupEgress', group, tagged(prod), 'no'],
    [
      'controller',
      'elasticloadbalancing:CreateLoadBalancer',
      elb('loadbalancer/net/a/1'),
      asked(prod),
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
    ['controller', 'elasticloadbalancing:CreateListener', elb('loadbalancer/net/a/1'), tagged(prod), 'yes'],
    ['controller', 'elasticloadbalancing:CreateListener', elb('loadbalancer/net/a/1'), tagged('dev'), 'no'],
    [
      'controller',
      'elasticloadbalancing:AddTags',
      listener,
      { ...asked(prod), 'elasticloadbalancing:CreateAction': 'CreateListener' },
      'yes',
    ],
    ['controller', 'elasticloadbalancing:AddTags', target, { ...asked(prod), 'aws:TagKeys': ['a'] }, 'no'],
    [
      'controller',
      'elasticloadbalancing:RemoveTags',
      target,
      { ...tagged(prod), 'aws:TagKeys': ['a'] },
      'yes',
    ],
    [
      'controller',
      'elasticloadbalancing:RemoveTags',
      target,
      { ...tagged(prod), 'aws:TagKeys': ['elbv2.k8s.aws/cluster'] },
      'no',
    ],
    ['controller', 'elasticloadbalancing:ModifyListener', listener, tagged(prod), 'yes'],
    ['controller', 'elasticloadbalancing:ModifyListener', listener, {}, 'no'],
    ['controller', 'elasticloadbalancing:RegisterTargets', target, tagged(prod), 'yes'],
    ['controller', 'elasticloadbalancing:RegisterTargets', elb('targetgroup/a/1', other), tagged(prod), 'no'],
    [
      'controller',
      'elasticloadbalancing:DeleteLoadBalancer',
      elb('loadbalancer/app/a/1'),
      tagged(prod),
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
    ['autoscaler', 'eks:DescribeNodegroup', arn('eks', `nodegroup/${prod}/a/1`), {}, 'yes'],
    ['autoscaler', 'eks:DescribeNodegroup', arn('eks', `nodegroup/${prod}2/a/1`), {}, 'no'],
    ['autoscaler', 'autoscaling:SetDesiredCapacity', scaling, ofCluster(prod), 'yes'],
    ['autoscaler', 'autoscaling:TerminateInstanceInAutoScalingGroup', scaling, ofCluster(prod), 'yes'],
    ['autoscaler', 'autoscaling:SetDesiredCapacity', scaling, ofCluster(`${prod}2`), 'no'],
    ['autoscaler', 'autoscaling:SetDesiredCapacity', scaling, {}, 'no'],
    [
      'autoscaler',
      'autoscaling:SetDesiredCapacity',
      scaling,
      { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${prod}`]: 'owned' },
      'no',
    ],
    ['autoscaler', 'autoscaling:UpdateAutoScalingGroup', scaling, ofCluster(prod), 'no'],
    ['autoscaler', 'ec2:TerminateInstances', arn('ec2', 'instance/i-1'), {}, 'no'],
  ];
}

/** How somebody else would put a tag of ours on a thing of a cluster: with all besides that a controller is asked for. */
export function ownTagProbes(place: ProbePlace): readonly (readonly [string, string, Context])[] {
  const arn = arnIn(place);
  const cluster = 'elbv2.k8s.aws/cluster';
  const group = arn('ec2', 'security-group/sg-1');
  const target = arn('elasticloadbalancing', 'targetgroup/a/1');
  const balancer = arn('elasticloadbalancing', 'loadbalancer/net/a/1');
  const made = (create: Context): Context => ({
    'aws:TagKeys': [cluster, 'opta.dev/installation'],
    [`aws:RequestTag/${cluster}`]: place.clusterName,
    'aws:RequestTag/opta.dev/installation': 'x',
    ...create,
  });
  const later: Context = {
    'aws:TagKeys': ['team', 'opta.dev/name'],
    [`aws:ResourceTag/${cluster}`]: place.clusterName,
  };
  return [
    ['ec2:CreateSecurityGroup', group, made({})],
    ['ec2:CreateTags', group, made({ 'ec2:CreateAction': 'CreateSecurityGroup' })],
    ['ec2:CreateTags', group, later],
    ['ec2:CreateTags', arn('ec2', 'volume/vol-1'), made({ 'ec2:CreateAction': 'CreateVolume' })],
    ['elasticloadbalancing:CreateLoadBalancer', balancer, made({})],
    ['elasticloadbalancing:CreateTargetGroup', target, made({})],
    ['elasticloadbalancing:CreateListener', balancer, { ...made({}), ...later }],
    [
      'elasticloadbalancing:AddTags',
      target,
      made({ 'elasticloadbalancing:CreateAction': 'CreateTargetGroup' }),
    ],
    ['elasticloadbalancing:AddTags', target, later],
  ];
}

/** What no role of an environment has a use for. */
export function uselessProbes(place: ProbePlace): readonly (readonly [string, string])[] {
  const { accountId: account } = place;
  const arn = arnIn(place);
  return [
    ['iam:PassRole', `arn:aws:iam::${account}:role/x`],
    ['sts:AssumeRole', `arn:aws:iam::${account}:role/x`],
    ['s3:GetObject', 'arn:aws:s3:::bucket/key'],
    ['sqs:ReceiveMessage', arn('sqs', 'queue')],
    ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:a')],
    ['kms:Decrypt', arn('kms', 'key/2')],
    ['ecr:PutImage', arn('ecr', 'repository/a')],
  ];
}
