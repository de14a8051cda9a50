import type { AwsAdaptor } from '../aws-adaptor.ts';
import { onlyRead } from '../only-read.ts';
import { judgeReach, type Reach, type ReachDesired } from './reach.ts';

/**
 * Whether the operator gets to a cluster's API server: nobody's resource, only looked at. It is ready whatever comes of
 * it, for the cluster serves others; the verdict is in its state.
 */
export const reachAdaptor: AwsAdaptor<ReachDesired, Reach> = {
  type: 'eks/reach',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  settleMs: 0,
  sharesReads: true,
  async find(scope, _identity, { desired }) {
    if (desired === undefined) return [];
    const answer = await scope.reachOf(desired);
    return [{ id: desired.endpoint, tags: 'inherited', state: judgeReach(desired, answer) }];
  },
  ...onlyRead('a way to a cluster is made in networks, and only looked at here'),
  readiness: () => ({ is: 'ready' }),
};
