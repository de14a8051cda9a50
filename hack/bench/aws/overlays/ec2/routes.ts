/** Route tables: one for a subnet, and routes whose target is gone. */
import { jsonInput, type Overlay, textField } from '../../overlay.ts';
import { element, itemsOf, putChild, textAt, writeXml } from '../../xml-tree.ts';
import { changed, list, refuse, routeTablesWhere } from './ask.ts';
import { natGateway, natState } from './nat-store.ts';

const associate: Overlay = {
  service: 'ec2',
  operation: 'AssociateRouteTable',
  source:
    'VPC user guide, "Subnet route tables": "a subnet can only be associated with one route table at a time"; "Error codes for the Amazon EC2 API": Resource.AlreadyAssociated',
  async before(call, bench) {
    const subnetId = textField(call, 'SubnetId');
    const tableId = textField(call, 'RouteTableId');
    if (subnetId === '') return undefined;
    const tables = await routeTablesWhere(bench, call, { 'association.subnet-id': subnetId });
    if (tables.every(table => textAt(table, 'routeTableId') === tableId)) return undefined;
    const message = `the specified association for route table ${tableId} conflicts with an existing association`;
    return refuse(call, bench, 'Resource.AlreadyAssociated', message);
  },
};

const unknownGateway: Overlay = {
  service: 'ec2',
  operation: ['CreateRoute', 'ReplaceRoute'],
  source:
    '"Error codes for the Amazon EC2 API": InvalidGatewayID.NotFound, "The specified gateway does not exist"; as people quote it of CreateRoute (devopsacademyau/academy pull request 906)',
  async before(call, bench) {
    const id = textField(call, 'GatewayId');
    if (!id.startsWith('igw-')) return undefined;
    const filters = { 'internet-gateway-id': id };
    const known = await list(bench, call, 'DescribeInternetGateways', 'internetGatewaySet', filters);
    if (known.length > 0) return undefined;
    return refuse(call, bench, 'InvalidGatewayID.NotFound', `The gateway ID '${id}' does not exist`);
  },
};

const range: Overlay = {
  service: 'ec2',
  operation: ['ReplaceRoute', 'DeleteRoute'],
  source:
    'EC2 API, DeleteRoute: DestinationCidrBlock, "The IPv4 CIDR range for the route"; "Error codes for the Amazon EC2 API": InvalidParameterValue',
  before(call, bench) {
    const destination = jsonInput(call).DestinationCidrBlock;
    if (destination === undefined || /^[\d.]+\/\d+$/.test(String(destination))) return undefined;
    const message = `Value (${destination}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`;
    return refuse(call, bench, 'InvalidParameterValue', message);
  },
};

const blackholes: Overlay = {
  service: 'ec2',
  operation: 'DescribeRouteTables',
  source:
    "EC2 API, Route, state: \"blackhole indicates that the route's target isn't available (for example, the specified gateway isn't attached to the VPC, or the specified NAT instance has been terminated)\"",
  async after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const gateways = await list(bench, call, 'DescribeInternetGateways', 'internetGatewaySet', {});
    const attached = new Set(
      gateways
        .filter(one => itemsOf(one, 'attachmentSet').length > 0)
        .map(one => textAt(one, 'internetGatewayId')),
    );
    const isGone = (target: string) => {
      if (target.startsWith('igw-')) return !attached.has(target);
      if (!target.startsWith('nat-')) return false;
      const gateway = natGateway(bench, call, target);
      return gateway === undefined || !['pending', 'available'].includes(natState(bench, gateway));
    };
    return changed(
      answer,
      root => {
        for (const route of itemsOf(root, 'routeTableSet').flatMap(table => itemsOf(table, 'routeSet'))) {
          const target = textAt(route, 'natGatewayId') || textAt(route, 'gatewayId');
          if (isGone(target)) putChild(route, element('state', 'blackhole'));
        }
      },
      writeXml,
    );
  },
};

export const routeOverlays: Overlay[] = [associate, unknownGateway, range, blackholes];
