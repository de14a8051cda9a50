import type { Route, RouteTable } from '@aws-sdk/client-ec2';

/** A way to the internet that both ends can take. */
export interface InternetRoute {
  readonly destination: string;
  readonly gateway: string;
}

/**
 * The routes of a subnet that lead somewhere. Amazon VPC User Guide, "Subnet route tables": a subnet without a table of its
 * own has the main one.
 */
export function routesOf(subnetId: string, tables: readonly RouteTable[]): readonly Route[] {
  const has = (table: RouteTable, of: 'subnet' | 'main') =>
    table.Associations?.some(one => (of === 'main' ? one.Main === true : one.SubnetId === subnetId)) === true;
  const table = tables.find(one => has(one, 'subnet')) ?? tables.find(one => has(one, 'main'));
  return (table?.Routes ?? []).filter(one => one.State !== 'blackhole');
}

/** Where all of the internet is, as far as its addresses are of version 4; undefined: nowhere. */
export function defaultRouteOf(routes: readonly Route[]): string | undefined {
  const to = (cidr: string) => routes.find(one => one.DestinationCidrBlock === cidr);
  const [lower, upper] = [to('0.0.0.0/1'), to('128.0.0.0/1')];
  const route = to('0.0.0.0/0') ?? (upper === undefined ? undefined : lower);
  return route === undefined ? undefined : targetOf(route);
}

/**
 * Amazon VPC User Guide, "Subnet types": public is a subnet with "a direct route to an internet gateway", to whatever part of
 * the internet; private one without.
 */
export function internetRouteOf(routes: readonly Route[]): InternetRoute | undefined {
  const found = routes.find(one => one.GatewayId?.startsWith('igw-'));
  if (found?.GatewayId === undefined) return undefined;
  const { DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId, GatewayId } = found;
  const destination = DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? DestinationPrefixListId ?? '';
  return { destination, gateway: GatewayId };
}

/** All that a route can lead to: Amazon EC2 API Reference, Route. */
export function targetOf(route: Route): string | undefined {
  return (
    route.NatGatewayId ??
    route.GatewayId ??
    route.TransitGatewayId ??
    route.CoreNetworkArn ??
    route.VpcPeeringConnectionId ??
    route.LocalGatewayId ??
    route.CarrierGatewayId ??
    route.EgressOnlyInternetGatewayId ??
    route.OdbNetworkArn ??
    route.NetworkInterfaceId
  );
}
