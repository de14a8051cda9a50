/** AWS partitions by region prefix; "Amazon Resource Names (ARNs)" in the IAM User Guide. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  if (region.startsWith('us-iso-')) return 'aws-iso';
  if (region.startsWith('us-isob-')) return 'aws-iso-b';
  if (region.startsWith('eu-isoe-')) return 'aws-iso-e';
  if (region.startsWith('us-isof-')) return 'aws-iso-f';
  return 'aws';
}

export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

export function queueArn(place: Place, name: string): string {
  return `arn:${place.partition}:sqs:${place.region}:${place.accountId}:${name}`;
}

export function topicArn(place: Place, name: string): string {
  return `arn:${place.partition}:sns:${place.region}:${place.accountId}:${name}`;
}

export function bucketArn(place: Place, name: string): string {
  return `arn:${place.partition}:s3:::${name}`;
}

export function accountRootArn(place: Place): string {
  return `arn:${place.partition}:iam::${place.accountId}:root`;
}

/** The last part of an ARN: the name of a queue, topic or bucket. */
export function nameOfArn(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}
