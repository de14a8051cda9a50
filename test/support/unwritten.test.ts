import { beforeEach, expect, test } from 'vitest';
import type { JournalEntry } from '../../hack/bench/aws/journal.ts';
import { createUnwritten, type Unwritten } from './unwritten.ts';

type Entry = Pick<JournalEntry, 'id' | 'service' | 'mutating' | 'resource'>;

let entries: Entry[];
let last: number;
let unwritten: Unwritten;
let reads: number;
beforeEach(() => {
  entries = [];
  last = 0;
  reads = 0;
  unwritten = createUnwritten({
    get journal() {
      return entries as readonly Entry[] as readonly JournalEntry[];
    },
    journalSince: id => entries.filter(entry => entry.id > id) as readonly Entry[] as readonly JournalEntry[],
  });
});

function call(operation: string, resource: string, service = 's3'): void {
  last += 1;
  entries.push({ id: last, service, mutating: !operation.startsWith('Get'), resource });
}

const read = (name?: string) =>
  unwritten.read({ service: 's3', ...(name === undefined ? {} : { name }) }, async () => {
    reads += 1;
    // As the gateway has it.
    call('GetBucketPolicy', 'one');
    return reads;
  });

test.each<[string, string, string, string, number]>([
  ['a read', 'GetBucketPolicy', 'one', 's3', 1],
  ['a write to another resource', 'PutBucketPolicy', 'two', 's3', 1],
  ['a write to another service', 'SetQueueAttributes', 'one', 'sqs', 1],
  ['a write to it', 'PutBucketPolicy', 'one', 's3', 2],
  ['a write to it by its ARN', 'PutBucketPolicy', 'arn:aws:s3:::one', 's3', 2],
  ['a write to who knows what', 'PutBucketPolicy', '', 's3', 2],
])('after %s', async (_, operation, resource, service, expected) => {
  await read('one');
  call(operation, resource, service);
  expect([await read('one'), reads]).toEqual([expected, expected]);
});

test.each<[string, string, number]>([
  ['to it', 's3', 2],
  ['to a service that may write to others', 'eks', 2],
  ['to one that does not', 'sqs', 1],
])('whatever a service has, after a write %s', async (_, service, expected) => {
  await read();
  call('Put', 'two', service);
  expect(await read()).toBe(expected);
});

test('what was emptied is read again', async () => {
  await read('one');
  entries = [];
  expect(await read('one')).toBe(2);
  call('GetBucketPolicy', 'one');
  entries = [];
  call('GetBucketPolicy', 'two');
  expect(await read('one')).toBe(3);
});

test('a write that arrives while it is read makes it read again', async () => {
  await unwritten.read({ service: 's3', name: 'one' }, async () => {
    call('PutBucketPolicy', 'one');
    return 0;
  });
  expect(await read('one')).toBe(1);
});

test('what could not be read is read again', async () => {
  const failing = unwritten.read({ service: 's3', name: 'one' }, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(await read('one')).toBe(1);
});
