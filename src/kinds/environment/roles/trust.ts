import type { Place } from '../../../aws/arn.ts';
import { oidcProviderArn, withoutScheme } from '../../../aws/arn.ts';
import type { TrustPolicy, TrustStatement } from '../../../aws/policy.ts';

type Condition = NonNullable<TrustStatement['Condition']>;

/** A service, from anywhere or as the conditions say. */
export function trustService(service: string, condition?: Condition): TrustPolicy {
  return trustOf({
    Sid: 'Service',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    ...(condition === undefined ? {} : { Condition: condition }),
  });
}

export interface ClusterPlace extends Place {
  readonly clusterName: string;
}

export function clusterArn({ partition, region, accountId, clusterName }: ClusterPlace): string {
  return `arn:${partition}:eks:${region}:${accountId}:cluster/${clusterName}`;
}

/** Amazon EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity": of this cluster only. */
export function trustPodIdentity(place: ClusterPlace): TrustPolicy {
  return trustOf({
    Sid: 'PodIdentity',
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: {
      StringEquals: { 'aws:SourceAccount': place.accountId },
      ArnEquals: { 'aws:SourceArn': clusterArn(place) },
    },
  });
}

export interface ServiceAccount {
  /** Of the cluster, with its scheme. */
  readonly issuer: string;
  readonly namespace: string;
  readonly name: string;
}

/** Amazon EKS User Guide, "Assign IAM roles to Kubernetes service accounts": one service account, for STS only. */
export function trustServiceAccount(place: Place, { issuer, namespace, name }: ServiceAccount): TrustPolicy {
  const host = withoutScheme(issuer);
  return trustOf({
    Sid: 'ServiceAccount',
    Effect: 'Allow',
    Principal: { Federated: oidcProviderArn(place, issuer) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: {
        [`${host}:sub`]: `system:serviceaccount:${namespace}:${name}`,
        [`${host}:aud`]: 'sts.amazonaws.com',
      },
    },
  });
}

function trustOf(statement: TrustStatement): TrustPolicy {
  return { Version: '2012-10-17', Statement: [statement] };
}
