import { viaService } from '../../../aws/arn.ts';
import { awsPolicyArn, inlinePolicy, type RolePolicies } from './role-policies.ts';
import { type ClusterPlace, trustPodIdentity } from './trust.ts';

/** Amazon EKS User Guide, "Amazon VPC CNI": of `aws-node`, so that nodes need not have it. */
export function cniRole(place: ClusterPlace): RolePolicies {
  return {
    trust: trustPodIdentity(place),
    managedPolicyArns: [awsPolicyArn(place.partition, 'AmazonEKS_CNI_Policy')],
    inlinePolicies: {},
  };
}

/** Amazon EKS User Guide, "Use Kubernetes volume storage with Amazon EBS"; volumes are encrypted with the key. */
export function ebsCsiRole(place: ClusterPlace, keyArn: string): RolePolicies {
  return {
    trust: trustPodIdentity(place),
    managedPolicyArns: [awsPolicyArn(place.partition, 'service-role/AmazonEBSCSIDriverPolicy')],
    inlinePolicies: {
      'volume-encryption': inlinePolicy(
        {
          Sid: 'GrantForVolumes',
          Effect: 'Allow',
          Action: 'kms:CreateGrant',
          Resource: keyArn,
          Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
        },
        {
          Sid: 'EncryptVolumes',
          Effect: 'Allow',
          Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
          Resource: keyArn,
          // Amazon EBS User Guide, "How Amazon EBS encryption works": the driver never handles data itself.
          Condition: {
            StringEquals: { 'kms:ViaService': viaService('ec2', place) },
          },
        },
      ),
    },
  };
}
