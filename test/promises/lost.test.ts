import { CancelKeyDeletionCommand, DisableKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { TagQueueCommand, UntagQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OptaObject } from '../../src/operator/objects.ts';
import { conditionOf } from '../support/settle.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { bucket, type Manifest, plainEnvironment, queue } from '../support/world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const aws = () => stage.world.aws;
const replica = { mode: 'SameRegion' };
/** A Queue with a key of its own. */
const keyed = (spec: object = {}) => queue('orders', { deadLetter: { mode: 'Disabled' }, ...spec });

async function idOf(kind: string, name: string, node: string): Promise<string> {
  const { status } = await stage.cluster.get(kind, name);
  const id = status?.resources?.find(entry => entry.node === node)?.id;
  if (id === undefined) throw new Error(`${kind} ${name} has no ${node}`);
  return id;
}

/** Anew; a test that does not begin with it goes on from the one before. */
async function started(...manifests: readonly Manifest[]) {
  await stage.clear();
  await stage.cluster.apply(plainEnvironment(), ...manifests);
  const acting = await stage.operator();
  await acting.until(areReady(plainEnvironment(), ...manifests));
  return acting;
}

/** A key is gone for good when its window is over. */
async function keyIsGone(KeyId: string): Promise<void> {
  await aws().kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  stage.world.clock.advance(8 * 24 * 3600_000);
}

describe('what held data and is gone', () => {
  const LOST = [
    {
      what: 'a bucket',
      of: bucket('uploads'),
      node: 'bucket',
      lose: async (id: string) => void (await aws().s3.send(new DeleteBucketCommand({ Bucket: id }))),
      creates: 'CreateBucket',
    },
    {
      what: 'a replica',
      of: bucket('uploads', { replica }),
      node: 'replica',
      lose: async (id: string) => void (await aws().s3.send(new DeleteBucketCommand({ Bucket: id }))),
      creates: 'CreateBucket',
    },
    {
      what: 'a bucket that has one',
      of: bucket('uploads', { replica }),
      node: 'bucket',
      lose: async (id: string) => void (await aws().s3.send(new DeleteBucketCommand({ Bucket: id }))),
      creates: 'CreateBucket',
    },
    { what: 'a key', of: keyed(), node: 'key', lose: keyIsGone, creates: 'CreateKey' },
    {
      what: "the environment's key",
      of: plainEnvironment(),
      node: 'key',
      lose: keyIsGone,
      creates: 'CreateKey',
    },
  ];

  test.each(LOST)(
    'is told, and not made anew before it is approved: $what',
    async ({ of, node, lose, creates }) => {
      const acting = await started(of);
      const id = await idOf(of.kind, of.name, node);
      // While the operator is away, so that it cannot be repaired meanwhile.
      await acting.end();
      await lose(id);
      const mark = stage.mark();
      const again = await stage.operator();
      await again.until(look => standing(look(of.kind, of.name)) === 'Ready=False ResourceLost');
      await again.driftPasses(3);
      const lost = await stage.cluster.get(of.kind, of.name);
      expect(messageOf(lost)).toContain(`${node}: ${id} was recorded and no longer exists in AWS`);
      expect(standing(lost, 'Stalled')).toBe('Stalled=True ResourceLost');
      expect(lost.status?.plan).toMatchObject({ risk: 'High' });
      expect(lost.status?.plan?.steps).toContainEqual(
        expect.objectContaining({ node, action: 'recreate', risk: 'High' }),
      );
      const told = await stage.cluster.events(of.kind, of.name);
      expect(told).toContainEqual(
        expect.objectContaining({ type: 'Warning', reason: 'ResourceLost', note: messageOf(lost) }),
      );
      expect(stage.writesSince(mark).filter(entry => entry.operation === creates)).toEqual([]);

      await stage.cluster.annotate(of.kind, of.name, { 'opta.dev/approve': 'not-this-hash' });
      await again.driftPasses(1);
      expect(stage.writesSince(mark).filter(entry => entry.operation === creates)).toEqual([]);

      await stage.cluster.annotate(of.kind, of.name, { 'opta.dev/approve': lost.status?.plan?.hash ?? '' });
      await again.until(areReady(plainEnvironment(), of));
      expect(
        stage.writesSince(mark).filter(entry => entry.operation === creates && entry.status === 200),
      ).toHaveLength(1);

      // The same annotation, left in place, approves nothing when it is lost once more.
      await again.end();
      await lose(await idOf(of.kind, of.name, node));
      const second = stage.mark();
      const third = await stage.operator();
      await third.until(look => standing(look(of.kind, of.name)) === 'Ready=False ResourceLost');
      await third.driftPasses(1);
      expect(stage.writesSince(second).filter(entry => entry.operation === creates)).toEqual([]);
    },
  );
});

describe('a key that somebody put away', () => {
  let acting: Acting;
  beforeAll(async () => {
    acting = await started(keyed());
  });

  test.each([
    {
      how: 'disabled',
      from: 'Disabled',
      by: (KeyId: string) => aws().kms.send(new DisableKeyCommand({ KeyId })),
      calls: ['EnableKey'],
    },
    {
      how: 'scheduled for deletion',
      from: 'PendingDeletion',
      by: (KeyId: string) =>
        aws().kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })),
      calls: ['CancelKeyDeletion', 'EnableKey'],
    },
  ])('is brought back: $how', async ({ from, by, calls }) => {
    const id = await idOf('Queue', 'orders', 'key');
    await by(id);
    const mark = stage.mark();
    await acting.driftPasses(1);
    await acting.until(areReady(keyed()));
    expect(stage.writesSince(mark).map(entry => entry.operation)).toEqual(calls);
    expect((await aws().state()).keys[id]?.state).toBe('Enabled');
    const told = await stage.cluster.events('Queue', 'orders');
    expect(told.map(one => one.note)).toContainEqual(
      expect.stringContaining(`corrected: key.keyState: ${from} → Enabled`),
    );
  });

  test('is brought back under ApproveAll only when that is approved', async () => {
    await stage.cluster.patch('Queue', 'orders', { spec: { managementPolicy: 'ApproveAll' } });
    const id = await idOf('Queue', 'orders', 'key');
    await aws().kms.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 }));
    await acting.driftPasses(2);
    expect((await aws().state()).keys[id]?.state).toBe('PendingDeletion');
    const { status } = await stage.cluster.get('Queue', 'orders');
    await stage.cluster.annotate('Queue', 'orders', { 'opta.dev/approve': status?.plan?.hash ?? '' });
    await acting.until(areReady(keyed()));
    expect((await aws().state()).keys[id]?.state).toBe('Enabled');
    await stage.cluster.patch('Queue', 'orders', { spec: { managementPolicy: 'Apply' } });
    await acting.until(areReady(keyed()));
  });

  test('is no key of the object once the object let it go: a new one is made', async () => {
    const old = await idOf('Queue', 'orders', 'key');
    await stage.cluster.delete('Queue', 'orders');
    await acting.until(look => look('Queue', 'orders') === undefined);
    await stage.cluster.apply(keyed());
    await acting.until(areReady(keyed()));
    expect(await idOf('Queue', 'orders', 'key')).not.toBe(old);
    expect((await aws().state()).keys[old]?.state).toBe('PendingDeletion');
    await aws().kms.send(new CancelKeyDeletionCommand({ KeyId: old }));
  });
});

describe('a bucket with objects', () => {
  async function filled(spec: object) {
    const acting = await started(bucket('uploads', spec));
    const Bucket = await idOf('Bucket', 'uploads', 'bucket');
    for (const Key of ['a', 'b', 'a']) await aws().s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    return { acting, Bucket };
  }

  test('is not deleted; how many is said, and forceDestroy empties it', async () => {
    const { acting, Bucket } = await filled({});
    const mark = stage.mark();
    await stage.cluster.delete('Bucket', 'uploads');
    await acting.until(look => standing(look('Bucket', 'uploads')) === 'Ready=False DeletionBlocked');
    const held = await stage.cluster.get('Bucket', 'uploads');
    expect(messageOf(held)).toContain(`bucket ${Bucket} still holds 3 object versions`);
    expect(held.status?.blockedBy).toEqual([
      {
        node: 'bucket',
        resource: `3 object versions in ${Bucket}`,
        reason: expect.stringContaining('forceDestroy'),
      },
    ]);
    expect(
      (await stage.cluster.events('Bucket', 'uploads')).map(one => [one.reason, one.note]),
    ).toContainEqual(['DeletionBlocked', messageOf(held)]);
    const { Versions } = await aws().s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(Versions).toHaveLength(3);
    expect(stage.writesSince(mark).filter(entry => /^Delete(Objects|Bucket)$/.test(entry.operation))).toEqual(
      [],
    );

    await stage.cluster.patch('Bucket', 'uploads', { spec: { forceDestroy: true } });
    await acting.until(look => look('Bucket', 'uploads') === undefined);
    expect((await aws().state()).buckets[Bucket]).toBeUndefined();
  });

  test('is deleted with forceDestroy, and is left alone as long as it is not', async () => {
    const { acting, Bucket } = await filled({ forceDestroy: true });
    await acting.driftPasses(2);
    expect((await aws().s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions).toHaveLength(3);
    await stage.cluster.delete('Bucket', 'uploads');
    await acting.until(look => look('Bucket', 'uploads') === undefined);
    expect((await aws().state()).buckets[Bucket]).toBeUndefined();
  });
});

describe('a bucket with a replica', () => {
  async function copied(spec: object = {}) {
    const acting = await started(bucket('uploads', { replica, ...spec }));
    const Bucket = await idOf('Bucket', 'uploads', 'bucket');
    const second = await idOf('Bucket', 'uploads', 'replica');
    for (const Key of ['a', 'b', 'a']) await aws().s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    return { acting, Bucket, second };
  }
  const versionsIn = async (Bucket: string) =>
    (await aws().s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions?.length ?? 0;
  const removals = (mark: number) =>
    stage
      .writesSince(mark)
      .map(entry => entry.operation)
      .filter(operation => /^Delete/.test(operation));

  test('is not deleted while objects are in either; how many and where is said, and forceDestroy empties both', async () => {
    const { acting, Bucket, second } = await copied();
    const mark = stage.mark();
    await stage.cluster.delete('Bucket', 'uploads');
    await acting.until(look => standing(look('Bucket', 'uploads')) === 'Ready=False DeletionBlocked');
    await acting.driftPasses(1);
    const { status } = await stage.cluster.get('Bucket', 'uploads');
    expect(status?.blockedBy?.map(one => [one.node, one.resource]).sort()).toEqual([
      ['bucket', `3 object versions in ${Bucket}`],
      ['replica', `3 object versions in ${second}`],
    ]);
    expect(removals(mark).filter(one => /Objects?$|^DeleteBucket$/.test(one))).toEqual([]);

    // The first one is emptied by hand: that leaves the copies where they are.
    for (const { Key, VersionId } of (await aws().s3.send(new ListObjectVersionsCommand({ Bucket })))
      .Versions ?? [])
      await aws().s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    await acting.until(look => look('Bucket', 'uploads')?.status?.blockedBy?.length === 1);
    expect(await versionsIn(second)).toBe(3);
    expect(messageOf(await stage.cluster.get('Bucket', 'uploads'))).toContain(
      `bucket ${second} still holds 3 object versions`,
    );

    await stage.cluster.patch('Bucket', 'uploads', { spec: { forceDestroy: true } });
    await acting.until(look => look('Bucket', 'uploads') === undefined);
    const state = await aws().state();
    expect(state.buckets[Bucket]).toBeUndefined();
    expect(state.buckets[second]).toBeUndefined();
    expect(state.roles).toEqual({});
  });

  test('loses rule and role with the field, and the second bucket only when that is approved and it is empty', async () => {
    const { acting, Bucket, second } = await copied({ forceDestroy: true });
    const mark = stage.mark();
    await stage.cluster.patch('Bucket', 'uploads', { spec: { replica: null } });
    await acting.until(
      look =>
        isApprovalAsked(look('Bucket', 'uploads')) &&
        look('Bucket', 'uploads')?.status?.resources?.length === 2,
    );
    expect(removals(mark)).toEqual([
      'DeleteBucketReplication',
      'DeleteRolePolicy',
      'DeleteRole',
      'DeletePolicy',
    ]);
    expect(Object.keys((await aws().state()).roles)).toEqual([]);
    const waiting = await stage.cluster.get('Bucket', 'uploads');
    expect(waiting.status?.plan).toMatchObject({
      risk: 'High',
      steps: [{ node: 'replica', action: 'remove', risk: 'High' }],
    });
    await aws().s3.send(new PutObjectCommand({ Bucket, Key: 'later', Body: 'x' }));
    expect(await versionsIn(second)).toBe(3);

    // Approved, it is still refused: it is not empty, and forceDestroy is of what the spec names.
    await stage.cluster.annotate('Bucket', 'uploads', {
      'opta.dev/approve': waiting.status?.plan?.hash ?? '',
    });
    await acting.until(look =>
      /still holds 3 object versions/.test(conditionOf(look('Bucket', 'uploads'), 'Synced')?.message ?? ''),
    );
    const refused = await stage.cluster.get('Bucket', 'uploads');
    expect(messageOf(refused, 'Synced')).toContain(
      `bucket ${second} still holds 3 object versions: a bucket with objects is not deleted; empty it, or put back`,
    );
    expect(await versionsIn(second)).toBe(3);

    // Put back: copying goes on into the same bucket, and what was written meanwhile is not in it.
    await stage.cluster.patch('Bucket', 'uploads', { spec: { replica } });
    await acting.until(areReady(bucket('uploads')));
    expect(await idOf('Bucket', 'uploads', 'replica')).toBe(second);
    await aws().s3.send(new PutObjectCommand({ Bucket, Key: 'again', Body: 'x' }));
    expect(await versionsIn(second)).toBe(4);
  });

  test('is let go empty: rule, role and, approved, the second bucket', async () => {
    const acting = await started(bucket('uploads', { replica }));
    const second = await idOf('Bucket', 'uploads', 'replica');
    await stage.cluster.patch('Bucket', 'uploads', { spec: { replica: null, versioning: false } });
    await acting.until(look => isApprovalAsked(look('Bucket', 'uploads')));
    const { status } = await stage.cluster.get('Bucket', 'uploads');
    await stage.cluster.annotate('Bucket', 'uploads', { 'opta.dev/approve': status?.plan?.hash ?? '' });
    await acting.until(areReady(bucket('uploads')));
    const { buckets, roles } = await aws().state();
    expect([buckets[second], roles]).toEqual([undefined, {}]);
    expect(buckets[await idOf('Bucket', 'uploads', 'bucket')]).toMatchObject({
      versioning: { Status: 'Suspended' },
      replication: null,
    });
  });
});

function isApprovalAsked(object: OptaObject | undefined): boolean {
  const synced = conditionOf(object, 'Synced');
  return synced?.reason === 'ApprovalRequired' && synced.observedGeneration === object?.metadata.generation;
}

test('what lost a tag keeps its outputs, as long as it is not tagged as another object’s', async () => {
  const acting = await started(keyed());
  const { url, arn, name } = (await stage.cluster.get('Queue', 'orders')).status ?? {};
  const QueueUrl = String(url);
  const tag = 'opta.dev/name';
  await aws().sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: [tag] }));
  await acting.driftPasses(1);
  const lacking = await stage.cluster.get('Queue', 'orders');
  expect(standing(lacking)).toBe('Ready=False Conflict');
  expect(lacking.status).toMatchObject({ url, arn, name });
  await aws().sqs.send(new TagQueueCommand({ QueueUrl, Tags: { [tag]: 'another' } }));
  await acting.driftPasses(1);
  const anothers = await stage.cluster.get('Queue', 'orders');
  expect(standing(anothers)).toBe('Ready=False Conflict');
  expect(anothers.status).not.toHaveProperty('url');
  await aws().sqs.send(new TagQueueCommand({ QueueUrl, Tags: { [tag]: 'orders' } }));
  await acting.until(areReady(keyed()));
  expect((await stage.cluster.get('Queue', 'orders')).status).toMatchObject({ url, arn, name });
});
