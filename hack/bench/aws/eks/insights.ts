/**
 * Insights into readiness for an upgrade, planted by tests. Source: user guide, "Prepare for Kubernetes version upgrades
 * with cluster insights": ERROR means that the version after the cluster's is impacted.
 */
import { clusterOf, type Handler } from './call.ts';
import { type Json, object, text, texts } from './input.ts';
import { page } from './pages.ts';
import { absent } from './refusal.ts';

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

export const insightHandlers: Record<string, Handler> = {
  ListInsights: listInsights,
  DescribeInsight: describeInsight,
};
