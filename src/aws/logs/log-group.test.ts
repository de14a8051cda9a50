import {
  AssociateKmsKeyCommand,
  CreateLogGroupCommand,
  DeleteAccountPolicyCommand,
  DeleteRetentionPolicyCommand,
  DisassociateKmsKeyCommand,
  PutAccountPolicyCommand,
  PutLogGroupDeletionProtectionCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { asCloudError } from '../../engine/errors.ts';
import { judge } from '../../engine/owner.ts';
import { accountRootArn } from '../arn.ts';
import { conformance } from '../conformance/conformance.ts';
import { staleLists } from '../conformance/stale-lists.ts';
import { NODE, type World } from '../conformance/world.ts';
import { ownLogGroup } from '../eks/log-group-name.ts';
import { type LogGroupDesired, type LogGroupState, logGroupAdaptor } from './log-group.ts';

async function key({ scope }: World, service = `logs.${scope.region}.amazonaws.com`): Promise<string> {
  const use = { Action: 'kms:*', Resource: '*' };
  const Statement = [
    { Effect: 'Allow', Principal: { AWS: accountRootArn(scope) }, ...use },
    { Effect: 'Allow', Principal: { Service: service }, ...use },
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  return (await scope.kms.send(new CreateKeyCommand({ Policy }))).KeyMetadata?.Arn ?? '';
}

interface Parts {
  readonly own: string;
  readonly second: string;
}

const LIMITED: LogGroupDesired = { retentionDays: 90 };

conformance<LogGroupDesired, LogGroupState, Parts>(
  logGroupAdaptor,
  {
    prepare: async world => ({ own: await key(world), second: await key(world) }),
    name: world => `/opta/${world.unique}/flow-logs`,
    desired: () => LIMITED,
    createdBy: 'CreateLogGroup',
    fields: { retentionDays: desired => ({ ...desired, retentionDays: 365 }) },
    optional: {
      kmsKeyArn: {
        with: (desired, { own }) => ({ ...desired, kmsKeyArn: own }),
        byHand: (world, { id }, { second }) =>
          world.scope.logs.send(new AssociateKmsKeyCommand({ logGroupName: id, kmsKeyId: second })),
      },
    },
    drift: {
      retentionDays: (world, { id }) =>
        world.scope.logs.send(new DeleteRetentionPolicyCommand({ logGroupName: id })),
    },
    async foreign(world, logGroupName, tags) {
      await world.scope.logs.send(new CreateLogGroupCommand({ logGroupName, tags: { ...tags } }));
    },
    calls: { create: 3, drift: 2 },
  },
  bench => {
    staleLists(bench, logGroupAdaptor, {
      prepare: async world => ({
        name: `/opta/${world.unique}/flow-logs`,
        desired: LIMITED,
        changed: { retentionDays: 365 },
      }),
      lists: ['GetResources', 'DescribeLogGroups'],
      refusable: ['GetResources'],
    });

    test('more than AWS names in one answer are listed', async () => {
      const world = await bench().world();
      const other = await bench().world({ accountId: world.scope.accountId });
      const names = Array.from({ length: 51 }, (_, n) => `/opta/${world.unique}/${100 + n}`);
      for (const name of names)
        await logGroupAdaptor.create(other.scope, world.identity({ name }), LIMITED, world.tags());
      const look = { desired: LIMITED, recorded: [], freshness: 'shared' } as const;
      const calls = await world.calls(async () => {
        for (const name of names)
          expect(
            await logGroupAdaptor.find(world.scope, world.identity({ name, id: name }), look),
          ).toHaveLength(1);
      });
      const counts = (operation: string) => calls.filter(call => call.operation === operation).length;
      expect(counts('ListTagsForResource')).toBe(0);
      expect(counts('DescribeLogGroups')).toBe(2 * counts('GetResources'));
    });

    const fresh = { desired: LIMITED, recorded: [], freshness: 'fresh' } as const;
    const place = async () => {
      const world = await bench().world();
      const name = `/aws/eks/${world.unique}/cluster`;
      return { world, name, identity: world.identity({ name }) };
    };

    describe('with a key', () => {
      test('it has the key from the start, another one after a change by hand gives way', async () => {
        const { world, identity, name } = await place();
        const desired = { ...LIMITED, kmsKeyArn: await key(world) };
        await logGroupAdaptor.create(world.scope, identity, desired, world.tags());
        const [made] = await logGroupAdaptor.find(world.scope, identity, { ...fresh, desired });
        expect(made?.state.kmsKeyArn).toBe(desired.kmsKeyArn);
        await world.scope.logs.send(new DisassociateKmsKeyCommand({ logGroupName: name }));
        const [bare] = await logGroupAdaptor.find(world.scope, identity, { ...fresh, desired });
        const changes = bare && logGroupAdaptor.diff(desired, bare.state, ['kmsKeyArn']);
        expect(changes?.map(one => one.field)).toEqual(['retentionDays', 'kmsKeyArn']);
      });

      test('that is not open for the service yet, it is tried again and not given up', async () => {
        const { world, identity } = await place();
        const desired = { ...LIMITED, kmsKeyArn: await key(world, 's3.amazonaws.com') };
        const error = await logGroupAdaptor
          .create(world.scope, identity, desired, world.tags())
          .catch(asCloudError);
        expect(error).toMatchObject({ class: 'Unknown', message: expect.stringContaining('policy') });
      });
    });

    test.each([
      [365, 90, 100, 'High'],
      [365, 90, 80, 'Low'],
      [30, 90, 100, 'Low'],
      ['NEVER_EXPIRE', 90, 100, 'High'],
      ['NEVER_EXPIRE', 90, 80, 'Low'],
    ] as const)(
      'a retention of %s days that becomes %s after %s days is of %s risk: what is older is deleted',
      async (from, to, days, risk) => {
        const { world, identity, name } = await place();
        await logGroupAdaptor.create(world.scope, identity, LIMITED, world.tags());
        const logGroupName = name;
        if (from !== 'NEVER_EXPIRE')
          await world.scope.logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: from }));
        world.gateway.advanceClock(days * 24 * 3_600);
        const [found] = await logGroupAdaptor.find(world.scope, identity, fresh);
        expect(found && logGroupAdaptor.diff({ retentionDays: to }, found.state, [])).toMatchObject([
          { field: 'retentionDays', risk },
        ]);
      },
    );

    describe.each(['shared', 'fresh'] as const)('under a retention policy of the account, %s', freshness => {
      test.each([
        [30, /^keeps its events for 30 days, .* policy all-groups says/],
        [365, /^keeps its events for 365 days, /],
        ['NEVER_EXPIRE', /^keeps its events for ever, /],
      ])('of %s its own time is neither told nor changed before the policy goes', async (days, says) => {
        const { world, identity } = await place();
        const { scope } = world;
        const account = { policyName: 'all-groups', policyType: 'RETENTION_POLICY' } as const;
        const policyDocument = JSON.stringify({ retentionInDays: days, enforcementMode: 'RETROACTIVE' });
        await scope.logs.send(new PutAccountPolicyCommand({ ...account, policyDocument }));
        await logGroupAdaptor.create(scope, identity, LIMITED, world.tags());
        const look = async () => {
          world.gateway.advanceClock(600);
          const context = { ...fresh, freshness };
          const [found] = await logGroupAdaptor.find(scope, identity, context);
          if (found === undefined) throw new Error('not found');
          return found;
        };
        const { state } = await look();
        expect(state.retentionDays).toBeUndefined();
        expect(logGroupAdaptor.diff(LIMITED, state, [])).toEqual([]);
        expect(logGroupAdaptor.readiness(state)).toEqual({
          is: 'ready',
          note: expect.stringMatching(says),
        });
        await scope.logs.send(new DeleteAccountPolicyCommand(account));
        const found = await look();
        const changes = logGroupAdaptor.diff(LIMITED, found.state, []);
        expect(changes).toMatchObject([{ field: 'retentionDays', from: undefined, to: 90 }]);
        await logGroupAdaptor.update(scope, found, LIMITED, changes);
        expect((await look()).state.retentionDays).toBe(90);
        expect(logGroupAdaptor.readiness(found.state)).toEqual({ is: 'ready' });
      });
    });

    describe('made by a service of AWS', () => {
      test('it may come back after its removal, and no other', () => {
        const revives = (desired: LogGroupDesired | undefined, name: string) =>
          logGroupAdaptor.revivesMs?.(desired, name) !== undefined;
        expect(revives({ ...LIMITED, madeByAws: 'x' }, 'x')).toBe(true);
        expect(revives(LIMITED, '/aws/eks/x/cluster')).toBe(false);
        // Of what the spec wants no more the name tells.
        expect(revives(undefined, '/aws/eks/x/cluster')).toBe(true);
        expect(revives(undefined, '/opta/x/flow-logs')).toBe(false);
      });

      test('it is taken up, tagged and given its retention', async () => {
        const { world, identity, name } = await place();
        await world.scope.logs.send(new CreateLogGroupCommand({ logGroupName: name }));
        const desired = { ...LIMITED, madeByAws: name };
        const context = { ...fresh, desired };
        const [found] = await logGroupAdaptor.find(world.scope, identity, context);
        if (found === undefined || found.tags === 'inherited') throw new Error('not found');
        expect(judge(found.tags, world.owner, NODE, []).is).toBe('previous');
        const known = found.tags;
        const missing = Object.entries(world.tags()).filter(([tag]) => !(tag in known));
        await logGroupAdaptor.tag?.(world.scope, found, Object.fromEntries(missing), []);
        const [tagged] = await logGroupAdaptor.find(world.scope, identity, context);
        expect(tagged?.tags).toEqual(world.tags());
        expect(tagged && logGroupAdaptor.diff(desired, tagged.state, [])).toMatchObject([
          { field: 'retentionDays', from: undefined, to: 90 },
        ]);
      });

      test.each<[string, object | undefined, object, string]>([
        [
          'another name than the spec asks for',
          undefined,
          { madeByAws: '/aws/eks/other/cluster' },
          'foreign',
        ],
        ['a spec that says nothing of it', undefined, {}, 'foreign'],
        ["somebody's tags", { team: 'others' }, { madeByAws: 'its name' }, 'foreign'],
      ])('with %s it is left alone', async (_, tags, more, verdict) => {
        const { world, identity, name } = await place();
        await world.scope.logs.send(new CreateLogGroupCommand({ logGroupName: name, tags: { ...tags } }));
        const says = 'madeByAws' in more && more.madeByAws === 'its name' ? { madeByAws: name } : more;
        const [found] = await logGroupAdaptor.find(world.scope, identity, {
          ...fresh,
          desired: { ...LIMITED, ...says },
        });
        if (found === undefined || found.tags === 'inherited') throw new Error('not found');
        expect(judge(found.tags, world.owner, NODE, []).is).toBe(verdict);
      });
    });

    test.each<[string, (world: World) => string, string]>([
      ['of the cluster of this very object', ({ owner, scope }) => ownLogGroup(owner, scope), 'previous'],
      [
        'of a cluster of another object',
        ({ owner, scope }) => ownLogGroup({ ...owner, name: 'other' }, scope),
        'foreign',
      ],
      ['that a status could say', () => '/aws/eks/prod/cluster', 'foreign'],
    ])(
      'without tags, where the spec wants none any more, it is judged by its name: one %s',
      async (_, nameIn, verdict) => {
        const world = await bench().world();
        const logGroupName = nameIn(world);
        await world.scope.logs.send(new CreateLogGroupCommand({ logGroupName }));
        const identity = world.identity({ name: logGroupName, id: logGroupName });
        const [found] = await logGroupAdaptor.find(world.scope, identity, { ...fresh, desired: undefined });
        if (found === undefined || found.tags === 'inherited') throw new Error('not found');
        expect(judge(found.tags, world.owner, NODE, []).is).toBe(verdict);
      },
    );

    test('a longer name that begins with it is another group', async () => {
      const { world, identity, name } = await place();
      await world.scope.logs.send(new CreateLogGroupCommand({ logGroupName: `${name}-more` }));
      expect(await logGroupAdaptor.find(world.scope, identity, fresh)).toEqual([]);
      await world.scope.logs.send(
        new PutRetentionPolicyCommand({ logGroupName: `${name}-more`, retentionInDays: 1 }),
      );
      await logGroupAdaptor.create(world.scope, identity, LIMITED, world.tags());
      const [found] = await logGroupAdaptor.find(world.scope, identity, fresh);
      expect(found?.state.retentionDays).toBeUndefined();
    });

    test('protected against deletion by hand it stays, and the message says so', async () => {
      const { world, identity, name } = await place();
      const found = await logGroupAdaptor.create(world.scope, identity, LIMITED, world.tags());
      const on = { logGroupIdentifier: name, deletionProtectionEnabled: true };
      await world.scope.logs.send(new PutLogGroupDeletionProtectionCommand(on));
      const error = await logGroupAdaptor
        .remove(world.scope, found, { desired: LIMITED, owner: world.owner })
        .catch(asCloudError);
      expect(error).toMatchObject({
        class: 'Blocked',
        blockers: [{ resource: `log group ${name}`, reason: expect.stringContaining('protection') }],
      });
    });
  },
);
