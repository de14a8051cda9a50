/**
 * Insights into readiness for an upgrade, planted by tests. Source: user guide, "Prepare for Kubernetes version upgrades
 * with cluster insights": ERROR means that the version after the cluster's is impacted.
 */
import { activeCluster, clusterOf, type Handler } from './call.ts';
import { type Json, object, text, texts } from './input.ts';
import { page } from './pages.ts';
import { absent } from './refusal.ts';
import { takeFailure } from './settings.ts';
import { type Cluster, seconds, type Thing } from './state.ts';

const listInsights: Handler = call => {
  const filter = object(call.input, 'filter') ?? {};
  const matches = (field: string, value: unknown) => texts(filter, field)?.includes(String(value)) ?? true;
  const found = [...clusterOf(call).insights.values()].filter(
    one =>
      matches('categories', one.category) &&
      matches('kubernetesVersions', one.kubernetesVersion) &&
      matches('statuses', object(one, 'insightStatus')?.status),
  );
  return page(call.input, 'insights', found.map(summaryOf));
};

function summaryOf(insight: Json): Json {
  const { recommendation, additionalInfo, resources, categorySpecificSummary, ...summary } = insight;
  return summary;
}

const describeInsight: Handler = call => {
  const id = text(call.input, 'id') ?? '';
  const insight = clusterOf(call).insights.get(id);
  if (insight === undefined) throw absent(`No insight found for ID: ${id}`);
  return { insight };
};

/**
 * "Initiates an on-demand refresh operation for cluster insights": Amazon EKS API Reference, StartInsightsRefresh, with
 * the answer of its example; InvalidRequestException, "given the state of the cluster". "The time Amazon EKS last
 * successfully completed a refresh of this insight check": InsightSummary, lastRefreshTime. What a second one does while one
 * is under way is not documented; here it is that one.
 */
const startInsightsRefresh: Handler = call => {
  const cluster = activeCluster(call);
  const status = 'IN_PROGRESS';
  const message = 'Initiated cluster insights refresh.';
  if (cluster.insightsRefresh?.wire.status === status) return { status, message };
  const issues = takeFailure(call.bench, 'StartInsightsRefresh', String(cluster.wire.name));
  const refresh: Thing = { wire: { status, startedAt: seconds(call.now), message: '' } };
  refresh.job = {
    at: call.now + call.settings.durations.refreshInsights,
    end(now) {
      Object.assign(refresh.wire, {
        status: issues === undefined ? 'COMPLETED' : 'FAILED',
        message: issues?.[0]?.message ?? '',
        endedAt: seconds(now),
      });
      if (issues === undefined) renew(cluster, now);
    },
  };
  cluster.insightsRefresh = refresh;
  return { status, message };
};

function renew(cluster: Cluster, now: number): void {
  for (const [id, insight] of cluster.insights) {
    const before = object(insight, 'insightStatus') ?? {};
    const status = cluster.insightsToBe.get(id) ?? before.status;
    cluster.insights.set(id, {
      ...insight,
      insightStatus: { ...before, status },
      lastRefreshTime: seconds(now),
      ...(status === before.status ? {} : { lastTransitionTime: seconds(now) }),
    });
  }
  cluster.insightsToBe.clear();
}

/** "The status of the latest on-demand cluster insights refresh operation"; that there was none is ResourceNotFoundException here. */
const describeInsightsRefresh: Handler = call => {
  const { insightsRefresh, wire } = clusterOf(call);
  if (insightsRefresh === undefined) throw absent(`No insights refresh found for cluster: ${wire.name}`);
  return { ...insightsRefresh.wire };
};

export const insightHandlers: Record<string, Handler> = {
  ListInsights: listInsights,
  DescribeInsight: describeInsight,
  StartInsightsRefresh: startInsightsRefresh,
  DescribeInsightsRefresh: describeInsightsRefresh,
};
