/** Tags of what is not there, and the names that types have in a list of tags. */
import { ec2NotFound } from '../../ec2-resources.ts';
import type { BenchContext, Call, Overlay } from '../../overlay.ts';
import { element, itemsOf, putChild, textAt, writeXml } from '../../xml-tree.ts';
import { changed, list, listField, refuse } from './ask.ts';
import { natGateway } from './nat-store.ts';

/** Types whose existence the emulator does not check. */
const UNCHECKED: Readonly<Record<string, { operation: string; set: string; id: string }>> = {
  eipalloc: { operation: 'DescribeAddresses', set: 'addressesSet', id: 'allocationId' },
  fl: { operation: 'DescribeFlowLogs', set: 'flowLogSet', id: 'flowLogId' },
  vpce: { operation: 'DescribeVpcEndpoints', set: 'vpcEndpointSet', id: 'vpcEndpointId' },
};

async function exists(call: Call, bench: BenchContext, id: string): Promise<boolean> {
  if (id.startsWith('nat-')) return natGateway(bench, call, id) !== undefined;
  const question = UNCHECKED[id.slice(0, id.indexOf('-'))];
  if (question === undefined) return true;
  const found = await list(bench, call, question.operation, question.set, {});
  return found.some(one => textAt(one, question.id) === id && textAt(one, 'state') !== 'deleted');
}

const ofNone: Overlay = {
  service: 'ec2',
  operation: 'CreateTags',
  source: '"Error codes for the Amazon EC2 API": the NotFound code of each type of resource',
  async before(call, bench) {
    for (const id of listField(call, 'ResourceId')) {
      if (await exists(call, bench, id)) continue;
      const { code, message } = ec2NotFound(id) ?? {
        code: 'InvalidID',
        message: `The ID '${id}' is not valid`,
      };
      return refuse(call, bench, code, message);
    }
    return undefined;
  },
};

/** By the emulator's names. */
const TYPES: Readonly<Record<string, string>> = {
  'vpc-elastic-ip': 'elastic-ip',
  'nat-gateway': 'natgateway',
  'flow-logs': 'vpc-flow-log',
};

const types: Overlay = {
  service: 'ec2',
  operation: 'DescribeTags',
  source: 'EC2 API, ResourceType',
  after(_call, answer) {
    if (answer.status !== 200) return undefined;
    return changed(
      answer,
      root => {
        for (const tag of itemsOf(root, 'tagSet')) {
          const type = TYPES[textAt(tag, 'resourceType')];
          if (type !== undefined) putChild(tag, element('resourceType', type));
        }
      },
      writeXml,
    );
  },
};

export const tagOverlays: Overlay[] = [ofNone, types];
