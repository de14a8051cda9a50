import { CreateFlowLogsCommand, DeleteFlowLogsCommand, type FlowLog } from '@aws-sdk/client-ec2';
import type { Found, Identity, Readiness } from '../../engine/adaptor.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { replacing } from '../replacing.ts';
import type { AwsScope } from '../scope.ts';
import { clientToken } from '../token.ts';
import { onceSeen, refusing, type Unseen } from '../unseen.ts';
import { findOwn } from './find.ts';
import { tagsOf } from './read.ts';
import { FLOW_LOG } from './types.ts';
import {
  EC2_SETTLE_MS,
  ec2Arn,
  idOf,
  nameOf,
  onVisible,
  refusalIn,
  tagResource,
  tagSpecification,
  throwUnlessRemoved,
} from './write.ts';

export interface FlowLogDesired {
  readonly vpcId: string;
  /** Without the `:*` that CloudWatch Logs puts behind it. */
  readonly logGroupArn: string;
  /** The role that writes to the group. */
  readonly roleArn: string;
  readonly trafficType: 'ALL' | 'ACCEPT' | 'REJECT';
  readonly aggregationSeconds: 60 | 600;
}

export interface FlowLogState {
  readonly vpcId: string;
  readonly logGroupArn: string;
  readonly roleArn: string;
  readonly trafficType: string;
  readonly aggregationSeconds: number;
  /** `Access error`; undefined while it delivers. */
  readonly deliveryError: string | undefined;
}

const FIELDS = ['vpcId', 'logGroupArn', 'roleArn', 'trafficType', 'aggregationSeconds'] as const;

/**
 * Nothing of a flow log can be changed. AWS takes one of a VPC and a destination, so a replacement can only be made when
 * the old one is gone: a graph gives every epoch the same name.
 */
export const flowLogAdaptor: AwsAdaptor<FlowLogDesired, FlowLogState> = {
  type: 'ec2/flow-log',
  createBy: 'token',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  async find(scope, identity, context) {
    return (await findOwn(scope, FLOW_LOG, identity, context)).map(item => foundOf(scope, identity, item));
  },
  diff: (desired, state) => replacing(FIELDS, desired, state),
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: async (_scope, found) => found,
  tag: tagResource,
  async remove(scope, { id }) {
    const answer = await scope.ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] }));
    throwUnlessRemoved('DeleteFlowLogs', answer.Unsuccessful);
  },
  readiness,
};

function foundOf(scope: AwsScope, identity: Identity, item: FlowLog): Found<FlowLogState> {
  const id = item.FlowLogId ?? '';
  const failed = item.DeliverLogsStatus === 'FAILED';
  return {
    id,
    arn: ec2Arn(scope, 'vpc-flow-log', id),
    ...nameOf(identity),
    tags: tagsOf(FLOW_LOG, item),
    state: {
      vpcId: item.ResourceId ?? '',
      logGroupArn: item.LogDestination ?? '',
      roleArn: item.DeliverLogsPermissionArn ?? '',
      trafficType: item.TrafficType ?? '',
      aggregationSeconds: item.MaxAggregationInterval ?? 600,
      deliveryError: failed ? (item.DeliverLogsErrorMessage ?? 'AWS gives no reason') : undefined,
    },
  };
}

/**
 * Told as an error and as what a success did not do: terraform-provider-aws waits for that text
 * (internal/service/ec2/vpc_flow_log.go), two minutes long.
 */
const UNSEEN_ROLE: Unseen = {
  is: refusing(/Unable to assume given IAM role/i, 'InvalidParameter'),
  hint: 'made a moment ago it cannot be assumed yet; otherwise its trust policy does not let VPC Flow Logs in',
  missing: 'the role does not exist, or its trust policy does not let VPC Flow Logs in',
  retryAfterMs: 5_000,
  patienceMs: 2 * 60_000,
};

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: FlowLogDesired,
  tags: Tags,
): Promise<Found<FlowLogState>> {
  const command = new CreateFlowLogsCommand({
    ResourceIds: [desired.vpcId],
    ResourceType: 'VPC',
    TrafficType: desired.trafficType,
    LogDestinationType: 'cloud-watch-logs',
    LogDestination: desired.logGroupArn,
    DeliverLogsPermissionArn: desired.roleArn,
    MaxAggregationInterval: desired.aggregationSeconds,
    ClientToken: clientToken(identity),
    TagSpecifications: tagSpecification('vpc-flow-log', tags),
  });
  const made = async () => {
    const answer = await onVisible(scope.ec2.send(command));
    const error = refusalIn('CreateFlowLogs', answer.Unsuccessful);
    if (error !== undefined) throw error;
    return answer;
  };
  const answer = await onceSeen(
    scope,
    `flow log of ${desired.vpcId} as ${desired.roleArn}`,
    made(),
    UNSEEN_ROLE,
  );
  const id = idOf(answer.FlowLogIds?.[0], 'CreateFlowLogs');
  const arn = ec2Arn(scope, 'vpc-flow-log', id);
  return {
    id,
    arn,
    ...nameOf(identity),
    tags,
    state: { ...desired, deliveryError: undefined },
  };
}

/** EC2 API Reference, FlowLog: none of them is of the rights of its role, and it goes on delivering what it can. */
const PASSING: Readonly<Record<string, string>> = {
  'Rate limited': 'CloudWatch Logs throttles what it is sent: ask AWS for higher quotas of it',
  'Unknown error': 'it is an error inside AWS, which goes by itself',
};

function readiness({ deliveryError, logGroupArn }: FlowLogState): Readiness {
  if (deliveryError === undefined) return { is: 'ready' };
  const passing = PASSING[deliveryError];
  if (passing !== undefined)
    return { is: 'ready', note: `does not deliver all to ${logGroupArn}: ${deliveryError}. ${passing}` };
  const message = `flow logs are not delivered to ${logGroupArn}: ${deliveryError}. Its log group or the rights of its role are missing`;
  return { is: 'failed', message };
}
