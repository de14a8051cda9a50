/**
 * Published request rates per second, account and region; `service:*` is the rate of all its operations together. Where
 * AWS publishes none (IAM, RDS, ElastiCache), nothing stands here and the limiter starts open. All are adjustable quotas: `--aws-limit kms:CreateKey=50` names what an account was granted.
 */
export type Limits = Readonly<Record<string, number>>;

function each(rate: number, service: string, operations: string): Limits {
  return Object.fromEntries(operations.split(/\s+/).map(operation => [`${service}:${operation}`, rate]));
}

// Amazon EC2 Developer Guide, "Request throttling for the Amazon EC2 API": a bucket for each action, which fills by 20 a
// second for reads. Those of writes are as AWS's own Karpenter has them (kwok/ec2/ratelimiting.go): 5, CreateTags 10.
const EC2: Limits = {
  ...each(
    20,
    'ec2',
    `DescribeAddresses DescribeAvailabilityZones DescribeFlowLogs DescribeInternetGateways DescribeLaunchTemplates
    DescribeLaunchTemplateVersions DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces DescribeRouteTables
    DescribeSecurityGroups DescribeSnapshots DescribeSubnets DescribeVolumes DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcs`,
  ),
  ...each(
    5,
    'ec2',
    `AllocateAddress AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress
    AuthorizeSecurityGroupIngress CreateFlowLogs CreateInternetGateway CreateLaunchTemplate
    CreateLaunchTemplateVersion CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateVpc DeleteFlowLogs
    DeleteInternetGateway DeleteLaunchTemplate DeleteLaunchTemplateVersions DeleteNatGateway DeleteNetworkInterface
    DeleteRoute
    DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DeleteVpcEndpoints DetachInternetGateway
    DisassociateRouteTable ModifyLaunchTemplate ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint
    ReleaseAddress ReplaceRoute ReplaceRouteTableAssociation RevokeSecurityGroupEgress RevokeSecurityGroupIngress`,
  ),
  'ec2:CreateTags': 10,
  // The same guide's table of actions with buckets of their own.
  'ec2:CreateNatGateway': 1,
  'ec2:CreateVpcEndpoint': 0.3,
};

// AWS Certificate Manager User Guide, "Quotas", API rate quotas.
const ACM: Limits = {
  ...each(5, 'acm', 'AddTagsToCertificate ListCertificates RemoveTagsFromCertificate RequestCertificate'),
  ...each(10, 'acm', 'DeleteCertificate DescribeCertificate ListTagsForCertificate'),
};

// Amazon CloudWatch Logs User Guide, "CloudWatch Logs quotas"; newer accounts have more.
const LOGS = each(5, 'logs', 'CreateLogGroup DeleteLogGroup DescribeLogGroups PutRetentionPolicy');

// AWS KMS Developer Guide, "Request quotas".
// Resource Groups Tagging API Reference, "Service quotas": GetResources 15.
export const PUBLISHED_LIMITS: Limits = {
  'kms:CreateKey': 5,
  'kms:CreateAlias': 5,
  'kms:UpdateAlias': 5,
  'kms:DeleteAlias': 15,
  'kms:EnableKey': 5,
  'kms:EnableKeyRotation': 15,
  'kms:DisableKeyRotation': 5,
  'kms:PutKeyPolicy': 15,
  'kms:TagResource': 10,
  'kms:UntagResource': 5,
  'kms:ScheduleKeyDeletion': 15,
  'kms:CancelKeyDeletion': 5,
  'kms:UpdateKeyDescription': 5,
  'kms:ListAliases': 500,
  'kms:GetKeyPolicy': 1000,
  'kms:GetKeyRotationStatus': 1000,
  'kms:ListResourceTags': 2000,
  'kms:DescribeKey': 2000,
  'tagging:GetResources': 15,
  // Amazon Route 53 Developer Guide, "Quotas", Frequency of Amazon Route 53 API requests: of the account as a whole.
  'route53:*': 5,
  ...EC2,
  ...ACM,
  ...LOGS,
};

/** How much of a published (or granted) rate one installation takes, so that people and other tools have the rest. */
export const SHARE = 0.8;
