import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  ListPolicyVersionsCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import { staleLists } from '../conformance/stale-lists.ts';
import { type PolicyDesired, type PolicyState, policyAdaptor, policyArn } from './policy.ts';
import { tagList } from './tags.ts';
import { allowing, trustOf } from './testing.ts';

const desired: PolicyDesired = { document: allowing('sqs:*', 'sns:*') };

conformance<PolicyDesired, PolicyState, object>(
  policyAdaptor,
  {
    prepare: async () => ({}),
    name: world => `opta-test-${world.unique}`,
    desired: () => desired,
    createdBy: 'CreatePolicy',
    fields: { document: () => ({ document: allowing('sqs:SendMessage') }) },
    drift: {
      document: ({ scope }, { id }) =>
        scope.iam.send(
          new CreatePolicyVersionCommand({
            PolicyArn: id,
            PolicyDocument: JSON.stringify(allowing('*')),
            SetAsDefault: true,
          }),
        ),
    },
    foreign: ({ scope }, PolicyName, tags) =>
      scope.iam.send(
        new CreatePolicyCommand({
          PolicyName,
          Path: '/opta/opta-test/',
          PolicyDocument: JSON.stringify(allowing('*')),
          ...(tags === undefined ? {} : { Tags: tagList(tags) }),
        }),
      ),
    calls: { create: 2, drift: 2 },
  },
  bench => {
    staleLists(bench, policyAdaptor, {
      prepare: async world => ({
        name: `opta-test-${world.unique}`,
        desired,
        changed: { document: allowing('sqs:SendMessage') },
      }),
      lists: ['GetAccountAuthorizationDetails', 'GetResources'],
      refusable: ['GetAccountAuthorizationDetails', 'GetResources'],
    });

    test('of the versions that are listed the one in force counts', async () => {
      const world = await bench().world();
      const other = await bench().world({ accountId: world.scope.accountId });
      const name = `opta-test-${world.unique}`;
      const identity = world.identity({ name });
      const found = await policyAdaptor.create(other.scope, identity, desired, world.tags());
      const versions = [allowing('sqs:One'), allowing('sqs:Two')];
      for (const document of versions)
        await other.scope.iam.send(
          new CreatePolicyVersionCommand({ PolicyArn: found.id, PolicyDocument: JSON.stringify(document) }),
        );
      const look = { desired, recorded: [], freshness: 'shared' } as const;
      for (const [n, document] of [desired.document, ...versions].entries()) {
        const VersionId = `v${n + 1}`;
        const set = new SetDefaultPolicyVersionCommand({ PolicyArn: found.id, VersionId });
        await other.scope.iam.send(set);
        const { scope } = await bench().world({ accountId: world.scope.accountId });
        const [listed] = await policyAdaptor.find(scope, identity, look);
        expect(listed && policyAdaptor.diff({ document }, listed.state, []), VersionId).toEqual([]);
      }
    });

    async function made() {
      const world = await bench().world();
      const name = `opta-test-${world.unique}`;
      const identity = world.identity({ name });
      const found = await policyAdaptor.create(world.scope, identity, desired, world.tags());
      const remove = () => policyAdaptor.remove(world.scope, found, { desired, owner: world.owner });
      const look = { desired, recorded: [], freshness: 'fresh' } as const;
      return { world, name, identity, found, remove, look };
    }

    test('its ARN is known before it is made', async () => {
      const { world, name, found } = await made();
      expect(found.arn).toBe(policyArn(world.scope, 'opta-test', name));
    });

    test('changed again and again it never has more than five versions, and the newest is in force', async () => {
      const { world, identity, found, look } = await made();
      for (let n = 1; n <= 12; n++) {
        const next = { document: allowing(`sqs:Action${n}`) };
        await policyAdaptor.update(world.scope, found, next, policyAdaptor.diff(next, found.state, []));
        const [shown] = await policyAdaptor.find(world.scope, identity, look);
        expect(shown && policyAdaptor.diff(next, shown.state, [])).toEqual([]);
      }
      const { Versions } = await world.scope.iam.send(new ListPolicyVersionsCommand({ PolicyArn: found.id }));
      const ids = Versions?.map(version => version.VersionId).sort();
      expect(ids).toEqual(['v10', 'v11', 'v12', 'v13', 'v9']);
    });

    test('the version in force makes no room for a new one', async () => {
      const { world, found, identity, look } = await made();
      // By hand: four newer ones, and the first still in force.
      for (let n = 0; n < 4; n++)
        await world.scope.iam.send(
          new CreatePolicyVersionCommand({
            PolicyArn: found.id,
            PolicyDocument: JSON.stringify(allowing('*')),
          }),
        );
      const calls = await world.calls(async () => {
        const next = { document: allowing('sqs:Other') };
        await policyAdaptor.update(world.scope, found, next, policyAdaptor.diff(next, found.state, []));
        const [shown] = await policyAdaptor.find(world.scope, identity, look);
        expect(shown && policyAdaptor.diff(next, shown.state, [])).toEqual([]);
      });
      const writes = calls.filter(call => call.mutating).map(call => call.operation);
      expect(writes).toEqual(['DeletePolicyVersion', 'CreatePolicyVersion']);
      const { Versions } = await world.scope.iam.send(new ListPolicyVersionsCommand({ PolicyArn: found.id }));
      expect(Versions?.map(version => version.VersionId).sort()).toEqual(['v1', 'v3', 'v4', 'v5', 'v6']);
    });

    test('with several versions it is removed', async () => {
      const { world, found, identity, look, remove } = await made();
      const next = { document: allowing('sqs:Other') };
      await policyAdaptor.update(world.scope, found, next, policyAdaptor.diff(next, found.state, []));
      await remove();
      expect(await policyAdaptor.find(world.scope, identity, look)).toEqual([]);
    });

    test.each(['attached', 'boundary'] as const)(
      'a role that has it %s blocks the removal, is named, and keeps it',
      async how => {
        const { world, found, remove } = await made();
        const { iam } = world.scope;
        const AssumeRolePolicyDocument = JSON.stringify(trustOf('ec2.amazonaws.com'));
        const RoleName = 'somebodys';
        await iam.send(
          new CreateRoleCommand({
            RoleName,
            AssumeRolePolicyDocument,
            ...(how === 'boundary' ? { PermissionsBoundary: found.id } : {}),
          }),
        );
        if (how === 'attached')
          await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: found.id }));
        const calls = await world.calls(() =>
          expect(remove()).rejects.toMatchObject({
            class: 'Blocked',
            blockers: [
              {
                resource: 'role somebodys',
                reason: how === 'boundary' ? 'has it as its boundary' : 'has it attached',
              },
            ],
          }),
        );
        expect(calls.filter(call => call.mutating)).toEqual([]);
      },
    );

    test('every role that has it is named, of whatever size the pages are', async () => {
      const { world, found, remove } = await made();
      const AssumeRolePolicyDocument = JSON.stringify(trustOf('ec2.amazonaws.com'));
      const names = ['theirs-1', 'theirs-2'];
      for (const RoleName of names) {
        await world.scope.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
        await world.scope.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: found.id }));
      }
      world.gateway.addFault({ service: 'iam', fault: { kind: 'pageSize', n: 1 } });
      await expect(remove()).rejects.toMatchObject({
        class: 'Blocked',
        blockers: names.map(name => ({ resource: `role ${name}` })),
      });
      world.gateway.clearFaults();
    });

    test('one of this name on another path is not taken for ours', async () => {
      const world = await bench().world();
      const name = `opta-test-${world.unique}`;
      await world.scope.iam.send(
        new CreatePolicyCommand({ PolicyName: name, PolicyDocument: JSON.stringify(allowing('*')) }),
      );
      const identity = world.identity({ name });
      const create = policyAdaptor.create(world.scope, identity, desired, world.tags());
      await expect(create).rejects.toMatchObject({
        class: 'NotYet',
        message: expect.stringContaining('another path'),
      });
    });
  },
);
