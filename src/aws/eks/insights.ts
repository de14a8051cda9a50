import { ListInsightsCommand } from '@aws-sdk/client-eks';
import type { AwsScope } from '../scope.ts';
import type { Insight } from './insight.ts';

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
