import type { Place } from '../../../aws/arn.ts';
import { logGroupArn } from '../../../aws/arn.ts';
import { inlinePolicy, type RolePolicies } from './role-policies.ts';
import { trustService } from './trust.ts';

/**
 * Amazon VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs", without logs:CreateLogGroup: the group is
 * there before the flow log, and late records must not bring it back after its removal.
 */
export function flowLogRole(place: Place, logGroup: string): RolePolicies {
  const { partition, region, accountId } = place;
  const group = logGroupArn(place, logGroup);
  return {
    trust: trustService('vpc-flow-logs.amazonaws.com', {
      StringEquals: { 'aws:SourceAccount': accountId },
      ArnLike: { 'aws:SourceArn': `arn:${partition}:ec2:${region}:${accountId}:vpc-flow-log/*` },
    }),
    managedPolicyArns: [],
    inlinePolicies: {
      'flow-log': inlinePolicy(
        {
          Sid: 'WriteThisGroup',
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          Resource: [group, `${group}:*`],
        },
        {
          Sid: 'FindTheGroup',
          Effect: 'Allow',
          Action: 'logs:DescribeLogGroups',
          Resource: logGroupArn(place, '*'),
        },
      ),
    },
  };
}
