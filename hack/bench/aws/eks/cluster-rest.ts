/** What all updates of a cluster share. */
import { clusterOf, type EksCall, statusOf } from './call.ts';
import { object, texts } from './input.ts';
import { findSubnets, makeInterfaces } from './network.ts';
import { badState } from './refusal.ts';
import type { Cluster } from './state.ts';
import { refuseWhileUpdating } from './updates.ts';

/** The cluster, at rest. Amazon EKS API Reference, UpdateClusterConfig: ResourceInUseException, InvalidRequestException. */
export function restingCluster(call: EksCall): Cluster {
  const cluster = clusterOf(call);
  refuseWhileUpdating(call, cluster, `cluster ${cluster.wire.name}`);
  const status = statusOf(cluster);
  if (status !== 'ACTIVE') throw badState(`Cannot ${call.operation} because the cluster is ${status}`);
  return cluster;
}

/** "Amazon EKS deletes the original network interfaces that it created, and creates new network interfaces." */
export async function renewInterfaces(call: EksCall, cluster: Cluster): Promise<void> {
  const vpc = object(cluster.wire, 'resourcesVpcConfig') ?? {};
  const subnets = await findSubnets(call, texts(vpc, 'subnetIds') ?? []);
  const old = cluster.interfaces;
  cluster.interfaces = await makeInterfaces(call, {
    cluster: String(cluster.wire.name),
    subnets,
    groupIds: [cluster.groupId, ...(texts(vpc, 'securityGroupIds') ?? [])],
  });
  for (const id of old) await call.neighbours.removeInterface(cluster.place, id);
}
