import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import { compareVersions } from '../../aws/eks/versions.ts';
import type { ConditionsOf, KindCondition } from '../kind.ts';
import { existingCluster, madeCluster } from './cluster-spec.ts';
import type { Input } from './node.ts';
import { extendedSupportEnds, supportEnds } from './support.ts';

const DAY_MS = 24 * 60 * 60_000;
/** How long before the support of a version ends people are told, each time anew; the nearest first. */
const WARN_DAYS = [7, 30, 90] as const;

interface Ending {
  readonly is: 'far' | 'near' | 'past';
  /** The day itself is left to who reads it: days that are left would be another message every day. */
  readonly words: string;
}

/** When support of the cluster's version ends, what AWS does then, and what helps. */
export function supportEnding({ spec }: Input, { seen, now }: ConditionsOf): readonly KindCondition[] {
  const state = seen.state<ClusterState>('cluster');
  if (state === undefined) return [];
  const type = 'SupportEnding';
  const { version } = state;
  const warning = (reason: string, message: string) =>
    ({ type, status: 'True', reason, message, warns: true }) as const;
  const last = lastEnding(state, now);
  const lastSays = last === undefined ? '' : ` Extended support ${last.words}: ${BY_AWS}.`;
  // Seen only where the spec asks for standard support.
  if (state.inExtendedSupport === true) {
    const isOnTheWay = isRaised(spec, version);
    const way = isOnTheWay
      ? `supportType Standard is applied with ${wayTo(spec)}`
      : 'raise spec.kubernetes.version, then supportType Standard is applied';
    const message = `Kubernetes ${version} is in extended support, which costs six times as much.${lastSays} AWS does not let a cluster leave it on this version: ${way}`;
    const notSynced = { reason: 'ChangeBlocked', needsPerson: true } as const;
    return [{ ...warning('ExtendedSupport', message), ...(isOnTheWay ? {} : { notSynced }) }];
  }
  const ends = supportEnds(state);
  if (ends === undefined) {
    const message = `Kubernetes ${version} is not in this release's table, and EKS did not say how long it supports it`;
    return [{ type, status: 'Unknown', reason: 'UnknownVersion', message }];
  }
  const ending = endingOf(ends, now);
  if (ending.is === 'far') {
    const message = `Kubernetes ${version} is in standard support until ${ends}`;
    return [{ type, status: 'False', reason: 'Supported', message }];
  }
  const isExtended = state.supportType === 'EXTENDED';
  const then = isExtended ? 'it then costs six times as much' : BY_AWS;
  const isPast = ending.is === 'past';
  const more = isExtended && isPast ? lastSays : '';
  const message = `standard support of Kubernetes ${version} ${ending.words}: ${then}.${more} ${wayOn(spec, version)}`;
  if (!isPast) return [warning('SupportEnds', message)];
  if (!isExtended || last === undefined || last.is === 'far') return [warning('SupportEnded', message)];
  return [warning(last.is === 'near' ? 'ExtendedSupportEnds' : 'ExtendedSupportEnded', message)];
}

/** Amazon EKS User Guide, "Understand the Kubernetes version lifecycle on EKS": the control plane alone. */
const BY_AWS = 'AWS then upgrades the cluster by itself';

function endingOf(day: string, now: number): Ending {
  const days = Math.floor((Date.parse(day) - now) / DAY_MS);
  if (days < 0) return { is: 'past', words: `ended on ${day}` };
  const step = WARN_DAYS.find(most => days < most);
  if (step === undefined) return { is: 'far', words: `ends on ${day}` };
  return { is: 'near', words: `ends in less than ${step} days (on ${day})` };
}

function lastEnding(state: ClusterState, now: number): Ending | undefined {
  const day = extendedSupportEnds(state);
  return day === undefined ? undefined : endingOf(day, now);
}

function isRaised(spec: OptaEnvironmentSpec, version: string): boolean {
  return compareVersions(madeCluster(spec)?.version ?? '', version) > 0;
}

function wayTo(spec: OptaEnvironmentSpec): string {
  return `the upgrade to ${madeCluster(spec)?.version}, which Upgrading tells of`;
}

function wayOn(spec: OptaEnvironmentSpec, version: string): string {
  if (existingCluster(spec) !== undefined) return 'Have those who keep the cluster raise its version';
  return isRaised(spec, version) ? `What helps is ${wayTo(spec)}` : 'Raise spec.kubernetes.version';
}
