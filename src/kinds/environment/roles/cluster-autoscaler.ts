import { inlinePolicy, type RolePolicies } from './role-policies.ts';
import { type ClusterPlace, type ServiceAccount, trustServiceAccount } from './trust.ts';

/**
 * Kubernetes Cluster Autoscaler, "Cluster Autoscaler on AWS", full set of features. Managed node groups tag their groups
 * so by themselves. The reads have no resource level (Service Authorization Reference, Amazon EC2 Auto Scaling and EC2).
 */
export function clusterAutoscalerRole(place: ClusterPlace, account: ServiceAccount): RolePolicies {
  const { partition, region, accountId, clusterName } = place;
  return {
    trust: trustServiceAccount(place, account),
    managedPolicyArns: [],
    inlinePolicies: {
      'node-groups': inlinePolicy(
        {
          Sid: 'Read',
          Effect: 'Allow',
          Action: [
            'autoscaling:DescribeAutoScalingGroups',
            'autoscaling:DescribeAutoScalingInstances',
            'autoscaling:DescribeLaunchConfigurations',
            'autoscaling:DescribeScalingActivities',
            'ec2:DescribeImages',
            'ec2:DescribeInstanceTypes',
            'ec2:DescribeLaunchTemplateVersions',
            'ec2:GetInstanceTypesFromInstanceRequirements',
          ],
          Resource: '*',
        },
        {
          Sid: 'ReadThisClustersNodeGroups',
          Effect: 'Allow',
          Action: 'eks:DescribeNodegroup',
          Resource: `arn:${partition}:eks:${region}:${accountId}:nodegroup/${clusterName}/*`,
        },
        {
          Sid: 'ScaleThisClustersGroups',
          Effect: 'Allow',
          Action: ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
          Resource: `arn:${partition}:autoscaling:${region}:${accountId}:autoScalingGroup:*`,
          Condition: {
            StringEquals: {
              'aws:ResourceTag/k8s.io/cluster-autoscaler/enabled': 'true',
              [`aws:ResourceTag/k8s.io/cluster-autoscaler/${clusterName}`]: 'owned',
            },
          },
        },
      ),
    },
  };
}
