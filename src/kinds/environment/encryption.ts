import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { GraphNode } from '../../engine/graph.ts';
import type { KindInput } from '../kind.ts';
import { keyNodes } from '../own-key.ts';
import { allowAccountSenders } from '../statements.ts';

/** Services that read or write for the account's queues and topics. */
const SENDERS = ['sns.amazonaws.com', 's3.amazonaws.com', 'events.amazonaws.com'] as const;

/** The environment's key: kept when the environment goes, unless the spec says otherwise, for what it encrypted is lost with it. */
export function encryptionNodes(input: KindInput<OptaEnvironmentSpec>): readonly GraphNode[] {
  const { encryption } = input.spec;
  return keyNodes(input, {
    description: `OptaEnvironment ${input.name}`,
    statements: SENDERS.map(service => allowAccountSenders(input.place, service)),
    deletionWindowDays: encryption?.deletionWindowDays ?? 30,
    optional: false,
    ...(encryption?.onDelete === 'Schedule' ? {} : { keepOnDelete: 'spec.encryption.onDelete is Keep' }),
  });
}
