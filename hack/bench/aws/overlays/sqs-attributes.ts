import { validate } from '../../policy/validate.ts';
import { type Call, jsonInput, mapField, type Overlay, textField } from '../overlay.ts';
import { jsonBody, queueAttributes, withBody } from './questions.ts';
import { invalid, queueArn, queueOf } from './sqs-queue.ts';

const attributesPage = 'SQS API, SetQueueAttributes: Attributes';

const settable = `Policy VisibilityTimeout MaximumMessageSize MessageRetentionPeriod DelaySeconds
  ReceiveMessageWaitTimeSeconds RedrivePolicy RedriveAllowPolicy KmsMasterKeyId KmsDataKeyReusePeriodSeconds
  SqsManagedSseEnabled`.split(/\s+/);

const fifoOnly = ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

const readable = new Set([
  ...settable,
  ...fifoOnly,
  ...`All FifoQueue ApproximateNumberOfMessages ApproximateNumberOfMessagesDelayed
  ApproximateNumberOfMessagesNotVisible CreatedTimestamp LastModifiedTimestamp QueueArn`.split(/\s+/),
]);

const oneEncryption =
  'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.';

const names: Overlay = {
  service: 'sqs',
  operation: 'CreateQueue',
  source: 'SQS API, CreateQueue: QueueName; FifoQueue "the queue name must end with the .fifo suffix"',
  before(call, bench) {
    const name = textField(call, 'QueueName');
    const isFifo = mapField(call, 'Attributes').FifoQueue;
    const refuse = (code: string, message: string) => bench.error(call, { status: 400, code, message });
    // AWS has no "not FIFO": the attribute is unknown to a standard queue.
    if (isFifo === 'false') return refuse('InvalidAttributeName', 'Unknown Attribute FifoQueue.');
    const wellFormed = /^[A-Za-z0-9_-]+(\.fifo)?$/.test(name) && name.length <= 80;
    if (wellFormed && name.endsWith('.fifo') === (isFifo === 'true')) return undefined;
    const rule = `can only include alphanumeric characters, hyphens, or underscores${isFifo ? ', must end with .fifo suffix' : ''}`;
    return refuse('InvalidParameterValue', `The name of a queue ${rule} and be 1 to 80 in length.`);
  },
};

const values: Overlay = {
  service: 'sqs',
  operation: ['CreateQueue', 'SetQueueAttributes'],
  source: `${attributesPage}; errors InvalidAttributeName and InvalidAttributeValue`,
  before(call, bench) {
    const attributes = mapField(call, 'Attributes');
    const isFifo = queueOf(call).name.endsWith('.fifo');
    const known = [
      ...settable,
      ...(isFifo ? fifoOnly : []),
      ...(call.operation === 'CreateQueue' ? ['FifoQueue'] : []),
    ];
    const unknown = Object.keys(attributes).find(name => !known.includes(name));
    if (unknown) return invalid(call, bench, 'InvalidAttributeName', `Unknown Attribute ${unknown}.`);
    const { Policy: policy, KmsMasterKeyId: key, SqsManagedSseEnabled: sse } = attributes;
    if (policy && validate(policy, { kind: 'sqs' }).length > 0)
      return invalid(call, bench, 'InvalidAttributeValue', 'Invalid value for the parameter Policy.');
    if (policy && isOverQuota(policy))
      return invalid(
        call,
        bench,
        'InvalidAttributeValue',
        'Invalid value for the parameter Policy: over its quotas.',
      );
    if (sse !== undefined && sse !== 'true' && sse !== 'false')
      return invalid(
        call,
        bench,
        'InvalidAttributeValue',
        'Invalid value for the parameter SqsManagedSseEnabled.',
      );
    return key && sse === 'true' ? invalid(call, bench, 'InvalidAttributeValue', oneEncryption) : undefined;
  },
};

/** Amazon SQS Developer Guide, "Amazon SQS policy quotas": 8,192 bytes and 20 statements. Which error is not documented. */
function isOverQuota(policy: string): boolean {
  const { Statement } = JSON.parse(policy);
  return Buffer.byteLength(policy) > 8192 || [Statement].flat().length > 20;
}

const switchEncryption: Overlay = {
  service: 'sqs',
  operation: 'SetQueueAttributes',
  source: `${attributesPage}: "Only one server-side encryption option is supported per queue"`,
  async before(call, bench) {
    const { KmsMasterKeyId: key, SqsManagedSseEnabled: sse } = mapField(call, 'Attributes');
    if (sse === 'true' && key === undefined && (await queueAttributes(bench, queueArn(call)))?.KmsMasterKeyId)
      return invalid(call, bench, 'InvalidAttributeValue', oneEncryption);
    // SSE-SQS is documented as the default of new queues only: leaving a KMS key is taken not to bring it back.
    if (key !== undefined && sse === undefined) setAttribute(call, 'SqsManagedSseEnabled', 'false');
    return undefined;
  },
};

function setAttribute(call: Call, name: string, value: string): void {
  const input = jsonInput(call);
  if (call.protocol !== 'query') input.Attributes = { ...mapField(call, 'Attributes'), [name]: value };
}

const readAttributes: Overlay = {
  service: 'sqs',
  operation: 'GetQueueAttributes',
  source: `${attributesPage}; SQS developer guide, "Configuring server-side encryption with SQS-managed keys": new queues have it`,
  async before(call, bench) {
    if (call.protocol === 'query') return undefined;
    const asked = jsonInput(call).AttributeNames;
    const wanted = Array.isArray(asked) ? asked.map(String) : [];
    const unknown = wanted.find(name => !readable.has(name));
    if (unknown) return invalid(call, bench, 'InvalidAttributeName', `Unknown Attribute ${unknown}.`);
    call.input = { ...jsonInput(call), AttributeNames: ['All'] };
    const answer = await bench.forward(call);
    if (answer.status !== 200) return answer;
    const attributes = shownAttributes(jsonBody(answer).Attributes);
    const entries = Object.entries(attributes).filter(
      ([name]) => wanted.includes('All') || wanted.includes(name),
    );
    return withBody(answer, entries.length > 0 ? { Attributes: Object.fromEntries(entries) } : {});
  },
};

function shownAttributes(stored: unknown): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(stored ?? {}))
    if (value !== '') attributes[name] = String(value);
  if (attributes.KmsMasterKeyId) {
    attributes.SqsManagedSseEnabled = 'false';
    attributes.KmsDataKeyReusePeriodSeconds ??= '300';
  } else {
    attributes.SqsManagedSseEnabled ??= 'true';
    delete attributes.KmsDataKeyReusePeriodSeconds;
  }
  return attributes;
}

export const sqsAttributeOverlays: Overlay[] = [names, values, switchEncryption];

/** Last of all: it asks the emulator itself. */
export const sqsReadOverlays: Overlay[] = [readAttributes];
