import type { FlowLogDesired } from '../../aws/ec2/flow-log.ts';
import type { LogGroupDesired } from '../../aws/logs/log-group.ts';
import { LOG_GROUP_NAME } from '../../aws/names.ts';
import type { GraphNode } from '../../engine/graph.ts';
import { madeNetwork } from './network-spec.ts';
import { type Input, named, node, unique, withArn, withId } from './node.ts';
import { roleId, roleNode } from './role-node.ts';
import { flowLogRole } from './roles/flow-log.ts';

export const FLOW_LOG_GROUP = 'log-group/flow-logs';
/** Amazon VPC User Guide, "Flow log basics": the shorter of the two, for what is looked into at once. */
const AGGREGATION_SECONDS = 60;

/** Logs of all traffic of the VPC. */
export function flowLogNodes(input: Input): readonly GraphNode[] {
  const network = madeNetwork(input.spec);
  const flowLogs = network?.flowLogs;
  if (network === undefined || flowLogs?.mode === 'Disabled') return [];
  const groupName = named(input, FLOW_LOG_GROUP, LOG_GROUP_NAME);
  return [
    node<LogGroupDesired>(
      input,
      FLOW_LOG_GROUP,
      'logs/log-group',
      ['key'],
      seen =>
        withArn(seen, 'key', kmsKeyArn => ({ kmsKeyArn, retentionDays: flowLogs?.retentionDays ?? 90 })),
      { name: () => groupName },
    ),
    roleNode(input, 'flow-logs', () => flowLogRole(input.place, groupName)),
    node<FlowLogDesired>(
      input,
      'flow-log',
      'ec2/flow-log',
      ['vpc', FLOW_LOG_GROUP, roleId('flow-logs')],
      seen =>
        withId(seen, 'vpc', vpcId =>
          withArn(seen, FLOW_LOG_GROUP, logGroupArn =>
            withArn(seen, roleId('flow-logs'), roleArn => ({
              vpcId,
              logGroupArn,
              roleArn,
              trafficType: 'ALL' as const,
              aggregationSeconds: AGGREGATION_SECONDS,
            })),
          ),
        ),
      // AWS takes one of a VPC and a destination: the old one goes first.
      { name: unique(input, 'flow-log') },
    ),
  ];
}
