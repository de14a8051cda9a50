import { awsPolicyArn, inlinePolicy, type RolePolicies } from './role-policies.ts';
import { trustService } from './trust.ts';

/**
 * Amazon EKS User Guide, "Amazon EKS cluster IAM role". EKS has a grant for the secrets of the cluster, and looks after its own
 * grants as this role, which it is not told to need: each look was refused (terraform-aws-eks issues 1913 and 2309).
 */
export function clusterRole(partition: string, keyArn: string): RolePolicies {
  return {
    trust: trustService('eks.amazonaws.com'),
    managedPolicyArns: [awsPolicyArn(partition, 'AmazonEKSClusterPolicy')],
    inlinePolicies: {
      'secrets-encryption': inlinePolicy({
        Sid: 'LookAtSecretsKey',
        Effect: 'Allow',
        Action: ['kms:DescribeKey', 'kms:ListGrants'],
        Resource: keyArn,
      }),
    },
  };
}
