import { type Address, AllocateAddressCommand, ReleaseAddressCommand } from '@aws-sdk/client-ec2';
import type { Found } from '../../engine/adaptor.ts';
import { type Blocker, CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import type { AwsScope } from '../scope.ts';
import { namingBlockers } from './blockers.ts';
import { findOwn } from './find.ts';
import { readOne, tagsOf } from './read.ts';
import { ELASTIC_ADDRESS } from './types.ts';
import { EC2_SETTLE_MS, ec2Arn, idOf, tagResource, tagSpecification } from './write.ts';

/** Nothing about an address can be chosen. */
export interface ElasticAddressDesired {
  readonly domain: 'vpc';
}

export interface ElasticAddressState {
  readonly publicIp: string;
  /** Of what uses it. */
  readonly networkInterfaceId: string | undefined;
}

export const elasticAddressAdaptor: AwsAdaptor<ElasticAddressDesired, ElasticAddressState> = {
  type: 'ec2/elastic-address',
  createBy: 'intent',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  async find(scope, identity, context) {
    return (await findOwn(scope, ELASTIC_ADDRESS, identity, context)).map(item => foundOf(scope, item));
  },
  diff: () => [],
  create: (scope, _identity, _desired, tags) => create(scope, tags),
  update: async (_scope, found) => found,
  tag: tagResource,
  remove: (scope, found) => remove(scope, found.id),
  readiness: () => ({ is: 'ready' }),
};

function foundOf(scope: AwsScope, item: Address): Found<ElasticAddressState> {
  const id = item.AllocationId ?? '';
  return {
    id,
    arn: ec2Arn(scope, 'elastic-ip', id),
    tags: tagsOf(ELASTIC_ADDRESS, item),
    state: { publicIp: item.PublicIp ?? '', networkInterfaceId: item.NetworkInterfaceId || undefined },
  };
}

async function create(scope: AwsScope, tags: Tags): Promise<Found<ElasticAddressState>> {
  const made = await scope.ec2.send(
    new AllocateAddressCommand({ Domain: 'vpc', TagSpecifications: tagSpecification('elastic-ip', tags) }),
  );
  const id = idOf(made.AllocationId, 'AllocateAddress');
  const state = { publicIp: made.PublicIp ?? '', networkInterfaceId: undefined };
  return { id, arn: ec2Arn(scope, 'elastic-ip', id), tags, state };
}

async function remove(scope: AwsScope, AllocationId: string): Promise<void> {
  try {
    await namingBlockers(scope.ec2.send(new ReleaseAddressCommand({ AllocationId })), () =>
      userOf(scope, AllocationId),
    );
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'AuthFailure') throw error;
    // Amazon EC2 API Reference, ReleaseAddress: released before, and now another account's. Else a right is missing.
    const item = await readOne(scope, ELASTIC_ADDRESS, AllocationId, 'fresh');
    if (item !== undefined) throw error;
  }
}

async function userOf(scope: AwsScope, id: string): Promise<readonly Blocker[]> {
  const item = await readOne(scope, ELASTIC_ADDRESS, id, 'fresh');
  if (!item?.NetworkInterfaceId) return [];
  return [{ resource: `network interface ${item.NetworkInterfaceId}`, reason: 'has this address' }];
}
