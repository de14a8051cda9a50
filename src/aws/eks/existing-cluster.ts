import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { onlyRead } from '../only-read.ts';
import { type ClusterState, clusterState } from './cluster-state.ts';
import { withSupport } from './support.ts';

/** As often as the SDK's own waiter looks. */
const LOOK_AGAIN_MS = 30_000;

const WITHOUT_ISSUER =
  'EKS shows no OpenID Connect issuer of the existing cluster, so that its pods can be given no roles. One that was registered by EKS Connector has none, for EKS does not run it: make a new OptaEnvironment with a cluster that it runs (spec.kubernetes.existing.clusterName)';

export interface ExistingClusterDesired {
  readonly clusterName: string;
}

/** A cluster that somebody else keeps. Only reads: a node of this type is `watched`. */
export const existingClusterAdaptor: AwsAdaptor<ExistingClusterDesired, ClusterState> = {
  type: 'eks/existing-cluster',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  settleMs: 0,
  async find(scope, _identity, { desired }) {
    if (desired === undefined) return [];
    const { clusterName: name } = desired;
    const answer = await orAbsent(scope.eks.send(new DescribeClusterCommand({ name })));
    const cluster = answer?.cluster;
    if (cluster?.arn === undefined) return [];
    const state = clusterState(cluster);
    return [await withSupport(scope, { id: name, name, arn: cluster.arn, tags: 'inherited', state })];
  },
  ...onlyRead('an existing cluster is only read'),
  readiness({ status, issues, version, issuer }) {
    if (status === 'CREATING') {
      const message = `the existing cluster (${version}) is still being created`;
      return { is: 'in progress', message, againInMs: LOOK_AGAIN_MS };
    }
    // Amazon EKS User Guide, "Connect a Kubernetes cluster to the Amazon EKS Management Console with EKS Connector": it only shows
    // such a cluster; EKS runs it not, and has no identity for its pods.
    if (status === 'ACTIVE' && issuer === undefined) return { is: 'failed', message: WITHOUT_ISSUER };
    if (status === 'ACTIVE' || status === 'UPDATING') return { is: 'ready' };
    const message = `the existing cluster (${version}) is ${status}${issues === '' ? '' : `: ${issues}`}`;
    return { is: 'failed', message };
  },
};
