import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { Reach } from '../../aws/eks/reach.ts';
import { few } from '../../engine/few.ts';
import type { ConditionsOf, KindCondition, KindInput, NodeStanding } from '../kind.ts';
import { accessNodes } from './access.ts';
import { addonNodes } from './addons.ts';
import { clusterNodes, existingClusterNodes, REACH } from './cluster.ts';
import { clusterInNetwork } from './cluster-in-network.ts';
import { existingCluster, madeCluster } from './cluster-spec.ts';
import { subnetsSuitable } from './cluster-subnets.ts';
import { dnsConditions } from './dns-conditions.ts';
import { encryptionNodes } from './encryption.ts';
import { exposureConditions } from './exposure.ts';
import { flowLogNodes } from './flow-logs.ts';
import { networkNodes } from './network.ts';
import { existingNetworkNodes } from './network-source.ts';
import { nodeImageOutdated } from './node-image-condition.ts';
import { nodeGroupNodes } from './nodes.ts';
import { subnetsTagged } from './subnet-marks.ts';
import { supportEnding } from './support-condition.ts';
import { isInTrouble, troubleOf } from './trouble.ts';
import { upgradeCondition } from './upgrade-condition.ts';

type Input = KindInput<OptaEnvironmentSpec>;

/** How the parts of an environment stand, and what is going to need a person. */
export function conditions(input: Input, of: ConditionsOf): readonly KindCondition[] {
  const part = (type: string, nodes: readonly { readonly id: string }[]) =>
    partCondition(type, nodes, of.nodes);
  return [
    part('EncryptionReady', encryptionNodes(input)),
    part('NetworkReady', [...existingNetworkNodes(input), ...networkNodes(input), ...flowLogNodes(input)]),
    part('ClusterReady', [
      ...existingClusterNodes(input),
      ...clusterNodes(input),
      ...accessNodes(input),
      ...addonNodes(input),
    ]),
    part('NodesReady', nodeGroupNodes(input)),
    subnetsSuitable(input, of.seen),
    subnetsTagged(input, of),
    clusterReachable(input, of),
    clusterInNetwork(input, of),
    dnsConditions(input.spec, of),
    upgradeCondition(input, of),
    supportEnding(input, of),
    nodeImageOutdated(input, of),
    exposureConditions(input, of),
  ].flat();
}

/** All nodes of a part as one; none where the spec has no such part. */
function partCondition(
  type: string,
  of: readonly { readonly id: string }[],
  nodes: readonly NodeStanding[],
): readonly KindCondition[] {
  const ids = new Set(of.map(node => node.id));
  if (ids.size === 0) return [];
  const open = nodes.filter(({ node, state }) => ids.has(node) && state !== 'Ready');
  if (open.length === 0) {
    const told = nodes.filter(({ node, message }) => ids.has(node) && message !== undefined);
    return [{ type, status: 'True', reason: 'Ready', message: inWords(told) }];
  }
  const trouble = open.filter(isInTrouble);
  const [first] = trouble;
  return [
    {
      type,
      status: 'False',
      reason: first === undefined ? 'Progressing' : troubleOf(first),
      message: inWords(first === undefined ? open : trouble),
    },
  ];
}

function inWords(nodes: readonly NodeStanding[]): string {
  return few(
    nodes.map(one => `${one.node} ${one.message ?? one.state}`),
    { by: '; ' },
  );
}

/** Of the operator alone: pods and people have ways of their own, so that Ready does not wait for it. */
function clusterReachable({ spec }: Input, { seen }: ConditionsOf): readonly KindCondition[] {
  if (madeCluster(spec) === undefined && existingCluster(spec) === undefined) return [];
  const type = 'ClusterReachable';
  const reach = seen.state<Reach>(REACH);
  if (reach === undefined)
    return [{ type, status: 'Unknown', reason: 'ClusterPending', message: 'the cluster is not there yet' }];
  const { verdict, message } = reach;
  return [{ type, status: verdict === 'Reachable' ? 'True' : 'False', reason: verdict, message }];
}
