import type { Place } from '../../../aws/arn.ts';
import type { IdentityPolicy, IdentityStatement } from '../../../aws/policy.ts';
import { TAG_PREFIX } from '../../../engine/owner.ts';
import { inlinePolicy, ofThisAccount, type RolePolicies } from './role-policies.ts';

/**
 * What the managed policies of system roles allow (AWS Managed Policy Reference), as of today: what AWS adds to them later is
 * not in the boundary until somebody has looked at it. Service-linked roles are made by us, never by them.
 */
const MANAGED: Readonly<Record<string, string>> = {
  AmazonEKSClusterPolicy: `autoscaling:DescribeAutoScalingGroups autoscaling:UpdateAutoScalingGroup ec2:AttachVolume
    ec2:AuthorizeSecurityGroupIngress ec2:CreateRoute ec2:CreateSecurityGroup ec2:CreateTags ec2:CreateVolume
    ec2:DeleteNetworkInterface ec2:DeleteRoute ec2:DeleteSecurityGroup ec2:DeleteVolume ec2:DescribeAccountAttributes
    ec2:DescribeAddresses ec2:DescribeAvailabilityZones ec2:DescribeDhcpOptions ec2:DescribeInstanceTopology
    ec2:DescribeInstances ec2:DescribeInternetGateways ec2:DescribeNetworkInterfaces ec2:DescribeRouteTables
    ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVolumes ec2:DescribeVolumesModifications
    ec2:DescribeVpcs ec2:DetachVolume ec2:ModifyInstanceAttribute ec2:ModifyVolume ec2:RevokeSecurityGroupIngress
    elasticloadbalancing:AddTags elasticloadbalancing:ApplySecurityGroupsToLoadBalancer
    elasticloadbalancing:AttachLoadBalancerToSubnets elasticloadbalancing:ConfigureHealthCheck
    elasticloadbalancing:Create* elasticloadbalancing:Delete* elasticloadbalancing:Deregister*
    elasticloadbalancing:Describe* elasticloadbalancing:DetachLoadBalancerFromSubnets elasticloadbalancing:Modify*
    elasticloadbalancing:Register* elasticloadbalancing:SetLoadBalancerPolicies* kms:DescribeKey`,
  AmazonEKSWorkerNodePolicy: `ec2:DescribeInstanceTypes ec2:DescribeInstances ec2:DescribeRouteTables
    ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVolumes ec2:DescribeVolumesModifications
    ec2:DescribeVpcs eks-auth:AssumeRoleForPodIdentity eks:DescribeCluster`,
  AmazonEC2ContainerRegistryPullOnly: `ecr:BatchGetImage ecr:BatchImportUpstreamImage ecr:GetAuthorizationToken
    ecr:GetDownloadUrlForLayer`,
  AmazonEKS_CNI_Policy: `ec2:AssignPrivateIpAddresses ec2:AttachNetworkInterface ec2:CreateNetworkInterface
    ec2:CreateTags ec2:DeleteNetworkInterface ec2:DescribeInstanceTypes ec2:DescribeInstances
    ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeTags
    ec2:DetachNetworkInterface ec2:ModifyNetworkInterfaceAttribute ec2:UnassignPrivateIpAddresses`,
  AmazonEBSCSIDriverPolicy: `ec2:AttachVolume ec2:CopyVolumes ec2:CreateSnapshot ec2:CreateTags ec2:CreateVolume
    ec2:DeleteSnapshot ec2:DeleteTags ec2:DeleteVolume ec2:DescribeAvailabilityZones ec2:DescribeInstanceTypes
    ec2:DescribeInstances ec2:DescribeSnapshots ec2:DescribeTags ec2:DescribeVolumeStatus ec2:DescribeVolumes
    ec2:DescribeVolumesModifications ec2:DetachVolume ec2:EnableFastSnapshotRestores ec2:LockSnapshot
    ec2:ModifyVolume`,
};

/**
 * Annotations of a Service or an Ingress name tags of what is made for it: `…-additional-resource-tags` (AWS Load Balancer
 * Controller, "Service annotations"; cloud-provider-aws, which the cluster's role is for, has it too). With those of the
 * operator a thing would pass for one of its own.
 */
const NO_TAGS_OF_THE_OPERATOR: IdentityStatement = {
  Sid: 'NoTagsOfTheOperator',
  Effect: 'Deny',
  Action: ['ec2:Create*', 'elasticloadbalancing:AddTags', 'elasticloadbalancing:Create*'],
  Resource: '*',
  Condition: { 'ForAnyValue:StringLike': { 'aws:TagKeys': `${TAG_PREFIX}*` } },
};

/** `system`: no more than the role has today, whatever is attached to it later. */
export function systemBoundary({ managedPolicyArns, inlinePolicies }: RolePolicies): IdentityPolicy {
  const managed = managedPolicyArns.map((arn): IdentityStatement => {
    const name = arn.slice(arn.lastIndexOf('/') + 1);
    const actions = MANAGED[name];
    if (actions === undefined) throw new Error(`nobody has looked at what ${name} allows`);
    // A Sid has letters and digits only.
    return { Sid: name.replace(/\W|_/g, ''), Effect: 'Allow', Action: actions.split(/\s+/), Resource: '*' };
  });
  return inlinePolicy(
    ...managed,
    ...Object.values(inlinePolicies).flatMap(policy => policy.Statement),
    NO_TAGS_OF_THE_OPERATOR,
  );
}

export interface WorkloadBoundary {
  readonly installation: string;
  /** ARNs of roles that an administrator lets workloads assume. */
  readonly assumableRoles: readonly string[];
}

/**
 * `workload`: data of what this installation made, by the prefix of its names; keys by their tag, since they have no names.
 * Nothing of IAM, no deletion of anything but data in it. No databases: there is none of ours yet, and `rds-db:connect` knows
 * them by ids that AWS chooses.
 */
export function workloadBoundary(
  place: Place,
  { installation, assumableRoles }: WorkloadBoundary,
): IdentityPolicy {
  const { partition, region, accountId } = place;
  const ours = (service: string) => `arn:${partition}:${service}:${region}:${accountId}:${installation}-*`;
  const buckets = `arn:${partition}:s3:::${installation}-*`;
  const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): IdentityStatement => ({
    Sid,
    Effect: 'Allow',
    Action,
    Resource,
  });
  return inlinePolicy(
    {
      ...allow(
        'Objects',
        [
          's3:AbortMultipartUpload',
          's3:DeleteObject*',
          's3:GetObject*',
          's3:ListMultipartUploadParts',
          's3:PutObject*',
        ],
        [`${buckets}/*`],
      ),
      Condition: ofThisAccount(place),
    },
    {
      ...allow('Buckets', ['s3:GetBucketLocation', 's3:ListBucket*'], [buckets]),
      Condition: ofThisAccount(place),
    },
    allow(
      'Queues',
      [
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ReceiveMessage',
        'sqs:SendMessage',
      ],
      [ours('sqs')],
    ),
    allow('Topics', ['sns:GetTopicAttributes', 'sns:Publish'], [ours('sns')]),
    {
      ...allow(
        'Keys',
        ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*'],
        [`arn:${partition}:kms:${region}:${accountId}:key/*`],
      ),
      Condition: { StringEquals: { 'aws:ResourceTag/opta.dev/installation': installation } },
    },
    ...(assumableRoles.length === 0 ? [] : [allow('Roles', ['sts:AssumeRole'], assumableRoles)]),
  );
}
