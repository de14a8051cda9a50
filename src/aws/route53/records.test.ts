import { expect, test } from 'vitest';
import { CloudError } from '../../engine/errors.ts';
import type { AwsScope } from '../scope.ts';
import { changeRecords, isRefusedBatch } from './records.ts';

const SET = { Name: '_x.example.com.', Type: 'CNAME' } as const;

function refused(message: string): Promise<unknown> {
  const error = new CloudError('Invalid', message, { code: 'InvalidChangeBatch', refused: true });
  const route53 = { send: () => Promise.reject(error) };
  const change = { Action: 'DELETE', ResourceRecordSet: SET } as const;
  return changeRecords({ route53 } as unknown as AwsScope, 'Z1', [change]).catch(thrown => thrown);
}

test('a record that somebody has protected is named with what to do: it is not waited for', async () => {
  const error = await refused('The resource record set _x.example.com. CNAME is protected: do not touch');
  expect(isRefusedBatch(error)).toBe(false);
  expect(error).toMatchObject({
    class: 'Blocked',
    message: expect.stringMatching(
      /: do not touch\. One of record _x\.example\.com CNAME is protected in .*Z1/,
    ),
    blockers: [
      {
        resource: 'record _x.example.com CNAME',
        reason: expect.stringContaining('delete the protection (DeleteResourceRecordSetProtections'),
      },
    ],
  });
});

test.each([
  "[Tried to delete resource record set [name='protected.example.com.', type='CNAME'] but it was not found]",
  "[Tried to create resource record set [name='protection.example.com.', type='CNAME'] but it already exists]",
  "[Tried to delete resource record set [name='protected.example.com.', type='A'] but the values provided do not match the current values]",
])('what a batch is refused for otherwise stays what it is: %s', async message => {
  expect(await refused(message)).toMatchObject({ class: 'Invalid', code: 'InvalidChangeBatch', message });
});
