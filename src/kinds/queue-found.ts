import type { QueueSpec } from '../api/queue.ts';
import { placeOf, queueArn } from '../aws/arn.ts';
import { hasStatement } from '../aws/policy.ts';
import type { QueueState } from '../aws/sqs/queue.ts';
import type { Observations, TaggedObservations } from '../engine/graph.ts';
import { TAG_PREFIX } from '../engine/owner.ts';
import { deadLetterNameOf } from './senders.ts';
import { allowEventBridge } from './statements.ts';

/** What a queue that is there already tells of the spec that it was once made by, if it was. */

export function attributesOf(seen: Observations): Readonly<Record<string, string>> | undefined {
  return seen.state<QueueState>('queue')?.attributes;
}

/**
 * Every rule of the account is let in, by the statement that `acceptEventBridge` writes. One of the same name that lets in
 * a single rule is no decision to let in all of them.
 */
export function letsInEventBridge(seen: TaggedObservations): boolean | undefined {
  const [attributes, arn] = [attributesOf(seen), seen.arn('queue')];
  if (attributes === undefined || arn === undefined) return undefined;
  return hasStatement(attributes.Policy, allowEventBridge(placeOf(arn), arn));
}

/**
 * Messages that fail go to the dead-letter queue that the Queue makes. Where they go to another one, or nowhere, that was
 * somebody's decision: it is left so, unless the spec says something of dead letters.
 */
export function deadLetterMode(
  { deadLetter }: Pick<QueueSpec, 'deadLetter'>,
  seen: TaggedObservations,
): 'Enabled' | 'Disabled' | undefined {
  if (attributesOf(seen) === undefined) return undefined;
  if (asksForDeadLetters({ deadLetter })) return 'Enabled';
  const [target, own] = [redrive(seen)?.deadLetterTargetArn, ownDeadLetterArn(seen)];
  return target !== undefined && target === own ? 'Enabled' : 'Disabled';
}

/** It was found without dead letters once, and the spec has asked for them since. */
export function settledDeadLetters(
  spec: Pick<QueueSpec, 'deadLetter'>,
  defaults: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const isOpen = defaults['deadLetter.mode'] === 'Disabled' && spec.deadLetter?.mode === undefined;
  return isOpen && asksForDeadLetters(spec) ? { ...defaults, 'deadLetter.mode': 'Enabled' } : defaults;
}

function asksForDeadLetters({ deadLetter }: Pick<QueueSpec, 'deadLetter'>): boolean {
  return deadLetter?.maxReceiveCount !== undefined || deadLetter?.messageRetentionSeconds !== undefined;
}

export function redrive(
  seen: Observations,
): { readonly maxReceiveCount?: unknown; readonly deadLetterTargetArn?: unknown } | undefined {
  const text = attributesOf(seen)?.RedrivePolicy;
  if (text === undefined || text === '') return undefined;
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
}

/** By the tags of the queue, also where the dead-letter queue is gone: it is to be made again then. */
function ownDeadLetterArn(seen: TaggedObservations): string | undefined {
  const arn = seen.arn('queue');
  const tag = (name: string) => seen.tags('queue')[`${TAG_PREFIX}${name}`];
  const [installation, environment, name] = [tag('installation'), tag('environment'), tag('name')];
  if (arn === undefined || installation === undefined || environment === undefined || name === undefined)
    return undefined;
  const place = placeOf(arn);
  const spec = { fifo: attributesOf(seen)?.FifoQueue === 'true' };
  const queue = { kind: 'Queue', namespace: tag('namespace') ?? '', name, uid: '', spec };
  return queueArn(
    place,
    deadLetterNameOf({ installation, place, environment: { name: environment } }, queue),
  );
}
