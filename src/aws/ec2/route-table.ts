import {
  CreateRouteTableCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import type { Blocker } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { replacing } from '../replacing.ts';
import type { AwsScope } from '../scope.ts';
import { clientToken } from '../token.ts';
import { namingBlockers } from './blockers.ts';
import { findOwn } from './find.ts';
import { readOne, tagsOf } from './read.ts';
import { ROUTE_TABLE } from './types.ts';
import { EC2_SETTLE_MS, ec2Arn, idOf, onVisible, tagResource, tagSpecification } from './write.ts';

export interface RouteTableDesired {
  readonly vpcId: string;
  /**
   * The only destinations that may lead to an internet gateway: with any other, subnets that use the table would not be
   * private. Left out: all may. Other ways out (peering, a VPN) are people's own.
   */
  readonly internetRoutes?: readonly string[];
}

export interface RouteTableState {
  readonly vpcId: string;
  /** Destinations that lead to an internet gateway. */
  readonly internetRoutes: readonly string[];
}

/** Routes that are wanted, and associations, are resources of their own. */
export const routeTableAdaptor: AwsAdaptor<RouteTableDesired, RouteTableState> = {
  type: 'ec2/route-table',
  createBy: 'token',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  async find(scope, identity, context) {
    return (await findOwn(scope, ROUTE_TABLE, identity, context)).map(item => foundOf(scope, item));
  },
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired) => update(scope, found, desired),
  tag: tagResource,
  async remove(scope, { id }) {
    await namingBlockers(
      scope.ec2.send(new DeleteRouteTableCommand({ RouteTableId: id })),
      () => subnetsOf(scope, id),
      `EC2 shows nothing that is associated with it. A route server may propagate routes to it (aws ec2 get-route-server-propagations --route-table-id ${id} --route-server-id …, of those that aws ec2 describe-route-servers shows): end that, and the route table goes by itself`,
    );
  },
  readiness: () => ({ is: 'ready' }),
};

function foundOf(scope: AwsScope, item: RouteTable): Found<RouteTableState> {
  const id = item.RouteTableId ?? '';
  return {
    id,
    arn: ec2Arn(scope, 'route-table', id),
    tags: tagsOf(ROUTE_TABLE, item),
    state: { vpcId: item.VpcId ?? '', internetRoutes: internetRoutesOf(item) },
  };
}

function internetRoutesOf({ Routes = [] }: RouteTable): readonly string[] {
  return Routes.filter(route => route.GatewayId?.startsWith('igw-') === true)
    .map(to => to.DestinationCidrBlock ?? to.DestinationIpv6CidrBlock ?? to.DestinationPrefixListId ?? '')
    .sort();
}

function diff(desired: RouteTableDesired, state: RouteTableState): readonly Change[] {
  const { internetRoutes: may } = desired;
  const changes = replacing(['vpcId'], desired, state);
  const from = state.internetRoutes;
  const to = from.filter(destination => may === undefined || may.includes(destination));
  if (to.length < from.length) changes.push({ field: 'internetRoutes', from, to, risk: 'Low' });
  return changes;
}

async function create(
  scope: AwsScope,
  identity: Identity,
  { vpcId }: RouteTableDesired,
  tags: Tags,
): Promise<Found<RouteTableState>> {
  const { RouteTable: made } = await onVisible(
    scope.ec2.send(
      new CreateRouteTableCommand({
        VpcId: vpcId,
        ClientToken: clientToken(identity),
        TagSpecifications: tagSpecification('route-table', tags),
      }),
    ),
  );
  const id = idOf(made?.RouteTableId, 'CreateRouteTable');
  return { id, arn: ec2Arn(scope, 'route-table', id), tags, state: { vpcId, internetRoutes: [] } };
}

async function update(
  { ec2 }: AwsScope,
  found: Found<RouteTableState>,
  { internetRoutes: may }: RouteTableDesired,
): Promise<Found<RouteTableState>> {
  const { internetRoutes } = found.state;
  for (const destination of internetRoutes.filter(one => may?.includes(one) === false)) {
    const command = new DeleteRouteCommand({ RouteTableId: found.id, ...inputOf(destination) });
    await orAbsent(ec2.send(command));
  }
  const left = internetRoutes.filter(one => may?.includes(one) !== false);
  return { ...found, state: { ...found.state, internetRoutes: left } };
}

function inputOf(destination: string) {
  if (destination.startsWith('pl-')) return { DestinationPrefixListId: destination };
  if (destination.includes(':')) return { DestinationIpv6CidrBlock: destination };
  return { DestinationCidrBlock: destination };
}

async function subnetsOf(scope: AwsScope, id: string): Promise<readonly Blocker[]> {
  const item = await readOne(scope, ROUTE_TABLE, id, 'fresh');
  return (item?.Associations ?? []).map(one => ({
    resource:
      one.SubnetId === undefined ? `association ${one.RouteTableAssociationId}` : `subnet ${one.SubnetId}`,
    reason: 'uses this route table',
  }));
}
