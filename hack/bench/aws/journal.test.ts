import { expect, test } from 'vitest';
import { createAccounts } from './accounts.ts';
import { createCall } from './call.ts';
import { createJournal } from './journal.ts';

function call() {
  const headers = { 'x-amz-target': 'AmazonSQS.ListQueues' };
  const request = { method: 'POST', path: '/', query: new URLSearchParams(), headers };
  return createCall(1, request, Buffer.alloc(0), createAccounts());
}

test('keeps the newest, and since() finds them by id', () => {
  const journal = createJournal(100);
  for (let index = 0; index < 1000; index += 1) journal.add(call(), 0, 0, undefined, []);
  expect(journal.entries.length).toBeLessThanOrEqual(110);
  expect(journal.entries.length).toBeGreaterThanOrEqual(100);
  expect(journal.entries.at(-1)?.id).toBe(1000);
  expect(journal.since(997).map(entry => entry.id)).toEqual([998, 999, 1000]);
  expect(journal.since(1000)).toEqual([]);
  expect(journal.since(0)).toHaveLength(journal.entries.length);
});

test('ids go on after the journal is emptied', () => {
  const journal = createJournal();
  journal.add(call(), 0, 0, undefined, []);
  journal.clear();
  expect(journal.add(call(), 0, 0, undefined, ['hang']).id).toBe(2);
  expect(journal.since(1)).toMatchObject([{ id: 2, status: 0, fault: 'hang', operation: 'ListQueues' }]);
});

test('what the service answered is kept where the client got nothing', () => {
  const journal = createJournal();
  const answer = { status: 200, headers: {}, body: Buffer.alloc(0) };
  expect(journal.add(call(), 0, 0, undefined, ['hang'], answer)).toMatchObject({ status: 0, lost: 200 });
  expect(journal.add(call(), 0, 0, undefined, ['hang']).lost).toBeUndefined();
});
