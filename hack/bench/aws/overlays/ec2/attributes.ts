/** Attributes of VPCs and subnets are changed one at a time. */
import { jsonInput, type Overlay } from '../../overlay.ts';
import { refuse } from './ask.ts';

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

export const attributeOverlays: Overlay[] = [oneAtATime];
