import { CreateFlowLogsCommand, DeleteFlowLogsCommand } from '@aws-sdk/client-ec2';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { describe, expect, test, vi } from 'vitest';
import { iamControl } from '../../../hack/bench/aws/overlays/iam/propagation.ts';
import { asCloudError } from '../../engine/errors.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { type FlowLogDesired, type FlowLogState, flowLogAdaptor } from './flow-log.ts';
import { FRESH, makeVpc, specification } from './testing.ts';

const Statement = [
  { Effect: 'Allow', Principal: { Service: 'vpc-flow-logs.amazonaws.com' }, Action: 'sts:AssumeRole' },
];
const TRUST = JSON.stringify({ Version: '2012-10-17', Statement });

function groupName(world: World): string {
  return `/opta/${world.unique}/flow-logs`;
}

function makeGroup(world: World) {
  const { accountId, region } = world.scope;
  return world.gateway.bench.forward({
    service: 'logs',
    accountId,
    region,
    operation: 'CreateLogGroup',
    input: { logGroupName: groupName(world) },
  });
}

async function prepare(world: World): Promise<FlowLogDesired> {
  const { accountId, region } = world.scope;
  return {
    vpcId: await makeVpc(world),
    logGroupArn: `arn:aws:logs:${region}:${accountId}:log-group:${groupName(world)}`,
    roleArn: `arn:aws:iam::${accountId}:role/flow-logs`,
    trafficType: 'ALL',
    aggregationSeconds: 600,
  };
}

function makeByHand({ scope }: World, desired: FlowLogDesired, tags?: Record<string, string>) {
  return scope.ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds: [desired.vpcId],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 'cloud-watch-logs',
      LogDestination: desired.logGroupArn,
      DeliverLogsPermissionArn: desired.roleArn,
      ...specification('vpc-flow-log', tags),
    }),
  );
}

conformance<FlowLogDesired, FlowLogState, FlowLogDesired>(
  flowLogAdaptor,
  {
    async prepare(world) {
      await makeGroup(world);
      return prepare(world);
    },
    desired: parts => parts,
    createdBy: 'CreateFlowLogs',
    fields: {},
    drift: {},
    foreign: (world, _, tags, parts) => makeByHand(world, parts, tags),
    calls: { create: 2, drift: 1 },
  },
  bench => {
    describe('with a role that was made a moment ago', () => {
      const SAYS = "Unable to assume given IAM role: 'arn:aws:iam::1:role/flow-logs'";

      test('it is made once the role can be assumed, and not waited for for ever', async () => {
        const world = await bench().world();
        const desired = await prepare(world);
        const create = () => flowLogAdaptor.create(world.scope, world.identity(), desired, world.tags());
        const { settings } = iamControl(world.gateway);
        settings.rolePropagation = 10_000;
        try {
          const RoleName = desired.roleArn.slice(desired.roleArn.indexOf('/') + 1);
          await world.scope.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }));
          const error = await create().catch(asCloudError);
          expect(error).toMatchObject({ class: 'NotYet', retryAfterMs: 5_000 });
          settings.rolePropagation = 1_000_000;
          world.gateway.advanceClock(119);
          expect(await create().catch(asCloudError)).toMatchObject({ class: 'NotYet' });
          world.gateway.advanceClock(1);
          expect(await create().catch(asCloudError)).toMatchObject({
            class: 'Invalid',
            message: expect.stringMatching(
              /role does not exist, or its trust policy does not let VPC Flow Logs in/,
            ),
          });
          settings.rolePropagation = 10_000;
          expect((await create()).state.roleArn).toBe(desired.roleArn);
        } finally {
          settings.rolePropagation = 0;
        }
      });

      test.each([
        ['of the role', SAYS, 'NotYet'],
        ['of something else', 'Invalid aggregation interval', 'Invalid'],
      ])('a success that tells a refusal %s: %s', async (_, Message, is) => {
        const world = await bench().world();
        const desired = await prepare(world);
        const answer = { Unsuccessful: [{ Error: { Code: 'InvalidParameter', Message } }], $metadata: {} };
        const send = vi.spyOn(world.scope.ec2, 'send').mockImplementation(async () => answer);
        try {
          const create = flowLogAdaptor.create(world.scope, world.identity(), desired, world.tags());
          expect(await create.catch(asCloudError)).toMatchObject({ class: is, refused: true });
        } finally {
          send.mockRestore();
        }
      });
    });

    test('one without its log group does not deliver, and says what is missing', async () => {
      const world = await bench().world();
      const desired = await prepare(world);
      await flowLogAdaptor.create(world.scope, world.identity(), desired, world.tags());
      const look = async () => {
        const [found] = await flowLogAdaptor.find(world.scope, world.identity(), FRESH);
        return found && flowLogAdaptor.readiness(found.state);
      };
      expect(await look()).toEqual({
        is: 'failed',
        message: expect.stringContaining(`not delivered to ${desired.logGroupArn}: Access error`),
      });
      await makeGroup(world);
      expect(await look()).toEqual({ is: 'ready' });
    });

    test.each([
      ['Rate limited', /throttles .* higher quotas/],
      ['Unknown error', /inside AWS/],
    ])('%s is told, and is nothing that is missing', async (deliveryError, says) => {
      const desired = await prepare(await bench().world());
      expect(flowLogAdaptor.readiness({ ...desired, deliveryError })).toEqual({
        is: 'ready',
        note: expect.stringMatching(says),
      });
    });

    test("somebody else's of the same VPC and group is a conflict, though AWS answers with success", async () => {
      const world = await bench().world();
      const desired = await prepare(world);
      await makeByHand(world, desired);
      const error = await flowLogAdaptor
        .create(world.scope, world.identity(), desired, world.tags())
        .catch(asCloudError);
      expect(error).toMatchObject({
        class: 'Conflict',
        code: 'FlowLogAlreadyExists',
        message: expect.stringContaining('CreateFlowLogs'),
      });
    });

    test('one deleted by hand is absent', async () => {
      const world = await bench().world();
      const desired = await prepare(world);
      const { id } = await flowLogAdaptor.create(world.scope, world.identity(), desired, world.tags());
      await world.scope.ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] }));
      expect(await flowLogAdaptor.find(world.scope, world.identity({ id }), FRESH)).toEqual([]);
    });

    test.each([
      ['vpcId', 'vpc-1'],
      ['logGroupArn', 'arn'],
      ['roleArn', 'arn'],
      ['trafficType', 'REJECT'],
      ['aggregationSeconds', 60],
    ])('another %s is another flow log', async (field, to) => {
      const desired = await prepare(await bench().world());
      const state = { ...desired, deliveryError: undefined };
      expect(flowLogAdaptor.diff({ ...desired, [field]: to }, state, [])).toEqual([
        { field, from: state[field as keyof FlowLogDesired], to, risk: 'High', replace: true },
      ]);
    });
  },
);
