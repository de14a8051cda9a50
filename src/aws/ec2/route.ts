import {
  CreateRouteCommand,
  DeleteRouteCommand,
  ReplaceRouteCommand,
  type Route,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import type { Found, Freshness, Identity, Risk } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { tagsOfParent } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import type { AwsScope } from '../scope.ts';
import { readOne, tagsOf } from './read.ts';
import { targetOf } from './subnet-routes.ts';
import { ROUTE_TABLE } from './types.ts';
import { EC2_SETTLE_MS, nameOf, onVisible } from './write.ts';

export interface RouteDesired {
  readonly routeTableId: string;
  /** IPv4 range: `0.0.0.0/0`. */
  readonly destination: string;
  /** Id of an internet gateway or a NAT gateway. */
  readonly target: string;
}

export interface RouteState {
  /** Whatever it leads to: somebody may have put a transit gateway or a firewall there. */
  readonly target: string;
  /** Its target is gone: what is sent there is lost. */
  readonly blackhole: boolean;
}

/**
 * Belongs to whom its route table belongs to. Its natural key is table and destination; `identity.name` only has to be
 * unique, since a graph does not know the table's id beforehand.
 */
export const routeAdaptor: AwsAdaptor<RouteDesired, RouteState> = {
  type: 'ec2/route',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  find: (scope, identity, { desired, freshness }) => find(scope, identity, desired, freshness),
  diff(desired, state) {
    if (state.target === desired.target) return [];
    return [{ field: 'target', from: state.target, to: desired.target, risk: riskOf(desired, state) }];
  },
  create: (scope, identity, desired) => create(scope, identity, desired),
  async update(scope, found, desired) {
    await onVisible(scope.ec2.send(new ReplaceRouteCommand(inputOf(desired))));
    return { ...found, state: { target: desired.target, blackhole: false } };
  },
  async remove(scope, { id }) {
    const { routeTableId: RouteTableId, destination: DestinationCidrBlock } = placeOf(id);
    await scope.ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }));
  },
  readiness: ({ blackhole, target }) =>
    blackhole
      ? { is: 'failed', message: `the route leads nowhere: ${target} is gone or detached` }
      : { is: 'ready' },
};

/** A way out that works for another one: what is connected is cut off, and what allows its address lets nothing in any more. */
function riskOf(desired: RouteDesired, { target, blackhole }: RouteState): Risk {
  // A NAT gateway that is still to be made has no id yet.
  const isAnother = !isInternetGateway(target) && !isInternetGateway(desired.target);
  return isAnother && !blackhole ? 'High' : 'Low';
}

function isInternetGateway(target: string): boolean {
  return target.startsWith('igw-');
}

function isNatGateway(target: string): boolean {
  return target.startsWith('nat-');
}

function idFor({ routeTableId, destination }: Pick<RouteDesired, 'routeTableId' | 'destination'>): string {
  return `${routeTableId}|${destination}`;
}

function placeOf(id: string): { routeTableId: string; destination: string } {
  const [routeTableId = '', destination = ''] = id.split('|');
  return { routeTableId, destination };
}

async function find(
  scope: AwsScope,
  identity: Identity,
  desired: RouteDesired | undefined,
  freshness: Freshness,
): Promise<readonly Found<RouteState>[]> {
  const { routeTableId, destination } = desired ?? placeOf(identity.id ?? '');
  const table = await readOne(scope, ROUTE_TABLE, routeTableId, freshness);
  const route = routeTo(table, destination);
  if (table === undefined || route === undefined) return [];
  // Where the spec has no route any more, what leads elsewhere by now is somebody's own way out of the same table.
  if (desired === undefined && !leadsToGateway(route)) return [];
  const tags = desired === undefined ? tagsOfParent(tagsOf(ROUTE_TABLE, table), identity.node) : 'inherited';
  return [foundOf(identity, idFor({ routeTableId, destination }), tags, route)];
}

function routeTo(table: RouteTable | undefined, destination: string): Route | undefined {
  return table?.Routes?.find(one => one.DestinationCidrBlock === destination);
}

function leadsToGateway(route: Route): boolean {
  const target = targetOf(route) ?? '';
  return isNatGateway(target) || isInternetGateway(target);
}

function foundOf(
  identity: Identity,
  id: string,
  tags: Found<RouteState>['tags'],
  route: Route,
): Found<RouteState> {
  const state = { target: targetOf(route) ?? '', blackhole: route.State === 'blackhole' };
  return { id, ...nameOf(identity), tags, state };
}

function inputOf({ routeTableId, destination, target }: RouteDesired) {
  const to = isNatGateway(target) ? { NatGatewayId: target } : { GatewayId: target };
  return { RouteTableId: routeTableId, DestinationCidrBlock: destination, ...to };
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: RouteDesired,
): Promise<Found<RouteState>> {
  const id = idFor(desired);
  try {
    await onVisible(scope.ec2.send(new CreateRouteCommand(inputOf(desired))));
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'RouteAlreadyExists') throw error;
    // Ours of a lost answer, or made by hand in our table: the update that follows gives it its target.
    const table = await readOne(scope, ROUTE_TABLE, desired.routeTableId, 'fresh');
    const route = routeTo(table, desired.destination);
    if (route !== undefined) return foundOf(identity, id, 'inherited', route);
    throw new CloudError('NotYet', `route ${id} exists and EC2 does not show it yet`, { cause: error });
  }
  return foundOf(identity, id, 'inherited', { GatewayId: desired.target, State: 'active' });
}
