import type { Cluster } from '@aws-sdk/client-eks';
import { issuesText } from './eks-errors.ts';
import type { Insight } from './insight.ts';
import type { FailedUpdate } from './update-watch.ts';

/** What its removal goes by, also while what it is made of is missing. */
export interface ClusterLeaving {
  readonly deletionProtection: boolean;
}

/** All that is unsafe by AWS's default is named: nothing of it is left to AWS. */
export interface ClusterDesired extends ClusterLeaving {
  /** What it is to be now; reached by one minor at a time, never downwards. */
  readonly version: string;
  /** Where the version is to end up, when that is not the next step: insights into the step after are read then. */
  readonly targetVersion?: string;
  readonly roleArn: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** Who may reach the public endpoint; none: there is none. The private endpoint is always on. */
  readonly publicCidrs: readonly string[];
  /** Encrypts secrets. */
  readonly keyArn: string;
  /** Of the five types, those to be sent to CloudWatch Logs. */
  readonly logTypes: readonly string[];
  readonly supportType: 'STANDARD' | 'EXTENDED';
  /** Left out: AWS chooses; fixed for the life of the cluster. */
  readonly serviceCidr?: string;
  readonly zonalShift?: boolean;
}

export interface ClusterState {
  readonly status: string;
  readonly version: string;
  /** When standard support ends, a day; undefined where the table of versions says so, or AWS does not. */
  readonly supportEnds?: string;
  /** When extended support does, likewise. */
  readonly extendedSupportEnds?: string;
  /** Its extended support has begun; looked for only where it is to be left. */
  readonly inExtendedSupport?: true;
  readonly platformVersion: string | undefined;
  readonly roleArn: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly privateAccess: boolean;
  /** Empty: no public endpoint. */
  readonly publicCidrs: readonly string[];
  readonly keyArn: string | undefined;
  readonly logTypes: readonly string[];
  readonly authenticationMode: string;
  readonly supportType: string;
  readonly deletionProtection: boolean;
  readonly serviceCidr: string | undefined;
  readonly zonalShift: boolean;
  /** Outputs; undefined until the cluster is active. */
  readonly vpcId: string | undefined;
  readonly endpoint: string | undefined;
  readonly certificateAuthority: string | undefined;
  readonly issuer: string | undefined;
  readonly clusterSecurityGroupId: string | undefined;
  /** Health issues in AWS's words. */
  readonly issues: string;
  /** Checks for the next version that do not pass; undefined where no upgrade is wanted. */
  readonly insights?: readonly Insight[];
  /** False: EKS has not looked since our last change; it is asked to before the upgrade. */
  readonly insightsCurrent?: boolean;
  /** The versions that EKS offers, where an upgrade is wanted and it says so. */
  readonly offered?: readonly string[];
  /** Of a short while ago, the last one first. */
  readonly failedUpdates?: readonly FailedUpdate[];
}

export function clusterState(cluster: Cluster): ClusterState {
  const vpc = cluster.resourcesVpcConfig;
  const logging = cluster.logging?.clusterLogging ?? [];
  return {
    status: cluster.status ?? 'UNKNOWN',
    version: cluster.version ?? '',
    platformVersion: cluster.platformVersion,
    roleArn: cluster.roleArn ?? '',
    subnetIds: vpc?.subnetIds ?? [],
    securityGroupIds: vpc?.securityGroupIds ?? [],
    privateAccess: vpc?.endpointPrivateAccess === true,
    publicCidrs: vpc?.endpointPublicAccess === true ? (vpc.publicAccessCidrs ?? []) : [],
    keyArn: cluster.encryptionConfig?.[0]?.provider?.keyArn,
    logTypes: logging.filter(one => one.enabled === true).flatMap(one => one.types ?? []),
    authenticationMode: cluster.accessConfig?.authenticationMode ?? 'CONFIG_MAP',
    supportType: cluster.upgradePolicy?.supportType ?? 'EXTENDED',
    deletionProtection: cluster.deletionProtection === true,
    serviceCidr: cluster.kubernetesNetworkConfig?.serviceIpv4Cidr,
    zonalShift: cluster.zonalShiftConfig?.enabled === true,
    vpcId: vpc?.vpcId,
    endpoint: cluster.endpoint,
    certificateAuthority: cluster.certificateAuthority?.data,
    issuer: cluster.identity?.oidc?.issuer,
    clusterSecurityGroupId: vpc?.clusterSecurityGroupId,
    issues: issuesText(cluster.health?.issues),
  };
}
