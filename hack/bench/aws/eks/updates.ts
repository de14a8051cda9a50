/**
 * Updates of clusters, node groups and add-ons: each has an id that DescribeUpdate follows, and while one runs another
 * is refused. Source: Amazon EKS API Reference, Update, DescribeUpdate, ListUpdates; UpdateClusterConfig: "Cluster
 * updates are asynchronous ... During an update, the cluster status moves to UPDATING ... When the update is complete
 * (either Failed or Successful), the cluster status moves to Active".
 */
import { randomUUID } from 'node:crypto';
import { clusterOf, type EksCall, type Handler, statusOf } from './call.ts';
import { type Json, text } from './input.ts';
import { page } from './pages.ts';
import { absent, inUse } from './refusal.ts';
import { type Durations, type Issue, takeFailure } from './settings.ts';
import { type Cluster, seconds, type Thing, type UpdateRecord } from './state.ts';
import { remember } from './tokens.ts';

export interface Updating {
  cluster: Cluster;
  /** What is updated: the cluster itself, or a node group or add-on of it. */
  thing: Thing;
  kind: 'cluster' | 'nodegroup' | 'addon';
  name: string;
  /** As UpdateType. */
  type: string;
  params: Record<string, string>;
  duration: keyof Durations;
  apply(now: number): Promise<void> | void;
  /** Status after a failure; ACTIVE where left out. */
  failed?: string;
  /** Code of the failure that `force` of the request overcomes. */
  overcomes?: string;
}

/** One update at a time: Amazon EKS API Reference, ResourceInUseException "The specified resource is in use". */
export function refuseWhileUpdating(call: EksCall, thing: Thing, what: string): void {
  if (statusOf(thing) !== 'UPDATING') return;
  throw inUse(`Cannot ${call.operation} because ${what} currently has an update in progress`);
}

export function beginUpdate(call: EksCall, of: Updating): Json {
  const { cluster, thing, kind, name, type, params } = of;
  const resource = kind === 'cluster' ? name : `${cluster.wire.name}/${kind}/${name}`;
  const planted = takeFailure(call.bench, call.operation, resource);
  const overcome = of.overcomes !== undefined && planted?.every(({ code }) => code === of.overcomes);
  const failure = overcome ? undefined : planted;
  const wire: Json = {
    id: randomUUID(),
    status: 'InProgress',
    type,
    params: Object.entries(params).map(([param, value]) => ({ type: param, value })),
    createdAt: seconds(call.now),
    errors: [],
  };
  const record: UpdateRecord = { wire, ...(kind === 'cluster' ? {} : { [kind]: name }) };
  cluster.updates.unshift(record);
  thing.wire.status = 'UPDATING';
  thing.job = {
    at: call.now + call.settings.durations[of.duration],
    async end(now) {
      if (failure === undefined) {
        thing.wire.status = 'ACTIVE';
        await of.apply(now);
        wire.status = 'Successful';
      } else {
        thing.wire.status = of.failed ?? 'ACTIVE';
        wire.status = 'Failed';
        wire.errors = failure.map(errorDetail);
      }
      if (kind !== 'cluster') thing.wire.modifiedAt = seconds(now);
    },
  };
  const answer = () => ({ update: wire });
  remember(call, answer);
  // The answer is of this moment: the job changes the record afterwards.
  return { update: { ...wire } };
}

function errorDetail({ code, message, resourceIds }: Issue): Json {
  return { errorCode: code, errorMessage: message, resourceIds: resourceIds ?? [] };
}

function updatesOf(call: EksCall): UpdateRecord[] {
  const nodegroup = text(call.input, 'nodegroupName');
  const addon = text(call.input, 'addonName');
  return clusterOf(call).updates.filter(one => one.nodegroup === nodegroup && one.addon === addon);
}

const describeUpdate: Handler = call => {
  const id = text(call.input, 'updateId');
  const found = updatesOf(call).find(({ wire }) => wire.id === id);
  if (found === undefined) throw absent(`No update found for ID: ${id}`);
  return { update: found.wire };
};

const listUpdates: Handler = call =>
  page(
    call.input,
    'updateIds',
    updatesOf(call).map(({ wire }) => wire.id),
  );

export const updateHandlers: Record<string, Handler> = {
  DescribeUpdate: describeUpdate,
  ListUpdates: listUpdates,
};
