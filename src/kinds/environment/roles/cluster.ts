import { awsPolicyArn, type RolePolicies } from './role-policies.ts';
import { trustService } from './trust.ts';

/** Amazon EKS User Guide, "Amazon EKS cluster IAM role". */
export function clusterRole(partition: string): RolePolicies {
  return {
    trust: trustService('eks.amazonaws.com'),
    managedPolicyArns: [awsPolicyArn(partition, 'AmazonEKSClusterPolicy')],
    inlinePolicies: {},
  };
}
