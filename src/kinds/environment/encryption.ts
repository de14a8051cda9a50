import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { GraphNode } from '../../engine/graph.ts';
import type { KindInput } from '../kind.ts';
import { keyNodes } from '../own-key.ts';
import { allowAccountSenders, allowAutoScaling, allowEventBridgeKeyUse, allowLogs } from '../statements.ts';
import { CLUSTER_LOG_GROUP } from './cluster.ts';
import { madeCluster } from './cluster-spec.ts';
import { FLOW_LOG_GROUP } from './flow-logs.ts';
import { keyLayout } from './layout.ts';
import { linkedRoleId } from './linked-roles.ts';
import { madeNetwork } from './network-spec.ts';

/** Services that read or write for the account's queues and topics. */
const SENDERS = ['sns.amazonaws.com', 's3.amazonaws.com'] as const;

const LOG_GROUPS = [CLUSTER_LOG_GROUP, FLOW_LOG_GROUP] as const;

/** The role that it names was there, so it is. */
function namesAutoScaling(policy: string | undefined): boolean {
  return policy?.includes('"AllowAutoScaling"') === true;
}

/** The environment's key: kept when the environment goes, unless the spec says otherwise, for what it encrypted is lost with it. */
export function encryptionNodes(input: KindInput<OptaEnvironmentSpec>): readonly GraphNode[] {
  const { encryption } = input.spec;
  const withNodes = madeCluster(input.spec) !== undefined;
  const withLogs = withNodes || madeNetwork(input.spec) !== undefined;
  return keyNodes(input, {
    description: `OptaEnvironment ${input.name}`,
    statements: (policy, seen) => [
      ...SENDERS.map(service => allowAccountSenders(input.place, service)),
      allowEventBridgeKeyUse(input.place),
      ...(withLogs || LOG_GROUPS.some(seen.isLeaving) ? [allowLogs(input.place)] : []),
      ...(withNodes || (seen.isLeaving('cluster') && namesAutoScaling(policy))
        ? allowAutoScaling(input.place)
        : []),
    ],
    // AWS KMS refuses a policy that names a role which does not exist.
    ...(withNodes ? { dependsOn: [linkedRoleId('autoscaling')] } : {}),
    deletionWindowDays: encryption?.deletionWindowDays ?? 30,
    optional: false,
    marks: keyLayout(input.spec),
    ...(encryption?.onDelete === 'Schedule' ? {} : { keepOnDelete: 'spec.encryption.onDelete is Keep' }),
  });
}
