import type { LeftoversDesired } from '../../aws/leftovers/swept.ts';
import type { GraphNode } from '../../engine/graph.ts';
import { clusterName } from './cluster.ts';
import { subnetNodes } from './network.ts';
import { type Input, withId } from './node.ts';

const SUBNETS = ['public', 'private'] as const;

/**
 * What Services, Ingresses and nodes of the cluster left in the VPC: it holds subnets, groups and the way out. There
 * whatever the spec says by now, for a cluster that it had before left things too.
 */
export function leftoverNodes(input: Input): readonly GraphNode<LeftoversDesired>[] {
  function swept(id: string, type: string, dependsOn: readonly string[]): GraphNode<LeftoversDesired> {
    return {
      id,
      type,
      role: 'swept',
      leftBy: ['cluster'],
      dependsOn,
      desired: seen => withId(seen, 'vpc', vpcId => ({ vpcId, clusterName: clusterName(input) })),
    };
  }
  const subnets = SUBNETS.flatMap(tier => subnetNodes(input, tier));
  const groups = 'left/security-groups';
  const interfaces = 'left/network-interfaces';
  const targets = 'left/target-groups';
  return [
    swept('left/load-balancers', 'elbv2/left-load-balancers', [targets, interfaces]),
    swept('left/classic-load-balancers', 'elb/left-load-balancers', [interfaces]),
    swept(targets, 'elbv2/left-target-groups', ['vpc']),
    swept(interfaces, 'ec2/left-interfaces', [groups, 'internet-gateway', ...subnets]),
    swept(groups, 'ec2/left-security-groups', ['vpc']),
  ];
}
