/** The lists of EC2: the element of the answer that holds them, and how many a page may have. */

import type { Answer } from './overlay.ts';
import { childOf, parseXml, textAt, writeXml } from './xml-tree.ts';

interface Listing {
  /** Element whose `<item>`s are counted. */
  set: string;
  /** Element of an item that holds its id. */
  id: string;
  /** "Amazon EC2 API Reference", MaxResults of the operation; absent: the operation has no pages. */
  pages?: { min: number; max: number };
}

const usual = { min: 5, max: 1000 };

export const EC2_LISTS: Readonly<Record<string, Listing>> = {
  DescribeAddresses: { set: 'addressesSet', id: 'allocationId' },
  DescribeFlowLogs: { set: 'flowLogSet', id: 'flowLogId', pages: { min: 1, max: 1000 } },
  DescribeInternetGateways: { set: 'internetGatewaySet', id: 'internetGatewayId', pages: usual },
  DescribeLaunchTemplateVersions: {
    set: 'launchTemplateVersionSet',
    id: 'launchTemplateId',
    pages: { min: 1, max: 200 },
  },
  DescribeLaunchTemplates: { set: 'launchTemplates', id: 'launchTemplateId', pages: { min: 1, max: 200 } },
  DescribeManagedPrefixLists: { set: 'prefixListSet', id: 'prefixListId', pages: { min: 1, max: 100 } },
  DescribeNatGateways: { set: 'natGatewaySet', id: 'natGatewayId', pages: usual },
  DescribeNetworkAcls: { set: 'networkAclSet', id: 'networkAclId', pages: usual },
  DescribeNetworkInterfaces: { set: 'networkInterfaceSet', id: 'networkInterfaceId', pages: usual },
  DescribePrefixLists: { set: 'prefixListSet', id: 'prefixListId', pages: usual },
  DescribeRouteTables: { set: 'routeTableSet', id: 'routeTableId', pages: { min: 5, max: 100 } },
  DescribeSecurityGroupRules: { set: 'securityGroupRuleSet', id: 'securityGroupRuleId', pages: usual },
  DescribeSecurityGroups: { set: 'securityGroupInfo', id: 'groupId', pages: usual },
  DescribeSnapshots: { set: 'snapshotSet', id: 'snapshotId', pages: usual },
  DescribeTags: { set: 'tagSet', id: 'resourceId', pages: usual },
  DescribeSubnets: { set: 'subnetSet', id: 'subnetId', pages: usual },
  DescribeVolumes: { set: 'volumeSet', id: 'volumeId', pages: { min: 5, max: 500 } },
  DescribeVpcEndpoints: { set: 'vpcEndpointSet', id: 'vpcEndpointId', pages: { min: 1, max: 1000 } },
  DescribeVpcs: { set: 'vpcSet', id: 'vpcId', pages: usual },
};

/** The answer without the items of which `hidden` says so. */
export function withoutItems(operation: string, answer: Answer, hidden: (id: string) => boolean): Answer {
  const listing = EC2_LISTS[operation];
  if (listing === undefined || answer.status >= 300) return answer;
  const root = parseXml(answer.body.toString('utf8'));
  const set = childOf(root, listing.set);
  if (set !== undefined) set.children = set.children.filter(item => !hidden(textAt(item, listing.id)));
  return { ...answer, body: Buffer.from(writeXml(root), 'utf8') };
}
