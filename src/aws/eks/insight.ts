/** A check of AWS's that does not pass for a version of Kubernetes. */
export interface Insight {
  readonly id: string;
  readonly name: string;
  readonly kubernetesVersion: string;
  /** `ERROR` blocks the upgrade; `WARNING` and `UNKNOWN` do not. */
  readonly status: string;
  readonly reason: string;
  /** When EKS last looked, RFC 3339; empty where it does not say. */
  readonly seenAt: string;
  /** What helps, of those that block; else empty. */
  readonly advice: string;
}

/** What it says, and its way out. */
export function insightText({ reason, advice }: Pick<Insight, 'reason' | 'advice'>): string {
  return [reason.replace(/\.$/, ''), advice].filter(text => text !== '').join('. ');
}

/** Those that EKS refuses the upgrade for: Amazon EKS User Guide, "Prepare for Kubernetes version upgrades". */
export function blockingInsights(insights: readonly Insight[] | undefined): readonly Insight[] {
  return (insights ?? []).filter(one => one.status === 'ERROR');
}
