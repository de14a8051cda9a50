import type { ExistingNetworkState } from '../../aws/ec2/existing-network.ts';
import type { SubnetMarkDesired } from '../../aws/ec2/subnet-mark.ts';
import { isGoodMark, type SubnetMarkState } from '../../aws/ec2/subnet-mark-state.ts';
import { few } from '../../engine/few.ts';
import type { GraphNode } from '../../engine/graph.ts';
import type { ConditionsOf, KindCondition } from '../kind.ts';
import { existingCluster, madeCluster } from './cluster-spec.ts';
import { ROLE_TAGS } from './network.ts';
import { EXISTING_NETWORK } from './network-source.ts';
import { type Input, unique } from './node.ts';

/**
 * The tags by which load balancers of the cluster find their subnets, on those that are there already: nothing else of these
 * is written. Who keeps them may not let us: then people are told.
 */
export function subnetMarkNodes(input: Input): readonly GraphNode<SubnetMarkDesired>[] {
  const { spec } = input;
  const { existing } = spec.network ?? {};
  const hasCluster = madeCluster(spec) !== undefined || existingCluster(spec) !== undefined;
  if (existing === undefined || spec.network?.enabled === false || !hasCluster) return [];
  const { vpcId, privateSubnetIds, publicSubnetIds = [] } = existing;
  const nodes = (subnetIds: readonly string[], tags: Readonly<Record<string, string>>) =>
    subnetIds.flatMap(subnetId =>
      Object.keys(tags).map((key): GraphNode<SubnetMarkDesired> => {
        const id = `subnet-mark/${subnetId}`;
        return {
          id,
          type: 'ec2/subnet-mark',
          name: unique(input, id),
          dependsOn: [EXISTING_NETWORK],
          optional: true,
          aside: true,
          mayBeRefused: true,
          desired(seen) {
            const state = seen.state<ExistingNetworkState>(EXISTING_NETWORK);
            const subnets = [...(state?.privateSubnets ?? []), ...(state?.publicSubnets ?? [])];
            return subnets.some(one => one.id === subnetId)
              ? { vpcId, subnetId, key }
              : { waitingFor: `subnet ${subnetId} of the existing network`, node: EXISTING_NETWORK };
          },
        };
      }),
    );
  return [...nodes(privateSubnetIds, ROLE_TAGS.private), ...nodes(publicSubnetIds, ROLE_TAGS.public)];
}

/** Whether load balancers find their subnets by themselves: Ready does not wait for it. */
export function subnetsTagged(input: Input, { seen, nodes }: ConditionsOf): readonly KindCondition[] {
  const marks = subnetMarkNodes(input);
  if (marks.length === 0) return [];
  const type = 'SubnetsTagged';
  const problems = marks.flatMap(({ id }) => {
    const subnetId = id.slice('subnet-mark/'.length);
    const state = seen.state<SubnetMarkState>(id);
    if (state !== undefined && isGoodMark(state)) return [];
    const { message = 'not tagged yet' } = nodes.find(one => one.node === id) ?? {};
    return state?.value === undefined
      ? `${subnetId}: ${message}`
      : `${subnetId}: its tag says "${state.value}", which is somebody else's and is left alone`;
  });
  if (problems.length === 0) return [{ type, status: 'True', reason: 'Tagged', message: '' }];
  const ways = `Load balancers find subnets by ${Object.keys(ROLE_TAGS.public)} (public) and ${Object.keys(ROLE_TAGS.private)} (private): have who keeps the network set them to 1, or name the subnets in each Service and Ingress`;
  return [{ type, status: 'False', reason: 'NotTagged', message: `${few(problems, { by: '; ' })}. ${ways}` }];
}
