import type { Place } from '../../../aws/arn.ts';
import { ENVIRONMENT_TAG, INSTALLATION_TAG, KIND_TAG } from '../../../engine/owner.ts';
import { awsPolicyArn, inlinePolicy, type RolePolicies } from './role-policies.ts';
import { trustService } from './trust.ts';

export interface OfEnvironment extends Place {
  readonly installation: string;
  readonly environment: string;
}

/**
 * Amazon EKS User Guide, "Amazon EKS cluster IAM role". EKS encrypts the cluster's secrets by a grant, and looks after its grants
 * as this role, of which that guide says nothing: each look was refused (terraform-aws-eks issues 1913 and 2309). The key by its
 * tags, not its id: the role is as old as can be when the cluster asks for it, since EKS does not see a new one at once.
 */
export function clusterRole(of: OfEnvironment): RolePolicies {
  const { partition, region, accountId, installation, environment } = of;
  return {
    trust: trustService('eks.amazonaws.com'),
    managedPolicyArns: [awsPolicyArn(partition, 'AmazonEKSClusterPolicy')],
    inlinePolicies: {
      'secrets-encryption': inlinePolicy({
        Sid: 'LookAtSecretsKey',
        Effect: 'Allow',
        Action: 'kms:ListGrants',
        Resource: `arn:${partition}:kms:${region}:${accountId}:key/*`,
        Condition: {
          StringEquals: {
            [`aws:ResourceTag/${INSTALLATION_TAG}`]: installation,
            [`aws:ResourceTag/${ENVIRONMENT_TAG}`]: environment,
            [`aws:ResourceTag/${KIND_TAG}`]: 'OptaEnvironment',
          },
        },
      }),
    },
  };
}
