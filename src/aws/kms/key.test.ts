import { CreateServiceLinkedRoleCommand } from '@aws-sdk/client-iam';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { iamControl } from '../../../hack/bench/aws/overlays/iam/propagation.ts';
import type { Found } from '../../engine/adaptor.ts';
import { asCloudError } from '../../engine/errors.ts';
import { accountRootArn } from '../arn.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { policyOf, type Statement } from '../policy.ts';
import { keyAdaptor } from './key.ts';
import type { KeyDesired, KeyState } from './key-state.ts';

function policy(world: World, ...services: readonly string[]) {
  const owner: Statement = {
    Sid: 'AccountOwnsKey',
    Effect: 'Allow',
    Principal: { AWS: accountRootArn(world.scope) },
    Action: 'kms:*',
    Resource: '*',
  };
  return policyOf([
    owner,
    ...services.map(service => ({
      Sid: service.replace(/\W/g, '').toUpperCase(),
      Effect: 'Allow' as const,
      Principal: service.startsWith('arn:') ? { AWS: service } : { Service: `${service}.amazonaws.com` },
      Action: ['kms:GenerateDataKey*', 'kms:Decrypt'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceAccount': world.scope.accountId } },
    })),
  ]);
}

function desiredOf(world: World): KeyDesired {
  return {
    description: 'Queue shop/orders',
    policy: policy(world, 'sns'),
    rotationPeriodDays: 365,
    deletionWindowDays: 7,
  };
}

interface Parts {
  readonly world: World;
}

const keyOf = ({ id }: Found<KeyState>) => ({ KeyId: id });

conformance<KeyDesired, KeyState, Parts>(
  keyAdaptor,
  {
    prepare: async world => ({ world }),
    desired: (_, world) => desiredOf(world),
    createdBy: 'CreateKey',
    fields: {
      description: desired => ({ ...desired, description: 'Topic shop/orders, ü' }),
      policy: (desired, { world }) => ({ ...desired, policy: policy(world, 'sns', 's3') }),
      rotationPeriodDays: desired => ({ ...desired, rotationPeriodDays: 90 }),
    },
    drift: {
      description: (world, found) =>
        world.scope.kms.send(new UpdateKeyDescriptionCommand({ ...keyOf(found), Description: '' })),
      policy: (world, found) =>
        world.scope.kms.send(
          new PutKeyPolicyCommand({ ...keyOf(found), Policy: JSON.stringify(policy(world)) }),
        ),
      rotationPeriodDays: (world, found) =>
        world.scope.kms.send(new EnableKeyRotationCommand({ ...keyOf(found), RotationPeriodInDays: 100 })),
      keyState: (world, found) => world.scope.kms.send(new DisableKeyCommand(keyOf(found))),
    },
    rewritten: {
      'a policy with other spacing and single values': state => ({
        ...state,
        policy: JSON.stringify({ Id: undefined, ...JSON.parse(state.policy) }, null, 2),
      }),
    },
    foreign: (world, _, tags) =>
      keyAdaptor.create(world.scope, world.identity(), desiredOf(world), tags ?? {}),
    calls: { create: 2, drift: 4 },
  },
  bench => {
    const fresh = { desired: undefined, recorded: [], freshness: 'fresh' } as const;
    const shared = { ...fresh, freshness: 'shared' } as const;

    async function made() {
      const world = await bench().world();
      const desired = desiredOf(world);
      const created = await keyAdaptor.create(world.scope, world.identity(), desired, world.tags('1'));
      const changes = keyAdaptor.diff(desired, created.state, []);
      const found = await keyAdaptor.update(world.scope, created, desired, changes);
      return { world, desired, found, identity: world.identity({ id: found.id }) };
    }

    test.each([
      ['disabled', [DisableKeyCommand]],
      ['pending deletion', [ScheduleKeyDeletionCommand]],
      ['disabled and pending deletion', [DisableKeyCommand, ScheduleKeyDeletionCommand]],
      ['saved from deletion but left disabled', [ScheduleKeyDeletionCommand, CancelKeyDeletionCommand]],
      ['without rotation', [DisableKeyRotationCommand]],
    ])('a key %s by hand is repaired, not replaced', async (_, commands) => {
      const at = await made();
      for (const Command of commands) await at.world.scope.kms.send(new Command(keyOf(at.found)));
      let [found] = await keyAdaptor.find(at.world.scope, at.identity, fresh);
      for (let round = 0; round < 3 && found !== undefined; round++) {
        const changes = keyAdaptor.diff(at.desired, found.state, []);
        expect(changes.some(one => one.replace === true)).toBe(false);
        if (changes.length > 0) await keyAdaptor.update(at.world.scope, found, at.desired, changes);
        [found] = await keyAdaptor.find(at.world.scope, at.identity, fresh);
      }
      expect(found?.id).toBe(at.found.id);
      expect(found && keyAdaptor.readiness(found.state)).toEqual({ is: 'ready' });
      expect(found && keyAdaptor.diff(at.desired, found.state, [])).toEqual([]);
    });

    test('a policy that names a role of a moment ago is taken once KMS sees the role, and not waited for for ever', async () => {
      const at = await made();
      const { scope, gateway } = at.world;
      const { settings } = iamControl(gateway);
      settings.rolePropagation = 10_000;
      try {
        await scope.iam.send(
          new CreateServiceLinkedRoleCommand({ AWSServiceName: 'autoscaling.amazonaws.com' }),
        );
        const path = 'aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling';
        const role = `arn:aws:iam::${scope.accountId}:role/${path}`;
        const desired = { ...at.desired, policy: policy(at.world, 'sns', role) };
        const create = () => keyAdaptor.create(scope, at.world.identity(), desired, at.world.tags('2'));
        const update = () => {
          const changes = keyAdaptor.diff(desired, at.found.state, []);
          return keyAdaptor.update(scope, at.found, desired, changes);
        };
        const notYet = { class: 'NotYet', retryAfterMs: 5_000, refused: true };
        expect(await create().catch(asCloudError)).toMatchObject(notYet);
        expect(await update().catch(asCloudError)).toMatchObject(notYet);
        gateway.advanceClock(10);
        expect((await create()).id).toBeDefined();
        expect(keyAdaptor.diff(desired, (await update()).state, [])).toEqual([]);
        settings.rolePropagation = 1_000_000;
        for (const attempt of [create, update])
          expect(await attempt().catch(asCloudError)).toMatchObject(notYet);
        gateway.advanceClock(120);
        const says = expect.stringContaining('role or user that the policy of the key names does not exist');
        for (const attempt of [create, update])
          expect(await attempt().catch(asCloudError)).toMatchObject({ class: 'Invalid', message: says });
      } finally {
        settings.rolePropagation = 0;
      }
    });

    /** KMS's answer to who may write the policy by a tag that a key to be made does not have yet. */
    const LOCKED_OUT = {
      kind: 'accessDenied',
      status: 400,
      code: 'MalformedPolicyDocumentException',
      message: 'The new key policy will not allow you to update the key policy in the future.',
    } as const;

    test('a key whose policy the operator may change only once it is there is made all the same, and made once', async () => {
      const world = await bench().world();
      const { scope, gateway, identity, tags, calls } = world;
      const desired = desiredOf(world);
      const create = (of: KeyDesired) => keyAdaptor.create(scope, identity(), of, tags('1'));
      const answers = async (of: KeyDesired) =>
        (await calls(() => create(of))).map(({ operation, status }) => [operation, status]);
      expect(await answers(desired)).toEqual([['CreateKey', 200]]);
      gateway.addFault({ operation: 'CreateKey', fault: LOCKED_OUT });
      const twice = [
        ['CreateKey', 400],
        ['CreateKey', 200],
      ];
      expect(await answers(desired)).toEqual(twice);
      expect(await keyAdaptor.find(scope, identity(), fresh)).toHaveLength(2);
      // One that KMS's check lets nobody make.
      const [owner] = desired.policy.Statement;
      if (owner === undefined) throw new Error('no statement');
      const Principal = { AWS: `arn:aws:iam::${scope.accountId}:role/other` };
      expect(await answers({ ...desired, policy: policyOf([{ ...owner, Principal }]) })).toEqual(twice);
    });

    test.each([
      ['in the same words', LOCKED_OUT],
      ['because that right is missing', { kind: 'accessDenied' } as const],
    ])('a key that is refused without the check too, %s, is told of with what helps', async (_, second) => {
      const world = await bench().world();
      for (const fault of [LOCKED_OUT, second]) world.gateway.addFault({ operation: 'CreateKey', fault });
      const error = await keyAdaptor
        .create(world.scope, world.identity(), desiredOf(world), world.tags('1'))
        .catch(asCloudError);
      expect(error).toMatchObject({
        class: 'Denied',
        refused: true,
        message: expect.stringMatching(
          /in the future.*what helps: .*PutKeyPolicy.*BypassPolicyLockoutSafetyCheck/,
        ),
      });
    });

    test('an answer that is lost the second time leaves open whether there is a key', async () => {
      const world = await bench().world();
      for (const fault of [LOCKED_OUT, { kind: 'resetAfter' } as const])
        world.gateway.addFault({ operation: 'CreateKey', fault });
      const error = await keyAdaptor
        .create(world.scope, world.identity(), desiredOf(world), world.tags('1'))
        .catch(asCloudError);
      expect(error).toMatchObject({ class: 'Transient', refused: false });
      expect(await keyAdaptor.find(world.scope, world.identity(), fresh)).toHaveLength(1);
    });

    test('a right that the tags of a new key give is waited for as long as they may count for nothing', async () => {
      const at = await made();
      const { scope, gateway, owner } = at.world;
      const wanted = { ...at.desired, description: 'another' };
      const changes = keyAdaptor.diff(wanted, at.found.state, []);
      const writes = {
        UpdateKeyDescription: () => keyAdaptor.update(scope, at.found, wanted, changes),
        TagResource: async () => keyAdaptor.tag?.(scope, at.found, { team: 'orders' }, []),
        ScheduleKeyDeletion: () => keyAdaptor.remove(scope, at.found, { desired: wanted, owner }),
      };
      const refused = async () => {
        const classes: unknown[] = [];
        for (const [operation, write] of Object.entries(writes)) {
          gateway.addFault({ operation, fault: { kind: 'accessDenied' } });
          classes.push(asCloudError(await write().catch(asCloudError)).class);
        }
        return classes;
      };
      expect(await refused()).toEqual(['NotYet', 'NotYet', 'NotYet']);
      gateway.addFault({ operation: 'UpdateKeyDescription', fault: { kind: 'accessDenied' } });
      expect(await writes.UpdateKeyDescription().catch(asCloudError)).toMatchObject({
        code: 'AccessDeniedException',
        retryAfterMs: 30_000,
        message: expect.stringContaining('the key is new'),
        refused: true,
      });
      gateway.addFault({ operation: 'UpdateKeyDescription', fault: { kind: 'accessDenied' } });
      gateway.addFault({ operation: 'DescribeKey', fault: { kind: 'accessDenied' } });
      expect(await writes.UpdateKeyDescription().catch(asCloudError)).toMatchObject({
        class: 'Denied',
        message: expect.stringContaining('UpdateKeyDescription'),
      });
      gateway.advanceClock(5 * 60);
      expect(await refused()).toEqual(['Denied', 'Denied', 'Denied']);
    });

    test('a key pending deletion is readable, is the end of a removal, and is no success', async () => {
      const at = await made();
      await keyAdaptor.remove(at.world.scope, at.found, { desired: at.desired, owner: at.world.owner });
      const [found] = await keyAdaptor.find(at.world.scope, at.identity, fresh);
      expect(found?.state.keyState).toBe('PendingDeletion');
      expect(found && keyAdaptor.isRemoved?.(found.state)).toBe(true);
      expect(found && keyAdaptor.readiness(found.state)).toMatchObject({ is: 'failed' });
    });

    test('tags of a key pending deletion: it is brought back first', async () => {
      const at = await made();
      await at.world.scope.kms.send(new ScheduleKeyDeletionCommand(keyOf(at.found)));
      const [pending] = await keyAdaptor.find(at.world.scope, at.identity, fresh);
      if (pending === undefined) throw new Error('not found');
      await keyAdaptor.tag?.(at.world.scope, pending, { team: 'orders' }, []);
      const changes = keyAdaptor.diff(at.desired, pending.state, []);
      const repaired = await keyAdaptor.update(at.world.scope, pending, at.desired, changes);
      expect(repaired.state.keyState).toBe('Enabled');
      const [found] = await keyAdaptor.find(at.world.scope, at.identity, fresh);
      expect(found?.tags).toMatchObject({ team: 'orders' });
    });

    test('a removal waits as long as the spec says, 30 days where there is none', async () => {
      const window = async (desired: KeyDesired | undefined) => {
        const at = await made();
        await keyAdaptor.remove(at.world.scope, at.found, { desired, owner: at.world.owner });
        const { KeyMetadata } = await at.world.scope.kms.send(new DescribeKeyCommand(keyOf(at.found)));
        return Math.round(
          ((KeyMetadata?.DeletionDate?.getTime() ?? 0) - at.world.gateway.now()) / 86_400_000,
        );
      };
      expect([await window(desiredOf(await bench().world())), await window(undefined)]).toEqual([7, 30]);
    });

    test.each([
      ['a recorded id of a key of somebody else', true],
      ['a recorded id of no key', false],
    ])('%s is not believed: the tags tell', async (_, exists) => {
      const at = await made();
      const theirs = { ...at.world.tags('1'), 'opta.dev/name': 'another' };
      const other = await keyAdaptor.create(at.world.scope, at.world.identity(), at.desired, theirs);
      const id = exists ? other.id : '00000000-0000-4000-8000-000000000000';
      for (const context of [fresh, shared]) {
        const found = await keyAdaptor.find(at.world.scope, at.world.identity({ id }), context);
        expect(found.map(one => one.id)).toEqual([at.found.id]);
      }
    });

    test('a key whose tags were taken away by hand is shown as it is', async () => {
      const at = await made();
      await keyAdaptor.tag?.(at.world.scope, at.found, {}, Object.keys(at.world.tags('1')));
      const [found] = await keyAdaptor.find(at.world.scope, at.identity, fresh);
      expect(found).toMatchObject({ id: at.found.id, tags: {} });
    });

    test('a second key of a lost answer comes to light at a later drift look', async () => {
      const at = await made();
      const second = await keyAdaptor.create(
        at.world.scope,
        at.world.identity(),
        at.desired,
        at.world.tags('2'),
      );
      const ids = async () => (await keyAdaptor.find(at.world.scope, at.identity, shared)).map(one => one.id);
      expect(await ids()).toEqual([at.found.id, second.id]);
      await keyAdaptor.remove(at.world.scope, second, { desired: at.desired, owner: at.world.owner });
      expect(await ids()).toEqual([at.found.id]);
    });

    test('tags are read to the last page', async () => {
      const at = await made();
      at.world.gateway.addFault({ operation: 'ListResourceTags', fault: { kind: 'pageSize', n: 1 } });
      const [found] = await keyAdaptor.find(at.world.scope, at.identity, fresh);
      expect(found?.tags).toEqual(at.world.tags('1'));
    });

    test('what an earlier object of this name let go is not taken up', async () => {
      const at = await made();
      await keyAdaptor.remove(at.world.scope, at.found, { desired: at.desired, owner: at.world.owner });
      const identity = at.world.identity({ owner: { ...at.world.owner, uid: 'another' } });
      expect(await keyAdaptor.find(at.world.scope, identity, fresh)).toEqual([]);
    });

    test('what was scheduled for deletion by hand has its alias still, and is taken up by a later object', async () => {
      const at = await made();
      const { kms, installation } = at.world.scope;
      const AliasName = `alias/${installation}-${at.world.unique}`;
      await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: at.found.id }));
      await kms.send(new ScheduleKeyDeletionCommand(keyOf(at.found)));
      const identity = at.world.identity({ owner: { ...at.world.owner, uid: 'another' } });
      const found = await keyAdaptor.find(at.world.scope, identity, fresh);
      expect(found.map(one => [one.id, one.state.keyState])).toEqual([[at.found.id, 'PendingDeletion']]);
      await kms.send(new DeleteAliasCommand({ AliasName }));
      expect(await keyAdaptor.find(at.world.scope, identity, fresh)).toEqual([]);
    });

    test.each([
      ['Creating', 'in progress'],
      ['Updating', 'in progress'],
      ['Unavailable', 'in progress'],
      ['PendingImport', 'in progress'],
      ['PendingReplicaDeletion', 'failed'],
      ['Disabled', 'failed'],
    ])('a key that is %s is %s', (keyState, expected) => {
      const state = { keyState, description: '', policy: '', rotationPeriodDays: 0 };
      expect(keyAdaptor.readiness(state).is).toBe(expected);
    });
  },
);
