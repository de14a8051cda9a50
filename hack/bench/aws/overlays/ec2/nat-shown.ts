/** NAT gateways as DescribeNatGateways shows them. */
import type { BenchContext, Call, Overlay } from '../../overlay.ts';
import { element, itemsOf, textAt, writeXml, type XmlElement } from '../../xml-tree.ts';
import { list, listField, refuse } from './ask.ts';
import { filtersOf, passes } from './filters.ts';
import { type NatGateway, natGateway, natGatewaysIn, natState } from './nat-store.ts';

export const NAT_NOT_FOUND = 'NatGatewayNotFound';

/** The emulator holds their tags. */
export async function shownByEmulator(call: Call, bench: BenchContext): Promise<Map<string, XmlElement>> {
  const all = await list(bench, call, 'DescribeNatGateways', 'natGatewaySet', {});
  return new Map(all.map(one => [textAt(one, 'natGatewayId'), one]));
}

export function shownAs(
  bench: BenchContext,
  gateway: NatGateway,
  emulated: XmlElement | undefined,
): XmlElement[] {
  const { failure, deletedAt } = gateway;
  const state = natState(bench, gateway);
  const failed = failure !== undefined && state !== 'pending';
  const address = [
    ...(gateway.allocationId === '' ? [] : [element('allocationId', gateway.allocationId)]),
    ...(gateway.interface === undefined
      ? []
      : [
          element('networkInterfaceId', gateway.interface.id),
          element('privateIp', gateway.interface.privateIp),
        ]),
    ...(gateway.publicIp === '' || failed ? [] : [element('publicIp', gateway.publicIp)]),
    element('isPrimary', 'true'),
    element('status', failed ? 'failed' : 'succeeded'),
  ];
  return [
    element('natGatewayId', gateway.id),
    element('subnetId', gateway.subnetId),
    element('vpcId', gateway.vpcId),
    element('state', state),
    ...(failed ? [element('failureCode', failure.code), element('failureMessage', failure.message)] : []),
    element('connectivityType', gateway.connectivity),
    element('natGatewayAddressSet', [element('item', address)]),
    element('createTime', new Date(gateway.createdAt).toISOString()),
    ...(deletedAt === undefined ? [] : [element('deleteTime', new Date(deletedAt).toISOString())]),
    element('tagSet', itemsOf(emulated, 'tagSet')),
  ];
}

export const describeNatGateways: Overlay = {
  service: 'ec2',
  operation: 'DescribeNatGateways',
  source: 'EC2 API, DescribeNatGateways',
  async before(call, bench) {
    const ids = listField(call, 'NatGatewayId');
    const absent = ids.find(id => natGateway(bench, call, id) === undefined);
    if (absent !== undefined)
      return refuse(call, bench, NAT_NOT_FOUND, `The Nat Gateway ${absent} was not found`);
    const filters = filtersOf(call);
    const known = /^(nat-gateway-id|state|subnet-id|vpc-id|tag-key|tag:.+)$/;
    const strange = filters.find(({ name }) => !known.test(name));
    if (strange !== undefined)
      return refuse(call, bench, 'InvalidParameterValue', `The filter '${strange.name}' is invalid`);
    const emulated = await shownByEmulator(call, bench);
    const items = natGatewaysIn(bench, call)
      .filter(({ id }) => ids.length === 0 || ids.includes(id))
      .map(gateway => element('item', shownAs(bench, gateway, emulated.get(gateway.id))))
      .filter(item => passes(filters, name => fieldOf(item, name)));
    return bench.success(call, writeXml(element('natGatewaySet', items)));
  },
};

function fieldOf(item: XmlElement, name: string): string | string[] {
  const tags = itemsOf(item, 'tagSet');
  if (name === 'tag-key') return tags.map(tag => textAt(tag, 'key'));
  if (!name.startsWith('tag:'))
    return textAt(
      item,
      name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    );
  return tags
    .filter(tag => textAt(tag, 'key') === name.slice('tag:'.length))
    .map(tag => textAt(tag, 'value'));
}
