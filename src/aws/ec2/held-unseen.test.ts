import { expect, test } from 'vitest';
import type { Found } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { createFakeClock } from '../../engine/testing/fake-clock.ts';
import { ownerOf } from '../../engine/testing/world.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { createListings } from '../listing.ts';
import type { AwsScope } from '../scope.ts';
import { internetGatewayAdaptor } from './internet-gateway.ts';
import { leftSecurityGroupsAdaptor } from './left-security-groups.ts';
import { routeTableAdaptor } from './route-table.ts';
import { securityGroupAdaptor } from './security-group.ts';
import { subnetAdaptor } from './subnet.ts';

const OWNER = ownerOf('shop');

/** EC2 refuses what takes something away, and lists nothing. */
const scope = {
  partition: 'aws',
  region: 'eu-central-1',
  accountId: '123456789012',
  ec2: {
    send: async (command: object) => {
      if (!/^(Delete|Detach)/.test(command.constructor.name)) return {};
      throw new CloudError('Blocked', 'it has a dependent object.', { code: 'DependencyViolation' });
    },
  },
  listings: createListings(createFakeClock()),
} as unknown as AwsScope;

const group = 'aws ec2 describe-security-group-vpc-associations --filters Name=group-id,Values=sg-1';

test.each<[string, unknown, string, string]>([
  ['a security group', securityGroupAdaptor, 'sg-1', group],
  ['a security group of the cluster', leftSecurityGroupsAdaptor, 'sg-1', group],
  [
    'a subnet',
    subnetAdaptor,
    'subnet-1',
    'aws ram list-resources --resource-owner SELF --resource-arns arn:aws:ec2:eu-central-1:123456789012:subnet/subnet-1',
  ],
  [
    'a route table',
    routeTableAdaptor,
    'rtb-1',
    'aws ec2 get-route-server-propagations --route-table-id rtb-1 ',
  ],
  [
    'an internet gateway',
    internetGatewayAdaptor,
    'igw-1',
    'aws ec2 describe-route-tables --filters Name=association.gateway-id,Values=igw-1',
  ],
])(
  '%s that is held by what nobody here can list is told of with where to look',
  async (_, adaptor, id, look) => {
    const found: Found<unknown> = { id, tags: {}, state: { vpcId: 'vpc-1', ingress: [], egress: [] } };
    const desired = { vpcId: 'vpc-1', clusterName: 'shop' };
    const { remove } = adaptor as AwsAdaptor<unknown, unknown>;
    await expect(remove(scope, found, { desired, owner: OWNER })).rejects.toMatchObject({
      class: 'Blocked',
      code: 'DependencyViolation',
      message: expect.stringMatching(/^it has a dependent object\. .*, and the .* goes by itself$/),
    });
    await expect(remove(scope, found, { desired, owner: OWNER })).rejects.toThrow(look);
  },
);
