import { awsPolicyArn, type RolePolicies } from './role-policies.ts';
import { trustService } from './trust.ts';

/**
 * Amazon EKS User Guide, "Amazon EKS node IAM role": to join and to pull images. What is more is the pods' own, since every
 * pod on the node can get at this role's credentials where the instance metadata lets it.
 */
export function nodeRole(partition: string): RolePolicies {
  return {
    trust: trustService('ec2.amazonaws.com'),
    managedPolicyArns: [
      awsPolicyArn(partition, 'AmazonEKSWorkerNodePolicy'),
      awsPolicyArn(partition, 'AmazonEC2ContainerRegistryPullOnly'),
    ],
    inlinePolicies: {},
  };
}
