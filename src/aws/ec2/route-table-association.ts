import {
  AssociateRouteTableCommand,
  DisassociateRouteTableCommand,
  ReplaceRouteTableAssociationCommand,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import type { Found, Freshness, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { tagsOfParent } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import type { AwsScope } from '../scope.ts';
import { listOwn, listWhere, readOne, tagsOf } from './read.ts';
import { ROUTE_TABLE, SUBNET } from './types.ts';
import { EC2_SETTLE_MS, idOf, nameOf, onVisible } from './write.ts';

export interface RouteTableAssociationDesired {
  readonly subnetId: string;
  readonly routeTableId: string;
}

export interface RouteTableAssociationState {
  readonly associationId: string;
  readonly routeTableId: string;
}

/**
 * Belongs to whom its subnet belongs to. A subnet has one at most, so the subnet's id is its own: AWS gives each new
 * table another association id. `identity.name` only has to be unique.
 */
export const routeTableAssociationAdaptor: AwsAdaptor<
  RouteTableAssociationDesired,
  RouteTableAssociationState
> = {
  type: 'ec2/route-table-association',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  find: (scope, identity, { desired, freshness }) => find(scope, identity, desired, freshness),
  diff({ routeTableId }, state) {
    if (state.routeTableId === routeTableId) return [];
    return [{ field: 'routeTableId', from: state.routeTableId, to: routeTableId, risk: 'Low' }];
  },
  create: (scope, identity, desired) => create(scope, identity, desired),
  async update(scope, found, { routeTableId }) {
    const { NewAssociationId } = await onVisible(
      scope.ec2.send(
        new ReplaceRouteTableAssociationCommand({
          AssociationId: found.state.associationId,
          RouteTableId: routeTableId,
        }),
      ),
    );
    const associationId = idOf(NewAssociationId, 'ReplaceRouteTableAssociation');
    return { ...found, state: { associationId, routeTableId } };
  },
  async remove(scope, { state }) {
    await scope.ec2.send(new DisassociateRouteTableCommand({ AssociationId: state.associationId }));
  },
  readiness: () => ({ is: 'ready' }),
};

async function find(
  scope: AwsScope,
  identity: Identity,
  desired: RouteTableAssociationDesired | undefined,
  freshness: Freshness,
): Promise<readonly Found<RouteTableAssociationState>[]> {
  const subnetId = desired?.subnetId ?? identity.id;
  if (subnetId === undefined) return [];
  const state = await associationOf(scope, subnetId, freshness);
  if (state === undefined) return [];
  if (desired !== undefined) return [foundOf(identity, subnetId, 'inherited', state)];
  const subnet = await readOne(scope, SUBNET, subnetId, freshness);
  const tags = subnet === undefined ? {} : tagsOfParent(tagsOf(SUBNET, subnet), identity.node);
  return [foundOf(identity, subnetId, tags, state)];
}

async function associationOf(
  scope: AwsScope,
  subnetId: string,
  freshness: Freshness,
): Promise<RouteTableAssociationState | undefined> {
  if (freshness === 'shared') {
    const shared = associationIn(await listOwn(scope, ROUTE_TABLE, 'shared'), subnetId);
    if (shared !== undefined) return shared;
  }
  // Somebody else's table may have it.
  const Filters = [{ Name: 'association.subnet-id', Values: [subnetId] }];
  return associationIn(await listWhere(scope, ROUTE_TABLE, Filters), subnetId);
}

function associationIn(
  tables: readonly RouteTable[],
  subnetId: string,
): RouteTableAssociationState | undefined {
  for (const { RouteTableId: routeTableId, Associations } of tables) {
    for (const one of Associations ?? []) {
      const { SubnetId, RouteTableAssociationId: associationId } = one;
      if (SubnetId !== subnetId || associationId === undefined || routeTableId === undefined) continue;
      return { associationId, routeTableId };
    }
  }
  return undefined;
}

function foundOf(
  identity: Identity,
  id: string,
  tags: Found<RouteTableAssociationState>['tags'],
  state: RouteTableAssociationState,
): Found<RouteTableAssociationState> {
  return { id, ...nameOf(identity), tags, state };
}

async function create(
  scope: AwsScope,
  identity: Identity,
  { subnetId, routeTableId }: RouteTableAssociationDesired,
): Promise<Found<RouteTableAssociationState>> {
  try {
    const { AssociationId } = await onVisible(
      scope.ec2.send(new AssociateRouteTableCommand({ RouteTableId: routeTableId, SubnetId: subnetId })),
    );
    const associationId = idOf(AssociationId, 'AssociateRouteTable');
    return foundOf(identity, subnetId, 'inherited', { associationId, routeTableId });
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'Resource.AlreadyAssociated') throw error;
    // Our subnet has another table, by hand or of a moment ago: the update that follows moves it.
    const state = await associationOf(scope, subnetId, 'fresh');
    if (state !== undefined) return foundOf(identity, subnetId, 'inherited', state);
    throw new CloudError('NotYet', `${subnetId} has a route table and EC2 does not show it yet`, {
      cause: error,
    });
  }
}
