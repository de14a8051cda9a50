import { DescribeInsightCommand, ListInsightsCommand } from '@aws-sdk/client-eks';
import { CloudError } from '../../engine/errors.ts';
import type { AwsScope } from '../scope.ts';
import { blockingInsights, type Insight } from './insight.ts';

/** Checks for the upgrade to this version that do not pass. */
export async function openInsights(
  scope: AwsScope,
  clusterName: string,
  kubernetesVersion: string,
): Promise<readonly Insight[]> {
  const found: Insight[] = [];
  let nextToken: string | undefined;
  do {
    const page = await scope.eks.send(
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
        seenAt: one.lastRefreshTime?.toISOString().replace(/\.\d+Z$/, 'Z') ?? '',
        advice: '',
      });
    }
    nextToken = page.nextToken || undefined;
  } while (nextToken !== undefined);
  found.sort((a, b) => (a.id < b.id ? -1 : 1));
  const blocking = new Set(blockingInsights(found));
  return Promise.all(
    found.map(async one =>
      blocking.has(one) ? { ...one, advice: await adviceOf(scope, clusterName, one.id) } : one,
    ),
  );
}

/** "A summary of how to remediate the finding": Amazon EKS API Reference, Insight; a list of insights lacks it. */
async function adviceOf({ eks }: AwsScope, clusterName: string, id: string): Promise<string> {
  const elsewhere = `for more: aws eks describe-insight --cluster-name ${clusterName} --id ${id}`;
  try {
    const { insight } = await eks.send(new DescribeInsightCommand({ clusterName, id }));
    return insight?.recommendation || elsewhere;
  } catch (error) {
    // It holds no decision up: what blocks is known.
    if (error instanceof CloudError && (error.class === 'Denied' || error.class === 'NotFound'))
      return elsewhere;
    throw error;
  }
}
