/** The resources of EC2: what their calls and answers name them by, and what EC2 says of one that it does not know. */

/** Element of the create answer that holds the new id. */
export const CREATED_ID: Readonly<Record<string, string>> = {
  AllocateAddress: 'allocationId',
  CreateFlowLogs: 'item',
  CreateInternetGateway: 'internetGatewayId',
  CreateLaunchTemplate: 'launchTemplateId',
  CreateNatGateway: 'natGatewayId',
  CreateNetworkInterface: 'networkInterfaceId',
  CreateRouteTable: 'routeTableId',
  CreateSecurityGroup: 'groupId',
  CreateSubnet: 'subnetId',
  CreateVpc: 'vpcId',
  CreateVpcEndpoint: 'vpcEndpointId',
};

/** What a call is about, the most telling first. */
const FIELDS = [
  'RouteTableId',
  'NatGatewayId',
  'VpcEndpointId',
  'FlowLogId',
  'LaunchTemplateId',
  'LaunchTemplateName',
  'AllocationId',
  'NetworkInterfaceId',
  'GroupId',
  'GroupName',
  'SecurityGroupRuleId',
  'InternetGatewayId',
  'AssociationId',
  'SubnetId',
  'VpcId',
  'InstanceId',
  'VolumeId',
  'SnapshotId',
];

/** A create names what it is made in; only these name what they change. */
const CREATES_IN = new Set([
  'CreateRoute',
  'CreateTags',
  'CreateLaunchTemplateVersion',
  'CreateNetworkAclEntry',
]);
const NAMES_OF_NEW = ['GroupName', 'LaunchTemplateName', 'PrefixListName'];

/** The id or name that the call is about, the first where it lists several; '' for a create and for a search. */
export function ec2Resource(operation: string, fields: Readonly<Record<string, unknown>>): string {
  const isNew = /^(Create|Allocate)/.test(operation) && !CREATES_IN.has(operation);
  const names = /Tags$/.test(operation) ? ['ResourceId'] : isNew ? NAMES_OF_NEW : FIELDS;
  for (const name of names) {
    const value = fields[name] ?? fields[`${name}.1`];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

interface Type {
  /** Of its ids: `vpc-0123456789abcdef0`. */
  prefix: string;
  /** "Error codes for the Amazon EC2 API", Client errors. */
  notFound: string;
  noun: string;
}

const TYPES: readonly Type[] = [
  { prefix: 'vpc-', notFound: 'InvalidVpcID.NotFound', noun: 'vpc ID' },
  { prefix: 'subnet-', notFound: 'InvalidSubnetID.NotFound', noun: 'subnet ID' },
  { prefix: 'igw-', notFound: 'InvalidInternetGatewayID.NotFound', noun: 'internetGateway ID' },
  { prefix: 'eipalloc-', notFound: 'InvalidAllocationID.NotFound', noun: 'allocation ID' },
  { prefix: 'nat-', notFound: 'NatGatewayNotFound', noun: 'NAT gateway' },
  { prefix: 'rtb-', notFound: 'InvalidRouteTableID.NotFound', noun: 'routeTable ID' },
  { prefix: 'rtbassoc-', notFound: 'InvalidAssociationID.NotFound', noun: 'association ID' },
  { prefix: 'sg-', notFound: 'InvalidGroup.NotFound', noun: 'security group' },
  { prefix: 'sgr-', notFound: 'InvalidSecurityGroupRuleId.NotFound', noun: 'security group rule ID' },
  { prefix: 'fl-', notFound: 'InvalidFlowLogId.NotFound', noun: 'flow log ID' },
  { prefix: 'vpce-', notFound: 'InvalidVpcEndpointId.NotFound', noun: 'Vpc Endpoint Id' },
  { prefix: 'lt-', notFound: 'InvalidLaunchTemplateId.NotFound', noun: 'launch template ID' },
  { prefix: 'eni-', notFound: 'InvalidNetworkInterfaceID.NotFound', noun: 'networkInterface ID' },
];

/** Code and message for an id of that type; undefined where it is no id of a type known here. */
export function ec2NotFound(id: string, operation = ''): { code: string; message: string } | undefined {
  const type = TYPES.find(one => id.startsWith(one.prefix));
  if (type === undefined) return undefined;
  // Both are of NAT gateways; that of a route is cluster-api-provider-aws, pkg/cloud/awserrors: NATGatewayNotFound.
  const code =
    /Route$/.test(operation) && id.startsWith('nat-') ? 'InvalidNatGatewayID.NotFound' : type.notFound;
  return { code, message: `The ${type.noun} '${id}' does not exist` };
}
