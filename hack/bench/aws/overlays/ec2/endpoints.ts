/** VPC endpoints. */
import { type BenchContext, type Call, jsonInput, type Overlay, textField } from '../../overlay.ts';
import { childOf, element, itemsOf, textAt, writeXml } from '../../xml-tree.ts';
import { changed, list, listField, mustAsk, refuse } from './ask.ts';

const NOT_FOUND = 'InvalidVpcEndpointId.NotFound';

/** Those that are not deleted; the emulator keeps showing the others. */
async function endpoints(bench: BenchContext, call: Call, vpcId?: string) {
  const filters: Record<string, string> = vpcId === undefined ? {} : { 'vpc-id': vpcId };
  const found = await list(bench, call, 'DescribeVpcEndpoints', 'vpcEndpointSet', filters);
  return found.filter(one => textAt(one, 'state') !== 'deleted');
}

const typeByDefault: Overlay = {
  service: 'ec2',
  operation: 'CreateVpcEndpoint',
  source: 'EC2 API, CreateVpcEndpoint: VpcEndpointType, "Default: Gateway"',
  before(call) {
    jsonInput(call).VpcEndpointType ??= 'Gateway';
    return undefined;
  },
};

const oneRoute: Overlay = {
  service: 'ec2',
  operation: ['CreateVpcEndpoint', 'ModifyVpcEndpoint'],
  source:
    'AWS PrivateLink guide, "Gateway endpoints": "You cannot have multiple endpoint routes to the same service in a single route table"; "Error codes for the Amazon EC2 API": RouteAlreadyExists',
  async before(call, bench) {
    const id = textField(call, 'VpcEndpointId');
    const all = await endpoints(bench, call);
    const own = all.find(one => textAt(one, 'vpcEndpointId') === id);
    const service = textAt(own, 'serviceName') || textField(call, 'ServiceName');
    const wanted = listField(call, id === '' ? 'RouteTableId' : 'AddRouteTableId');
    const others = all.filter(one => one !== own && textAt(one, 'serviceName') === service);
    const taken = others.flatMap(one => itemsOf(one, 'routeTableIdSet')).map(item => item.text);
    const twice = wanted.find(table => taken.includes(table));
    if (twice === undefined) return undefined;
    const message = `route table ${twice} already has a route with destination-prefix-list-id of ${service}`;
    return refuse(call, bench, 'RouteAlreadyExists', message);
  },
};

const gone: Overlay = {
  service: 'ec2',
  operation: 'DescribeVpcEndpoints',
  source:
    'EC2 API, DescribeVpcEndpoints; "Error codes for the Amazon EC2 API": InvalidVpcEndpointId.NotFound',
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    let kept: string[] = [];
    const shown = changed(
      answer,
      root => {
        const set = childOf(root, 'vpcEndpointSet');
        if (set === undefined) return;
        set.children = set.children.filter(one => textAt(one, 'state') !== 'deleted');
        kept = set.children.map(one => textAt(one, 'vpcEndpointId'));
      },
      writeXml,
    );
    const deleted = listField(call, 'VpcEndpointId').find(id => !kept.includes(id));
    if (deleted === undefined || jsonInput(call)['Filter.1.Name'] !== undefined) return shown;
    return refuse(call, bench, NOT_FOUND, `The Vpc Endpoint Id '${deleted}' does not exist`);
  },
};

const remove: Overlay = {
  service: 'ec2',
  operation: 'DeleteVpcEndpoints',
  source:
    'EC2 API, DeleteVpcEndpoints: unsuccessful, "Information about the VPC endpoints that were not successfully deleted"; its code there is another one than that of Describe (terraform-provider-aws, internal/service/ec2/vpc_endpoint.go, resourceVPCEndpointDelete)',
  async before(call, bench) {
    const known = (await endpoints(bench, call)).map(one => textAt(one, 'vpcEndpointId'));
    const asked = listField(call, 'VpcEndpointId');
    const absent = asked.filter(id => !known.includes(id));
    if (absent.length === 0) return undefined;
    const present = asked.filter(id => known.includes(id));
    const fields = Object.fromEntries(present.map((id, index) => [`VpcEndpointId.${index + 1}`, id]));
    if (present.length > 0) await mustAsk(bench, call, 'DeleteVpcEndpoints', fields);
    const items = absent.map(id =>
      unsuccessful(id, 'InvalidVpcEndpoint.NotFound', `The Vpc Endpoint Id '${id}' does not exist`),
    );
    return bench.success(call, writeXml(element('unsuccessful', items)));
  },
};

/** "EC2 API, UnsuccessfulItem". */
export function unsuccessful(resourceId: string, code: string, message: string) {
  const error = element('error', [element('code', code), element('message', message)]);
  return element('item', [error, element('resourceId', resourceId)]);
}

export const endpointOverlays: Overlay[] = [typeByDefault, oneRoute, gone, remove];
