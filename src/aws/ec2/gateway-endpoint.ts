import {
  CreateVpcEndpointCommand,
  DeleteVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import type { Change, Found, Identity, Readiness } from '../../engine/adaptor.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { type PolicyDocument, samePolicy, statementNames } from '../policy.ts';
import { replacing } from '../replacing.ts';
import type { AwsScope } from '../scope.ts';
import { clientToken } from '../token.ts';
import { findOwn } from './find.ts';
import { tagsOf } from './read.ts';
import { VPC_ENDPOINT } from './types.ts';
import {
  EC2_SETTLE_MS,
  ec2Arn,
  idOf,
  nameOf,
  onVisible,
  tagResource,
  tagSpecification,
  throwUnlessRemoved,
} from './write.ts';

export interface GatewayEndpointDesired {
  readonly vpcId: string;
  /** `com.amazonaws.eu-central-1.s3` */
  readonly serviceName: string;
  /** At least these. */
  readonly routeTableIds: readonly string[];
  readonly policy: PolicyDocument;
}

export interface GatewayEndpointState {
  readonly vpcId: string;
  readonly serviceName: string;
  readonly routeTableIds: readonly string[];
  readonly policy: string;
  /** In small letters: `available`. */
  readonly state: string;
  readonly failure: string | undefined;
}

/** A route table has one endpoint of a service, so a graph gives every epoch the same name: the old one goes first. */
export const gatewayEndpointAdaptor: AwsAdaptor<GatewayEndpointDesired, GatewayEndpointState> = {
  type: 'ec2/gateway-endpoint',
  createBy: 'token',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  async find(scope, identity, context) {
    return (await findOwn(scope, VPC_ENDPOINT, identity, context)).map(item =>
      foundOf(scope, identity, item),
    );
  },
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired, changes) => update(scope, found, desired, changes),
  tag: tagResource,
  async remove(scope, { id, state }) {
    if (state.state === 'deleting') return;
    const answer = await scope.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }));
    throwUnlessRemoved('DeleteVpcEndpoints', answer.Unsuccessful);
  },
  readiness,
};

function foundOf(scope: AwsScope, identity: Identity, item: VpcEndpoint): Found<GatewayEndpointState> {
  const id = item.VpcEndpointId ?? '';
  return {
    id,
    arn: ec2Arn(scope, 'vpc-endpoint', id),
    ...nameOf(identity),
    tags: tagsOf(VPC_ENDPOINT, item),
    state: {
      vpcId: item.VpcId ?? '',
      serviceName: item.ServiceName ?? '',
      routeTableIds: item.RouteTableIds ?? [],
      policy: item.PolicyDocument ?? '',
      state: item.State?.toLowerCase() ?? 'pending',
      failure: item.LastError?.Message,
    },
  };
}

function diff(desired: GatewayEndpointDesired, state: GatewayEndpointState): readonly Change[] {
  const changes = replacing(['vpcId', 'serviceName'], desired, state);
  const added = missing(desired, state);
  if (added.length > 0) {
    const from = [...state.routeTableIds].sort();
    changes.push({ field: 'routeTableIds', from, to: [...from, ...added].sort(), risk: 'Low' });
  }
  if (!samePolicy(state.policy, desired.policy)) {
    changes.push({
      field: 'policy',
      from: statementNames(state.policy),
      to: statementNames(desired.policy),
      risk: 'Low',
    });
  }
  return changes;
}

/** Tables that people added stay in; one of ours that is wanted no more leaves with the table itself. */
function missing(
  { routeTableIds }: GatewayEndpointDesired,
  state: Pick<GatewayEndpointState, 'routeTableIds'>,
): readonly string[] {
  return routeTableIds.filter(id => !state.routeTableIds.includes(id));
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: GatewayEndpointDesired,
  tags: Tags,
): Promise<Found<GatewayEndpointState>> {
  const { VpcEndpoint: made } = await onVisible(
    scope.ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: desired.vpcId,
        VpcEndpointType: 'Gateway',
        ServiceName: desired.serviceName,
        RouteTableIds: [...desired.routeTableIds],
        PolicyDocument: JSON.stringify(desired.policy),
        ClientToken: clientToken(identity),
        TagSpecifications: tagSpecification('vpc-endpoint', tags),
      }),
    ),
  );
  idOf(made?.VpcEndpointId, 'CreateVpcEndpoint');
  const found = foundOf(scope, identity, made ?? {});
  const policy = JSON.stringify(desired.policy);
  return { ...found, tags, state: { ...found.state, ...desired, policy } };
}

async function update(
  scope: AwsScope,
  found: Found<GatewayEndpointState>,
  desired: GatewayEndpointDesired,
  changes: readonly Change[],
): Promise<Found<GatewayEndpointState>> {
  const fields = new Set(changes.map(change => change.field));
  const { routeTableIds: has } = found.state;
  const added = missing(desired, found.state);
  const policy = JSON.stringify(desired.policy);
  await onVisible(
    scope.ec2.send(
      new ModifyVpcEndpointCommand({
        VpcEndpointId: found.id,
        ...(fields.has('policy') ? { PolicyDocument: policy } : {}),
        ...(fields.has('routeTableIds') ? { AddRouteTableIds: [...added] } : {}),
      }),
    ),
  );
  return {
    ...found,
    state: {
      ...found.state,
      routeTableIds: fields.has('routeTableIds') ? [...has, ...added] : has,
      policy: fields.has('policy') ? policy : found.state.policy,
    },
  };
}

function readiness({ state, failure }: GatewayEndpointState): Readiness {
  if (state === 'available') return { is: 'ready' };
  if (state === 'failed' || state === 'rejected') {
    const message = `the endpoint is ${state}: ${failure ?? 'AWS gives no reason'}`;
    return { is: 'failed', message, remedy: 'replace' };
  }
  return { is: 'in progress', message: `the endpoint is ${state}`, againInMs: 15_000 };
}
