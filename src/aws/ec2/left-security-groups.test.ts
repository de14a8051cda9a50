import type { SecurityGroup } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { CloudError } from '../../engine/errors.ts';
import { createFakeClock } from '../../engine/testing/fake-clock.ts';
import { ownerOf } from '../../engine/testing/world.ts';
import { createListings } from '../listing.ts';
import type { AwsScope } from '../scope.ts';
import { leftSecurityGroupsAdaptor } from './left-security-groups.ts';

const OWNER = ownerOf('shop');

test.each<[string, SecurityGroup, boolean]>([
  ['of the cluster alone', {}, true],
  ['of the VPC, which nobody can delete', { GroupName: 'default' }, false],
  ['in another VPC', { VpcId: 'vpc-2' }, false],
  ['of nobody', { Tags: [] }, false],
])('a group %s is left by the cluster: %s', async (_, of, isLeft) => {
  const group: SecurityGroup = {
    GroupId: 'sg-1',
    GroupName: 'k8s-web',
    VpcId: 'vpc-1',
    Tags: [{ Key: 'kubernetes.io/cluster/shop', Value: 'owned' }],
    ...of,
  };
  const scope = {
    ec2: { send: async () => ({ SecurityGroups: [group] }) },
    eks: { send: () => Promise.reject(new CloudError('NotFound', 'no such cluster')) },
    listings: createListings(createFakeClock()),
  } as unknown as AwsScope;
  const identity = { owner: OWNER, node: 'left', epoch: 1, name: undefined, id: undefined, arn: undefined };
  const desired = { clusterName: 'shop', vpcId: 'vpc-1' };
  const context = { desired, recorded: [], freshness: 'fresh' } as const;
  const found = await leftSecurityGroupsAdaptor.find(scope, identity, context);
  expect(found.map(one => one.id)).toEqual(isLeft ? ['sg-1'] : []);
});
