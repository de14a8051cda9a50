import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import type { Adaptor } from '../../engine/adaptor.ts';
import { onlyRead } from '../only-read.ts';
import type { AwsScope } from '../scope.ts';
import { type ClusterState, clusterState } from './cluster-state.ts';
import { orGone } from './eks-errors.ts';
import { withSupport } from './support.ts';

export interface ExistingClusterDesired {
  readonly clusterName: string;
}

/** A cluster that somebody else keeps. Only reads: a node of this type is `watched`. */
export const existingClusterAdaptor: Adaptor<ExistingClusterDesired, ClusterState> = {
  type: 'eks/existing-cluster',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  settleMs: 0,
  async find(scope, _identity, { desired }) {
    if (desired === undefined) return [];
    const { clusterName: name } = desired;
    const answer = await orGone((scope as AwsScope).eks.send(new DescribeClusterCommand({ name })));
    const cluster = answer?.cluster;
    if (cluster?.arn === undefined) return [];
    const state = clusterState(cluster);
    return [
      await withSupport(scope as AwsScope, { id: name, name, arn: cluster.arn, tags: 'inherited', state }),
    ];
  },
  ...onlyRead('an existing cluster is only read'),
  readiness({ status, issues, version }) {
    if (status === 'ACTIVE' || status === 'UPDATING') return { is: 'ready' };
    const message = `the existing cluster (${version}) is ${status}${issues === '' ? '' : `: ${issues}`}`;
    return { is: 'failed', message };
  },
};
