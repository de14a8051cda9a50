import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DisassociateKmsKeyCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { type LogGroupDesired, type LogGroupState, logGroupAdaptor } from './log-group.ts';

interface Parts {
  readonly keys: readonly [string, string];
}

/** ARN of a key that CloudWatch Logs may use for this account's groups, or that only the account itself may. */
async function key({ scope }: World, forLogs = true): Promise<string> {
  const { accountId, region } = scope;
  const allow = (Principal: object, more: object = {}) => ({
    Effect: 'Allow',
    Principal,
    Action: 'kms:*',
    Resource: '*',
    ...more,
  });
  const groups = `arn:aws:logs:${region}:${accountId}:log-group:*`;
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      allow({ AWS: `arn:aws:iam::${accountId}:root` }),
      ...(forLogs
        ? [
            allow(
              { Service: `logs.${region}.amazonaws.com` },
              { Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groups } } },
            ),
          ]
        : []),
    ],
  });
  const { KeyMetadata } = await scope.kms.send(new CreateKeyCommand({ Policy }));
  return KeyMetadata?.Arn ?? '';
}

const nameIn = (world: World) => `/aws/eks/opta-${world.unique}/cluster`;

conformance<LogGroupDesired, LogGroupState, Parts>(
  logGroupAdaptor,
  {
    prepare: async world => ({ keys: [await key(world), await key(world)] }),
    name: nameIn,
    desired: ({ keys }) => ({ retentionDays: 90, kmsKeyArn: keys[0] }),
    createdBy: 'CreateLogGroup',
    fields: {
      retentionDays: desired => ({ ...desired, retentionDays: 30 }),
      kmsKeyArn: (desired, { keys }) => ({ ...desired, kmsKeyArn: keys[1] }),
    },
    drift: {
      retentionDays: ({ scope }, { id }) =>
        scope.logs.send(new PutRetentionPolicyCommand({ logGroupName: id, retentionInDays: 1 })),
      kmsKeyArn: ({ scope }, { id }) => scope.logs.send(new DisassociateKmsKeyCommand({ logGroupName: id })),
    },
    foreign: ({ scope }, logGroupName, tags) =>
      scope.logs.send(
        new CreateLogGroupCommand({ logGroupName, ...(tags === undefined ? {} : { tags: { ...tags } }) }),
      ),
    calls: { create: 2, drift: 2 },
  },
  bench => {
    const look = { desired: undefined, recorded: [], freshness: 'fresh' } as const;

    test.each(['retentionDays', 'kmsKeyArn'] as const)(
      '%s: set and dropped it is AWS’s default again, and never set by us it is left alone',
      async field => {
        const world = await bench().world();
        const desired = { retentionDays: 90, kmsKeyArn: await key(world) };
        const identity = world.identity({ name: nameIn(world) });
        const made = await logGroupAdaptor.create(world.scope, identity, desired, world.tags());
        const full = await logGroupAdaptor.update(
          world.scope,
          made,
          desired,
          logGroupAdaptor.diff(desired, made.state, []),
        );
        const { [field]: _, ...less } = desired;
        expect(logGroupAdaptor.diff(less, full.state, [])).toEqual([]);
        const changes = logGroupAdaptor.diff(less, full.state, logGroupAdaptor.optionalKeys?.(desired) ?? []);
        expect(changes).toMatchObject([{ field, to: undefined }]);
        await logGroupAdaptor.update(world.scope, full, less, changes);
        const [found] = await logGroupAdaptor.find(world.scope, identity, look);
        expect(found?.state).toEqual({ ...less, holdsEvents: false });
      },
    );

    test('a group whose name begins like others’ is found among them, to the last page', async () => {
      const world = await bench().world();
      const name = nameIn(world);
      for (const logGroupName of [`${name}-a`, name, `${name}-b`])
        await world.scope.logs.send(new CreateLogGroupCommand({ logGroupName }));
      world.gateway.addFault({ operation: 'DescribeLogGroups', fault: { kind: 'pageSize', n: 1 } });
      const find = (of: string) => logGroupAdaptor.find(world.scope, world.identity({ name: of }), look);
      expect((await find(name)).map(one => one.name)).toEqual([name]);
      expect(await find(name.slice(0, -1))).toEqual([]);
    });

    test('a key that may not be used for logs yet is waited for', async () => {
      const world = await bench().world();
      const name = nameIn(world);
      const desired = { retentionDays: 90, kmsKeyArn: await key(world, false) };
      const create = logGroupAdaptor.create(world.scope, world.identity({ name }), desired, world.tags());
      await expect(create).rejects.toMatchObject({ class: 'NotYet' });
      const made = await logGroupAdaptor.create(world.scope, world.identity({ name }), {}, world.tags());
      const changes = logGroupAdaptor.diff(desired, made.state, []);
      const update = logGroupAdaptor.update(world.scope, made, desired, changes);
      await expect(update).rejects.toMatchObject({ class: 'NotYet' });
    });

    test.each<[string, number | undefined, number | undefined, boolean, string]>([
      ['fewer days', 90, 30, true, 'High'],
      ['days in place of for ever', undefined, 30, true, 'High'],
      ['days for a group that was just made', undefined, 30, false, 'Low'],
      ['more days', 30, 90, true, 'Low'],
      ['for ever', 30, undefined, true, 'Low'],
    ])('%s: what loses events is of high risk', (_, from, to, holdsEvents, risk) => {
      const days = (n: number | undefined) => (n === undefined ? {} : { retentionDays: n });
      const state = { ...days(from), holdsEvents };
      expect(logGroupAdaptor.diff(days(to), state, ['retentionDays'])).toMatchObject([{ risk }]);
    });

    test('events that came in are seen', async () => {
      const { scope, identity, unique, tags } = await bench().world();
      const name = `/logs/${unique}`;
      const of = identity({ name });
      await logGroupAdaptor.create(scope, of, { retentionDays: 30 }, tags());
      const at = { logGroupName: name, logStreamName: 'one' };
      await scope.logs.send(new CreateLogStreamCommand(at));
      const logEvents = [{ timestamp: Date.now(), message: 'hello' }];
      await scope.logs.send(new PutLogEventsCommand({ ...at, logEvents }));
      const [found] = await logGroupAdaptor.find(scope, of, look);
      expect(found?.state.holdsEvents).toBe(true);
    });

    test('one that came back after its removal is nobody’s', async () => {
      const { scope, identity, owner, unique, tags } = await bench().world();
      const name = `/logs/${unique}`;
      const of = identity({ name });
      const made = await logGroupAdaptor.create(scope, of, {}, tags());
      await logGroupAdaptor.remove(scope, made, { desired: {}, owner });
      // As EKS does for its last events.
      await scope.logs.send(new CreateLogGroupCommand({ logGroupName: name }));
      expect(await logGroupAdaptor.find(scope, of, look)).toMatchObject([{ tags: {} }]);
    });
  },
);
