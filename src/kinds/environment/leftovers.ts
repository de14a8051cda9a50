import type { LeftoversDesired } from '../../aws/leftovers/swept.ts';
import type { GraphNode, Observations, Waiting } from '../../engine/graph.ts';
import { clusterName } from './cluster.ts';
import { subnetNodes } from './network.ts';
import { madeNetwork } from './network-spec.ts';
import { type Input, withId } from './node.ts';

/** The VPC that a cluster of this environment is in. */
interface Place {
  /** What is held by things in it. */
  readonly vpc: readonly string[];
  readonly parts: readonly string[];
  id(seen: Observations, make: (vpcId: string) => LeftoversDesired): LeftoversDesired | Waiting;
}

/**
 * What Services, Ingresses and nodes of the cluster left in the VPC: it holds subnets, groups and the way out. There
 * whatever the spec says by now of a cluster, for one that it had before left things too.
 */
export function leftoverNodes(input: Input): readonly GraphNode<LeftoversDesired>[] {
  const at = placeOf(input);
  if (at === undefined) return [];
  const { vpc, parts } = at;
  const swept = (id: string, type: string, dependsOn: readonly string[]) =>
    ({
      id,
      type,
      role: 'swept',
      leftBy: ['cluster'],
      dependsOn,
      desired: seen => at.id(seen, vpcId => ({ vpcId, clusterName: clusterName(input) })),
    }) satisfies GraphNode<LeftoversDesired>;
  const groups = 'left/security-groups';
  const interfaces = 'left/network-interfaces';
  const targets = 'left/target-groups';
  return [
    swept('left/load-balancers', 'elbv2/left-load-balancers', [targets, interfaces]),
    swept('left/classic-load-balancers', 'elb/left-load-balancers', [interfaces]),
    swept(targets, 'elbv2/left-target-groups', vpc),
    swept(interfaces, 'ec2/left-interfaces', [groups, ...parts]),
    swept(groups, 'ec2/left-security-groups', vpc),
  ];
}

/**
 * Undefined: there is none, or never was a cluster. One that was there already is never ours, and neither is what it
 * left: admission lets no environment change from one of its own to an existing one, or back.
 */
function placeOf(input: Input): Place | undefined {
  const { spec } = input;
  if (spec.kubernetes?.existing !== undefined) return undefined;
  if (madeNetwork(spec) !== undefined) {
    const subnets = [...subnetNodes(input, 'public'), ...subnetNodes(input, 'private')];
    return {
      vpc: ['vpc'],
      parts: ['internet-gateway', ...subnets],
      id: (seen, make) => withId(seen, 'vpc', make),
    };
  }
  const existing = spec.network?.enabled === false ? undefined : spec.network?.existing;
  if (existing === undefined) return undefined;
  return { vpc: [], parts: [], id: (_, make) => make(existing.vpcId) };
}
