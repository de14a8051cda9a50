import { describe, expect, test } from 'vitest';
import { anothersVerdict, madeElsewhere, movedVerdict } from './moved.ts';
import type { Status } from './objects.ts';
import { objectOf } from './testing/objects.ts';
import { entryOf } from './testing/results.ts';

const HERE = { accountId: '111111111111', region: 'eu-central-1' };

describe('was made elsewhere', () => {
  test.each<[string, string | undefined, object | undefined]>([
    ['nothing in this account and region', 'arn:aws:sqs:eu-central-1:111111111111:orders', undefined],
    [
      'what is in another account',
      'arn:aws:sqs:eu-central-1:222222222222:orders',
      { ...HERE, accountId: '222222222222' },
    ],
    [
      'what is in another region',
      'arn:aws:kms:eu-west-1:111111111111:key/k',
      { ...HERE, region: 'eu-west-1' },
    ],
    [
      'in another partition, too',
      'arn:aws-cn:sns:cn-north-1:111111111111:events',
      { ...HERE, region: 'cn-north-1' },
    ],
    [
      'an IAM role of another account',
      'arn:aws:iam::222222222222:role/opta/r',
      { accountId: '222222222222' },
    ],
    ['no IAM role of this account', 'arn:aws:iam::111111111111:role/opta/r', undefined],
    ['no policy of AWS itself', 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy', undefined],
    ['no bucket: its ARN says nothing', 'arn:aws:s3:::opta-uploads', undefined],
    ['no hosted zone', 'arn:aws:route53:::hostedzone/Z1', undefined],
    ['nothing without an ARN', undefined, undefined],
    ['nothing with what is no ARN', 'alias/opta', undefined],
  ])('%s', (_, arn, place) => {
    const entry = entryOf('it', arn === undefined ? { id: 'i' } : { id: 'i', arn });
    const fine = entryOf('fine', { arn: 'arn:aws:sqs:eu-central-1:111111111111:fine' });
    expect(madeElsewhere([fine, entry], HERE)).toEqual(place && { entry, place });
  });
});

test.each([
  ['to a deletion', { deletionTimestamp: '2026-01-01T00:00:00Z' }, 'or annotate '],
  ['else', {}, 'or delete this object and annotate '],
])('what was made elsewhere is told with both places and the ways out: %s', (_, metadata, way) => {
  const arn = 'arn:aws:sqs:eu-west-1:222222222222:orders';
  const orders = objectOf('Queue shop/orders', {
    metadata,
    status: { resources: [entryOf('queue', { arn })] },
  });
  const verdict = movedVerdict(orders, 'dev', HERE);
  expect(verdict).toMatchObject({ ready: false, stalled: true, reason: 'InvalidSpec' });
  for (const part of [
    'queue was made in account 222222222222, region eu-west-1, and OptaEnvironment dev says account 111111111111, region eu-central-1 now',
    `${way}opta.dev/abandon=uid of Queue shop/orders to leave ${arn} there`,
  ])
    expect(verdict?.message).toContain(part);
});

describe('made by another installation', () => {
  const resources = [entryOf('queue', { id: 'q' })];
  const of = (status: Status) => objectOf('OptaEnvironment dev', { status });
  const us = { installation: 'opta' };

  test.each([
    ['this one', of({ resources, installation: 'opta' })],
    ['one that says not which, as an older version made it', of({ resources })],
    ['another one, with nothing left of it', of({ resources: [], installation: 'other' })],
    ['nobody', undefined],
  ])('is nothing of %s', (_, made) => {
    expect(anothersVerdict([made], us, objectOf('Queue shop/orders'))).toBeUndefined();
  });

  test('is told of the object or its environment, with the ways out', () => {
    const orders = objectOf('Queue shop/orders');
    const verdict = anothersVerdict([orders, of({ resources, installation: 'other' })], us, orders);
    expect(verdict).toMatchObject({ ready: false, stalled: true, reason: 'Conflict' });
    expect(verdict?.message).toMatch(
      /^OptaEnvironment dev was made by the installation other, and this operator is the installation opta: nothing is looked for or changed in AWS\. Start it with --installation other, or end it .*; or delete this object and annotate /,
    );
  });
});
