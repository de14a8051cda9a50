import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  DeleteInternetGatewayCommand,
  DetachInternetGatewayCommand,
  type InternetGateway,
} from '@aws-sdk/client-ec2';
import type { Found } from '../../engine/adaptor.ts';
import { type Blocker, CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { interfaceBlockers, namingBlockers } from './blockers.ts';
import { findOwn } from './find.ts';
import { readOne, tagsOf } from './read.ts';
import { INTERNET_GATEWAY } from './types.ts';
import { EC2_SETTLE_MS, ec2Arn, idOf, onVisible, tagResource, tagSpecification } from './write.ts';

export interface InternetGatewayDesired {
  /** The VPC that it is attached to. */
  readonly vpcId: string;
}

export interface InternetGatewayState {
  /** Undefined: attached to none. */
  readonly vpcId: string | undefined;
}

export const internetGatewayAdaptor: AwsAdaptor<InternetGatewayDesired, InternetGatewayState> = {
  type: 'ec2/internet-gateway',
  createBy: 'intent',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  async find(scope, identity, context) {
    return (await findOwn(scope, INTERNET_GATEWAY, identity, context)).map(item => foundOf(scope, item));
  },
  diff({ vpcId }, state) {
    return state.vpcId === vpcId ? [] : [{ field: 'vpcId', from: state.vpcId, to: vpcId, risk: 'Low' }];
  },
  create: (scope, _identity, _desired, tags) => create(scope, tags),
  async update(scope, found, { vpcId }) {
    const { ec2 } = scope;
    const InternetGatewayId = found.id;
    if (found.state.vpcId !== undefined) {
      await orAbsent(
        ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId: found.state.vpcId })),
      );
    }
    await attach(scope, InternetGatewayId, vpcId);
    return { ...found, state: { vpcId } };
  },
  tag: tagResource,
  async remove(scope, found) {
    const { ec2 } = scope;
    const InternetGatewayId = found.id;
    const { vpcId } = found.state;
    if (vpcId !== undefined) {
      await namingBlockers(
        orAbsent(ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId: vpcId }))),
        () => publicInterfaces(scope, vpcId),
        elseOf(InternetGatewayId, vpcId),
      );
    }
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
  },
  readiness: () => ({ is: 'ready' }),
};

function foundOf(scope: AwsScope, item: InternetGateway): Found<InternetGatewayState> {
  const id = item.InternetGatewayId ?? '';
  return {
    id,
    arn: ec2Arn(scope, 'internet-gateway', id),
    tags: tagsOf(INTERNET_GATEWAY, item),
    state: { vpcId: item.Attachments?.[0]?.VpcId },
  };
}

async function create(scope: AwsScope, tags: Tags): Promise<Found<InternetGatewayState>> {
  const { InternetGateway: made } = await scope.ec2.send(
    new CreateInternetGatewayCommand({ TagSpecifications: tagSpecification('internet-gateway', tags) }),
  );
  const id = idOf(made?.InternetGatewayId, 'CreateInternetGateway');
  // It is attached by the update that follows, when its id is stored.
  return { id, arn: ec2Arn(scope, 'internet-gateway', id), tags, state: { vpcId: undefined } };
}

async function attach(scope: AwsScope, InternetGatewayId: string, VpcId: string): Promise<void> {
  try {
    await onVisible(scope.ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId })));
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'Resource.AlreadyAssociated') throw error;
    // Attached before: by a call whose answer was lost, or by somebody to another VPC.
    const item = await readOne(scope, INTERNET_GATEWAY, InternetGatewayId, 'fresh');
    const attachedTo = item?.Attachments?.[0]?.VpcId;
    if (attachedTo === VpcId) return;
    if (attachedTo !== undefined) throw error;
    throw new CloudError(
      'NotYet',
      `internet gateway ${InternetGatewayId} is attached already, and EC2 does not show yet to which VPC`,
      { code: error.code, retryAfterMs: 5_000, cause: error },
    );
  }
}

function elseOf(id: string, vpcId: string): string {
  const of = (what: string, ...filters: readonly string[]) =>
    `aws ec2 ${what} --filters ${filters.join(' ')}`;
  const further = of(
    'describe-network-interfaces',
    `Name=vpc-id,Values=${vpcId}`,
    'Name=addresses.association.public-ip,Values=*',
  );
  const tables = of('describe-route-tables', `Name=association.gateway-id,Values=${id}`);
  return `EC2 shows no network interface with a public address in the VPC. It may be one of the further private addresses of an interface that has an Elastic IP address (${further}), or a route table of the gateway itself (${tables}): disassociate what is found, and the gateway goes by itself`;
}

/** Whatever has a public address in the VPC holds the gateway. */
function publicInterfaces(scope: AwsScope, vpcId: string): Promise<readonly Blocker[]> {
  return interfaceBlockers(scope, [
    { Name: 'vpc-id', Values: [vpcId] },
    { Name: 'association.public-ip', Values: ['*'] },
  ]);
}
