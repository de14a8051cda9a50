import { CreateQueueCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { CloudError } from '../engine/errors.ts';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { type AwsCall, type CallHooks, equip } from './client.ts';
import type { Limiter } from './limiter.ts';

interface Answer {
  readonly status?: number;
  readonly body?: string;
  readonly fails?: Error;
}

const DONE: Answer = { body: '{"QueueUrl":"http://127.0.0.1/111122223333/orders"}' };
const THROTTLED: Answer = {
  status: 400,
  body: '{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slower"}',
};
const RESET: Answer = { fails: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) };

/** A client whose requests are answered one after the other as told. */
function client(answers: readonly Answer[], hooks: CallHooks = {}) {
  const sent: string[] = [];
  const did: string[] = [];
  const limiter: Limiter = {
    async acquire(service, operation) {
      did.push(`acquire ${service}:${operation}`);
    },
    throttled: service => void did.push(`throttled ${service}`),
  };
  const sqs = new SQSClient({
    region: 'eu-central-1',
    endpoint: 'http://127.0.0.1:9',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      async handle(request: { headers: Record<string, string> }) {
        sent.push(request.headers['x-amz-target'] ?? '');
        did.push('sent');
        const { status = 200, body = '{}', fails } = answers[sent.length - 1] ?? DONE;
        if (fails !== undefined) throw fails;
        const headers = { 'content-type': 'application/x-amz-json-1.0' };
        return { response: { statusCode: status, headers, body: new Blob([body]).stream() } };
      },
    } as never,
  });
  equip(sqs.middlewareStack as never, {
    service: 'sqs',
    sdkName: 'SQS',
    accountId: '111122223333',
    region: 'eu-central-1',
    limiter,
    clock: createFakeClock(),
    hooks,
  });
  return { sqs, sent, did };
}

const read = new GetQueueUrlCommand({ QueueName: 'orders' });
const write = new CreateQueueCommand({ QueueName: 'orders' });

describe('a call', () => {
  test('asks for its rate, passes the guard, is sent and measured, in this order', async () => {
    const said: string[] = [];
    const seen: AwsCall[] = [];
    const { sqs, did } = client([DONE], {
      guard(call) {
        seen.push(call);
        said.push('guard');
      },
      async around(_, send) {
        said.push('around');
        return send();
      },
      measured: (call, result) => void said.push(`${call.operation} ${result}`),
    });
    await sqs.send(write);
    expect(said).toEqual(['guard', 'around', 'CreateQueue ok']);
    expect(did).toEqual(['acquire sqs:CreateQueue', 'sent']);
    expect(seen).toEqual([
      {
        service: 'sqs',
        operation: 'CreateQueue',
        mutating: true,
        accountId: '111122223333',
        region: 'eu-central-1',
      },
    ]);
  });

  test('that writes is not sent when the guard says no', async () => {
    const { sqs, sent } = client([DONE], {
      guard() {
        throw new Error('the lease is lost');
      },
    });
    const stopped = sqs.send(write).catch(error => error);
    await expect(stopped).resolves.toMatchObject({
      message: 'sqs CreateQueue: not sent: the lease is lost',
      class: 'Transient',
      refused: true,
    });
    expect(sent).toEqual([]);
  });

  test('that reads needs no guard', async () => {
    const { sqs, sent } = client([DONE], {
      guard() {
        throw new Error('the lease is lost');
      },
    });
    await sqs.send(read);
    expect(sent).toHaveLength(1);
  });

  test('fails with a class', async () => {
    const { sqs } = client([
      { status: 400, body: '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}' },
    ]);
    const failed = sqs.send(read).catch(error => error);
    expect(await failed).toBeInstanceOf(CloudError);
    expect(await failed).toMatchObject({ class: 'NotFound', code: 'QueueDoesNotExist' });
  });
});

describe('after a connection that broke', () => {
  test('a read is repeated once, and asks for its rate again', async () => {
    const { sqs, did } = client([RESET, DONE]);
    await sqs.send(read);
    expect(did).toEqual(['acquire sqs:GetQueueUrl', 'sent', 'acquire sqs:GetQueueUrl', 'sent']);
  });
  test('a read is not repeated for ever', async () => {
    const { sqs, sent } = client([RESET, RESET, RESET]);
    await expect(sqs.send(read)).rejects.toMatchObject({ class: 'Transient' });
    expect(sent).toHaveLength(2);
  });
  test('a write is never repeated: it may have been applied', async () => {
    const { sqs, sent } = client([RESET, DONE]);
    await expect(sqs.send(write)).rejects.toMatchObject({ class: 'Transient' });
    expect(sent).toHaveLength(1);
  });
});

test('a throttle is told to the limiter and is not repeated here', async () => {
  const { sqs, did } = client([THROTTLED, DONE]);
  await expect(sqs.send(read)).rejects.toMatchObject({ class: 'Throttled' });
  expect(did).toEqual(['acquire sqs:GetQueueUrl', 'sent', 'throttled sqs']);
});
