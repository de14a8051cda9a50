import { isObject } from '../../policy/document.ts';
import { mapField, type Overlay } from '../overlay.ts';
import { queueAttributes } from './questions.ts';
import { invalid, queueArn } from './sqs-queue.ts';

const WRITES = ['CreateQueue', 'SetQueueAttributes'];
const isFifo = (arn: string) => arn.endsWith('.fifo');

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// SQS names no code for either policy; people quote this one.
function refusal(parameter: string, value: string, reason: string): [code: string, message: string] {
  return [
    'InvalidParameterValue',
    `Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}.`,
  ];
}

const target: Overlay = {
  service: 'sqs',
  operation: WRITES,
  source:
    'SQS API, SetQueueAttributes: RedrivePolicy "The dead-letter queue of a FIFO queue must also be a FIFO queue", RedriveAllowPolicy "byQueue: Only queues specified by the sourceQueueArns parameter can specify this queue"',
  async before(call, bench) {
    const { RedrivePolicy: text = '' } = mapField(call, 'Attributes');
    const targetArn = String(parsed(text)?.deadLetterTargetArn ?? '');
    if (targetArn === '') return undefined;
    const source = queueArn(call);
    const refuse = (reason: string) => invalid(call, bench, ...refusal('RedrivePolicy', text, reason));
    if (isFifo(source) !== isFifo(targetArn))
      return refuse('Dead-letter queue must be same type of queue as the source');
    const allowed = parsed((await queueAttributes(bench, targetArn))?.RedriveAllowPolicy ?? '');
    const sources = [allowed?.sourceQueueArns].flat();
    if (allowed?.redrivePermission === 'denyAll' || (isByQueue(allowed) && !sources.includes(source)))
      return refuse(`${targetArn} does not allow ${source} to use it as a dead-letter queue`);
    return undefined;
  },
};

function isByQueue(policy: Record<string, unknown> | undefined): boolean {
  return policy?.redrivePermission === 'byQueue';
}

const allowance: Overlay = {
  service: 'sqs',
  operation: WRITES,
  source:
    'SQS API, SetQueueAttributes: RedriveAllowPolicy "allowAll, denyAll, byQueue", sourceQueueArns "only when the redrivePermission parameter is set to byQueue", "up to 10 source queue ARNs"',
  before(call, bench) {
    const { RedriveAllowPolicy: text = '' } = mapField(call, 'Attributes');
    if (text === '') return undefined;
    const reason = allowanceProblem(parsed(text));
    if (reason === undefined) return undefined;
    return invalid(call, bench, ...refusal('RedriveAllowPolicy', text, reason));
  },
};

function allowanceProblem(policy: Record<string, unknown> | undefined): string | undefined {
  if (!['allowAll', 'denyAll', 'byQueue'].includes(String(policy?.redrivePermission)))
    return 'redrivePermission must be allowAll, denyAll or byQueue';
  const sources = policy?.sourceQueueArns;
  if (!isByQueue(policy))
    return sources === undefined ? undefined : 'sourceQueueArns goes with byQueue alone';
  const isGood = Array.isArray(sources) && sources.length >= 1 && sources.length <= 10;
  return isGood ? undefined : 'byQueue needs 1 to 10 sourceQueueArns';
}

const throughput: Overlay = {
  service: 'sqs',
  operation: WRITES,
  source:
    'SQS API, SetQueueAttributes: "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup"',
  async before(call, bench) {
    const given = mapField(call, 'Attributes');
    if (given.FifoThroughputLimit === undefined && given.DeduplicationScope === undefined) return undefined;
    const before = call.operation === 'CreateQueue' ? {} : await queueAttributes(bench, queueArn(call));
    const { FifoThroughputLimit: limit, DeduplicationScope: scope } = { ...before, ...given };
    if (limit !== 'perMessageGroupId' || scope === 'messageGroup') return undefined;
    const message =
      'Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId needs DeduplicationScope messageGroup.';
    return invalid(call, bench, 'InvalidAttributeValue', message);
  },
};

export const sqsRedriveOverlays: Overlay[] = [target, allowance, throughput];
