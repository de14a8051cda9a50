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

/** How long a NAT gateway that is gone may go on holding its address; those who waited some seconds more were let. */
const HELD_MS = 2 * 60_000;

async function remove(scope: AwsScope, AllocationId: string): Promise<void> {
  const released = scope.ec2
    .send(new ReleaseAddressCommand({ AllocationId }))
    .catch(error => withoutPermission(scope, AllocationId, error));
  await namingBlockers(released, () => userOf(scope, AllocationId));
}

/**
 * AuthFailure has three meanings. Amazon EC2 API Reference, ReleaseAddress: it was released before, and is another account's
 * now. Not there: a NAT gateway has it, or had it until some seconds ago, though neither shows the other any more
 * (kubernetes/kops issue 938; eformat/sno-for-100 issues 5 and 9). Else a right is missing.
 */
async function withoutPermission(scope: AwsScope, id: string, error: unknown): Promise<void> {
  if (!(error instanceof CloudError) || error.code !== 'AuthFailure') throw error;
  const item = await readOne(scope, ELASTIC_ADDRESS, id, 'fresh');
  if (item === undefined) return;
  const of = { code: error.code, cause: error };
  if (item.AssociationId || item.NetworkInterfaceId) throw new CloudError('Blocked', error.message, of);
  if (!scope.patience.lasts(`release of ${id}`, HELD_MS)) throw error;
  throw new CloudError(
    'Busy',
    `${error.message} (EC2 says so for a while of an address that a deleted NAT gateway had)`,
    { ...of, retryAfterMs: 15_000 },
  );
}

async function userOf(scope: AwsScope, id: string): Promise<readonly Blocker[]> {
  const item = await readOne(scope, ELASTIC_ADDRESS, id, 'fresh');
  if (!item?.NetworkInterfaceId) return [];
  return [{ resource: `network interface ${item.NetworkInterfaceId}`, reason: 'has this address' }];
}
