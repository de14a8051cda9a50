import { CreateFlowLogsCommand, DeleteFlowLogsCommand } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { asCloudError } from '../../engine/errors.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { type FlowLogDesired, type FlowLogState, flowLogAdaptor } from './flow-log.ts';
import { FRESH, makeVpc, specification } from './testing.ts';

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
