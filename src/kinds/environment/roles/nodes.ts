import { principalSuffix } from '../../../aws/arn.ts';
import { awsPolicyArn, type RolePolicies } from './role-policies.ts';
import { trustService } from './trust.ts';

/**
 * Amazon EKS User Guide, "Amazon EKS node IAM role": to join and to pull images. What is more is the pods' own, since every
 * pod on the node can get at this role's credentials where the instance metadata lets it.
 */
export function nodeRole(partition: string): RolePolicies {
  return {
    // EKS in China refuses a node role without the partition's own name: cdk-eks-blueprints issue 558.
    trust: trustService(`ec2.${principalSuffix(partition)}`),
    managedPolicyArns: [
      awsPolicyArn(partition, 'AmazonEKSWorkerNodePolicy'),
      awsPolicyArn(partition, 'AmazonEC2ContainerRegistryPullOnly'),
    ],
    inlinePolicies: {},
  };
}
