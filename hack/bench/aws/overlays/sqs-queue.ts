import { type Answer, type BenchContext, type Call, textField } from '../overlay.ts';

export interface QueueName {
  accountId: string;
  name: string;
}

export function queueOf(call: Call): QueueName {
  const [, accountId = call.accountId, name] =
    /\/(\d{12})\/([^/]+)\/?$/.exec(textField(call, 'QueueUrl')) ?? [];
  return { accountId, name: name ?? textField(call, 'QueueName') };
}

export function queueArn(call: Call): string {
  const { accountId, name } = queueOf(call);
  return `arn:aws:sqs:${call.region}:${accountId}:${name}`;
}

export function invalid(call: Call, bench: BenchContext, code: string, message: string): Answer {
  return bench.error(call, { status: 400, code, message });
}
