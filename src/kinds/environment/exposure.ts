import type { Exposure, ExposureDesired } from '../../aws/ec2/exposure.ts';
import { few } from '../../engine/few.ts';
import type { GraphNode } from '../../engine/graph.ts';
import type { ConditionsOf, KindCondition } from '../kind.ts';
import { clusterName } from './cluster.ts';
import { madeCluster } from './cluster-spec.ts';
import { EXISTING_NETWORK, networkSource, withSource } from './network-source.ts';
import { madeNetwork } from './network-spec.ts';
import type { Input } from './node.ts';

const EXPOSURE = 'exposure';

/** Looks at what of the network can be reached from outside of it. Nothing waits for it. */
export function exposureNodes(input: Input): readonly GraphNode<ExposureDesired>[] {
  const vpc = networkSource(input)?.vpc;
  if (vpc === undefined) return [];
  const isOurs = madeNetwork(input.spec) !== undefined;
  return [
    {
      id: EXPOSURE,
      type: 'ec2/exposure',
      role: 'watched',
      aside: true,
      dependsOn: vpc.dependsOn,
      desired: seen =>
        withSource(seen, vpc, ({ id, cidrs }) => ({
          vpcId: id,
          cidrs,
          isOurs,
          // How open the cluster of others is its keepers decide.
          ...(madeCluster(input.spec) === undefined ? {} : { clusterName: clusterName(input) }),
        })),
    },
  ];
}

const WORST_FIRST = ['PublicAddress', 'OpenToInternet', 'OpenToOtherNetworks'] as const;

/** Told, and no more: a load balancer that passes clients' addresses through needs such rules, and Ready does not wait. */
export function exposureConditions(input: Input, { seen, nodes }: ConditionsOf): readonly KindCondition[] {
  const [node] = exposureNodes(input);
  const state = seen.state<Exposure>(EXPOSURE);
  const [type, acls] = ['NetworkExposed', 'NetworkAclsOpen'];
  if (node === undefined) return [];
  if (state === undefined) {
    const unusable = nodes.find(one => one.node === EXISTING_NETWORK && one.state === 'Failed');
    if (unusable === undefined) return [];
    return [{ type, status: 'Unknown', reason: 'NotKnown', message: unusable.message ?? '' }];
  }
  const { waysIn, restricted, unknown } = state;
  const isOurs = madeNetwork(input.spec) !== undefined;
  if (unknown !== undefined) {
    const of = { status: 'Unknown', reason: 'NotKnown', message: unknown } as const;
    return [{ type, ...of }, ...(isOurs ? [{ type: acls, ...of }] : [])];
  }
  const reason = WORST_FIRST.find(one => waysIn.some(({ is }) => is === one));
  const exposed: KindCondition =
    reason === undefined
      ? { type, status: 'False', reason: 'Internal', message: '' }
      : {
          type,
          status: 'True',
          reason,
          warns: true,
          message: `${few(inOrder(waysIn), { by: '; ' })}. Load balancers of the cluster that pass the addresses of clients through need such rules; what nobody needs is to be taken away in AWS`,
        };
  if (!isOurs) return [exposed];
  const open: KindCondition =
    restricted.length === 0
      ? { type: acls, status: 'True', reason: 'Open', message: '' }
      : {
          type: acls,
          status: 'False',
          reason: 'Restricted',
          message: `${few(restricted, { by: '; ' })}. What is cut off by that may not work; the operator does not change network ACLs`,
        };
  return [exposed, open];
}

function inOrder(waysIn: Exposure['waysIn']): readonly string[] {
  return WORST_FIRST.flatMap(one => waysIn.filter(({ is }) => is === one)).map(({ text }) => text);
}
