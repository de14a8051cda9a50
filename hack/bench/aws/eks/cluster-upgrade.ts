import { compareVersions, minorOf } from '../../../../src/aws/eks/versions.ts';
import type { Handler } from './call.ts';
import { isOffered } from './catalogue.ts';
import { renewInterfaces, restingCluster } from './cluster-rest.ts';
import { checkEncryption } from './cluster-settings.ts';
import { flag, object, objects, text } from './input.ts';
import { badState, invalid, Refusal } from './refusal.ts';
import { beginUpdate } from './updates.ts';

/**
 * "You can update only one minor version at a time": user guide, "Update existing cluster to new Kubernetes version".
 * The way back within seven days that AWS offers since 2026 ("Roll back a cluster") is not part of the bench.
 * "All of your node groups' Kubernetes versions must match the cluster's": UpdateClusterVersion. InvalidStateException:
 * "Amazon EKS detected upgrade readiness issues. Call the ListInsights API ... Pass the force flag".
 */
const updateClusterVersion: Handler = call => {
  const { input } = call;
  const cluster = restingCluster(call);
  const { wire } = cluster;
  const before = String(wire.version);
  const after = text(input, 'version') ?? '';
  if (minorOf(after) === undefined || !isOffered(call, after))
    throw invalid(`unsupported Kubernetes version ${after}`);
  if (after === before) throw invalid(`Cluster is already at the desired version ${after}`);
  if (compareVersions(after, before) !== 1)
    throw invalid(`Unsupported Kubernetes minor version update from ${before} to ${after}`);
  const behind = [...cluster.nodegroups].filter(([, one]) => one.wire.version !== before);
  if (behind.length > 0) {
    const names = behind.map(([name]) => name).join(', ');
    throw invalid(
      `Nodegroup(s) ${names} must be updated to match cluster version ${before} before updating cluster version to ${after}`,
    );
  }
  const blocking = [...cluster.insights.values()].filter(
    one => one.kubernetesVersion === after && object(one, 'insightStatus')?.status === 'ERROR',
  );
  if (blocking.length > 0 && flag(input, 'force') !== true) {
    const message = `Cluster ${wire.name} has upgrade readiness issues: ${blocking.map(one => one.name).join(', ')}. Call the ListInsights API to view them`;
    throw new Refusal('InvalidStateException', message);
  }
  return beginUpdate(call, {
    cluster,
    thing: cluster,
    kind: 'cluster',
    name: String(wire.name),
    type: 'VersionUpdate',
    params: { Version: after, PlatformVersion: 'eks.9' },
    duration: 'upgradeCluster',
    async apply() {
      wire.version = after;
      wire.platformVersion = 'eks.9';
      await renewInterfaces(call, cluster);
    },
  });
};

/** "Use this API to enable encryption on existing clusters that don't already have encryption enabled." */
const associateEncryptionConfig: Handler = async call => {
  const cluster = restingCluster(call);
  const { wire } = cluster;
  if ((objects(wire, 'encryptionConfig') ?? []).length > 0)
    throw badState('Cluster already has encryption configured');
  const encryptionConfig = objects(call.input, 'encryptionConfig') ?? [];
  if (encryptionConfig.length !== 1) throw invalid('encryptionConfig needs one provider');
  await checkEncryption(call, encryptionConfig);
  return beginUpdate(call, {
    cluster,
    thing: cluster,
    kind: 'cluster',
    name: String(wire.name),
    type: 'AssociateEncryptionConfig',
    params: { EncryptionConfig: JSON.stringify(encryptionConfig) },
    duration: 'updateCluster',
    apply: () => {
      wire.encryptionConfig = encryptionConfig;
    },
  });
};

export const clusterUpgradeHandlers: Record<string, Handler> = {
  UpdateClusterVersion: updateClusterVersion,
  AssociateEncryptionConfig: associateEncryptionConfig,
};
