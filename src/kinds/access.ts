import type { SenderAccessDesired } from '../aws/sqs/sender-access.ts';
import type { GraphNode, Waiting } from '../engine/graph.ts';
import type { KindInput, SpecOf } from './kind.ts';
import { queueArnOf, queueNameOf, senderOf } from './senders.ts';
import { allowAccountSenders, allowKeyUse, allowSend } from './statements.ts';

/** Looks whether a Queue has opened itself for this object: both sides compute the same statements. */
export function queueAccessNode(input: KindInput<unknown>, name: string): GraphNode<SenderAccessDesired> {
  const queue = input.referred({ kind: 'Queue', name });
  return {
    id: accessId('Queue', name),
    type: 'sqs/sender-access',
    role: 'watched',
    dependsOn: [],
    whenAbsent: unmade(input, 'Queue', name),
    desired: () => (queue === undefined ? missing(input, 'Queue', name) : accessOf(input, queue)),
  };
}

export function accessId(kind: string, name: string): string {
  return `access/${kind.toLowerCase()}/${name}`;
}

export function missing(input: KindInput<unknown>, kind: string, name: string): { waitingFor: string } {
  const here = `namespace ${input.namespace} in environment ${input.environment.name}`;
  return { waitingFor: `${kind} ${name}, which does not exist in ${here}` };
}

/** Its own conditions say more; of its status a graph knows nothing. */
export function unmade({ namespace }: KindInput<unknown>, kind: string, name: string): Waiting {
  const look = `kubectl describe -n ${namespace} ${kind.toLowerCase()}.opta.dev/${name}`;
  return { waitingFor: `${kind} ${namespace}/${name}, which is not made in AWS yet; why: ${look}` };
}

function accessOf(input: KindInput<unknown>, queue: SpecOf): SenderAccessDesired {
  const sender = senderOf(input, { ...input, spec: specOf(input) });
  return {
    queueName: queueNameOf(input, queue),
    queueStatement: allowSend(input.place, queueArnOf(input, queue), sender),
    keyStatements: [allowKeyUse(input.place, sender), allowAccountSenders(input.place, sender.service)],
  };
}

function specOf(input: KindInput<unknown>): Record<string, unknown> {
  return typeof input.spec === 'object' && input.spec !== null ? { ...input.spec } : {};
}
