import {
  CreateBucketCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { approve } from '../support/approval.ts';
import { areReady, openStage, type Stage, standing } from '../support/stage.ts';
import { bucket, environment, REGION } from '../support/world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const THEIRS: readonly LifecycleRule[] = [
  { ID: 'scratch', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 1 } },
  { ID: 'old', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Days: 2 } },
  {
    ID: 'drafts',
    Status: 'Enabled',
    Filter: { Tag: { Key: 'state', Value: 'draft' } },
    NoncurrentVersionExpiration: { NoncurrentDays: 3 },
  },
];
const Bucket = 'legacy-data';
const GRANTS = { adopt: [{ namespace: 'shop', kind: 'Bucket', ids: [Bucket] }] };

test('a bucket whose rules delete some of its objects is adopted: they go on, no other object is deleted, and what would be needs a yes', async () => {
  const { cluster, world } = stage;
  const { s3 } = world.aws;
  const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  const LifecycleConfiguration = { Rules: [...THEIRS] };
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
  const rules = async () =>
    (await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules ?? [];

  const adopting = { adopt: { name: Bucket }, managementPolicy: 'ApproveHighRisk' };
  const legacy = (spec: object) => bucket('legacy', { ...adopting, ...spec });
  await cluster.apply(environment({ grants: GRANTS }), legacy({}));
  const acting = await stage.operator();
  const waits = () => acting.until(look => standing(look('Bucket', 'legacy')).endsWith(' ApprovalRequired'));
  await waits();
  expect(await rules()).toEqual(THEIRS);
  await approve(world, 'Bucket', 'legacy');
  await acting.until(areReady(legacy({})));
  await acting.driftPasses(2);
  expect((await cluster.get('Bucket', 'legacy')).status?.defaults).toMatchObject({
    'lifecycle.expireDays': 0,
    'lifecycle.nonCurrentExpireDays': 0,
  });
  expect(await rules()).toEqual(THEIRS);

  await cluster.apply(legacy({ lifecycle: { expireDays: 400 } }));
  await acting.until(look => look('Bucket', 'legacy')?.status?.plan?.risk === 'High');
  await acting.driftPasses(2);
  expect(await rules()).toEqual(THEIRS);
  await approve(world, 'Bucket', 'legacy');
  await acting.until(areReady(legacy({})));
  const objects = { ID: 'objects', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 400 } };
  expect(await rules()).toEqual([objects, ...THEIRS]);

  await cluster.apply(legacy({ lifecycle: { expireDays: 0 } }));
  await acting.until(areReady(legacy({})));
  expect(await rules()).toEqual(THEIRS);
});
