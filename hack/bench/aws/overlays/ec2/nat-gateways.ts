/** NAT gateways: made and removed over minutes, and some fail after they were accepted. */
import {
  type Answer,
  type BenchContext,
  type Call,
  jsonInput,
  type Overlay,
  textField,
} from '../../overlay.ts';
import { element, itemsOf, textAt, writeXml, type XmlElement } from '../../xml-tree.ts';
import { ask, list, mustAsk, refuse } from './ask.ts';
import { plantInterface } from './interfaces.ts';
import { describeNatGateways, NAT_NOT_FOUND, shownAs, shownByEmulator } from './nat-shown.ts';
import { type Failure, type NatGateway, natGateway, natGateways, natState } from './nat-store.ts';

const FAIL_NEXT = 'ec2:nat:fail';

/** The next NAT gateways that are made fail so; undefined: they do not. For what the bench cannot bring about. */
export function failNatGateways({ bench }: { bench: BenchContext }, failure: Failure | undefined): void {
  if (failure === undefined) bench.state.delete(FAIL_NEXT);
  else bench.state.set(FAIL_NEXT, failure);
}

const create: Overlay = {
  service: 'ec2',
  operation: 'CreateNatGateway',
  source:
    'EC2 API, CreateNatGateway and NatGateway (state, FailureCode); VPC user guide, "Troubleshoot NAT gateways"',
  async before(call, bench) {
    const unknown = ['VpcId', 'AvailabilityMode', 'SecondaryAllocationId.1', 'PrivateIpAddress'];
    const given = unknown.find(name => textField(call, name) !== '');
    if (given !== undefined)
      return bench.error(call, {
        status: 501,
        code: 'NotImplementedByBench',
        message: `The test bench has no CreateNatGateway with ${given}`,
      });
    const subnetId = textField(call, 'SubnetId');
    const { status, root } = await ask(bench, call, 'DescribeSubnets', { 'SubnetId.1': subnetId });
    const [subnet] = status === 200 ? itemsOf(root, 'subnetSet') : [];
    if (subnet === undefined)
      return refuse(call, bench, 'InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
    const vpcId = textAt(subnet, 'vpcId');
    const connectivity = textField(call, 'ConnectivityType') === 'private' ? 'private' : 'public';
    const allocationId = textField(call, 'AllocationId');
    if (connectivity === 'private') {
      return made(call, bench, { vpcId, subnetId, connectivity, allocationId: '', publicIp: '' }, undefined);
    }
    if (allocationId === '')
      return refuse(call, bench, 'MissingParameter', 'The request must include the AllocationId parameter.');
    const found = await ask(bench, call, 'DescribeAddresses', { 'AllocationId.1': allocationId });
    const [address] = found.status === 200 ? itemsOf(found.root, 'addressesSet') : [];
    if (address === undefined) {
      const message = `The allocation ID '${allocationId}' does not exist`;
      return refuse(call, bench, 'InvalidAllocationID.NotFound', message);
    }
    const publicIp = textAt(address, 'publicIp');
    const failure = await failureOf(call, bench, vpcId, address);
    return made(call, bench, { vpcId, subnetId, connectivity, allocationId, publicIp }, failure);
  },
};

async function failureOf(
  call: Call,
  bench: BenchContext,
  vpcId: string,
  address: XmlElement,
): Promise<Failure | undefined> {
  const wanted = bench.state.get(FAIL_NEXT);
  if (wanted !== undefined) return wanted as Failure;
  if (textAt(address, 'associationId') !== '') {
    const message = `Elastic IP address [${textAt(address, 'allocationId')}] is already associated`;
    return { code: 'Resource.AlreadyAssociated', message };
  }
  const gateways = await list(bench, call, 'DescribeInternetGateways', 'internetGatewaySet', {
    'attachment.vpc-id': vpcId,
  });
  if (gateways.length > 0) return undefined;
  return { code: 'Gateway.NotAttached', message: `Network ${vpcId} has no Internet gateway attached` };
}

async function made(
  call: Call,
  bench: BenchContext,
  of: Pick<NatGateway, 'vpcId' | 'subnetId' | 'connectivity' | 'allocationId' | 'publicIp'>,
  failure: Failure | undefined,
): Promise<Answer> {
  const { accountId, region } = call;
  const id = await madeInEmulator(call, bench, of.subnetId);
  const planted = await plantInterface(bench, {
    accountId,
    region,
    subnetId: of.subnetId,
    description: `Interface for NAT Gateway ${id}`,
    interfaceType: 'nat_gateway',
    requesterId: 'amazon-aws',
    ...(failure === undefined && of.allocationId !== '' && { allocationId: of.allocationId }),
  });
  const gateway: NatGateway = {
    ...of,
    id,
    place: { accountId, region },
    interface: planted,
    createdAt: bench.now(),
    ...(failure && { failure }),
  };
  natGateways(bench).set(id, gateway);
  const token = element('clientToken', textField(call, 'ClientToken'));
  const shown = element('natGateway', shownAs(bench, gateway, (await shownByEmulator(call, bench)).get(id)));
  return bench.success(call, writeXml(token) + writeXml(shown));
}

/**
 * The emulator holds its id and tags, so that routes and tags can be had of it. A private one needs no address there, and
 * the interface that comes with it is none of its subnet's.
 */
async function madeInEmulator(call: Call, bench: BenchContext, SubnetId: string): Promise<string> {
  const tags = Object.entries(jsonInput(call)).filter(([name]) => name.startsWith('TagSpecification.'));
  const input = { SubnetId, ConnectivityType: 'private', ...Object.fromEntries(tags) };
  const [gateway] = (await mustAsk(bench, call, 'CreateNatGateway', input)).children.filter(
    ({ name }) => name === 'natGateway',
  );
  for (const address of itemsOf(gateway, 'natGatewayAddressSet')) {
    const NetworkInterfaceId = textAt(address, 'networkInterfaceId');
    if (NetworkInterfaceId !== '')
      await mustAsk(bench, call, 'DeleteNetworkInterface', { NetworkInterfaceId });
  }
  return textAt(gateway, 'natGatewayId');
}

const remove: Overlay = {
  service: 'ec2',
  operation: 'DeleteNatGateway',
  source: 'EC2 API, DeleteNatGateway; VPC user guide, "Delete a NAT gateway"',
  before(call, bench) {
    const id = textField(call, 'NatGatewayId');
    const gateway = natGateway(bench, call, id);
    if (gateway === undefined)
      return refuse(call, bench, NAT_NOT_FOUND, `The Nat Gateway ${id} was not found`);
    gateway.deletedAt ??= bench.now();
    return bench.success(call, writeXml(element('natGatewayId', id)));
  },
};

const routes: Overlay = {
  service: 'ec2',
  operation: ['CreateRoute', 'ReplaceRoute'],
  source: '"Error codes for the Amazon EC2 API": InvalidNatGatewayID.NotFound',
  before(call, bench) {
    const id = textField(call, 'NatGatewayId');
    if (id === '') return undefined;
    const gateway = natGateway(bench, call, id);
    if (gateway !== undefined && ['pending', 'available'].includes(natState(bench, gateway)))
      return undefined;
    const message = `The natGateway ID '${id}' does not exist`;
    return refuse(call, bench, 'InvalidNatGatewayID.NotFound', message);
  },
};

export const natGatewayOverlays: Overlay[] = [create, describeNatGateways, remove, routes];
