import { beforeEach, expect, test } from 'vitest';
import type { Answer } from './overlay.ts';
import { createRemembered, type Remembered } from './remembered.ts';
import type { Outgoing } from './upstream.ts';

let remembered: Remembered;
let asked: number;
beforeEach(() => {
  remembered = createRemembered();
  asked = 0;
});

const scope = 'Credential=111111111111/20260101/eu-central-1/s3/aws4_request, Signature=1';
const call: Outgoing = {
  method: 'GET',
  path: '/one?policy',
  headers: { authorization: scope },
  body: Buffer.from(''),
};

async function answer(): Promise<Answer> {
  asked += 1;
  return { status: 200, headers: {}, body: Buffer.from(`${asked}`) };
}

async function read(of: Partial<Outgoing> = {}, service = 's3', operation = 'GetBucketPolicy') {
  const { body } = await remembered.answer({ service, operation }, { ...call, ...of }, answer);
  return body.toString();
}

const write = (service = 's3', operation = 'PutBucketPolicy', send = answer) =>
  remembered.answer({ service, operation }, call, send);

test('what was read is not asked for again', async () => {
  expect([await read(), await read()]).toEqual(['1', '1']);
});

test.each<[string, Partial<Outgoing>]>([
  ['of another path', { path: '/two?policy' }],
  ['with another body', { body: Buffer.from('x') }],
  ['in another region', { headers: { authorization: scope.replace('eu-central-1', 'us-east-1') } }],
  ['by another account', { headers: { authorization: scope.replace(/1{12}/, '222222222222') } }],
  ['with another header', { headers: { authorization: scope, 'x-amz-expected-bucket-owner': '1' } }],
])('what is read %s is another question', async (_, of) => {
  await read();
  expect(await read(of)).toBe('2');
});

test('the time, the signature and the number of a try make no other question', async () => {
  await read();
  const headers = {
    authorization: scope.replace('Signature=1', 'Signature=2').replace('20260101', '20260102'),
    'x-amz-date': '20260102T000000Z',
    'amz-sdk-request': 'attempt=2',
  };
  expect(await read({ headers })).toBe('1');
});

test('after a write to its service it is asked for again', async () => {
  await read();
  await write();
  expect(await read()).toBe('3');
});

test('a write to another service does not matter, but to what looks at all of them', async () => {
  await read();
  await read({}, 'tagging', 'GetResources');
  await write('sqs', 'SetQueueAttributes');
  expect([await read(), await read({}, 'tagging', 'GetResources')]).toEqual(['1', '4']);
});

test('a write that fails may have been applied', async () => {
  await read();
  await expect(write('s3', 'PutBucketPolicy', () => Promise.reject(new Error('lost')))).rejects.toThrow(
    'lost',
  );
  expect(await read()).toBe('2');
});

test('what is read while something is written is not kept', async () => {
  let applied: () => void = () => {};
  const writing = write('s3', 'PutBucketPolicy', async () => {
    await new Promise<void>(resolve => {
      applied = resolve;
    });
    return answer();
  });
  await read();
  applied();
  await writing;
  expect(await read()).toBe('3');
});

test('what is asked before a write and answered after it is not kept', async () => {
  let answered: () => void = () => {};
  const reading = remembered.answer({ service: 's3', operation: 'GetBucketPolicy' }, call, async () => {
    const old = await answer();
    await new Promise<void>(resolve => {
      answered = resolve;
    });
    return old;
  });
  await Promise.resolve();
  await write();
  answered();
  await reading;
  expect(await read()).toBe('3');
});

test.each([
  ['kms', 'GenerateDataKey'],
  ['sqs', 'ReceiveMessage'],
  ['sts', 'GetSessionToken'],
])('%s %s brings something else each time', async (service, operation) => {
  expect([await read({}, service, operation), await read({}, service, operation)]).toEqual(['1', '2']);
});

test('who changes an answer changes his own', async () => {
  const one = await remembered.answer({ service: 's3', operation: 'GetBucketPolicy' }, call, answer);
  one.headers.etag = 'x';
  const two = await remembered.answer({ service: 's3', operation: 'GetBucketPolicy' }, call, answer);
  expect(two.headers).toEqual({});
});

test('nothing is kept when everything is emptied', async () => {
  await read();
  remembered.clear();
  expect(await read()).toBe('2');
});
