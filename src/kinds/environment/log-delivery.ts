import { bucketArn, type Place } from '../../aws/arn.ts';
import type { Statement } from '../../aws/policy.ts';

/** Those who may write to the log bucket: buckets and load balancers of this account, and nobody for another one. */
export function allowDelivery(place: Place, bucket: string): readonly Statement[] {
  return [
    ...ofBuckets(place, bucket),
    ...ofLoadBalancers(place, bucket),
    ...ofNetworkLoadBalancers(place, bucket),
  ];
}

/** "Permissions for log delivery" in the Amazon S3 User Guide. */
function ofBuckets(place: Place, bucket: string): readonly Statement[] {
  return [
    {
      Sid: 'AllowLogDelivery',
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `${bucketArn(place, bucket)}/*`,
      Condition: {
        ArnLike: { 'aws:SourceArn': `arn:${place.partition}:s3:::*` },
        StringEquals: { 'aws:SourceAccount': place.accountId },
      },
    },
  ];
}

/**
 * "Enable access logs for your Application Load Balancer" in its User Guide names no condition: what is written for an
 * account is under `AWSLogs/` and its number, and a prefix of somebody's own must not hold that word.
 */
function ofLoadBalancers(place: Place, bucket: string): readonly Statement[] {
  return [
    {
      Sid: 'AllowLoadBalancerLogs',
      Effect: 'Allow',
      Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: logsOfAccount(place, bucket),
    },
  ];
}

/** "Access logs for your Network Load Balancer" in its User Guide. */
function ofNetworkLoadBalancers(place: Place, bucket: string): readonly Statement[] {
  const { partition, region, accountId } = place;
  const source = {
    ArnLike: { 'aws:SourceArn': `arn:${partition}:logs:${region}:${accountId}:*` },
    StringEquals: { 'aws:SourceAccount': accountId },
  };
  const from = { Effect: 'Allow', Principal: { Service: 'delivery.logs.amazonaws.com' } } as const;
  return [
    {
      Sid: 'AllowNetworkLoadBalancerLogs',
      ...from,
      Action: 's3:PutObject',
      Resource: logsOfAccount(place, bucket),
      Condition: source,
    },
    {
      Sid: 'AllowNetworkLoadBalancerCheck',
      ...from,
      Action: 's3:GetBucketAcl',
      Resource: bucketArn(place, bucket),
      Condition: source,
    },
  ];
}

function logsOfAccount(place: Place, bucket: string): string {
  return `${bucketArn(place, bucket)}/*AWSLogs/${place.accountId}/*`;
}
