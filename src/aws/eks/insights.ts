import { ListInsightsCommand } from '@aws-sdk/client-eks';
import type { AwsScope } from '../scope.ts';

/** A check of AWS's that does not pass for a version of Kubernetes. */
export interface Insight {
  readonly id: string;
  readonly name: string;
  readonly kubernetesVersion: string;
  /** `ERROR` blocks the upgrade; `WARNING` and `UNKNOWN` do not. */
  readonly status: string;
  readonly reason: string;
}

/** Checks for the upgrade to this version that do not pass. */
export async function openInsights(
  { eks }: AwsScope,
  clusterName: string,
  kubernetesVersion: string,
): Promise<readonly Insight[]> {
  const found: Insight[] = [];
  let nextToken: string | undefined;
  do {
    const page = await eks.send(
      new ListInsightsCommand({
        clusterName,
        filter: {
          categories: ['UPGRADE_READINESS'],
          kubernetesVersions: [kubernetesVersion],
          statuses: ['ERROR', 'WARNING', 'UNKNOWN'],
        },
        nextToken,
      }),
    );
    for (const one of page.insights ?? []) {
      found.push({
        id: one.id ?? '',
        name: one.name ?? '',
        kubernetesVersion: one.kubernetesVersion ?? '',
        status: one.insightStatus?.status ?? 'UNKNOWN',
        reason: one.insightStatus?.reason ?? '',
      });
    }
    nextToken = page.nextToken || undefined;
  } while (nextToken !== undefined);
  return found;
}

/** Those that EKS refuses the upgrade for: Amazon EKS User Guide, "Prepare for Kubernetes version upgrades". */
export function blockingInsights(insights: readonly Insight[] | undefined): readonly Insight[] {
  return (insights ?? []).filter(one => one.status === 'ERROR');
}
