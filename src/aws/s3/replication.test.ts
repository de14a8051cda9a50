import { CreateRoleCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetBucketReplicationCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  type ReplicationRule,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { asCloudError } from '../../engine/errors.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { iamPath } from '../iam/path.ts';
import { trustOf } from '../iam/testing.ts';
import { type ReplicationDesired, type ReplicationState, replicationAdaptor } from './replication.ts';
import { sameReplication } from './same.ts';

interface Parts {
  readonly bucket: string;
  readonly target: string;
  readonly other: string;
  readonly roleArn: string;
  readonly otherRoleArn: string;
}

async function newBucket(world: World, Bucket: string, isVersioned = true): Promise<string> {
  const Tags = Object.entries({ ...world.tags(), 'opta.dev/node': 'bucket' }).map(([Key, Value]) => ({
    Key,
    Value,
  }));
  await world.scope.s3.send(
    new CreateBucketCommand({
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-central-1', Tags },
    }),
  );
  const VersioningConfiguration = { Status: 'Enabled' as const };
  if (isVersioned)
    await world.scope.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  return Bucket;
}

async function newRole(world: World, RoleName: string, Path: string): Promise<string> {
  const AssumeRolePolicyDocument = JSON.stringify(trustOf('s3.amazonaws.com'));
  const { Role } = await world.scope.iam.send(
    new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument }),
  );
  return Role?.Arn ?? '';
}

async function prepare(world: World): Promise<Parts> {
  const path = iamPath(world.scope.installation);
  return {
    bucket: await newBucket(world, `bucket-${world.unique}`),
    target: await newBucket(world, `target-${world.unique}`),
    other: await newBucket(world, `other-${world.unique}`),
    roleArn: await newRole(world, `one-${world.unique}`, path),
    otherRoleArn: await newRole(world, `two-${world.unique}`, path),
  };
}

function ruleTo(bucket: string): ReplicationRule {
  return {
    ID: 'everything-new',
    Priority: 1,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    DeleteMarkerReplication: { Status: 'Enabled' },
    Destination: { Bucket: `arn:aws:s3:::${bucket}` },
  };
}

function withMetrics(desired: ReplicationDesired): ReplicationDesired {
  const rules = desired.rules.map(rule => ({
    ...rule,
    Destination: { Bucket: rule.Destination?.Bucket, Metrics: { Status: 'Enabled' as const } },
  }));
  return { ...desired, rules };
}

function desiredOf({ target, roleArn }: Parts): ReplicationDesired {
  return { roleArn, rules: [ruleTo(target)] };
}

function put(world: World, Bucket: string, { roleArn, rules }: ReplicationDesired) {
  const ReplicationConfiguration = { Role: roleArn, Rules: [...rules] };
  return world.scope.s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
}

const key = 'arn:aws:kms:eu-central-1:111111111111:key/one';

conformance<ReplicationDesired, ReplicationState, Parts>(
  replicationAdaptor,
  {
    prepare,
    name: (_, { bucket }) => bucket,
    desired: parts => desiredOf(parts),
    createdBy: 'PutBucketReplication',
    fields: {
      rules: (desired, { target }) => ({
        ...desired,
        rules: [
          {
            ...ruleTo(target),
            SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
            Destination: {
              Bucket: `arn:aws:s3:::${target}`,
              EncryptionConfiguration: { ReplicaKmsKeyID: key },
            },
          },
        ],
      }),
      role: (desired, { otherRoleArn }) => ({ ...desired, roleArn: otherRoleArn }),
    },
    drift: {
      rules: (world, { id }, parts) => put(world, id, { ...desiredOf(parts), rules: [ruleTo(parts.other)] }),
      role: (world, { id }, parts) => put(world, id, { ...desiredOf(parts), roleArn: parts.otherRoleArn }),
    },
    optional: {
      metrics: {
        with: withMetrics,
        byHand: (world, { id }, parts) => put(world, id, withMetrics(desiredOf(parts))),
      },
    },
    rewritten: {
      'a filter for everything in another form': state => ({
        ...state,
        rules: (state.rules as ReplicationRule[]).map(rule => ({ ...rule, Filter: {} })),
      }),
      'what is off, spelled out': state => ({
        ...state,
        rules: (state.rules as ReplicationRule[]).map(rule => ({
          ...rule,
          ExistingObjectReplication: { Status: 'Disabled' },
          SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Disabled' } },
        })),
      }),
    },
    calls: { create: 3, drift: 3 },
  },
  bench => {
    const fresh = { recorded: [], freshness: 'fresh' } as const;

    test('what S3 does not see yet is waited for', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const plain = await newBucket(world, `plain-${world.unique}`, false);
      const create = (bucket: string, target: string) =>
        replicationAdaptor
          .create(world.scope, world.identity({ name: bucket }), desiredOf({ ...parts, target }), {})
          .catch(asCloudError);
      const soon = { class: 'NotYet', retryAfterMs: 10_000 };
      expect(await create(parts.bucket, plain), 'versioning of the second').toMatchObject(soon);
      expect(await create(plain, parts.target), 'versioning of the first').toMatchObject(soon);
      expect(await create(parts.bucket, 'not-there'), 'the second').toMatchObject(soon);
      expect(await create('not-there', parts.target), 'the first').toMatchObject(soon);
      // As of a role that IAM has and S3 not yet.
      const message = 'Role cannot be assumed';
      world.gateway.addFault({
        operation: 'PutBucketReplication',
        fault: { kind: 'accessDenied', code: 'InvalidRequest', message, status: 400 },
      });
      expect(await create(parts.bucket, parts.target), 'the role').toMatchObject(soon);
    });

    test('what does not come is named', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const create = (target: string) =>
        replicationAdaptor
          .create(world.scope, world.identity({ name: parts.bucket }), desiredOf({ ...parts, target }), {})
          .catch(asCloudError);
      expect(await create('not-there')).toMatchObject({ class: 'NotYet' });
      world.gateway.advanceClock(119);
      expect(await create('not-there')).toMatchObject({ class: 'NotYet' });
      world.gateway.advanceClock(1);
      expect(await create('not-there')).toMatchObject({
        class: 'Invalid',
        message: expect.stringMatching(
          /one of the two buckets, .* or the role of the replication is missing/,
        ),
      });
      // Another rule is waited for anew.
      expect(await create('not-there-either')).toMatchObject({ class: 'NotYet' });
    });

    test('a mistake in the rule is no matter of time', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const { Priority: _, ...rule } = ruleTo(parts.target);
      const create = replicationAdaptor.create(
        world.scope,
        world.identity({ name: parts.bucket }),
        { roleArn: parts.roleArn, rules: [rule] },
        {},
      );
      expect(await create.catch(asCloudError)).toMatchObject({ class: 'Invalid' });
    });

    test('a bucket of which Object Lock may not be read is copied, and looked after', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const identity = world.identity({ name: parts.bucket });
      const denied = { kind: 'accessDenied' } as const;
      world.gateway.addFault({ operation: 'GetObjectLockConfiguration', times: 2, fault: denied });
      const desired = desiredOf(parts);
      await replicationAdaptor.create(world.scope, identity, desired, world.tags());
      const [found] = await replicationAdaptor.find(world.scope, identity, {
        desired,
        recorded: [],
        freshness: 'fresh',
      });
      expect(found && replicationAdaptor.readiness(found.state)).toEqual({ is: 'ready' });
    });

    test('a bucket with Object Lock is told, before a rule is written and after', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts);
      const identity = world.identity({ name: parts.bucket });
      const says = /Object Lock, and a replica has none.*leave out spec\.replica$/;
      const lock = (Bucket: string) => {
        const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const };
        return world.scope.s3.send(
          new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }),
        );
      };
      const find = (wanted: ReplicationDesired | undefined) =>
        replicationAdaptor.find(
          world.scope,
          { ...identity, id: parts.bucket },
          { ...fresh, desired: wanted },
        );
      const readiness = async (wanted: ReplicationDesired | undefined) =>
        (await find(wanted)).map(one => replicationAdaptor.readiness(one.state));
      await replicationAdaptor.create(world.scope, identity, desired, {});
      expect(await readiness(desired)).toEqual([{ is: 'ready' }]);
      await lock(parts.bucket);
      expect(await readiness(desired)).toEqual([{ is: 'failed', message: expect.stringMatching(says) }]);
      expect(await readiness(undefined), 'on its way out').toEqual([{ is: 'ready' }]);

      await lock(parts.other);
      const other = world.identity({ name: parts.other });
      const calls = await world.calls(async () => {
        expect(
          await replicationAdaptor.create(world.scope, other, desired, {}).catch(asCloudError),
        ).toMatchObject({
          class: 'Blocked',
          message: expect.stringMatching(says),
          blockers: [{ resource: `Object Lock of bucket ${parts.other}` }],
        });
      });
      expect(calls.map(one => one.operation)).toEqual(['GetObjectLockConfiguration']);
    });

    test('copies that somebody set up are not ended', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const theirs = await newRole(world, `theirs-${world.unique}`, '/');
      await put(world, parts.bucket, { roleArn: theirs, rules: [ruleTo(parts.other)] });
      const identity = world.identity({ name: parts.bucket });
      const find = (desired: ReplicationDesired | undefined, id?: string) =>
        replicationAdaptor.find(world.scope, { ...identity, id }, { ...fresh, desired });
      expect(await find(desiredOf(parts)).catch(asCloudError)).toMatchObject({
        class: 'Conflict',
        message: expect.stringMatching(
          new RegExp(`${parts.bucket} is replicated already, to arn:aws:s3:::${parts.other} as ${theirs}`),
        ),
      });
      expect(await find(undefined).catch(asCloudError)).toMatchObject({ class: 'Conflict' });
      // In the place of ours: corrected where it is wanted, and not ours to remove.
      expect(await find(desiredOf(parts), parts.bucket)).toHaveLength(1);
      expect(await find(undefined, parts.bucket)).toEqual([]);
      const left = await world.scope.s3.send(new GetBucketReplicationCommand({ Bucket: parts.bucket }));
      expect(left.ReplicationConfiguration?.Role).toBe(theirs);
    });

    test('a bucket that is gone took its rule with it', async () => {
      const world = await bench().world();
      const gone = `none-${world.unique}`;
      const context = { ...fresh, desired: undefined };
      expect(await replicationAdaptor.find(world.scope, world.identity({ name: gone }), context)).toEqual([]);
      const found = {
        id: gone,
        tags: 'inherited',
        state: { roleArn: '', rules: [], isLocked: false },
      } as const;
      await replicationAdaptor.remove(world.scope, found, { desired: undefined, owner: world.owner });
    });
  },
);

describe('rules are not the same where', () => {
  const rule = ruleTo('target');
  test.each<[string, ReplicationRule]>([
    ['delete markers are not copied', { ...rule, DeleteMarkerReplication: { Status: 'Disabled' } }],
    ['delete markers are not spoken of', { ...rule, DeleteMarkerReplication: undefined }],
    ['only part is copied', { ...rule, Filter: { Prefix: 'a/' } }],
    ['only what has a tag is copied', { ...rule, Filter: { Tag: { Key: 'a', Value: 'b' } } }],
    ['the rule is off', { ...rule, Status: 'Disabled' }],
    ['the copies are elsewhere', ruleTo('other')],
    [
      'the copies are of another class',
      {
        ...rule,
        Destination: { ...rule.Destination, Bucket: 'arn:aws:s3:::target', StorageClass: 'GLACIER' },
      },
    ],
    [
      'what a key encrypts is copied too',
      { ...rule, SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } } },
    ],
    [
      'what is written to the copies comes back',
      { ...rule, SourceSelectionCriteria: { ReplicaModifications: { Status: 'Enabled' } } },
    ],
  ])('%s', (_, other) => {
    expect(sameReplication([rule], [rule])).toBe(true);
    expect(sameReplication([other], [rule])).toBe(false);
  });

  test('there is one more', () => {
    expect(sameReplication([rule, { ...ruleTo('other'), ID: 'b' }], [rule])).toBe(false);
    expect(sameReplication([], [rule])).toBe(false);
  });
});
