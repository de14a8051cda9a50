import type { GraphNode } from '../../engine/graph.ts';
import { keyNodes } from '../own-key.ts';
import { allowAutoScaling, allowLogs } from '../statements.ts';
import { accessNodes } from './access.ts';
import { addonNodes } from './addons.ts';
import { clusterNodes } from './cluster.ts';
import { madeCluster } from './cluster-spec.ts';
import { controllerNodes } from './controllers.ts';
import { flowLogNodes } from './flow-logs.ts';
import { leftoverNodes } from './leftovers.ts';
import { linkedRoleId } from './linked-roles.ts';
import { networkNodes } from './network.ts';
import type { Input } from './node.ts';
import { nodeGroupNodes } from './nodes.ts';
import { storeNodes } from './stores.ts';

/** An environment with all its parts, in one graph; the order follows from the dependencies alone. */
export function wholeGraph(input: Input): readonly GraphNode[] {
  return [
    ...wholeKeyNodes(input),
    ...networkNodes(input),
    ...flowLogNodes(input),
    ...storeNodes(input),
    ...clusterNodes(input),
    ...addonNodes(input),
    ...nodeGroupNodes(input),
    ...accessNodes(input),
    ...controllerNodes(input),
    ...leftoverNodes(input),
  ];
}

/** The key lets the environment's log groups and its encrypted nodes in; whose role it names must exist before. */
function wholeKeyNodes(input: Input): readonly GraphNode[] {
  const withNodes = madeCluster(input.spec) !== undefined;
  return keyNodes(input, {
    description: `OptaEnvironment ${input.name}`,
    statements: [allowLogs(input.place), ...(withNodes ? allowAutoScaling(input.place) : [])],
    deletionWindowDays: input.spec.encryption?.deletionWindowDays ?? 30,
    optional: false,
    ...(withNodes ? { dependsOn: [linkedRoleId('autoscaling')] } : {}),
  });
}
