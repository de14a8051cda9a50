import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import { staleLists } from '../conformance/stale-lists.ts';
import type { World } from '../conformance/world.ts';
import { type RoleDesired, type RoleState, roleAdaptor } from './role.ts';
import { tagList } from './tags.ts';
import { allowing, policyNamed, trustOf } from './testing.ts';

interface Parts {
  readonly boundaries: readonly [string, string];
  readonly policies: readonly [string, string, string];
}

const WORKER = 'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy';

async function prepare(world: World): Promise<Parts> {
  return {
    boundaries: [await policyNamed(world, 'workload'), await policyNamed(world, 'system')],
    policies: [await policyNamed(world, 'one'), await policyNamed(world, 'two'), WORKER],
  };
}

function desiredOf({ boundaries, policies }: Parts): RoleDesired {
  return {
    trust: trustOf('ec2.amazonaws.com'),
    permissionsBoundary: boundaries[0],
    managedPolicies: [policies[2], policies[0]],
    inlinePolicies: {
      queues: allowing('sqs:SendMessage', 'sqs:GetQueueUrl'),
      'a b+c': allowing('sns:Publish'),
    },
  };
}

conformance<RoleDesired, RoleState, Parts>(
  roleAdaptor,
  {
    prepare,
    name: world => `opta-test-${world.unique}`,
    desired: desiredOf,
    createdBy: 'CreateRole',
    fields: {
      trust: desired => ({ ...desired, trust: trustOf('eks.amazonaws.com') }),
      permissionsBoundary: (desired, { boundaries }) => ({ ...desired, permissionsBoundary: boundaries[1] }),
      managedPolicies: (desired, { policies }) => ({
        ...desired,
        managedPolicies: [policies[1], policies[0]],
      }),
      inlinePolicies: desired => ({
        ...desired,
        inlinePolicies: { queues: allowing('sqs:ReceiveMessage'), topics: allowing('sns:Publish') },
      }),
    },
    drift: {
      trust: ({ scope }, { id }) =>
        scope.iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: id,
            PolicyDocument: JSON.stringify(trustOf('lambda.amazonaws.com')),
          }),
        ),
      permissionsBoundary: ({ scope }, { id }, { boundaries }) =>
        scope.iam.send(
          new PutRolePermissionsBoundaryCommand({ RoleName: id, PermissionsBoundary: boundaries[1] }),
        ),
      managedPolicies: async ({ scope }, { id }, { policies }) => {
        await scope.iam.send(new AttachRolePolicyCommand({ RoleName: id, PolicyArn: policies[1] }));
        await scope.iam.send(new DetachRolePolicyCommand({ RoleName: id, PolicyArn: policies[0] }));
      },
      inlinePolicies: async ({ scope }, { id }) => {
        const PolicyDocument = JSON.stringify(allowing('*'));
        await scope.iam.send(
          new PutRolePolicyCommand({ RoleName: id, PolicyName: 'queues', PolicyDocument }),
        );
        await scope.iam.send(new DeleteRolePolicyCommand({ RoleName: id, PolicyName: 'a b+c' }));
      },
    },
    rewritten: {
      'attached policies in another order, documents with single values': state => ({
        ...state,
        trust: state.trust.replace('"Service":"ec2.amazonaws.com"', '"Service":["ec2.amazonaws.com"]'),
        managedPolicies: state.managedPolicies.toReversed(),
      }),
    },
    foreign: (world, RoleName, tags) =>
      world.scope.iam.send(
        new CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: JSON.stringify(trustOf('ec2.amazonaws.com')),
          ...(tags === undefined ? {} : { Tags: tagList(tags) }),
        }),
      ),
    calls: { create: 2, drift: 5 },
  },
  bench => {
    staleLists(bench, roleAdaptor, {
      async prepare(world) {
        const parts = await prepare(world);
        const desired = desiredOf(parts);
        const changed = {
          ...desired,
          trust: trustOf('eks.amazonaws.com'),
          permissionsBoundary: parts.boundaries[1],
          managedPolicies: [parts.policies[1]],
          inlinePolicies: { queues: allowing('sqs:ReceiveMessage') },
        };
        return { name: `opta-test-${world.unique}`, desired, changed };
      },
      lists: ['GetAccountAuthorizationDetails'],
      refusable: ['GetAccountAuthorizationDetails'],
    });

    test('a role that the list tells without its boundary, or without our tag, is read by itself', async () => {
      const world = await bench().world();
      const other = await bench().world({ accountId: world.scope.accountId });
      const desired = desiredOf(await prepare(world));
      const identity = world.identity({ name: `opta-test-${world.unique}` });
      const { permissionsBoundary: _, ...bare } = desired;
      await roleAdaptor.create(other.scope, identity, bare, world.tags());
      const looked = async (wanted: RoleDesired) => {
        const look = { desired: wanted, recorded: [], freshness: 'shared' } as const;
        const calls = await world.calls(() => roleAdaptor.find(world.scope, identity, look));
        return calls.map(call => call.operation).includes('GetRole');
      };
      expect([await looked(bare), await looked(desired)]).toEqual([false, true]);
      const theirs = world.identity({ name: `opta-test-${world.unique}-theirs` });
      await roleAdaptor.create(other.scope, theirs, bare, { team: 'others' });
      const third = await bench().world({ accountId: world.scope.accountId });
      const look = { desired: bare, recorded: [], freshness: 'shared' } as const;
      const calls = await third.calls(() => roleAdaptor.find(third.scope, theirs, look));
      expect(calls.map(call => call.operation)).toContain('GetRole');
    });

    test('of an account in many pages all is listed', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts);
      const other = await bench().world({ accountId: world.scope.accountId });
      const names = [1, 2, 3].map(n => `opta-test-${world.unique}-${n}`);
      for (const name of names)
        await roleAdaptor.create(other.scope, world.identity({ name }), desired, world.tags());
      world.gateway.addFault({ service: 'iam', times: 0, fault: { kind: 'pageSize', n: 2 } });
      const calls = await world.calls(async () => {
        for (const name of names) {
          const identity = world.identity({ name, id: name });
          const look = { desired, recorded: [], freshness: 'shared' } as const;
          expect(await roleAdaptor.find(world.scope, identity, look)).toHaveLength(1);
        }
      });
      world.gateway.clearFaults();
      expect(new Set(calls.map(call => call.operation))).toEqual(new Set(['GetAccountAuthorizationDetails']));
      expect(calls.length).toBeGreaterThanOrEqual(4);
    });

    async function setting() {
      const world = await bench().world();
      const parts = await prepare(world);
      const identity = world.identity({ name: `opta-test-${world.unique}` });
      const create = (desired: RoleDesired) =>
        roleAdaptor.create(world.scope, identity, desired, world.tags());
      return { world, parts, identity, create, desired: desiredOf(parts) };
    }

    test('it is made under the path of the installation, with its boundary in the create call', async () => {
      const { world, create, desired } = await setting();
      const calls = await world.calls(() => create(desired));
      expect(calls.map(call => call.operation)).toEqual(['CreateRole']);
      const { Role } = await world.scope.iam.send(
        new GetRoleCommand({ RoleName: `opta-test-${world.unique}` }),
      );
      expect(Role?.Path).toBe('/opta/opta-test/');
      expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(desired.permissionsBoundary);
    });

    test('without a boundary in the spec the one that is there stays', async () => {
      const { create, desired } = await setting();
      const { state } = await create(desired);
      const { permissionsBoundary: _, ...without } = desired;
      const fields = roleAdaptor.diff(without, state, []).map(change => change.field);
      expect(fields).toEqual(['managedPolicies', 'inlinePolicies']);
    });

    // The operator's own policy lets it grant nothing to a role without one.
    test('a role without a boundary gets it before it is granted anything', async () => {
      const { world, create, desired } = await setting();
      const { permissionsBoundary: _, ...bare } = desired;
      const found = await create(bare);
      const changes = roleAdaptor.diff(desired, found.state, []);
      const calls = await world.calls(() => roleAdaptor.update(world.scope, found, desired, changes));
      expect(calls.map(call => call.operation)).toEqual([
        'PutRolePermissionsBoundary',
        'AttachRolePolicy',
        'AttachRolePolicy',
        'PutRolePolicy',
        'PutRolePolicy',
      ]);
    });

    test('an inline policy that others added to ours is seen', () => {
      const [trust, inline] = [trustOf('ec2.amazonaws.com'), allowing('sqs:*')];
      const desired = { trust, managedPolicies: [], inlinePolicies: { ours: inline } };
      const inlinePolicies = { ours: JSON.stringify(inline), theirs: JSON.stringify(allowing('*')) };
      const state = { roleId: 'AROA', trust: JSON.stringify(trust), managedPolicies: [], inlinePolicies };
      expect(roleAdaptor.diff(desired, state, [])).toMatchObject([
        {
          field: 'inlinePolicies',
          from: ['ours', 'theirs'],
          to: [expect.stringMatching(/^ours: .* \(sha256 \w+\)$/)],
        },
      ]);
    });

    test('what inline policies become is told alike, whichever of them AWS has otherwise', () => {
      const trust = trustOf('ec2.amazonaws.com');
      const desired = {
        trust,
        managedPolicies: [],
        inlinePolicies: { a: allowing('sqs:*'), b: allowing('sns:*') },
      };
      const [a, b, other] = [allowing('sqs:*'), allowing('sns:*'), allowing('*')].map(one =>
        JSON.stringify(one),
      );
      const changes = [
        { a: other, b },
        { a, b: other },
      ].map(has => {
        const inlinePolicies = has as Record<string, string>;
        const state = { roleId: 'AROA', trust: JSON.stringify(trust), managedPolicies: [], inlinePolicies };
        return roleAdaptor.diff(desired, state, [])[0];
      });
      expect(changes[0]?.to).toEqual(changes[1]?.to);
      expect(changes.map(one => one?.from)).toEqual([
        [expect.stringMatching(/^a: .*has Action \*/), 'b'],
        ['a', expect.stringMatching(/^b: .*has Action \*/)],
      ]);
    });

    const account = (world: World) => `arn:aws:iam::${world.scope.accountId}`;
    test.each<[string, (world: World, desired: RoleDesired) => RoleDesired, string]>([
      [
        'a principal that is not visible yet is "not yet"',
        (world, desired) => ({
          ...desired,
          trust: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'Trust',
                Effect: 'Allow',
                Principal: { AWS: `${account(world)}:role/new` },
                Action: 'sts:AssumeRole',
              },
            ],
          },
        }),
        'NotYet',
      ],
      [
        'a boundary that is not visible yet is "not yet"',
        (world, desired) => ({ ...desired, permissionsBoundary: `${account(world)}:policy/new` }),
        'NotYet',
      ],
      [
        'a trust policy that IAM cannot read is wrong',
        (_, desired) => ({ ...desired, trust: { Version: '2012-10-17', Statement: [] } }),
        'Invalid',
      ],
    ])('%s', async (_, change, expected) => {
      const { world, create, desired } = await setting();
      await expect(create(change(world, desired))).rejects.toMatchObject({ class: expected });
    });

    test('a policy that is not visible yet is waited for, and named', async () => {
      const { world, create, desired } = await setting();
      const made = await create(desired);
      const missing = `${account(world)}:policy/missing`;
      const wanted = { ...desired, managedPolicies: [missing] };
      const update = roleAdaptor.update(world.scope, made, wanted, roleAdaptor.diff(wanted, made.state, []));
      await expect(update).rejects.toMatchObject({
        class: 'NotYet',
        message: expect.stringContaining(missing),
      });
    });

    test('one whose name differs in case only is not taken for ours', async () => {
      const { world, create, desired, identity } = await setting();
      const RoleName = (identity.name ?? '').toUpperCase();
      const AssumeRolePolicyDocument = JSON.stringify(desired.trust);
      await world.scope.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
      await expect(create(desired)).rejects.toMatchObject({
        class: 'NotYet',
        message: expect.stringContaining('differs in case'),
      });
    });

    test('what others attached is detached before the role goes', async () => {
      const { world, parts, create, desired, identity } = await setting();
      const { iam } = world.scope;
      const made = await create(desired);
      await iam.send(new AttachRolePolicyCommand({ RoleName: made.id, PolicyArn: parts.policies[1] }));
      const PolicyDocument = JSON.stringify(allowing('*'));
      await iam.send(new PutRolePolicyCommand({ RoleName: made.id, PolicyName: 'more', PolicyDocument }));
      await roleAdaptor.remove(world.scope, made, { desired, owner: world.owner });
      const look = { desired, recorded: [], freshness: 'fresh' } as const;
      expect(await roleAdaptor.find(world.scope, identity, look)).toEqual([]);
    });

    test('its policies are read whole, of whatever size the pages are', async () => {
      const { world, parts, identity, create, desired } = await setting();
      const { id: RoleName } = await create(desired);
      const { iam } = world.scope;
      for (const PolicyArn of parts.policies)
        await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
      const PolicyDocument = JSON.stringify(allowing('*'));
      for (const PolicyName of ['more', 'still-more'])
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
      const look = { desired, recorded: [], freshness: 'fresh' } as const;
      const whole = await roleAdaptor.find(world.scope, identity, look);
      world.gateway.addFault({ service: 'iam', fault: { kind: 'pageSize', n: 1 } });
      const calls = await world.calls(async () => {
        expect(await roleAdaptor.find(world.scope, identity, look)).toEqual(whole);
      });
      world.gateway.clearFaults();
      const lists = calls.map(call => call.operation).filter(name => name.startsWith('List'));
      for (const name of ['ListAttachedRolePolicies', 'ListRolePolicies'])
        expect(lists.filter(one => one === name).length).toBeGreaterThan(1);
    });

    test('every instance profile in the way is named, of whatever size the pages are', async () => {
      const { world, create, desired } = await setting();
      const { iam } = world.scope;
      const made = await create(desired);
      const profiles = ['others', 'somebodys'];
      for (const InstanceProfileName of profiles.toReversed()) {
        await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
        await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: made.id }));
      }
      world.gateway.addFault({ service: 'iam', fault: { kind: 'pageSize', n: 1 } });
      const remove = roleAdaptor.remove(world.scope, made, { desired, owner: world.owner });
      await expect(remove).rejects.toMatchObject({
        class: 'Blocked',
        blockers: profiles.map(name => ({ resource: `instance profile ${name}` })),
      });
      world.gateway.clearFaults();
    });
  },
);
