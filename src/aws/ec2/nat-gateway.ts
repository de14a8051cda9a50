import { CreateNatGatewayCommand, DeleteNatGatewayCommand, type NatGateway } from '@aws-sdk/client-ec2';
import type { Found, Identity, Readiness } from '../../engine/adaptor.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { replacing } from '../replacing.ts';
import type { AwsScope } from '../scope.ts';
import { clientToken } from '../token.ts';
import { findOwn } from './find.ts';
import { tagsOf } from './read.ts';
import { NAT_GATEWAY } from './types.ts';
import { EC2_SETTLE_MS, ec2Arn, idOf, nameOf, onVisible, tagResource, tagSpecification } from './write.ts';

export interface NatGatewayDesired {
  readonly subnetId: string;
  readonly allocationId: string;
}

export interface NatGatewayState {
  readonly state: string;
  readonly subnetId: string;
  readonly allocationId: string;
  readonly publicIp: string | undefined;
  /** `Resource.AlreadyAssociated: …`; undefined unless it failed. */
  readonly failure: string | undefined;
}

/** The SDK's waiter looks every 15 s; a NAT gateway takes minutes. */
const LOOK_AGAIN_MS = 15_000;

/**
 * An address serves one NAT gateway, so a replacement can only be made when the old one is gone: a graph gives every
 * epoch the same name.
 */
export const natGatewayAdaptor: AwsAdaptor<NatGatewayDesired, NatGatewayState> = {
  type: 'ec2/nat-gateway',
  createBy: 'token',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  async find(scope, identity, context) {
    return (await findOwn(scope, NAT_GATEWAY, identity, context)).map(item => foundOf(scope, identity, item));
  },
  diff: (desired, state) => replacing(['subnetId', 'allocationId'], desired, state),
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: async (_scope, found) => found,
  tag: tagResource,
  async remove(scope, { id, state }) {
    if (state.state === 'deleting') return;
    await scope.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id }));
  },
  readiness,
};

function foundOf(scope: AwsScope, identity: Identity, item: NatGateway): Found<NatGatewayState> {
  const id = item.NatGatewayId ?? '';
  const address = item.NatGatewayAddresses?.find(one => one.IsPrimary !== false);
  return {
    id,
    arn: ec2Arn(scope, 'natgateway', id),
    ...nameOf(identity),
    tags: tagsOf(NAT_GATEWAY, item),
    state: {
      state: item.State ?? 'pending',
      subnetId: item.SubnetId ?? '',
      allocationId: address?.AllocationId ?? '',
      publicIp: address?.PublicIp || undefined,
      failure: item.FailureCode === undefined ? undefined : `${item.FailureCode}: ${item.FailureMessage}`,
    },
  };
}

async function create(
  scope: AwsScope,
  identity: Identity,
  { subnetId, allocationId }: NatGatewayDesired,
  tags: Tags,
): Promise<Found<NatGatewayState>> {
  const { NatGateway: made } = await onVisible(
    scope.ec2.send(
      new CreateNatGatewayCommand({
        SubnetId: subnetId,
        AllocationId: allocationId,
        ConnectivityType: 'public',
        ClientToken: clientToken(identity),
        TagSpecifications: tagSpecification('natgateway', tags),
      }),
    ),
  );
  idOf(made?.NatGatewayId, 'CreateNatGateway');
  const found = foundOf(scope, identity, made ?? {});
  return { ...found, tags, state: { ...found.state, subnetId, allocationId } };
}

function readiness({ state, failure }: NatGatewayState): Readiness {
  switch (state) {
    case 'available':
      return { is: 'ready' };
    case 'failed':
      return {
        is: 'failed',
        message: `the NAT gateway could not be created: ${failure ?? 'AWS gives no reason'}`,
        remedy: 'replace',
      };
    default:
      return { is: 'in progress', message: `the NAT gateway is ${state}`, againInMs: LOOK_AGAIN_MS };
  }
}
