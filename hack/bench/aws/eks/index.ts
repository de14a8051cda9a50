/**
 * An EKS of our own behind the gateway: clusters, node groups, add-ons, access entries, Pod Identity associations,
 * updates and insights, in memory, per account and region. No emulator has it whole (bench-probe: one lacks updates,
 * the other add-ons and access entries), and patching one is as much code with wrong answers to mask.
 *
 * Each rule cites the Amazon EKS API Reference (by operation or type) or the user guide (by page).
 */
import { randomUUID } from 'node:crypto';
import type { Answer, BenchContext, Call, Overlay } from '../overlay.ts';
import type { Place } from '../overlays/questions.ts';
import { accessHandlers } from './access.ts';
import { addonHandlers } from './addon.ts';
import { type EksCall, type Handler, neighboursOf } from './call.ts';
import { catalogueHandlers } from './catalogue.ts';
import { clusterHandlers } from './cluster.ts';
import { clusterConfigHandlers } from './cluster-config.ts';
import { clusterUpgradeHandlers } from './cluster-upgrade.ts';
import { insightHandlers } from './insights.ts';
import { nodegroupHandlers, setHealth } from './nodegroup.ts';
import { nodegroupUpdateHandlers } from './nodegroup-updates.ts';
import { podIdentityHandlers } from './pod-identity.ts';
import { Refusal } from './refusal.ts';
import { routeOf } from './routes.ts';
import { type EksSettings, type Issue, settingsOf } from './settings.ts';
import { accountOf, inTurn, seconds, settle } from './state.ts';
import { tagHandlers } from './tags.ts';
import { repeated } from './tokens.ts';
import { updateHandlers } from './updates.ts';

const HANDLERS: Record<string, Handler> = {
  ...clusterHandlers,
  ...clusterConfigHandlers,
  ...clusterUpgradeHandlers,
  ...nodegroupHandlers,
  ...nodegroupUpdateHandlers,
  ...addonHandlers,
  ...accessHandlers,
  ...podIdentityHandlers,
  ...insightHandlers,
  ...updateHandlers,
  ...catalogueHandlers,
  ...tagHandlers,
};

async function answer(call: Call, bench: BenchContext): Promise<Answer | undefined> {
  const handler = HANDLERS[call.operation];
  const route = routeOf(call.method, call.path);
  if (handler === undefined || route === undefined || typeof call.input === 'string') return undefined;
  const { accountId, region, callerArn, operation } = call;
  const place = { accountId, region };
  const account = accountOf(bench, place);
  const input = { ...call.input, ...route.labels };
  return inTurn(account, async () => {
    const now = bench.now();
    await settle(account, now);
    const asked: EksCall = {
      operation,
      input,
      place,
      callerArn,
      now,
      bench,
      account,
      settings: settingsOf(bench),
      neighbours: neighboursOf(bench),
    };
    try {
      return bench.success(call, repeated(asked) ?? (await handler(asked)));
    } catch (error) {
      if (error instanceof Refusal) return bench.error(call, error.error);
      throw error;
    }
  });
}

export const eksOverlay: Overlay = {
  service: 'eks',
  operation: /./,
  source: 'Amazon EKS API Reference; Amazon EKS User Guide',
  before: answer,
};

/** A gateway. */
interface HasBench {
  bench: BenchContext;
}

export interface PlantedInsight {
  name: string;
  kubernetesVersion: string;
  status: 'PASSING' | 'WARNING' | 'ERROR' | 'UNKNOWN';
  reason?: string;
  recommendation?: string;
  /** What the next refresh finds; left out: the same. */
  refreshedTo?: 'PASSING' | 'ERROR';
}

export interface EksControl {
  /** Set what differs; kept by a reset. */
  settings: EksSettings;
  /** Answers the insight's id. Throws where there is no such cluster. */
  plantInsight(place: Place, cluster: string, insight: PlantedInsight): string;
  clearInsights(place: Place, cluster: string): void;
  /** As somebody made them: these and no others. */
  setFargateProfiles(place: Place, cluster: string, profiles: readonly string[]): void;
  /** Of an add-on, from now on; none makes it well again. */
  setAddonHealth(place: Place, cluster: string, addon: string, issues: readonly Issue[]): Promise<void>;
  /** Of a node group, from now on; none makes it well again. */
  setNodegroupHealth(
    place: Place,
    cluster: string,
    nodegroup: string,
    issues: readonly Issue[],
  ): Promise<void>;
}

/** What a person at AWS could do to the gateway's EKS. */
export function eksControl({ bench }: HasBench): EksControl {
  function clusterOf(place: Place, name: string) {
    const cluster = accountOf(bench, place).clusters.get(name);
    if (cluster === undefined) throw new Error(`the bench has no EKS cluster ${name} in ${place.region}`);
    return cluster;
  }
  return {
    settings: settingsOf(bench),
    plantInsight(place, name, { status, reason = '', recommendation = '', refreshedTo, ...insight }) {
      const id = randomUUID();
      if (refreshedTo !== undefined) clusterOf(place, name).insightsToBe.set(id, refreshedTo);
      const at = seconds(bench.now());
      clusterOf(place, name).insights.set(id, {
        id,
        category: 'UPGRADE_READINESS',
        ...insight,
        insightStatus: { status, reason },
        lastRefreshTime: at,
        lastTransitionTime: at,
        description: `Checks for ${insight.name}.`,
        recommendation,
        additionalInfo: {},
        resources: [],
      });
      return id;
    },
    clearInsights: (place, name) => clusterOf(place, name).insights.clear(),
    setFargateProfiles(place, name, profiles) {
      clusterOf(place, name).fargateProfiles = new Set(profiles);
    },
    async setAddonHealth(place, name, addon, issues) {
      await settle(accountOf(bench, place), bench.now());
      const found = clusterOf(place, name).addons.get(addon);
      if (found === undefined) throw new Error(`the bench's EKS cluster ${name} has no add-on ${addon}`);
      found.wire.health = { issues };
    },
    async setNodegroupHealth(place, name, nodegroup, issues) {
      await settle(accountOf(bench, place), bench.now());
      const found = clusterOf(place, name).nodegroups.get(nodegroup);
      if (found === undefined)
        throw new Error(`the bench's EKS cluster ${name} has no node group ${nodegroup}`);
      setHealth(found, issues);
    },
  };
}

export { clusterLogsOverlay } from './cluster-logs.ts';
export { AS_AWS, AT_ONCE } from './settings.ts';
