/** What a VPC may have: subnets in zones of its region, without public addresses of their own accord, and one way out. */
import { type Overlay, textField } from '../../overlay.ts';
import { childOf, element, itemsOf, parseXml, putChild, textAt, writeXml } from '../../xml-tree.ts';
import { changed, mustAsk, refuse } from './ask.ts';

const zone: Overlay = {
  service: 'ec2',
  operation: 'CreateSubnet',
  source: 'EC2 API, CreateSubnet: AvailabilityZoneId, "The AZ ID or the Local Zone ID of the subnet"',
  async before(call, bench) {
    const id = textField(call, 'AvailabilityZoneId');
    if (id === '') return undefined;
    const root = await mustAsk(bench, call, 'DescribeAvailabilityZones', {});
    const zones = itemsOf(root, 'availabilityZoneInfo').map(one => textAt(one, 'zoneId'));
    if (zones.includes(id)) return undefined;
    const message = `Value (${id}) for parameter availabilityZoneId is invalid. Subnets can currently only be created in the following availability zones: ${zones.join(', ')}.`;
    return refuse(call, bench, 'InvalidParameterValue', message);
  },
};

const noPublicAddress: Overlay = {
  service: 'ec2',
  operation: 'CreateSubnet',
  source:
    'VPC user guide, "Modify the IP addressing attributes of your subnet": "By default, nondefault subnets have the public IPv4 addressing attribute set to false"',
  async after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const SubnetId = textAt(parseXml(answer.body.toString('utf8')), 'subnet', 'subnetId');
    await mustAsk(bench, call, 'ModifySubnetAttribute', { SubnetId, 'MapPublicIpOnLaunch.Value': 'false' });
    return changed(
      answer,
      root => {
        const subnet = childOf(root, 'subnet');
        if (subnet !== undefined) putChild(subnet, element('mapPublicIpOnLaunch', 'false'));
      },
      writeXml,
    );
  },
};

const oneInternetGateway: Overlay = {
  service: 'ec2',
  operation: 'AttachInternetGateway',
  source:
    'VPC user guide, "Enable internet access for a VPC using internet gateways": "A VPC can have one internet gateway attached"',
  async before(call, bench) {
    const vpcId = textField(call, 'VpcId');
    const root = await mustAsk(bench, call, 'DescribeInternetGateways', {
      'Filter.1.Name': 'attachment.vpc-id',
      'Filter.1.Value.1': vpcId,
    });
    const attached = itemsOf(root, 'internetGatewaySet').map(one => textAt(one, 'internetGatewayId'));
    if (attached.length === 0 || attached.includes(textField(call, 'InternetGatewayId'))) return undefined;
    const message = `Network ${vpcId} already has an internet gateway attached`;
    return refuse(call, bench, 'InvalidParameterValue', message);
  },
};

export const vpcPartOverlays: Overlay[] = [zone, noPublicAddress, oneInternetGateway];
