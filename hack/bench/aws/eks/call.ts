import { randomBytes } from 'node:crypto';
import type { BenchContext } from '../overlay.ts';
import type { Place } from '../overlays/questions.ts';
import { emulatedNeighbours } from './emulated-neighbours.ts';
import { type Json, text } from './input.ts';
import type { Neighbours } from './neighbours.ts';
import { absent, badState, inUse } from './refusal.ts';
import { type EksSettings, settingsOf } from './settings.ts';
import type { Account, Cluster, Thing } from './state.ts';

/** One call to EKS, as its handler sees it. */
export interface EksCall {
  operation: string;
  /** Body, query and path labels. */
  input: Json;
  place: Place;
  callerArn: string;
  /** Milliseconds by the gateway's clock. */
  now: number;
  bench: BenchContext;
  account: Account;
  settings: EksSettings;
  neighbours: Neighbours;
}

export type Handler = (call: EksCall) => Promise<Json> | Json;

export function neighboursOf(bench: BenchContext): Neighbours {
  return settingsOf(bench).neighbours ?? emulatedNeighbours(bench);
}

/** The day by which versions come and go. */
export function calendarDay({ settings, now }: EksCall): number {
  return settings.asOf ?? now;
}

export function hex(length: number): string {
  return randomBytes(length).toString('hex').slice(0, length);
}

export function arnOf({ region, accountId }: Place, rest: string): string {
  return `arn:aws:eks:${region}:${accountId}:${rest}`;
}

export function statusOf(thing: Thing): string {
  return String(thing.wire.status);
}

/** EKS names the cluster `name` or `clusterName`, by operation. */
export function clusterOf({ account, input }: EksCall): Cluster {
  const name = text(input, 'clusterName') ?? text(input, 'name') ?? '';
  const cluster = account.clusters.get(name);
  if (cluster === undefined) throw absent(`No cluster found for name: ${name}.`);
  return cluster;
}

/**
 * What is made in a cluster needs it to be there and at rest. Source: Amazon EKS API Reference, InvalidRequestException:
 * "The request is invalid given the state of the cluster".
 */
export function activeCluster(call: EksCall): Cluster {
  const cluster = clusterOf(call);
  const status = statusOf(cluster);
  if (status === 'ACTIVE') return cluster;
  const message = `Cannot ${call.operation} because cluster ${cluster.wire.name} is in the status ${status}`;
  throw status === 'UPDATING' ? inUse(message) : badState(message);
}

/** For what asks no rest of the control plane. */
export function usableCluster(call: EksCall): Cluster {
  const cluster = clusterOf(call);
  if (statusOf(cluster) === 'UPDATING') return cluster;
  return activeCluster(call);
}
