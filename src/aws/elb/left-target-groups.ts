import { DeleteTargetGroupCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { CloudError } from '../../engine/errors.ts';
import { orAbsent } from '../errors.ts';
import { isLeftOf, madeFor } from '../leftovers/proof.ts';
import { sweptAdaptor } from '../leftovers/swept.ts';
import { listTargetGroups, tagsOfArns } from './read.ts';

interface LeftTargetGroup {
  /** Of load balancers that send requests to it. */
  readonly loadBalancerArns: readonly string[];
}

/** Target groups of a cluster's load balancers, which go after these. */
export const leftTargetGroupsAdaptor = sweptAdaptor<LeftTargetGroup>({
  type: 'elbv2/left-target-groups',
  async find(scope, { vpcId, clusterName }) {
    const here = (await listTargetGroups(scope)).filter(one => one.VpcId === vpcId);
    const tags = await tagsOfArns(
      scope,
      here.map(one => one.TargetGroupArn ?? ''),
    );
    return here.flatMap(({ TargetGroupArn: id = '', TargetGroupName, LoadBalancerArns = [] }) => {
      const own = tags.get(id) ?? {};
      if (!isLeftOf(clusterName, own)) return [];
      const object = madeFor(own);
      const name = `target group ${TargetGroupName}${object === undefined ? '' : ` of ${object}`}`;
      return { id, name, state: { loadBalancerArns: LoadBalancerArns.toSorted() } };
    });
  },
  async remove({ elbv2 }, { id, name = id, state }) {
    try {
      await orAbsent(elbv2.send(new DeleteTargetGroupCommand({ TargetGroupArn: id })));
    } catch (error) {
      if (!(error instanceof CloudError) || error.class !== 'Blocked' || state.loadBalancerArns.length === 0)
        throw error;
      const blockers = state.loadBalancerArns.map(arn => ({
        resource: `load balancer ${arn}`,
        reason: `a listener of it sends to ${name}`,
      }));
      const named = state.loadBalancerArns.join(', ');
      throw new CloudError('Blocked', `${error.message} ${name} is used by load balancer ${named}`, {
        code: error.code,
        blockers,
        cause: error,
      });
    }
  },
});
