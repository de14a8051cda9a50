/** Attributes of VPCs and subnets are changed one at a time. */
import { jsonInput, type Overlay, textField } from '../../overlay.ts';
import { textAt } from '../../xml-tree.ts';
import { ask, refuse } from './ask.ts';

const oneAtATime: Overlay = {
  service: 'ec2',
  operation: ['ModifyVpcAttribute', 'ModifySubnetAttribute'],
  source: 'EC2 API, ModifySubnetAttribute: "You can only modify one attribute at a time"; ModifyVpcAttribute',
  before(call, bench) {
    const given = Object.keys(jsonInput(call)).filter(name => name.endsWith('.Value'));
    if (given.length < 2) return undefined;
    const names = given.map(name => name.slice(0, -'.Value'.length)).join(', ');
    return refuse(
      call,
      bench,
      'InvalidParameterCombination',
      `Fields for multiple attribute types specified: ${names}`,
    );
  },
};

const supportFirst: Overlay = {
  service: 'ec2',
  operation: 'ModifyVpcAttribute',
  source:
    'EC2 API, ModifyVpcAttribute, EnableDnsHostnames: "You can only enable DNS hostnames if you\'ve enabled DNS support"',
  async before(call, bench) {
    if (textField(call, 'EnableDnsHostnames.Value') !== 'true') return undefined;
    const input = { VpcId: textField(call, 'VpcId'), Attribute: 'enableDnsSupport' };
    const { status, root } = await ask(bench, call, 'DescribeVpcAttribute', input);
    if (status !== 200 || textAt(root, 'enableDnsSupport', 'value') === 'true') return undefined;
    const message = 'DNS hostnames can only be enabled if DNS support is enabled';
    return refuse(call, bench, 'InvalidParameterCombination', message);
  },
};

export const attributeOverlays: Overlay[] = [oneAtATime, supportFirst];
