import { type Answer, type BenchContext, type Call, textField } from '../overlay.ts';

export interface QueueName {
  accountId: string;
  name: string;
}

/** Of a queue's URL `https://host/111122223333/name`, or of a call that names the queue to be made. */
export function queueOf(call: Call): QueueName {
  const [, accountId = call.accountId, name] =
    /\/(\d{12})\/([^/]+)\/?$/.exec(textField(call, 'QueueUrl')) ?? [];
  return { accountId, name: name ?? textField(call, 'QueueName') };
}

/** ARN of the queue that the call names. */
export function queueArn(call: Call): string {
  const { accountId, name } = queueOf(call);
  return `arn:aws:sqs:${call.region}:${accountId}:${name}`;
}

export function invalid(call: Call, bench: BenchContext, code: string, message: string): Answer {
  return bench.error(call, { status: 400, code, message });
}
