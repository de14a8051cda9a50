import type { Call } from '../../../hack/bench/aws/overlay.ts';
import { jsonInput, textField } from '../../../hack/bench/aws/overlay.ts';
import type { Context } from '../../../hack/bench/policy/pattern.ts';
import { type Asked, listed, ofTagKeys, ofTags, passing, type Question } from './question.ts';

const TYPES: Readonly<Record<string, string>> = {
  eipalloc: 'elastic-ip',
  eni: 'network-interface',
  fl: 'vpc-flow-log',
  igw: 'internet-gateway',
  lt: 'launch-template',
  nat: 'natgateway',
  rtb: 'route-table',
  sg: 'security-group',
  subnet: 'subnet',
  vpc: 'vpc',
  vpce: 'vpc-endpoint',
};

interface Row {
  /** What it makes, which has the tags of the request. */
  readonly makes?: string;
  /** Fields that name what it is done on; lists too. */
  readonly on?: readonly string[];
}

/** Without those that only read. */
const ROWS: Readonly<Record<string, Row>> = {
  AllocateAddress: { makes: 'elastic-ip' },
  AssociateRouteTable: { on: ['RouteTableId', 'SubnetId'] },
  AttachInternetGateway: { on: ['InternetGatewayId', 'VpcId'] },
  AuthorizeSecurityGroupEgress: { makes: 'security-group-rule', on: ['GroupId'] },
  AuthorizeSecurityGroupIngress: { makes: 'security-group-rule', on: ['GroupId'] },
  CreateFlowLogs: { makes: 'vpc-flow-log', on: ['ResourceId'] },
  CreateInternetGateway: { makes: 'internet-gateway' },
  CreateLaunchTemplate: { makes: 'launch-template' },
  CreateLaunchTemplateVersion: { on: ['LaunchTemplateId'] },
  CreateNatGateway: { makes: 'natgateway', on: ['AllocationId', 'SubnetId'] },
  CreateRoute: { on: ['RouteTableId'] },
  CreateRouteTable: { makes: 'route-table', on: ['VpcId'] },
  CreateSecurityGroup: { makes: 'security-group', on: ['VpcId'] },
  CreateSubnet: { makes: 'subnet', on: ['VpcId'] },
  CreateVpc: { makes: 'vpc' },
  CreateVpcEndpoint: { makes: 'vpc-endpoint', on: ['VpcId', 'RouteTableId', 'SubnetId', 'SecurityGroupId'] },
  DeleteFlowLogs: { on: ['FlowLogId'] },
  DeleteInternetGateway: { on: ['InternetGatewayId'] },
  DeleteLaunchTemplate: { on: ['LaunchTemplateId'] },
  DeleteLaunchTemplateVersions: { on: ['LaunchTemplateId'] },
  DeleteNatGateway: { on: ['NatGatewayId'] },
  DeleteNetworkInterface: { on: ['NetworkInterfaceId'] },
  DeleteRoute: { on: ['RouteTableId'] },
  DeleteRouteTable: { on: ['RouteTableId'] },
  DeleteSecurityGroup: { on: ['GroupId'] },
  DeleteSubnet: { on: ['SubnetId'] },
  DeleteVpc: { on: ['VpcId'] },
  DeleteVpcEndpoints: { on: ['VpcEndpointId'] },
  DescribeVpcAttribute: { on: ['VpcId'] },
  DetachInternetGateway: { on: ['InternetGatewayId', 'VpcId'] },
  ModifyLaunchTemplate: { on: ['LaunchTemplateId'] },
  ModifySubnetAttribute: { on: ['SubnetId'] },
  ModifyVpcAttribute: { on: ['VpcId'] },
  ModifyVpcEndpoint: { on: ['VpcEndpointId', 'AddRouteTableId', 'RemoveRouteTableId'] },
  ReleaseAddress: { on: ['AllocationId'] },
  ReplaceRoute: { on: ['RouteTableId'] },
  ReplaceRouteTableAssociation: { on: ['RouteTableId'] },
  RevokeSecurityGroupEgress: { on: ['GroupId'] },
  RevokeSecurityGroupIngress: { on: ['GroupId'] },
};
/** What they are done on is named by an association alone. */
const BY_ASSOCIATION = new Set(['DisassociateRouteTable', 'ReplaceRouteTableAssociation']);

/** Undefined: what the operation is done on is not known here. */
export async function ec2Questions(asked: Asked): Promise<readonly Question[] | undefined> {
  const { call } = asked;
  const { operation } = call;
  const action = `ec2:${operation}`;
  const on = (id: string, context?: Context): Question => ({
    action,
    resource: arnOf(asked, id),
    ...(context === undefined ? {} : { context }),
  });
  const row = ROWS[operation];
  // "Each of the Describe API actions": those that support no resource-level permissions.
  if (row === undefined && /^Describe/.test(operation)) return [{ action, resource: '*' }];
  if (/^(Create|Delete)Tags$/.test(operation)) {
    const keys = listed(asked, /^Tag\.\d+\.Key$/);
    const context = operation === 'CreateTags' ? ofTags(tagsAt(call, 'Tag')) : ofTagKeys(keys);
    return named(asked, 'ResourceId').map(id => on(id, context));
  }
  if (row === undefined && !BY_ASSOCIATION.has(operation)) return undefined;
  const ends = BY_ASSOCIATION.has(operation)
    ? await asked.account.routeTableAssociation(textField(call, 'AssociationId'))
    : [];
  return [
    ...making(asked, action, row?.makes),
    ...(row?.on ?? []).flatMap(field => named(asked, field)).map(id => on(id)),
    ...ends.map(id => on(id)),
    ...passing(textField(call, 'DeliverLogsPermissionArn'), 'vpc-flow-logs.amazonaws.com'),
  ];
}

/** Amazon EC2 User Guide, "Grant permission to tag Amazon EC2 resources during creation". */
function making(asked: Asked, action: string, type: string | undefined): readonly Question[] {
  if (type === undefined) return [];
  const { call } = asked;
  const resource = asked.arn('ec2', `${type}/*`);
  const fields = Object.entries(jsonInput(call));
  const index = fields.find(
    ([name, value]) => /^TagSpecification\.\d+\.ResourceType$/.test(name) && value === type,
  )?.[0];
  const tags = index === undefined ? {} : tagsAt(call, index.replace('ResourceType', 'Tag'));
  const context = ofTags(tags);
  const tagging = {
    action: 'ec2:CreateTags',
    resource,
    context: { ...context, 'ec2:CreateAction': call.operation },
  };
  return [{ action, resource, context }, ...(Object.keys(tags).length === 0 ? [] : [tagging])];
}

/** `Tag.1.Key` and `Tag.1.Value` behind a prefix. */
function tagsAt(call: Call, prefix: string): Readonly<Record<string, string>> {
  const fields = jsonInput(call);
  const tags: Record<string, string> = {};
  for (const [name, key] of Object.entries(fields)) {
    if (name.startsWith(`${prefix}.`) && /^\d+\.Key$/.test(name.slice(prefix.length + 1)))
      tags[String(key)] = String(fields[name.replace(/Key$/, 'Value')] ?? '');
  }
  return tags;
}

function named(asked: Asked, field: string): readonly string[] {
  return listed(asked, new RegExp(`^${field}(\\.\\d+)?$`));
}

function arnOf({ arn }: Asked, id: string): string {
  const type = TYPES[id.slice(0, id.indexOf('-'))];
  if (type === undefined) throw new Error(`of what type is ${id}?`);
  return arn('ec2', `${type}/${id}`);
}

/** Amazon EKS User Guide, "Customize managed nodes with launch templates": what is asked of who makes a node group of one. */
export function nodesOf(asked: Asked, templateId: string): readonly Question[] {
  if (templateId === '') return [];
  const template = arnOf(asked, templateId);
  const made = ['instance', 'network-interface', 'volume'].map(type => asked.arn('ec2', `${type}/*`));
  return [
    ...[template, ...made].map(resource => ({
      action: 'ec2:RunInstances',
      resource,
      context: { 'ec2:LaunchTemplate': template },
    })),
    ...made.map(resource => ({
      action: 'ec2:CreateTags',
      resource,
      context: { 'ec2:CreateAction': 'RunInstances', 'aws:TagKeys': ['Name'] },
    })),
  ];
}
