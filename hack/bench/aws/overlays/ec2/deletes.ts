/** What AWS refuses to delete while something uses it. */
import { type BenchContext, type Call, type Overlay, textField } from '../../overlay.ts';
import { itemsOf, textAt, type XmlElement } from '../../xml-tree.ts';
import { ask, interfacesWhere, list, refuse, routeTablesWhere } from './ask.ts';
import { isHeldByNat } from './nat-store.ts';

const codes = '"Error codes for the Amazon EC2 API": DependencyViolation';

const subnet: Overlay = {
  service: 'ec2',
  operation: 'DeleteSubnet',
  source: `VPC user guide, "Delete a subnet": you must terminate everything in it first; ${codes}`,
  async before(call, bench) {
    const id = textField(call, 'SubnetId');
    const users = await interfacesWhere(bench, call, { 'subnet-id': id });
    return users.length > 0 ? inUse(call, bench, `The subnet '${id}'`) : undefined;
  },
};

const securityGroup: Overlay = {
  service: 'ec2',
  operation: 'DeleteSecurityGroup',
  source:
    'EC2 API, DeleteSecurityGroup: "associated with an instance or network interface, is referenced by another security group"; VPC user guide, "Default security groups": cannot be deleted',
  async before(call, bench) {
    const id = textField(call, 'GroupId');
    const { status, root } = await ask(bench, call, 'DescribeSecurityGroups', { 'GroupId.1': id });
    const [group] = status === 200 ? itemsOf(root, 'securityGroupInfo') : [];
    if (group === undefined) return undefined;
    if (textAt(group, 'groupName') === 'default') {
      const message = `the specified group: "${id}" name: "default" cannot be deleted by a user`;
      return refuse(call, bench, 'CannotDelete', message);
    }
    const users = await interfacesWhere(bench, call, { 'group-id': id });
    const others = await groupsIn(bench, call, textAt(group, 'vpcId'));
    const referenced = others.some(other => textAt(other, 'groupId') !== id && names(other, id));
    if (users.length === 0 && !referenced) return undefined;
    return refuse(call, bench, 'DependencyViolation', `resource ${id} has a dependent object`);
  },
};

const groupsIn = (bench: BenchContext, call: Call, vpcId: string) =>
  list(bench, call, 'DescribeSecurityGroups', 'securityGroupInfo', { 'vpc-id': vpcId });

function names(group: XmlElement, id: string): boolean {
  const permissions = [...itemsOf(group, 'ipPermissions'), ...itemsOf(group, 'ipPermissionsEgress')];
  return permissions.some(one => itemsOf(one, 'groups').some(pair => textAt(pair, 'groupId') === id));
}

const detach: Overlay = {
  service: 'ec2',
  operation: 'DetachInternetGateway',
  source:
    'EC2 API, DetachInternetGateway: "The VPC must not contain any running instances with Elastic IP addresses or public IPv4 addresses"',
  async before(call, bench) {
    const vpcId = textField(call, 'VpcId');
    const interfaces = await interfacesWhere(bench, call, { 'vpc-id': vpcId });
    if (!interfaces.some(one => textAt(one, 'association', 'publicIp') !== '')) return undefined;
    const message = `Network ${vpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`;
    return refuse(call, bench, 'DependencyViolation', message);
  },
};

const release: Overlay = {
  service: 'ec2',
  operation: 'ReleaseAddress',
  source:
    'EC2 API, ReleaseAddress: "You must disassociate the Elastic IP address before you can release it. Otherwise, Amazon EC2 returns an error (InvalidIPAddress.InUse)"; ' +
    'of one that a NAT gateway has, as people quote it: kubernetes/kops issue 938, genevieve/leftovers issue 33, eformat/sno-for-100 issues 5 and 9',
  async before(call, bench) {
    const id = textField(call, 'AllocationId');
    if (isHeldByNat(bench, call, id))
      return refuse(
        call,
        bench,
        'AuthFailure',
        'You do not have permission to access the specified resource.',
      );
    const { status, root } = await ask(bench, call, 'DescribeAddresses', { 'AllocationId.1': id });
    const [address] = status === 200 ? itemsOf(root, 'addressesSet') : [];
    if (textAt(address, 'associationId') === '') return undefined;
    const message = `The address ${textAt(address, 'publicIp')} (${id}) is in use and cannot be released.`;
    return refuse(call, bench, 'InvalidIPAddress.InUse', message);
  },
};

const routeTable: Overlay = {
  service: 'ec2',
  operation: 'DeleteRouteTable',
  source: `EC2 API, DeleteRouteTable: "You can't delete the main route table"; ${codes}`,
  async before(call, bench) {
    const id = textField(call, 'RouteTableId');
    const [table] = await routeTablesWhere(bench, call, { 'route-table-id': id });
    return isMain(table) ? inUse(call, bench, `The routeTable '${id}'`) : undefined;
  },
};

function isMain(table: XmlElement | undefined): boolean {
  return itemsOf(table, 'associationSet').some(one => textAt(one, 'main') === 'true');
}

const vpc: Overlay = {
  service: 'ec2',
  operation: 'DeleteVpc',
  source: `EC2 API, DeleteVpc: "you must terminate or delete all resources that are associated with the VPC before you can delete it. When you delete the VPC, it deletes the default security group, network ACL, and route table"; ${codes}`,
  async before(call, bench) {
    const id = textField(call, 'VpcId');
    const within = { 'vpc-id': id };
    const questions = [
      list(bench, call, 'DescribeSubnets', 'subnetSet', within),
      list(bench, call, 'DescribeInternetGateways', 'internetGatewaySet', { 'attachment.vpc-id': id }),
      interfacesWhere(bench, call, within),
      routeTablesWhere(bench, call, within).then(tables => tables.filter(one => !isMain(one))),
      list(bench, call, 'DescribeNetworkAcls', 'networkAclSet', within).then(acls =>
        acls.filter(one => textAt(one, 'default') !== 'true'),
      ),
      groupsIn(bench, call, id).then(groups => groups.filter(one => textAt(one, 'groupName') !== 'default')),
      list(bench, call, 'DescribeVpcEndpoints', 'vpcEndpointSet', within).then(endpoints =>
        endpoints.filter(one => textAt(one, 'state') !== 'deleted'),
      ),
    ];
    const users = (await Promise.all(questions)).flat();
    return users.length > 0 ? inUse(call, bench, `The vpc '${id}'`) : undefined;
  },
};

function inUse(call: Call, bench: BenchContext, what: string) {
  return refuse(call, bench, 'DependencyViolation', `${what} has dependencies and cannot be deleted.`);
}

export const deleteOverlays: Overlay[] = [subnet, securityGroup, detach, release, routeTable, vpc];
