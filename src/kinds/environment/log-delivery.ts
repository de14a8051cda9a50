import { bucketArn, type Place } from '../../aws/arn.ts';
import type { Statement } from '../../aws/policy.ts';

/**
 * Those who may write to the log bucket: buckets and load balancers of this account, and nobody for another one.
 * "Permissions for log delivery" in the Amazon S3 User Guide; "Access logs for your Network Load Balancer" in its User Guide.
 * "Enable access logs for your Application Load Balancer" in its own names no condition: what is written for an account is
 * under `AWSLogs/` and its number, and a prefix of somebody's own must not hold that word.
 */
export function allowDelivery(place: Place, bucket: string): readonly Statement[] {
  const { partition, region, accountId } = place;
  const arn = bucketArn(place, bucket);
  const logsOfAccount = `${arn}/*AWSLogs/${accountId}/*`;
  const from = (sourceArn: string): NonNullable<Statement['Condition']> => ({
    ArnLike: { 'aws:SourceArn': sourceArn },
    StringEquals: { 'aws:SourceAccount': accountId },
  });
  const delivery = {
    Effect: 'Allow',
    Principal: { Service: 'delivery.logs.amazonaws.com' },
    Condition: from(`arn:${partition}:logs:${region}:${accountId}:*`),
  } as const;
  return [
    {
      Sid: 'AllowLogDelivery',
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `${arn}/*`,
      Condition: from(`arn:${partition}:s3:::*`),
    },
    {
      Sid: 'AllowLoadBalancerLogs',
      Effect: 'Allow',
      Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: logsOfAccount,
    },
    {
      ...delivery,
      Sid: 'AllowNetworkLoadBalancerLogs',
      Action: 's3:PutObject',
      Resource: logsOfAccount,
    },
    { ...delivery, Sid: 'AllowNetworkLoadBalancerCheck', Action: 's3:GetBucketAcl', Resource: arn },
  ];
}
