import { CreateRoleCommand, CreateServiceLinkedRoleCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketReplicationCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  type LifecycleRule,
  ListObjectVersionsCommand,
  PutBucketAbacCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import type { FaultRule } from '../../../hack/bench/aws/faults.ts';
import { iamControl } from '../../../hack/bench/aws/overlays/iam/propagation.ts';
import { blockPublicPolicies } from '../../../hack/bench/aws/overlays/s3-policy.ts';
import type { Found } from '../../engine/adaptor.ts';
import { asCloudError } from '../../engine/errors.ts';
import { judge, type Tags } from '../../engine/owner.ts';
import { conformance } from '../conformance/conformance.ts';
import { NODE, type World } from '../conformance/world.ts';
import { canonicalPolicy, policyOf, type Statement, statementsOf } from '../policy.ts';
import { bucketAdaptor } from './bucket.ts';
import { OWN_RULE_IDS } from './lifecycle-rule.ts';
import { lifecycleInWords } from './lifecycle-words.ts';
import type { BucketDesired, BucketSettings, BucketState } from './settings.ts';

interface Parts {
  readonly name: string;
  readonly logBucket: string;
}

const name = (world: World) => `bucket-${world.unique}`;

function policy(bucket: string, ...sids: readonly string[]) {
  const arn = `arn:aws:s3:::${bucket}`;
  return policyOf(
    sids.map(sid => ({
      Sid: sid,
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:*'],
      Resource: [arn, `${arn}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    })),
  );
}

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

const LIFECYCLE: readonly LifecycleRule[] = [
  {
    ID: 'replaced-versions',
    Status: 'Enabled',
    Filter: { Prefix: '' },
    NoncurrentVersionTransitions: [
      { NoncurrentDays: 30, StorageClass: 'STANDARD_IA' },
      { NoncurrentDays: 60, StorageClass: 'GLACIER' },
    ],
    NoncurrentVersionExpiration: { NoncurrentDays: 90 },
  },
  {
    ID: 'unfinished-uploads',
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  },
];
const CORS = [{ AllowedOrigins: ['https://a.example'], AllowedMethods: ['GET', 'PUT'], MaxAgeSeconds: 60 }];

function desiredOf(of: Parts, world: World): BucketDesired {
  return {
    region: world.scope.region,
    forceDestroy: false,
    settings: {
      publicAccess: 'Blocked',
      ownership: 'BucketOwnerEnforced',
      encryption: { algorithm: 'AES256' },
      versioning: 'Enabled',
      policy: policy(of.name, 'One', 'Two'),
      lifecycle: LIFECYCLE,
      logging: { bucket: of.logBucket, prefix: 'shop/orders/' },
    },
  };
}

/** Without the optional settings. */
function bare({ settings, ...desired }: BucketDesired): BucketDesired {
  const { lifecycle: _, logging: __, cors: ___, ...needed } = settings;
  return { ...desired, settings: needed };
}

function withSettings(settings: Partial<BucketSettings>) {
  return (desired: BucketDesired): BucketDesired => ({
    ...desired,
    settings: { ...desired.settings, ...settings },
  });
}

async function prepare(world: World): Promise<Parts> {
  const Bucket = `logs-${world.unique}`;
  const { s3, accountId, region } = world.scope;
  await s3.send(new CreateBucketCommand({ Bucket, ...located(region) }));
  const allow = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'logging.s3.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${Bucket}/*`,
        Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
      },
    ],
  };
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(allow) }));
  return { name: name(world), logBucket: Bucket };
}

function located(region: string) {
  return region === 'us-east-1'
    ? {}
    : { CreateBucketConfiguration: { LocationConstraint: region as 'eu-central-1' } };
}

async function foreign(world: World, Bucket: string, tags: Tags | undefined): Promise<void> {
  const { s3, region } = world.scope;
  await s3.send(new CreateBucketCommand({ Bucket, ...located(region) }));
  if (tags === undefined) return;
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
}

const bucketOf = ({ id }: Found<BucketState>) => ({ Bucket: id });

function rules(change: (rules: readonly LifecycleRule[]) => unknown) {
  return ({ settings, ...state }: BucketState): BucketState => ({
    ...state,
    settings: { ...settings, lifecycle: change(settings.lifecycle as readonly LifecycleRule[]) },
  });
}

const common = {
  prepare,
  name: (world: World) => name(world),
  createdBy: 'CreateBucket',
  fields: {
    publicAccess: withSettings({ publicAccess: 'PolicyAllowed' }),
    encryption: withSettings({
      encryption: { algorithm: 'aws:kms', keyArn: 'arn:aws:kms:eu-central-1:111111111111:key/one' },
    }),
    versioning: withSettings({ versioning: 'Suspended' }),
    policy: (desired: BucketDesired, parts: Parts) =>
      withSettings({ policy: policy(parts.name, 'One', 'Three') })(desired),
  },
  foreign,
  calls: { create: 3, drift: 8 },
};

conformance<BucketDesired, BucketState, Parts>(
  bucketAdaptor,
  {
    ...common,
    desired: (parts, world) => bare(desiredOf(parts, world)),
    optional: {
      lifecycle: {
        with: withSettings({ lifecycle: LIFECYCLE }),
        byHand: (world, found) =>
          world.scope.s3.send(
            new PutBucketLifecycleConfigurationCommand({
              ...bucketOf(found),
              LifecycleConfiguration: { Rules: [...LIFECYCLE] },
            }),
          ),
      },
      cors: {
        with: withSettings({ cors: CORS }),
        byHand: (world, found) =>
          world.scope.s3.send(
            new PutBucketCorsCommand({ ...bucketOf(found), CORSConfiguration: { CORSRules: CORS } }),
          ),
      },
      logging: {
        with: (desired, { logBucket }) =>
          withSettings({ logging: { bucket: logBucket, prefix: 'x/' } })(desired),
        byHand: (world, found, { logBucket }) =>
          world.scope.s3.send(
            new PutBucketLoggingCommand({
              ...bucketOf(found),
              BucketLoggingStatus: { LoggingEnabled: { TargetBucket: logBucket, TargetPrefix: 'y/' } },
            }),
          ),
      },
    },
    drift: {
      publicAccess: (world, found) =>
        world.scope.s3.send(new DeletePublicAccessBlockCommand(bucketOf(found))),
      ownership: (world, found) =>
        world.scope.s3.send(
          new PutBucketOwnershipControlsCommand({
            ...bucketOf(found),
            OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
          }),
        ),
      encryption: (world, found) =>
        world.scope.s3.send(
          new PutBucketEncryptionCommand({
            ...bucketOf(found),
            ServerSideEncryptionConfiguration: {
              Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
            },
          }),
        ),
      versioning: (world, found) =>
        world.scope.s3.send(
          new PutBucketVersioningCommand({
            ...bucketOf(found),
            VersioningConfiguration: { Status: 'Suspended' },
          }),
        ),
      policy: (world, found, parts) =>
        world.scope.s3.send(
          new PutBucketPolicyCommand({
            ...bucketOf(found),
            Policy: JSON.stringify(policy(parts.name, 'One')),
          }),
        ),
    },
  },
  bench => {
    test('create with all that a new Bucket has: at most 11 calls, and 8 for a look', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts, world);
      const recorded = bucketAdaptor.optionalKeys?.(desired) ?? [];
      const context = { desired, recorded, freshness: 'fresh' } as const;
      const identity = world.identity({ name: parts.name });
      let found: Found<BucketState> | undefined;
      const creating = await world.calls(async () => {
        await bucketAdaptor.find(world.scope, identity, context);
        const created = await bucketAdaptor.create(world.scope, identity, desired, world.tags());
        const changes = bucketAdaptor.diff(desired, created.state, recorded);
        found = await bucketAdaptor.update(world.scope, created, desired, changes);
      });
      expect(found && bucketAdaptor.diff(desired, found.state, recorded)).toEqual([]);
      expect(creating.length, creating.map(call => call.operation).join(' ')).toBeLessThanOrEqual(11);
      const looking = await world.calls(async () => {
        const [seen] = await bucketAdaptor.find(
          world.scope,
          { ...identity, id: found?.id },
          { ...context, freshness: 'shared' },
        );
        expect(seen && bucketAdaptor.diff(desired, seen.state, recorded)).toEqual([]);
      });
      expect(looking.length, looking.map(call => call.operation).join(' ')).toBeLessThanOrEqual(8);
    });

    const fresh = { desired: undefined, recorded: [], freshness: 'fresh' } as const;

    async function made(change: (desired: BucketDesired) => BucketDesired = one => one) {
      const world = await bench().world();
      const parts = { name: name(world), logBucket: '' };
      const desired = change(bare(desiredOf(parts, world)));
      const identity = world.identity({ name: parts.name });
      const created = await bucketAdaptor.create(world.scope, identity, desired, world.tags());
      const changes = bucketAdaptor.diff(desired, created.state, []);
      const found = await bucketAdaptor.update(world.scope, created, desired, changes);
      return { world, desired, identity, found };
    }

    test('in us-east-1, where a repeated create succeeds, it gives back whose it is', async () => {
      const world = await bench().world({ region: 'us-east-1' });
      const identity = world.identity({ name: name(world) });
      const desired = bare(desiredOf({ name: name(world), logBucket: '' }, world));
      const theirs = { ...world.tags(), 'opta.dev/name': 'another' };
      await foreign(world, name(world), theirs);
      const again = await bucketAdaptor.create(world.scope, identity, desired, world.tags());
      expect(again.tags).toEqual(theirs);
    });

    describe('where S3 takes no tags with a create', () => {
      const region = 'eusc-de-east-1';

      async function making(fault?: FaultRule) {
        const world = await bench().world({ region });
        const identity = world.identity({ name: name(world) });
        const desired = bare(desiredOf({ name: name(world), logBucket: '' }, world));
        if (fault !== undefined) world.gateway.addFault(fault);
        const create = () => bucketAdaptor.create(world.scope, identity, desired, world.tags());
        const find = () => bucketAdaptor.find(world.scope, identity, { ...fresh, desired });
        return { world, identity, create, find };
      }

      test('they follow at once', async () => {
        const { world, create, find } = await making();
        expect((await create()).tags).toEqual(world.tags());
        expect(await find()).toMatchObject([{ tags: world.tags(), state: { region } }]);
      });

      test.each<[string, FaultRule]>([
        ['the tags fail', { operation: 'PutBucketTagging', times: 1, fault: { kind: 'serverError' } }],
        [
          'its answer is lost',
          { operation: 'CreateBucket', nth: 2, times: 1, fault: { kind: 'resetAfter' } },
        ],
      ])('and where %s it is known by what was made, and gets all of them', async (_, fault) => {
        const { world, create, find } = await making(fault);
        await expect(create()).rejects.toMatchObject({ class: 'Transient' });
        // The name is taken by then, which says nothing against it.
        await create().catch(() => undefined);
        const [found] = await find();
        if (found === undefined) throw new Error('it was made');
        expect(judge(found.tags as Tags, world.owner, NODE, [])).toEqual({ is: 'ours' });
        const missing = Object.entries(world.tags()).filter(
          ([key]) => !Object.hasOwn(Object(found.tags), key),
        );
        expect(missing.map(([key]) => key)).toContain('opta.dev/epoch');
        await bucketAdaptor.tag?.(world.scope, found, Object.fromEntries(missing), []);
        expect(await find()).toMatchObject([{ tags: world.tags() }]);
        expect((await find())[0]?.state).not.toHaveProperty('untagged');
      });

      test('one without tags that was there is nobody’s', async () => {
        const { world, create, find } = await making();
        await foreign(world, name(world), undefined);
        expect((await create()).tags).toEqual({});
        expect((await find())[0]?.tags).toEqual({});
      });
    });

    test('a name of another account is a conflict, and no call gets through to it', async () => {
      const theirs = await made();
      const world = await bench().world();
      const identity = world.identity({ name: theirs.identity.name });
      const find = bucketAdaptor.find(world.scope, identity, fresh).catch(asCloudError);
      expect(await find).toMatchObject({ class: 'Conflict' });
      const create = bucketAdaptor.create(world.scope, identity, theirs.desired, world.tags());
      expect(await create.catch(asCloudError)).toMatchObject({ class: 'Conflict' });
      for (const call of [
        () => bucketAdaptor.find(world.scope, { ...identity, id: theirs.found.id }, fresh),
        () => bucketAdaptor.update(world.scope, theirs.found, theirs.desired, [change('policy')]),
        () => bucketAdaptor.tag?.(world.scope, theirs.found, { a: 'b' }, []),
        () =>
          bucketAdaptor.remove(world.scope, theirs.found, {
            desired: { ...theirs.desired, forceDestroy: true },
            owner: world.owner,
          }),
      ])
        expect(await Promise.resolve(call()).catch(asCloudError)).toMatchObject({ class: 'Denied' });
    });

    test('no rule for other origins takes away those that others wrote, and is nothing where there are none', async () => {
      const { world, identity, desired, found } = await made();
      const none = withSettings({ cors: [] })(desired);
      const target = { ...bucketOf(found), CORSConfiguration: { CORSRules: CORS } };
      await world.scope.s3.send(new PutBucketCorsCommand(target));
      const look = async () => {
        const context = { ...fresh, desired: none };
        const [one] = await bucketAdaptor.find(world.scope, { ...identity, id: found.id }, context);
        if (one === undefined) throw new Error('it is gone');
        return one;
      };
      const seen = await look();
      const changes = bucketAdaptor.diff(none, seen.state, []);
      expect(changes.map(one => one.field)).toEqual(['cors']);
      const updated = await bucketAdaptor.update(world.scope, seen, none, changes);
      expect(bucketAdaptor.diff(none, updated.state, [])).toEqual([]);
      const now = await look();
      expect(now.state.settings.cors).toBeUndefined();
      expect(bucketAdaptor.diff(none, now.state, [])).toEqual([]);
    });

    test('each call says whose the bucket is, so that one of another account that lets us in is none of ours', async () => {
      const { world, identity, desired, found } = await made();
      const { accountId, s3 } = world.scope;
      const owners = new Set<unknown>();
      s3.middlewareStack.add(
        next => args => {
          owners.add(Reflect.get(args.input, 'ExpectedBucketOwner'));
          return next(args);
        },
        { step: 'initialize' },
      );
      const context = { ...fresh, desired, recorded: ['lifecycle', 'cors', 'logging'] };
      const all = Object.keys(found.state.settings).map(change);
      await bucketAdaptor.find(world.scope, { ...identity, id: undefined }, context);
      await bucketAdaptor.update(world.scope, found, desired, all);
      await bucketAdaptor.tag?.(world.scope, found, { a: 'b' }, []);
      await bucketAdaptor.mayGo?.(world.scope, found, { desired, whole: true });
      await bucketAdaptor.remove(world.scope, found, { desired, owner: world.owner });
      expect([...owners]).toEqual([accountId]);
    });

    test('one on record whose name another account has is not told as a right that lacks alone', async () => {
      const theirs = await made();
      const world = await bench().world();
      const { id, name } = theirs.found;
      const find = bucketAdaptor.find(world.scope, world.identity({ name, id }), fresh);
      const says =
        /exists and belongs to another account, or the operator may not s3:ListBucket it; if it is another's, the one on record was deleted and its name taken since/;
      expect(await find.catch(asCloudError)).toMatchObject({
        class: 'Denied',
        message: expect.stringMatching(says),
      });
    });

    test('one of ours whose tags alone may not be read is not told as another’s', async () => {
      const { world, identity, found } = await made();
      world.gateway.addFault({ operation: 'GetBucketTagging', fault: { kind: 'accessDenied' } });
      const find = bucketAdaptor.find(world.scope, { ...identity, id: found.id }, fresh);
      const error = await find.catch(asCloudError);
      expect(error).toMatchObject({ class: 'Denied', message: expect.not.stringContaining('another') });
    });

    test('a name that is taken in another region is a conflict', async () => {
      const { identity, world } = await made();
      const elsewhere = await bench().world({ region: 'eu-west-1', accountId: world.scope.accountId });
      const find = bucketAdaptor.find(elsewhere.scope, identity, fresh).catch(asCloudError);
      expect(await find).toMatchObject({ class: 'Conflict', message: expect.stringContaining('region') });
    });

    test.each([
      ['IllegalLocationConstraintException', 'Conflict'],
      ['PermanentRedirect', 'Conflict'],
      ['AuthorizationHeaderMalformed', 'Conflict'],
      ['InvalidRequest', 'Unknown'],
      [undefined, 'Unknown'],
    ])('what HeadBucket means by 400 is told by a call that has words: %s is %s', async (code, expected) => {
      const world = await bench().world();
      world.gateway.addFault({ operation: 'HeadBucket', fault: { kind: 'serverError', status: 400 } });
      if (code !== undefined)
        world.gateway.addFault({
          operation: 'GetBucketTagging',
          fault: { kind: 'serverError', status: 400, code },
        });
      const find = bucketAdaptor.find(world.scope, world.identity({ name: name(world) }), fresh);
      expect(await find.catch(asCloudError)).toMatchObject({ class: expected });
      world.gateway.clearFaults();
    });

    test('a recorded name of another bucket is not followed', async () => {
      const [mine, other] = [await made(), await made()];
      const [found] = await bucketAdaptor.find(
        mine.world.scope,
        { ...mine.identity, id: other.found.id },
        fresh,
      );
      expect(found?.id).toBe(mine.found.id);
    });

    test("AWS's own tags stay when ours are written", async () => {
      const { world, found } = await made();
      const system = { Key: 'aws:cloudformation:stack-name', Value: 'old' };
      const { TagSet = [] } = await world.scope.s3.send(new GetBucketTaggingCommand(bucketOf(found)));
      await world.scope.s3.send(
        new PutBucketTaggingCommand({ ...bucketOf(found), Tagging: { TagSet: [...TagSet, system] } }),
      );
      const seen = { ...found, tags: { ...(found.tags as Tags), [system.Key]: system.Value } };
      await bucketAdaptor.tag?.(world.scope, seen, { team: 'orders' }, []);
      const after = await world.scope.s3.send(new GetBucketTaggingCommand(bucketOf(found)));
      expect(after.TagSet).toContainEqual(system);
      expect(after.TagSet).toContainEqual({ Key: 'team', Value: 'orders' });
    });

    test('tags that S3 lets nobody write so are told with what to do: ABAC is on', async () => {
      const { world, found } = await made();
      const turn = (Status: 'Enabled' | 'Disabled') =>
        world.scope.s3.send(new PutBucketAbacCommand({ ...bucketOf(found), AbacStatus: { Status } }));
      const tag = () => bucketAdaptor.tag?.(world.scope, found, { team: 'orders' }, ['Name']);
      await turn('Enabled');
      const way = `aws s3api put-bucket-abac --bucket ${found.id} --abac-status Status=Disabled`;
      await expect(tag()).rejects.toMatchObject({
        class: 'Blocked',
        refused: true,
        message: expect.stringMatching(
          new RegExp(`${way}.* s3control .*set team=orders and take away Name$`),
        ),
      });
      // Whoever may not look at it is told what S3 said.
      world.gateway.addFault({ operation: 'GetBucketAbac', fault: { kind: 'accessDenied' } });
      await expect(tag()).rejects.toMatchObject({ class: 'Unknown', code: 'MethodNotAllowed' });
      world.gateway.clearFaults();
      await turn('Disabled');
      await tag();
    });

    test('tags that S3 refuses for what they are need no other reason', async () => {
      const { world, found } = await made();
      world.gateway.addFault({ operation: 'PutBucketTagging', fault: { kind: 'accessDenied' } });
      const refused = bucketAdaptor.tag?.(world.scope, found, { team: 'orders' }, []);
      await expect(refused).rejects.toMatchObject({ class: 'Denied' });
      world.gateway.clearFaults();
    });

    test('tags are not written over those that S3 shows late', async () => {
      const { world, found } = await made();
      const { TagSet: before } = await world.scope.s3.send(new GetBucketTaggingCommand(bucketOf(found)));
      world.gateway.addFault({ fault: { kind: 'untaggedForNew', seconds: 20 } });
      const tagged = bucketAdaptor.tag?.(world.scope, found, { team: 'orders' }, []);
      await expect(tagged).rejects.toMatchObject({ class: 'NotYet' });
      world.gateway.clearFaults();
      const { TagSet: after } = await world.scope.s3.send(new GetBucketTaggingCommand(bucketOf(found)));
      expect(after).toEqual(before);
    });

    test('the block of SSE-C that AWS sets stays when the key changes', async () => {
      const { world, found, desired } = await made();
      await world.scope.s3.send(
        new PutBucketEncryptionCommand({
          ...bucketOf(found),
          ServerSideEncryptionConfiguration: {
            Rules: [
              {
                ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
                BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
              },
            ],
          },
        }),
      );
      const next = common.fields.encryption(desired);
      await bucketAdaptor.update(world.scope, found, next, [change('encryption')]);
      const { ServerSideEncryptionConfiguration: now } = await world.scope.s3.send(
        new GetBucketEncryptionCommand(bucketOf(found)),
      );
      expect(now?.Rules?.[0]).toMatchObject({
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' },
        BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
      });
    });

    test('the smallest size that moves, set by hand, stays when the rules change', async () => {
      const { world, found, desired } = await made(withSettings({ lifecycle: LIFECYCLE }));
      await world.scope.s3.send(
        new PutBucketLifecycleConfigurationCommand({
          ...bucketOf(found),
          TransitionDefaultMinimumObjectSize: 'varies_by_storage_class',
          LifecycleConfiguration: { Rules: [...LIFECYCLE] },
        }),
      );
      const next = withSettings({ lifecycle: LIFECYCLE.slice(1) })(desired);
      await bucketAdaptor.update(world.scope, found, next, [change('lifecycle')]);
      const now = await world.scope.s3.send(new GetBucketLifecycleConfigurationCommand(bucketOf(found)));
      expect(now).toMatchObject({
        TransitionDefaultMinimumObjectSize: 'varies_by_storage_class',
        Rules: [{ ID: 'unfinished-uploads' }],
      });
    });

    const theirs: LifecycleRule = {
      ID: 'scratch',
      Status: 'Enabled',
      Filter: { Prefix: 'tmp/' },
      Expiration: { Days: 1 },
    };
    const offByHand: LifecycleRule = {
      ID: 'off',
      Status: 'Disabled',
      Filter: { Prefix: '' },
      Expiration: { Days: 2 },
    };
    const oldForm: LifecycleRule = {
      ID: 'old',
      Status: 'Enabled',
      Prefix: 'old/',
      Expiration: { Date: new Date('2031-01-01T00:00:00Z') },
    };
    const OWN = { ownRules: OWN_RULE_IDS };

    function setRules(world: World, { id }: Found<BucketState>, Rules: readonly LifecycleRule[]) {
      const LifecycleConfiguration = { Rules: [...Rules] };
      return world.scope.s3.send(
        new PutBucketLifecycleConfigurationCommand({ Bucket: id, LifecycleConfiguration }),
      );
    }

    const rulesNow = async (world: World, { id }: Found<BucketState>) =>
      (await world.scope.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: id }))).Rules ?? [];

    test.each<[string, readonly LifecycleRule[], LifecycleRule]>([
      ['one for a prefix', [theirs], theirs],
      ['one that is off', [offByHand], offByHand],
      [
        'one for a prefix in the old form, until a date',
        [oldForm],
        { ID: 'old', Status: 'Enabled', Filter: { Prefix: 'old/' }, Expiration: oldForm.Expiration },
      ],
      [
        'one for a prefix with an ID as ours have',
        [{ ...theirs, ID: 'objects' }],
        { ...theirs, ID: 'objects' },
      ],
      ['one beside ours', [...LIFECYCLE, theirs], theirs],
    ])(
      'lifecycle rules of others in an adopted bucket stay beside ours, and when ours go: %s',
      async (_, before, kept) => {
        const { world, found, desired, identity } = await made();
        await setRules(world, found, before);
        const look = async (of: BucketDesired) => {
          const context = { desired: of, recorded: ['lifecycle'], freshness: 'fresh' } as const;
          const [seen] = await bucketAdaptor.find(world.scope, identity, context);
          if (seen === undefined) throw new Error('not found');
          return seen;
        };
        const converge = async (of: BucketDesired) => {
          const seen = await look(of);
          const changes = bucketAdaptor.diff(of, seen.state, ['lifecycle']);
          const after = await bucketAdaptor.update(world.scope, seen, of, changes);
          expect(bucketAdaptor.diff(of, after.state, ['lifecycle'])).toEqual([]);
          expect(bucketAdaptor.diff(of, (await look(of)).state, ['lifecycle'])).toEqual([]);
          return rulesNow(world, found);
        };
        const both = await converge(withSettings({ lifecycle: LIFECYCLE, ...OWN })(desired));
        expect(both.map(rule => rule.ID).sort()).toEqual(
          [kept.ID, 'replaced-versions', 'unfinished-uploads'].sort(),
        );
        expect(both.find(rule => rule.ID === kept.ID)).toMatchObject(kept);
        const alone = await converge(withSettings(OWN)(desired));
        expect(alone).toMatchObject([kept]);
        expect(alone).toHaveLength(1);
      },
    );

    test('a rule that somebody puts beside ours in a bucket of ours goes, and is told by what it did', async () => {
      const { world, found, desired, identity } = await made();
      const ours = withSettings({ lifecycle: LIFECYCLE })(desired);
      const look = async (recorded: readonly string[]) => {
        const context = { desired: ours, recorded, freshness: 'fresh' } as const;
        const [seen] = await bucketAdaptor.find(world.scope, identity, context);
        if (seen === undefined) throw new Error('not found');
        return seen;
      };
      await setRules(world, found, [...LIFECYCLE, theirs]);
      const seen = await look(['lifecycle']);
      const [change] = bucketAdaptor.diff(ours, seen.state, ['lifecycle']);
      expect(change).toMatchObject({
        field: 'lifecycle',
        risk: 'Low',
        from: expect.stringContaining('scratch (tmp/): deletes after 1 days'),
        to: expect.not.stringContaining('scratch'),
      });
      const after = await bucketAdaptor.update(world.scope, seen, ours, change === undefined ? [] : [change]);
      expect(bucketAdaptor.diff(ours, after.state, ['lifecycle'])).toEqual([]);
      expect((await rulesNow(world, found)).map(rule => rule.ID)).not.toContain('scratch');
    });

    test('where the spec asks for no rules, and never did, those of people stay', async () => {
      const { world, found, desired, identity } = await made();
      await setRules(world, found, [theirs]);
      const context = { desired, recorded: [], freshness: 'fresh' } as const;
      const [seen] = await bucketAdaptor.find(world.scope, identity, context);
      expect(seen && bucketAdaptor.diff(desired, seen.state, [])).toEqual([]);
    });

    const taken = { ...theirs, ID: 'unfinished-uploads' };

    test('a rule of somebody else with an ID that ours is to have is a conflict, and nothing of the lifecycle is written', async () => {
      const { world, found, desired, identity } = await made();
      await setRules(world, found, [taken]);
      const next = withSettings({
        lifecycle: LIFECYCLE,
        versioning: 'Suspended',
        policy: policy(found.id, 'One'),
        ...OWN,
      })(desired);
      const context = { desired: next, recorded: [], freshness: 'fresh' } as const;
      const [seen = found] = await bucketAdaptor.find(world.scope, identity, context);
      const changes = bucketAdaptor.diff(next, seen.state, []);
      expect(changes.map(one => one.field)).toEqual(['versioning', 'lifecycle', 'policy']);
      const conflict = {
        class: 'Conflict',
        message: expect.stringContaining(`bucket ${found.id} has a lifecycle rule unfinished-uploads`),
      };
      const calls = await world.calls(async () => {
        // Also where the rule was not there when it was looked.
        for (const from of [seen, found]) {
          const fields = from === seen ? changes : [change('lifecycle')];
          const update = bucketAdaptor.update(world.scope, from, next, fields);
          expect(await update.catch(asCloudError)).toMatchObject(conflict);
        }
      });
      // What it is about is all that waits: a right that is taken back does not.
      expect(calls.filter(call => call.mutating).map(call => call.operation)).toEqual([
        'PutBucketVersioning',
        'PutBucketPolicy',
      ]);
      expect(await rulesNow(world, found)).toMatchObject([taken]);
      // Nor does it where the lifecycle is not among what changes.
      const policyAlone = bucketAdaptor.update(world.scope, seen, next, [change('policy')]);
      expect(await policyAlone.catch(asCloudError)).toMatchObject({ id: found.id });
    });

    test.each<[string, readonly string[]]>([
      ['without a policy', []],
      ['with a policy of others', ['Theirs']],
    ])('a bucket is not half adopted where a rule has an ID that ours is to have: %s', async (_, sids) => {
      const { world, found, desired, identity } = await made();
      await setRules(world, found, [taken]);
      const of = bucketOf(found);
      if (sids.length === 0) await world.scope.s3.send(new DeleteBucketPolicyCommand(of));
      else {
        const Policy = JSON.stringify(policy(found.id, ...sids));
        await world.scope.s3.send(new PutBucketPolicyCommand({ ...of, Policy }));
      }
      const next = withSettings({ lifecycle: LIFECYCLE, versioning: 'Suspended', ...OWN })(desired);
      const context = { desired: next, recorded: [], freshness: 'fresh' } as const;
      const [seen = found] = await bucketAdaptor.find(world.scope, identity, context);
      const changes = bucketAdaptor.diff(next, seen.state, []);
      expect(changes.map(one => one.field)).toEqual(['versioning', 'lifecycle', 'policy']);
      const calls = await world.calls(async () => {
        const update = bucketAdaptor.update(world.scope, seen, next, changes);
        expect(await update.catch(asCloudError)).toMatchObject({ class: 'Conflict' });
      });
      expect(calls.filter(call => call.mutating)).toEqual([]);
    });

    test('the rules of a bucket that is being made wait for nobody', async () => {
      const { desired, world } = await made();
      const next = withSettings({ lifecycle: LIFECYCLE })(desired);
      const named = world.identity({ name: `${name(world)}-2` });
      const created = await bucketAdaptor.create(world.scope, named, next, world.tags());
      const changes = bucketAdaptor.diff(next, created.state, ['lifecycle']);
      expect(changes.find(one => one.field === 'lifecycle')).toMatchObject({ risk: 'Low' });
    });

    test('a policy that names a role of a moment ago is waited for, and not for ever', async () => {
      const { world, found, desired } = await made();
      const { settings } = iamControl(world.gateway);
      settings.rolePropagation = 10_000;
      try {
        await world.scope.iam.send(
          new CreateServiceLinkedRoleCommand({ AWSServiceName: 'autoscaling.amazonaws.com' }),
        );
        const path = 'aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling';
        const next = withSettings({
          policy: policyOf([
            ...desired.settings.policy.Statement,
            {
              Sid: 'Role',
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${world.scope.accountId}:role/${path}` },
              Action: 's3:GetObject',
              Resource: `arn:aws:s3:::${found.id}/*`,
            },
          ]),
        })(desired);
        const attempt = () =>
          bucketAdaptor.update(world.scope, found, next, [change('policy')]).catch(asCloudError);
        const notYet = { class: 'NotYet', code: 'MalformedPolicy', retryAfterMs: 5_000 };
        expect(await attempt()).toMatchObject(notYet);
        world.gateway.advanceClock(10);
        expect(await attempt()).toMatchObject({ id: found.id });
        settings.rolePropagation = 1_000_000;
        expect(await attempt()).toMatchObject(notYet);
        world.gateway.advanceClock(119);
        expect(await attempt()).toMatchObject(notYet);
        world.gateway.advanceClock(1);
        expect(await attempt()).toMatchObject({
          class: 'Invalid',
          message: expect.stringMatching(
            /policy: "AWS" : "arn:\S+ForAutoScaling": a role or user that the policy names does not exist/,
          ),
        });
      } finally {
        settings.rolePropagation = 0;
      }
    });

    describe('a role that is missing', () => {
      const account = (id: number) => `arn:aws:iam::${String(id).repeat(12)}:root`;

      async function policies() {
        const { world, identity, found, desired } = await made();
        const own = policy(found.id, 'One', 'Two').Statement;
        const allow = (Sid: string, AWS: readonly string[], Action: string | string[] = 's3:GetObject') =>
          ({
            Sid,
            Effect: 'Allow',
            Principal: { AWS },
            Action,
            Resource: `arn:aws:s3:::${found.id}/*`,
          }) as const;
        const deny = (AWS: readonly string[]) =>
          ({ ...allow('Deny', AWS, 's3:DeleteObject'), Effect: 'Deny' }) as const;
        const look = async () =>
          (await bucketAdaptor.find(world.scope, { ...identity, id: found.id }, fresh))[0] ?? found;
        async function attempt(...statements: readonly Statement[]) {
          const next = withSettings({ policy: policyOf([...own, ...statements]) })(desired);
          const now = await look();
          let outcome: unknown;
          const calls = await world.calls(async () => {
            const changes = bucketAdaptor.diff(next, now.state, []);
            outcome = await bucketAdaptor.update(world.scope, now, next, changes).catch(asCloudError);
          });
          const puts = calls.filter(one => one.mutating);
          const written = puts.filter(one => one.status < 300).length;
          return { outcome, written, refused: puts.length - written };
        }
        async function expectPolicy(...statements: readonly Statement[]) {
          expect(canonicalPolicy(JSON.stringify((await look()).state.settings.policy))).toBe(
            canonicalPolicy(policyOf([...own, ...statements])),
          );
        }
        async function roleOf(service: string) {
          const command = new CreateServiceLinkedRoleCommand({ AWSServiceName: `${service}.amazonaws.com` });
          return (await world.scope.iam.send(command)).Role?.Arn ?? '';
        }
        return { world, allow, deny, attempt, expectPolicy, roleOf };
      }

      test('holds up nothing but itself', async () => {
        const { world, allow, deny, attempt, expectPolicy, roleOf } = await policies();
        const { settings } = iamControl(world.gateway);
        const before = [
          allow('Some', [account(2), account(3)]),
          allow('Gone', [account(4)]),
          deny([account(2)]),
        ];
        expect(await attempt(...before)).toMatchObject({ outcome: { id: expect.anything() }, written: 1 });
        settings.rolePropagation = 1_000_000;
        try {
          const first = await roleOf('autoscaling');
          const second = await roleOf('elasticloadbalancing');
          const both = ['s3:GetObject', 's3:PutObject'];
          const wanted = [
            allow('Some', [account(2), account(5), first], both),
            allow('Later', [second]),
            deny([account(2), account(6), first]),
          ];
          expect(await attempt(...wanted)).toMatchObject({ outcome: { class: 'NotYet' }, written: 0 });
          world.gateway.advanceClock(120);
          const without = `does not exist; the rest of the policy is in place, without ${first}, ${second}`;
          expect(await attempt(...wanted)).toMatchObject({
            outcome: { class: 'Invalid', message: expect.stringContaining(without) },
            written: 1,
          });
          await expectPolicy(allow('Some', [account(2), account(5)], both), deny([account(2), account(6)]));
          expect(await attempt(...wanted)).toMatchObject({
            outcome: { class: 'Invalid', message: expect.stringContaining(without) },
            written: 0,
          });
          settings.rolePropagation = 0;
          expect(await attempt(...wanted)).toMatchObject({ outcome: { id: expect.anything() }, written: 1 });
          await expectPolicy(...wanted);
        } finally {
          settings.rolePropagation = 0;
        }
      });

      test('is one of those that S3 does not know, where S3 does not say which', async () => {
        const { world, allow, deny, attempt, expectPolicy } = await policies();
        await attempt(allow('Some', [account(2), account(3)]), allow('Gone', [account(4)]));
        const fault = { status: 400, code: 'MalformedPolicy', message: 'Invalid principal in policy' };
        const refused = { kind: 'accessDenied', ...fault } as const;
        world.gateway.addFault({ operation: 'PutBucketPolicy', times: 2, fault: refused });
        const wanted = [
          allow('Some', [account(2), account(5)], 's3:PutObject'),
          deny([account(3), account(6)]),
        ];
        expect(await attempt(...wanted)).toMatchObject({ outcome: { class: 'NotYet' }, written: 0 });
        world.gateway.advanceClock(120);
        expect(await attempt(...wanted)).toMatchObject({
          outcome: {
            class: 'Invalid',
            message: expect.stringContaining(`without ${account(6)}, ${account(5)}`),
          },
          written: 1,
        });
        await expectPolicy(allow('Some', [account(2)], 's3:PutObject'), deny([account(3)]));
      });

      test('is asked for a few times at most, however many are missing', async () => {
        const { world, allow, attempt, expectPolicy } = await policies();
        const { settings } = iamControl(world.gateway);
        settings.rolePropagation = 1_000_000;
        try {
          const roles: string[] = [];
          for (let index = 0; index < 15; index++) {
            const command = new CreateRoleCommand({
              RoleName: `${name(world)}-${index}`,
              AssumeRolePolicyDocument: TRUST,
            });
            roles.push((await world.scope.iam.send(command)).Role?.Arn ?? '');
          }
          const wanted = allow('Many', [account(2), ...roles]);
          await attempt(wanted);
          world.gateway.advanceClock(120);
          expect(await attempt(wanted)).toMatchObject({ outcome: { class: 'Invalid' }, refused: 11 });
          await expectPolicy();
        } finally {
          settings.rolePropagation = 0;
        }
      });
    });

    test('a policy that S3 refuses for anything else is not waited for', async () => {
      const { world, found, desired } = await made();
      const fault = { status: 400, code: 'MalformedPolicy', message: 'Policy has invalid resource' };
      world.gateway.addFault({ operation: 'PutBucketPolicy', fault: { kind: 'accessDenied', ...fault } });
      const update = bucketAdaptor.update(world.scope, found, desired, [change('policy')]);
      expect(await update.catch(asCloudError)).toMatchObject({ class: 'Invalid' });
    });

    test('a public policy that S3 still refuses after the block was lifted is tried again soon', async () => {
      const { world, found, desired } = await made();
      world.gateway.addFault({ operation: 'PutBucketPolicy', fault: { kind: 'accessDenied' } });
      const both = bucketAdaptor.update(world.scope, found, common.fields.publicAccess(desired), [
        change('publicAccess'),
        change('policy'),
      ]);
      expect(await both.catch(asCloudError)).toMatchObject({ class: 'Busy', retryAfterMs: 5_000 });
      world.gateway.addFault({ operation: 'PutBucketPolicy', fault: { kind: 'accessDenied' } });
      const alone = bucketAdaptor.update(world.scope, found, desired, [change('policy')]);
      expect(await alone.catch(asCloudError)).toMatchObject({ class: 'Denied' });
    });

    test('versions that a replication by hand needs: it is waited for, and told what is in the way', async () => {
      const { world, found, desired } = await made();
      const { s3, accountId } = world.scope;
      const target = `${found.id}-copies`;
      await foreign(world, target, undefined);
      const VersioningConfiguration = { Status: 'Enabled' as const };
      await s3.send(new PutBucketVersioningCommand({ Bucket: target, VersioningConfiguration }));
      const rule = { ID: 'a', Prefix: '', Destination: { Bucket: `arn:aws:s3:::${target}` } };
      const Role = `arn:aws:iam::${accountId}:role/copies`;
      const ReplicationConfiguration = { Role, Rules: [{ ...rule, Status: 'Enabled' as const }] };
      await s3.send(new PutBucketReplicationCommand({ ...bucketOf(found), ReplicationConfiguration }));
      const next = common.fields.versioning(desired);
      const attempt = () =>
        bucketAdaptor.update(world.scope, found, next, [change('versioning')]).catch(asCloudError);
      expect(await attempt()).toMatchObject({ class: 'Busy', code: 'InvalidBucketState' });
      world.gateway.advanceClock(119);
      expect(await attempt()).toMatchObject({ class: 'Busy' });
      world.gateway.advanceClock(1);
      expect(await attempt()).toMatchObject({
        class: 'Blocked',
        code: 'InvalidBucketState',
        message: expect.stringContaining('Set spec.versioning: true'),
        blockers: [{ resource: `replication or Object Lock of bucket ${found.id}` }],
      });
      await s3.send(new DeleteBucketReplicationCommand(bucketOf(found)));
      expect(await attempt()).toMatchObject({ state: { settings: { versioning: 'Suspended' } } });
      await s3.send(new PutBucketVersioningCommand({ ...bucketOf(found), VersioningConfiguration }));
      await s3.send(new PutBucketReplicationCommand({ ...bucketOf(found), ReplicationConfiguration }));
      expect(await attempt(), 'another one is waited for anew').toMatchObject({ class: 'Busy' });
    });

    test('a key that no XML document holds does not keep a bucket from being emptied', async () => {
      const { world, found, desired } = await made();
      for (const Key of ['a', 'b c+d', 'e\u0001'])
        await world.scope.s3.send(new PutObjectCommand({ ...bucketOf(found), Key, Body: '1' }));
      const calls = await world.calls(() =>
        bucketAdaptor.remove(world.scope, found, {
          desired: { ...desired, forceDestroy: true },
          owner: world.owner,
        }),
      );
      expect(calls.filter(call => call.mutating).map(call => call.operation)).toEqual([
        'DeleteObjects',
        'DeleteObject',
        'DeleteBucket',
      ]);
    });

    const keep = (Bucket: string, Action: string[] = ['s3:DeleteObject*']) => ({
      Sid: 'Keep',
      Effect: 'Deny' as const,
      Principal: '*' as const,
      Action,
      Resource: `arn:aws:s3:::${Bucket}/*`,
    });

    /** With an object that is deleted by a call of its own. */
    async function kept() {
      const { world, found, desired } = await made();
      const { s3 } = world.scope;
      await s3.send(new PutObjectCommand({ ...bucketOf(found), Key: 'e\u0001', Body: '1' }));
      const remove = async (of: Partial<BucketDesired>) => {
        const [now] = await bucketAdaptor.find(world.scope, world.identity({ name: found.id }), fresh);
        const options = { desired: { ...desired, ...of }, owner: world.owner };
        return now && bucketAdaptor.remove(world.scope, now, options).catch(asCloudError);
      };
      return { world, found, desired, remove };
    }

    test('what the spec denies to keep the objects goes before they do, with forceDestroy alone', async () => {
      const { world, found, desired, remove } = await kept();
      const other = { ...keep(found.id, ['s3:DeleteObject', 's3:GetObject']), Sid: 'Other' };
      const theirs = keep(found.id);
      const Policy = JSON.stringify(policyOf([...desired.settings.policy.Statement, theirs, other]));
      await world.scope.s3.send(new PutBucketPolicyCommand({ ...bucketOf(found), Policy }));
      const keepsObjects = [other, theirs];
      const before = await world.calls(() => remove({ keepsObjects }));
      expect(before.filter(call => call.mutating)).toEqual([]);
      const destroy = { forceDestroy: true, keepsObjects };
      expect(await remove(destroy)).toMatchObject({ class: 'Busy', retryAfterMs: 5_000 });
      const { Policy: now } = await world.scope.s3.send(new GetBucketPolicyCommand(bucketOf(found)));
      expect(canonicalPolicy(now)).toBe(canonicalPolicy(desired.settings.policy));
      expect(await remove(destroy)).toBeUndefined();
      expect(await bucketAdaptor.find(world.scope, world.identity({ name: found.id }), fresh)).toEqual([]);
    });

    test('what the spec does not say, or no more, is left in the policy and named', async () => {
      const { world, found, desired, remove } = await kept();
      const Statement = [...desired.settings.policy.Statement, keep(found.id)];
      const put = (Policy: string) =>
        world.scope.s3.send(new PutBucketPolicyCommand({ ...bucketOf(found), Policy }));
      await put(JSON.stringify(policyOf(Statement)));
      // Of the same name, and not what is there.
      const keepsObjects = [keep(found.id, ['s3:DeleteObject'])];
      const calls = await world.calls(async () => {
        expect(await remove({ forceDestroy: true, keepsObjects })).toMatchObject({
          code: 'AccessDenied',
          message: expect.stringMatching(
            /the policy of bucket-\S+ denies it \(Keep\): remove that from the policy in S3/,
          ),
        });
      });
      expect(calls.map(call => call.operation)).not.toContain('PutBucketPolicy');
      await put(JSON.stringify(desired.settings.policy));
      expect(await remove({ forceDestroy: true })).toBeUndefined();
    });

    test('a public policy that the account forbids holds up nothing else, and it is said who forbids it', async () => {
      const { world, identity, found, desired } = await made();
      const { scope, gateway } = world;
      const everybody = {
        Sid: 'PublicRead',
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${found.id}/*`,
      } as const;
      const closed = policy(found.id, 'One', 'Three').Statement;
      let wanted = [...closed, everybody];
      const look = async () =>
        (await bucketAdaptor.find(scope, { ...identity, id: found.id }, fresh))[0] ?? found;
      async function attempt() {
        const open = withSettings({ publicAccess: 'PolicyAllowed', policy: policyOf(wanted) })(desired);
        const now = await look();
        const changes = bucketAdaptor.diff(open, now.state, []);
        let outcome: unknown;
        const calls = await world.calls(async () => {
          outcome = await bucketAdaptor.update(scope, now, open, changes).catch(asCloudError);
        });
        return { outcome, written: calls.filter(one => one.mutating && one.status < 300).length };
      }
      const statements = async () =>
        statementsOf(JSON.stringify((await look()).state.settings.policy))
          .map(one => Object(one).Sid)
          .sort();

      blockPublicPolicies(gateway.bench, scope.accountId);
      // The block of the bucket and the policy.
      expect(await attempt()).toMatchObject({ outcome: { class: 'Busy', retryAfterMs: 5_000 }, written: 2 });
      expect(await statements()).toEqual(['One', 'Three']);
      expect(await attempt()).toMatchObject({ outcome: { class: 'Busy' }, written: 0 });
      gateway.advanceClock(120);
      const message = expect.stringMatching(
        /BlockPublicPolicy setting in S3 Block Public Access; .*account or organization does: have an administrator turn/,
      );
      expect(await attempt()).toMatchObject({ outcome: { class: 'Denied', message }, written: 0 });

      blockPublicPolicies(gateway.bench, scope.accountId, false);
      expect(await attempt()).toMatchObject({ outcome: { id: found.id }, written: 1 });
      expect(await statements()).toEqual(['One', 'PublicRead', 'Three']);

      blockPublicPolicies(gateway.bench, scope.accountId);
      gateway.advanceClock(1);
      const listed = {
        ...everybody,
        Sid: 'PublicList',
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${found.id}`,
      };
      wanted = [...closed, everybody, listed];
      expect(await attempt(), 'more for everybody').toMatchObject({ outcome: { class: 'Busy' }, written: 0 });
      gateway.advanceClock(120);
      expect(await attempt()).toMatchObject({
        outcome: {
          class: 'Denied',
          message: expect.stringMatching(/in place, and what was public before is so still$/),
        },
        written: 0,
      });
      expect(await statements()).toEqual(['One', 'PublicRead', 'Three']);

      wanted = [...policy(found.id, 'One').Statement, everybody];
      expect(await attempt(), 'one taken back').toMatchObject({
        outcome: {
          class: 'Denied',
          message: expect.stringMatching(/in place, and what lets everybody in is not in it$/),
        },
        written: 1,
      });
      expect(await statements()).toEqual(['One']);
      expect(await attempt()).toMatchObject({ outcome: { class: 'Denied' }, written: 0 });
    });

    test('a bucket with access points is not deleted, and says what to do', async () => {
      const { world, found, desired } = await made();
      world.gateway.addFault({
        operation: 'DeleteBucket',
        fault: { kind: 'serverError', status: 400, code: 'BucketHasAccessPointsAttached' },
      });
      const remove = bucketAdaptor.remove(world.scope, found, { desired, owner: world.owner });
      expect(await remove.catch(asCloudError)).toMatchObject({
        class: 'Blocked',
        blockers: [
          {
            resource: `access points of bucket ${found.id}`,
            reason: expect.stringContaining(`--account-id ${world.scope.accountId} --bucket ${found.id}`),
          },
        ],
      });
      world.gateway.clearFaults();
    });

    test('a bucket with objects, or versions of deleted ones, is not deleted, and says how many', async () => {
      const { world, found, desired } = await made();
      const options = { desired, owner: world.owner };
      for (const Body of ['1', '2'])
        await world.scope.s3.send(new PutObjectCommand({ ...bucketOf(found), Key: 'a', Body }));
      const error = await bucketAdaptor.remove(world.scope, found, options).catch(asCloudError);
      expect(error).toMatchObject({
        class: 'Blocked',
        blockers: [{ resource: `2 object versions in ${found.id}` }],
      });
      expect(error).toMatchObject({ message: expect.stringContaining('or set spec.forceDestroy: true') });
      const mayGo = (whole: boolean) =>
        bucketAdaptor.mayGo?.(world.scope, found, { desired, whole }).catch(asCloudError);
      expect(await mayGo(true)).toMatchObject({ class: 'Blocked' });
      // A replica that the spec gave up is emptied once nothing is copied to it: that comes first.
      expect(await mayGo(false)).toBeUndefined();
      const { forceDestroy: _, ...byHandAlone } = desired;
      const never = bucketAdaptor.remove(world.scope, found, { ...options, desired: byHandAlone });
      expect(await never.catch(asCloudError)).toMatchObject({
        message: expect.stringContaining('empty it with all versions of its objects'),
      });
      const destroy = { ...options, desired: { ...desired, forceDestroy: true } };
      await bucketAdaptor.remove(world.scope, found, destroy);
      const left = world.scope.s3.send(new ListObjectVersionsCommand(bucketOf(found)));
      await expect(left).rejects.toMatchObject({ class: 'NotFound' });
    });
  },
);

function change(field: string) {
  return { field, from: undefined, to: undefined, risk: 'Low' } as const;
}

describe('lifecycle in words', () => {
  test.each<[string, readonly LifecycleRule[] | undefined, string]>([
    ['nothing', undefined, '(none)'],
    [
      'of a prefix',
      [{ ID: 'a', Status: 'Enabled', Filter: { Prefix: 'x/' }, Expiration: { Days: 3 } }],
      'a (x/): deletes after 3 days',
    ],
    [
      'switched off, of a tag',
      [
        {
          ID: 'a',
          Status: 'Disabled',
          Filter: { Tag: { Key: 'k', Value: 'v' } },
          Expiration: { Date: new Date('2031-01-01') },
        },
      ],
      'a (by tag or size), off: deletes on 2031-01-01',
    ],
    [
      'of a prefix and a size',
      [
        {
          ID: 'a',
          Status: 'Enabled',
          Filter: { And: { Prefix: 'x/', ObjectSizeGreaterThan: 5 } },
          Transitions: [{ Days: 4, StorageClass: 'GLACIER' }],
        },
      ],
      'a (x/, by tag or size): moves after 4 days to GLACIER',
    ],
    [
      'of versions, in one order',
      [
        {
          ID: 'b',
          Status: 'Enabled',
          Prefix: '',
          NoncurrentVersionExpiration: { NoncurrentDays: 9, NewerNoncurrentVersions: 2 },
        },
        {
          Status: 'Enabled',
          Filter: { Prefix: '' },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        },
      ],
      '(no ID): ends uploads after 7 days; b: deletes versions after 9 days but 2',
    ],
  ])('%s', (_, rules, words) => expect(lifecycleInWords(rules)).toBe(words));
});

describe('lifecycle in the words of S3', () => {
  const state: BucketState = { region: 'eu-central-1', settings: { lifecycle: LIFECYCLE } };
  const desired: BucketDesired = {
    region: 'eu-central-1',
    forceDestroy: false,
    settings: {
      publicAccess: 'Blocked',
      ownership: 'BucketOwnerEnforced',
      encryption: { algorithm: 'AES256' },
      versioning: 'Enabled',
      policy: policy('bucket', 'One'),
      lifecycle: LIFECYCLE,
    },
  };

  test.each([
    ['rules in another order', rules(all => [...all].reverse()), true],
    ['an empty filter', rules(all => all.map(rule => ({ ...rule, Filter: {} }))), true],
    [
      'the old form of no filter',
      rules(all => all.map(({ Filter: _, ...rule }) => ({ ...rule, Prefix: '' }))),
      true,
    ],
    [
      'transitions in another order',
      rules(([first, ...rest]) => [
        {
          ...first,
          NoncurrentVersionTransitions: [...(first?.NoncurrentVersionTransitions ?? [])].reverse(),
        },
        ...rest,
      ]),
      true,
    ],
    ['a filter', rules(all => all.map(rule => ({ ...rule, Filter: { Prefix: 'a/' } }))), false],
    [
      'a date for days',
      rules(([first, ...rest]) => [{ ...first, Expiration: { Date: new Date(0) } }, ...rest]),
      false,
    ],
    ['a rule less', rules(all => all.slice(1)), false],
    ['a disabled rule', rules(all => all.map(rule => ({ ...rule, Status: 'Disabled' }))), false],
  ])('%s', (_, rewrite, same) => {
    const changed = bucketAdaptor.diff(desired, rewrite(state), []).some(one => one.field === 'lifecycle');
    expect(changed).toBe(!same);
  });
});

test.each<[from: unknown, to: 'Enabled' | 'Suspended', changes: boolean]>([
  // A bucket of a moment ago has none.
  [undefined, 'Suspended', false],
  ['Off', 'Suspended', false],
  ['Suspended', 'Suspended', false],
  ['Enabled', 'Suspended', true],
  [undefined, 'Enabled', true],
  ['Off', 'Enabled', true],
  ['Suspended', 'Enabled', true],
  ['Enabled', 'Enabled', false],
])('versions that are %s and are to be %s: a change is %s', (from, to, changes) => {
  const settings: BucketSettings = {
    publicAccess: 'Blocked',
    ownership: 'BucketOwnerEnforced',
    encryption: { algorithm: 'AES256' },
    versioning: to,
    policy: policy('bucket', 'One'),
  };
  const state = { region: 'eu-central-1', settings: { ...settings, versioning: from } };
  const found = bucketAdaptor.diff({ region: 'eu-central-1', settings }, state, []);
  expect(found.some(one => one.field === 'versioning')).toBe(changes);
});

describe('what is told before it is done', () => {
  const wanted: BucketSettings = {
    publicAccess: 'Blocked',
    ownership: 'BucketOwnerEnforced',
    encryption: { algorithm: 'AES256' },
    versioning: 'Enabled',
    policy: policy('bucket', 'One'),
  };
  const theirs = policy('bucket', 'Theirs');
  const inS3 = { ...wanted, policy: JSON.parse(canonicalPolicy(wanted.policy)) };
  const risks = (settings: Partial<BucketSettings>, has: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      bucketAdaptor
        .diff(
          { region: 'eu-central-1', settings: { ...wanted, ...settings } },
          { region: 'eu-central-1', settings: { ...inS3, ...has } },
          [],
        )
        .map(({ field, risk }) => [field, risk]),
    );

  test.each<[string, Partial<BucketSettings>, Readonly<Record<string, unknown>>, 'High' | 'Low']>([
    ['one that is adopted', { ownRules: [] }, { policy: theirs }, 'High'],
    ['one that is adopted and has no policy', { ownRules: [] }, { policy: undefined }, 'High'],
    ['one that was adopted once, and opened by hand', { ownRules: [] }, {}, 'Low'],
    ['one that was made here, and opened by hand', {}, {}, 'Low'],
    ['one that is being made', {}, { policy: undefined }, 'Low'],
  ])('that a bucket is closed to the public: %s', (_, settings, has, risk) => {
    for (const publicAccess of ['PolicyAllowed', 'Open'])
      expect(risks(settings, { ...has, publicAccess })).toMatchObject({ publicAccess: risk });
  });

  test('nothing that tells of an adoption is done before who reads it is shut out', () => {
    const open = { policy: theirs, publicAccess: 'Open', versioning: 'Off' };
    const adopting = { publicAccess: 'High', versioning: 'Low', policy: 'High' };
    expect(risks({ ownRules: [] }, open)).toMatchObject(adopting);
    expect(risks({ ownRules: [] }, { policy: theirs })).toMatchObject({ policy: 'Low' });
  });

  test('the policy of a bucket of ours waits for no yes to something else', () => {
    const encryption = { algorithm: 'aws:kms', keyArn: 'arn:key', bucketKey: false };
    expect(risks({}, { policy: theirs, encryption })).toEqual({ encryption: 'High', policy: 'Low' });
  });

  test.each<[string, BucketSettings['encryption']['algorithm'], 'High' | 'Low' | undefined]>([
    ['aws:kms:dsse', 'aws:kms', 'High'],
    ['aws:kms:dsse', 'AES256', 'High'],
    ['aws:kms', 'AES256', 'High'],
    ['AES256', 'aws:kms', 'Low'],
    ['AES256', 'aws:kms:dsse', 'Low'],
    ['none', 'AES256', 'Low'],
  ])('that new objects are encrypted by another way: from %s to %s', (from, algorithm, risk) => {
    const encryption = from === 'none' ? undefined : { algorithm: from, bucketKey: from === 'aws:kms' };
    expect(risks({ encryption: { algorithm } }, { encryption })).toEqual({ encryption: risk });
  });

  test.each([
    ['another one', 'arn:new', 'aws:kms'],
    ['that of AWS', undefined, 'aws:kms'],
    ['another one, twice', 'arn:new', 'aws:kms:dsse'],
  ] as const)('that who may use the key alone cannot read new objects: %s', (_, keyArn, algorithm) => {
    const encryption = { algorithm: 'aws:kms', keyArn: 'arn:old', bucketKey: true };
    const another = { algorithm, ...(keyArn === undefined ? {} : { keyArn }) };
    expect(risks({ encryption: another, ownRules: [] }, { encryption })).toEqual({ encryption: 'High' });
    // The key of one that was made here is the environment's, which may be another one by now.
    expect(risks({ encryption: another }, { encryption })).toEqual({ encryption: 'Low' });
  });

  test('an encryption that is left as it is differs in nothing', () => {
    for (const algorithm of ['aws:kms', 'aws:kms:dsse'] as const) {
      const encryption = { algorithm, keyArn: 'arn:key', bucketKey: false };
      expect(risks({ encryption }, { encryption })).toEqual({});
    }
  });
});

describe('a lifecycle that deletes objects or versions that stayed is a high risk', () => {
  const of = (ID: string, rule: Partial<LifecycleRule>): LifecycleRule => ({
    ID,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    ...rule,
  });
  const objects = (Days: number, more: Partial<LifecycleRule> = {}) =>
    of('objects', { Expiration: { Days }, ...more });
  const versions = (NoncurrentDays: number, NewerNoncurrentVersions?: number) =>
    of('replaced-versions', { NoncurrentVersionExpiration: { NoncurrentDays, NewerNoncurrentVersions } });
  const uploads = of('unfinished-uploads', { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } });
  const off = { Status: 'Disabled' } as const;
  const tmp = { Filter: { Prefix: 'tmp/' } };

  test.each<[string, readonly LifecycleRule[], readonly LifecycleRule[], 'High' | 'Low']>([
    ['objects anew', [], [objects(400)], 'High'],
    ['objects earlier', [objects(400)], [objects(399)], 'High'],
    ['objects later', [objects(400)], [objects(401)], 'Low'],
    ['objects never', [objects(400)], [uploads], 'Low'],
    ['nothing any more', [objects(400), versions(9)], [], 'Low'],
    ['all objects for those of a prefix', [objects(9, tmp)], [objects(9)], 'High'],
    ['all objects for those of a prefix, later', [objects(9, tmp)], [objects(10)], 'High'],
    ['what was off', [objects(9, off)], [objects(9)], 'High'],
    ['what was there beside what is off', [objects(9, off), objects(9)], [objects(9)], 'Low'],
    ['versions anew', [objects(9)], [objects(9), versions(90)], 'High'],
    ['versions earlier', [versions(90)], [versions(89)], 'High'],
    ['versions later', [versions(90)], [versions(91)], 'Low'],
    ['versions of which the newest stayed', [versions(90, 5)], [versions(90)], 'High'],
    ['objects for versions', [versions(9)], [objects(9)], 'High'],
    [
      'until a day that may have passed',
      [of('objects', { Expiration: { Date: new Date(0) } })],
      [objects(9)],
      'Low',
    ],
    ['unfinished uploads anew', [], [uploads], 'Low'],
  ])('%s', (_, before, after, risk) => {
    const { settings } = bare({
      region: 'eu-central-1',
      settings: {
        publicAccess: 'Blocked',
        ownership: 'BucketOwnerEnforced',
        encryption: { algorithm: 'AES256' },
        versioning: 'Enabled',
        policy: policy('bucket', 'One'),
      },
    });
    const state = { region: 'eu-central-1', settings: { policy: {}, lifecycle: before } };
    const wanted = {
      region: 'eu-central-1',
      settings: { ...settings, ...(after.length === 0 ? {} : { lifecycle: after }) },
    };
    for (const recorded of [['lifecycle'], ...(after.length === 0 ? [] : [[]])]) {
      const changes = bucketAdaptor.diff(wanted, state, recorded);
      expect(changes.find(one => one.field === 'lifecycle')?.risk, recorded.join()).toBe(risk);
    }
  });
});
