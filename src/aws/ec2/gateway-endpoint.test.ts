import { CreateVpcEndpointCommand, ModifyVpcEndpointCommand } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { asCloudError } from '../../engine/errors.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { policyOf } from '../policy.ts';
import {
  type GatewayEndpointDesired,
  type GatewayEndpointState,
  gatewayEndpointAdaptor,
} from './gateway-endpoint.ts';
import { makeRouteTable, makeVpc, specification } from './testing.ts';

interface Parts {
  readonly vpcId: string;
  readonly tables: readonly string[];
}

function policy(world: World, sid: string) {
  return policyOf([
    {
      Sid: sid,
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:*'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalAccount': world.scope.accountId } },
    },
  ]);
}

async function prepare(world: World): Promise<Parts> {
  const vpcId = await makeVpc(world);
  return {
    vpcId,
    tables: [
      await makeRouteTable(world, vpcId),
      await makeRouteTable(world, vpcId),
      await makeRouteTable(world, vpcId),
    ],
  };
}

const desiredOf = ({ vpcId, tables }: Parts, world: World): GatewayEndpointDesired => ({
  vpcId,
  serviceName: 'com.amazonaws.eu-central-1.s3',
  routeTableIds: tables.slice(0, 2),
  policy: policy(world, 'OwnAccount'),
});

conformance<GatewayEndpointDesired, GatewayEndpointState, Parts>(
  gatewayEndpointAdaptor,
  {
    prepare,
    desired: desiredOf,
    createdBy: 'CreateVpcEndpoint',
    fields: {
      policy: desired => ({
        ...desired,
        policy: JSON.parse(JSON.stringify(desired.policy).replace('OwnAccount', 'Own')),
      }),
    },
    drift: {
      routeTableIds: (world, { id }, { tables }) =>
        world.scope.ec2.send(
          new ModifyVpcEndpointCommand({ VpcEndpointId: id, RemoveRouteTableIds: tables.slice(0, 1) }),
        ),
      policy: (world, { id }) =>
        world.scope.ec2.send(
          new ModifyVpcEndpointCommand({
            VpcEndpointId: id,
            PolicyDocument: JSON.stringify(policy(world, 'ByHand')),
          }),
        ),
    },
    rewritten: {
      'a policy with other spacing, tables in another order': state => ({
        ...state,
        policy: JSON.stringify(JSON.parse(state.policy), null, 2),
        routeTableIds: state.routeTableIds.toReversed(),
      }),
    },
    foreign: (world, _, tags, { vpcId: VpcId }) =>
      world.scope.ec2.send(
        new CreateVpcEndpointCommand({
          VpcId,
          ServiceName: 'com.amazonaws.eu-central-1.s3',
          ...specification('vpc-endpoint', tags),
        }),
      ),
    calls: { create: 2, drift: 1 },
  },
  bench => {
    test('route tables that people added stay, and those that are missing come to them', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const [first = '', second = '', theirs = ''] = parts.tables;
      const desired = { ...desiredOf(parts, world), routeTableIds: [first] };
      const { id: VpcEndpointId } = await gatewayEndpointAdaptor.create(
        world.scope,
        world.identity(),
        desired,
        world.tags(),
      );
      await world.scope.ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId, AddRouteTableIds: [theirs] }));
      const look = async (wanted: GatewayEndpointDesired) => {
        const identity = world.identity({ id: VpcEndpointId });
        const [found] = await gatewayEndpointAdaptor.find(world.scope, identity, {
          desired: wanted,
          recorded: [],
          freshness: 'fresh',
        });
        if (found === undefined) throw new Error('not found');
        return { found, changes: gatewayEndpointAdaptor.diff(wanted, found.state, []) };
      };
      expect((await look(desired)).changes).toEqual([]);
      const more = { ...desired, routeTableIds: [first, second] };
      const { found, changes } = await look(more);
      await gatewayEndpointAdaptor.update(world.scope, found, more, changes);
      const after = await look(more);
      expect(after.changes).toEqual([]);
      expect(after.found.state.routeTableIds.toSorted()).toEqual([...parts.tables].sort());
    });

    test("somebody else's in one of the route tables is a conflict", async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts, world);
      const { vpcId: VpcId, tables } = parts;
      const ServiceName = desired.serviceName;
      const RouteTableIds = tables.slice(1, 2);
      await world.scope.ec2.send(new CreateVpcEndpointCommand({ VpcId, ServiceName, RouteTableIds }));
      const error = await gatewayEndpointAdaptor
        .create(world.scope, world.identity(), desired, world.tags())
        .catch(asCloudError);
      expect(error).toMatchObject({ class: 'Conflict', code: 'RouteAlreadyExists' });
    });

    test.each([
      ['available', { is: 'ready' }],
      ['pending', { is: 'in progress', message: 'the endpoint is pending', againInMs: 15_000 }],
      ['deleting', { is: 'in progress', message: 'the endpoint is deleting', againInMs: 15_000 }],
      ['failed', { is: 'failed', message: 'the endpoint is failed: no room', remedy: 'replace' }],
    ])('%s', (state, expected) => {
      const common = { vpcId: 'v', serviceName: 's', routeTableIds: [], policy: '', failure: 'no room' };
      expect(gatewayEndpointAdaptor.readiness({ ...common, state })).toEqual(expected);
    });
  },
);
