import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { GraphNode } from '../../engine/graph.ts';
import type { KindInput } from '../kind.ts';
import { keyNodes } from '../own-key.ts';
import { allowAccountSenders, allowAutoScaling, allowLogs } from '../statements.ts';
import { madeCluster } from './cluster-spec.ts';
import { linkedRoleId } from './linked-roles.ts';

/** Services that read or write for the account's queues and topics. */
const SENDERS = ['sns.amazonaws.com', 's3.amazonaws.com', 'events.amazonaws.com'] as const;

/** The environment's key: kept when the environment goes, unless the spec says otherwise, for what it encrypted is lost with it. */
export function encryptionNodes(input: KindInput<OptaEnvironmentSpec>): readonly GraphNode[] {
  const { encryption } = input.spec;
  const cluster = madeCluster(input.spec);
  return keyNodes(input, {
    description: `OptaEnvironment ${input.name}`,
    statements: [
      ...SENDERS.map(service => allowAccountSenders(input.place, service)),
      ...(input.spec.network?.enabled === true ? [allowLogs(input.place)] : []),
      ...(cluster === undefined ? [] : allowAutoScaling(input.place)),
    ],
    ...(cluster === undefined ? {} : { dependsOn: [linkedRoleId('autoscaling')] }),
    deletionWindowDays: encryption?.deletionWindowDays ?? 30,
    optional: false,
    ...(encryption?.onDelete === 'Schedule' ? {} : { keepOnDelete: 'spec.encryption.onDelete is Keep' }),
  });
}
