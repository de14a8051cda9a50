/** What EKS holds, per account and region. Wire shapes are kept as EKS answers them. */
import type { BenchContext } from '../overlay.ts';
import type { Place } from '../overlays/questions.ts';
import type { Json } from './input.ts';

/** Something that is under way: it ends at `at`, by the gateway's clock. */
export interface Job {
  at: number;
  end(now: number): Promise<void> | void;
}

export interface Thing {
  wire: Json;
  job?: Job | undefined;
}

export interface UpdateRecord {
  wire: Json;
  nodegroup?: string;
  addon?: string;
}

export interface AccessEntryRecord extends Thing {
  policies: Map<string, Json>;
}

export interface Cluster extends Thing {
  place: Place;
  nodegroups: Map<string, Thing>;
  /** Names: what a person makes of them no operator looks at. */
  fargateProfiles: Set<string>;
  addons: Map<string, Thing>;
  accessEntries: Map<string, AccessEntryRecord>;
  associations: Map<string, Thing>;
  updates: UpdateRecord[];
  insights: Map<string, Json>;
  /** What the next refresh finds, by the insight's id. */
  insightsToBe: Map<string, string>;
  /** The latest on demand. */
  insightsRefresh?: Thing;
  /** In EC2. */
  groupId: string;
  interfaces: string[];
}

interface Token {
  asked: string;
  /** The answer of today to the same request; undefined once the resource is gone. */
  answer(): Json | undefined;
}

export interface Account {
  clusters: Map<string, Cluster>;
  /** What clusters still have to write, also those that are gone. */
  lateLogs: Set<Thing>;
  tokens: Map<string, Token>;
  /** Calls are served one after the other: they wait for other emulators between check and change. */
  turn: Promise<unknown>;
}

const KEY = 'eks';

export function accountOf(bench: BenchContext, { accountId, region }: Place): Account {
  const key = `${KEY}:${accountId}:${region}`;
  const known = bench.state.get(key) as Account | undefined;
  if (known !== undefined) return known;
  const account: Account = {
    clusters: new Map(),
    lateLogs: new Set(),
    tokens: new Map(),
    turn: Promise.resolve(),
  };
  bench.state.set(key, account);
  return account;
}

export function inTurn<T>(account: Account, run: () => Promise<T>): Promise<T> {
  const mine = account.turn.then(run, run);
  account.turn = mine.catch(() => undefined);
  return mine;
}

function things(account: Account): Thing[] {
  const all: Thing[] = [...account.lateLogs];
  for (const cluster of account.clusters.values())
    all.push(
      cluster,
      ...cluster.nodegroups.values(),
      ...cluster.addons.values(),
      ...(cluster.insightsRefresh === undefined ? [] : [cluster.insightsRefresh]),
    );
  return all;
}

/** Ends what is due, in the order in which it was due. */
export async function settle(account: Account, now: number): Promise<void> {
  for (;;) {
    const due = things(account)
      .filter(thing => thing.job !== undefined && thing.job.at <= now)
      .sort((a, b) => (a.job?.at ?? 0) - (b.job?.at ?? 0))[0];
    if (due?.job === undefined) return;
    const { job } = due;
    due.job = undefined;
    await job.end(job.at);
  }
}

/** EKS writes times as seconds. */
export function seconds(ms: number): number {
  return Math.floor(ms) / 1000;
}
