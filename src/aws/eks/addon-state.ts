import type { Addon } from '@aws-sdk/client-eks';
import type { AddonOffer } from './catalog.ts';
import { issuesText } from './eks-errors.ts';
import type { FailedUpdate } from './update-watch.ts';

/** Its AWS rights come from a Pod Identity association of its service account, a node of its own. */
export interface AddonDesired {
  readonly clusterName: string;
  /** Left out: the default for the cluster's version at creation, and left alone afterwards. */
  readonly version?: string;
  /** By the add-on's schema (DescribeAddonConfiguration). */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** A version that the spec names, where this cluster is on its way to that version of Kubernetes: looked for up to there. */
  readonly pin?: { readonly version: string; readonly upTo: string };
  /** Asks what versions go with this version of Kubernetes, for the graph to choose from. */
  readonly kubernetesVersion?: string;
  /** There are nodes that are well and stay: what failed for want of them can be installed now. */
  readonly hasNodes?: boolean;
  /** What may keep its pods off nodes that are well, and what helps: for people. */
  readonly keptOff?: string;
}

export interface AddonState {
  readonly status: string;
  readonly version: string;
  /** As AWS has it: JSON, or YAML where somebody else wrote it. */
  readonly configuration: string;
  readonly issues: string;
  /** True where nothing is wrong but that there are no nodes to run on. */
  readonly awaitsNodes: boolean;
  /** Of what is desired, where it lacks replicas. */
  readonly keptOff?: string;
  /** For `kubernetesVersion`, where that was asked. */
  readonly offer?: AddonOffer;
  /** Minors that EKS lists its version for, where that is not in `offer`; none: EKS lists it no more, or is not known to yet. */
  readonly goesWith?: readonly string[];
  /** The next minor on the way that has the pinned version, where the present one has not; empty: none has. */
  readonly pinnedFor?: string;
  /** Of a short while ago, the last one first. */
  readonly failedUpdates?: readonly FailedUpdate[];
}

export function addonState(addon: Addon): AddonState {
  const issues = addon.health?.issues ?? [];
  return {
    status: addon.status ?? 'UNKNOWN',
    version: addon.addonVersion ?? '',
    configuration: addon.configurationValues ?? '',
    issues: issuesText(issues),
    awaitsNodes: issues.length > 0 && issues.every(one => one.code === 'InsufficientNumberOfReplicas'),
  };
}
