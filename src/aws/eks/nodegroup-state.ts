import type { Nodegroup } from '@aws-sdk/client-eks';
import { issuesText } from './eks-errors.ts';
import type { FailedUpdate } from './update-watch.ts';

/** By key and effect; the words of the API, `NO_SCHEDULE`. */
export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: 'NO_SCHEDULE' | 'NO_EXECUTE' | 'PREFER_NO_SCHEDULE';
}

export interface TemplateDesired {
  readonly id: string;
  readonly version: string;
  /** A version that serves as well: nodes that have it keep it until something else replaces them. */
  readonly kept?: string;
}

export interface NodegroupDesired {
  readonly clusterName: string;
  readonly nodeRoleArn: string;
  readonly subnetIds: readonly string[];
  /** Decides disk, metadata options and security groups; without instance type, image, subnets and profile. */
  readonly launchTemplate: TemplateDesired;
  readonly instanceTypes: readonly string[];
  readonly capacityType: 'ON_DEMAND' | 'SPOT';
  readonly amiType: string;
  readonly minSize: number;
  readonly maxSize: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly maxUnavailablePercentage: number;
  readonly nodeRepair: boolean;
  /** Of Kubernetes; the cluster's. Never downwards. */
  readonly version: string;
  /** Of the image, `1.34.2-20261101`; left out: the newest at creation, and left alone afterwards. */
  readonly releaseVersion?: string;
}

export interface NodegroupState {
  readonly status: string;
  readonly version: string;
  readonly releaseVersion: string;
  readonly nodeRoleArn: string;
  readonly subnetIds: readonly string[];
  readonly launchTemplateId: string | undefined;
  readonly launchTemplateVersion: string | undefined;
  /** Empty where AWS does not show them: DescribeNodegroup, of groups with a launch template. */
  readonly instanceTypes: readonly string[];
  readonly capacityType: string;
  readonly amiType: string | undefined;
  readonly minSize: number;
  readonly maxSize: number;
  /** The autoscaler's. */
  readonly desiredSize: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly maxUnavailablePercentage: number | undefined;
  readonly nodeRepair: boolean;
  readonly autoScalingGroups: readonly string[];
  /** Health issues in AWS's words. */
  readonly issues: string;
  /** True where something is gone that EKS made for it and does not make again. */
  readonly isBeyondRepair: boolean;
  /** Of a short while ago, the last one first. */
  readonly failedUpdates?: readonly FailedUpdate[];
  /** The version of the launch template that comes with what replaces the nodes next, where they have an older one. */
  readonly nextTemplateVersion?: string;
}

/**
 * The Auto Scaling group, launch template and instance profile are EKS's own, and only somebody else "may be able to recreate" one
 * "with the same settings to recover" (Amazon EKS API Reference, Issue).
 */
const BEYOND_REPAIR: ReadonlySet<string> = new Set([
  'AutoScalingGroupNotFound',
  'Ec2LaunchTemplateNotFound',
  'IamInstanceProfileNotFound',
]);

export function nodegroupState(group: Nodegroup): NodegroupState {
  const taints = (group.taints ?? []).map(({ key = '', value = '', effect = 'NO_SCHEDULE' }) => ({
    key,
    value,
    effect,
  }));
  return {
    status: group.status ?? 'UNKNOWN',
    version: group.version ?? '',
    releaseVersion: group.releaseVersion ?? '',
    nodeRoleArn: group.nodeRole ?? '',
    subnetIds: group.subnets ?? [],
    launchTemplateId: group.launchTemplate?.id,
    launchTemplateVersion: group.launchTemplate?.version,
    instanceTypes: group.instanceTypes ?? [],
    capacityType: group.capacityType ?? 'ON_DEMAND',
    amiType: group.amiType,
    minSize: group.scalingConfig?.minSize ?? 0,
    maxSize: group.scalingConfig?.maxSize ?? 0,
    desiredSize: group.scalingConfig?.desiredSize ?? 0,
    labels: group.labels ?? {},
    taints,
    maxUnavailablePercentage: group.updateConfig?.maxUnavailablePercentage,
    nodeRepair: group.nodeRepairConfig?.enabled === true,
    autoScalingGroups: (group.resources?.autoScalingGroups ?? []).flatMap(one => one.name ?? []),
    issues: issuesText(group.health?.issues),
    isBeyondRepair: (group.health?.issues ?? []).some(one => BEYOND_REPAIR.has(one.code ?? '')),
  };
}
