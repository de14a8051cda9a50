import type { IdentityStatement } from '../../../aws/policy.ts';
import { inlinePolicy, type RolePolicies } from './role-policies.ts';
import { type ClusterPlace, type ServiceAccount, trustServiceAccount } from './trust.ts';

const CLUSTER_TAG = 'elbv2.k8s.aws/cluster';

type Condition = IdentityStatement['Condition'];

export interface ControllerPlace extends ClusterPlace {
  readonly vpcId: string;
}

/**
 * After AWS Load Balancer Controller's own docs/install/iam_policy.json, which lets it change every listener, rule and
 * security group of the account: here they must have the cluster's tag, which it puts on all that it makes. Without the
 * service-linked role (made before it), Cognito, server certificates of IAM, and joining web ACLs or Shield.
 */
export function loadBalancerControllerRole(place: ControllerPlace, account: ServiceAccount): RolePolicies {
  return {
    trust: trustServiceAccount(place, account),
    managedPolicyArns: [],
    inlinePolicies: {
      read: inlinePolicy(READ),
      'security-groups': inlinePolicy(...securityGroupStatements(place)),
      'load-balancers': inlinePolicy(...loadBalancerStatements(place)),
    },
  };
}

/** None of them has a resource level: Service Authorization Reference. */
const READ: IdentityStatement = {
  Sid: 'Read',
  Effect: 'Allow',
  Action: [
    'acm:DescribeCertificate',
    'acm:ListCertificates',
    'ec2:DescribeAccountAttributes',
    'ec2:DescribeAddresses',
    'ec2:DescribeAvailabilityZones',
    'ec2:DescribeInstances',
    'ec2:DescribeInternetGateways',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeRouteTables',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeTags',
    'ec2:DescribeVpcPeeringConnections',
    'ec2:DescribeVpcs',
    'ec2:GetSecurityGroupsForVpc',
    'elasticloadbalancing:Describe*',
    'shield:DescribeProtection',
    'shield:GetSubscriptionState',
    'waf-regional:GetWebACLForResource',
    'wafv2:GetWebACLForResource',
  ],
  Resource: '*',
};

function allow(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  condition?: Condition,
): IdentityStatement {
  return {
    Sid,
    Effect: 'Allow',
    Action,
    Resource,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

function securityGroupStatements(place: ControllerPlace): readonly IdentityStatement[] {
  const { partition, region, accountId, clusterName, vpcId } = place;
  const ec2 = (what: string) => `arn:${partition}:ec2:${region}:${accountId}:${what}`;
  const groups = [ec2('security-group/*')];
  const rules = ['ec2:AuthorizeSecurityGroupIngress', 'ec2:RevokeSecurityGroupIngress'];
  // Its subnets may be shared by another account (AWS RAM), and IAM sees the VPC under that one.
  const vpc = `arn:${partition}:ec2:${region}:*:vpc/${vpcId}`;
  return [
    allow('CreateGroupsInThisVpc', ['ec2:CreateSecurityGroup'], [vpc]),
    allow('CreateTaggedGroups', ['ec2:CreateSecurityGroup'], groups, asking(clusterName)),
    allow('TagGroupsAtCreation', ['ec2:CreateTags'], groups, {
      StringEquals: {
        [`aws:RequestTag/${CLUSTER_TAG}`]: clusterName,
        'ec2:CreateAction': 'CreateSecurityGroup',
      },
    }),
    allow('TagOwnGroups', ['ec2:CreateTags', 'ec2:DeleteTags'], groups, owningButTheTag(clusterName)),
    allow('ChangeOwnGroups', [...rules, 'ec2:DeleteSecurityGroup'], groups, owning(clusterName)),
    // Of the nodes, so that load balancers reach them.
    allow('OpenNodes', rules, groups, {
      StringEquals: { [`aws:ResourceTag/kubernetes.io/cluster/${clusterName}`]: 'owned' },
    }),
    // New ones have no tags yet; their group has.
    allow('Rules', rules, [ec2('security-group-rule/*')]),
  ];
}

function loadBalancerStatements(place: ControllerPlace): readonly IdentityStatement[] {
  const { partition, region, accountId, clusterName } = place;
  const all = [`arn:${partition}:elasticloadbalancing:${region}:${accountId}:*`];
  const elb = (names: string) => names.split(/\s+/).map(name => `elasticloadbalancing:${name}`);
  return [
    allow('CreateTagged', elb('CreateLoadBalancer CreateTargetGroup'), all, asking(clusterName)),
    allow('TagAtCreation', elb('AddTags'), all, {
      StringEquals: {
        [`aws:RequestTag/${CLUSTER_TAG}`]: clusterName,
        'elasticloadbalancing:CreateAction': [
          'CreateLoadBalancer',
          'CreateTargetGroup',
          'CreateListener',
          'CreateRule',
        ],
      },
    }),
    allow('TagOwn', elb('AddTags RemoveTags'), all, owningButTheTag(clusterName)),
    allow(
      'ChangeOwn',
      elb(
        `AddListenerCertificates CreateListener CreateRule DeleteListener DeleteLoadBalancer DeleteRule DeleteTargetGroup
        DeregisterTargets ModifyCapacityReservation ModifyIpPools ModifyListener ModifyListenerAttributes
        ModifyLoadBalancerAttributes ModifyRule ModifyTargetGroup ModifyTargetGroupAttributes RegisterTargets
        RemoveListenerCertificates SetIpAddressType SetRulePriorities SetSecurityGroups SetSubnets`,
      ),
      all,
      owning(clusterName),
    ),
  ];
}

/** What is made carries the cluster's tag. */
function asking(clusterName: string): Condition {
  return { StringEquals: { [`aws:RequestTag/${CLUSTER_TAG}`]: clusterName } };
}

function owning(clusterName: string): Condition {
  return { StringEquals: { [`aws:ResourceTag/${CLUSTER_TAG}`]: clusterName } };
}

/** Its own, of which the cluster's tag is neither moved nor taken away. */
function owningButTheTag(clusterName: string): Condition {
  return {
    StringEquals: { [`aws:ResourceTag/${CLUSTER_TAG}`]: clusterName },
    'ForAllValues:StringNotEquals': { 'aws:TagKeys': [CLUSTER_TAG] },
  };
}
