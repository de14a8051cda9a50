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

const COMMON_SUFFIX = 'amazonaws.com';

/** Partitions whose names end otherwise: `partitions.json` of the AWS SDKs. */
const DNS_SUFFIXES: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-eusc': 'amazonaws.eu',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
};

/** Of names in DNS. */
export function dnsSuffix(partition: string): string {
  return DNS_SUFFIXES[partition] ?? COMMON_SUFFIX;
}

/**
 * Of principals: the same everywhere, as they are in aws-cdk (`region-info`), but in China for services that want its own.
 * IAM refuses `ec2.amazonaws.eu` (pulumi-eks issue 2341) and `ec2.c2s.ic.gov` (terraform-aws-eks pull request 3539).
 */
export function principalSuffix(partition: string): string {
  return partition === 'aws-cn' ? dnsSuffix(partition) : COMMON_SUFFIX;
}

/**
 * Values of `kms:ViaService`, "AWS KMS condition keys" in the AWS KMS Developer Guide. It does not say how they end where
 * principals and DNS names differ: either is that service's alone, so both are meant.
 */
export function viaService(
  service: string,
  { partition, region }: Pick<Place, 'partition' | 'region'>,
): string | readonly string[] {
  const [one = '', ...others] = [...new Set([dnsSuffix(partition), principalSuffix(partition)])].map(
    suffix => `${service}.${region}.${suffix}`,
  );
  return others.length === 0 ? one : [one, ...others];
}

/**
 * The region that a partition's IAM and Route 53 are called in; "IAM endpoints and quotas" and "Amazon Route 53 endpoints
 * and quotas" in the AWS General Reference. All of a partition's regions would lead to the same endpoint.
 */
const GLOBAL_REGIONS: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
};

export function globalRegionOf(region: string): string {
  return GLOBAL_REGIONS[partitionOf(region)] ?? region;
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

/** Of the ARN of something that has a region and an account. */
export function placeOf(arn: string): Place {
  const [, partition = '', , region = '', accountId = ''] = arn.split(':');
  return { partition, region, accountId };
}

/** Of a queue or a topic. */
export function nameInArn(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}

export function bucketArn(place: Place, name: string): string {
  return `arn:${place.partition}:s3:::${name}`;
}

export function accountRootArn(place: Place): string {
  return `arn:${place.partition}:iam::${place.accountId}:root`;
}

/** Without the `:*` that some calls put behind it. */
export function logGroupArn({ partition, region, accountId }: Place, name: string): string {
  return `arn:${partition}:logs:${region}:${accountId}:log-group:${name}`;
}

/** The federated principal of trust policies. */
export function oidcProviderArn(place: Place, issuer: string): string {
  return `arn:${place.partition}:iam::${place.accountId}:oidc-provider/${withoutScheme(issuer)}`;
}

/** As IAM names it, in ARNs and in condition keys. */
export function withoutScheme(issuer: string): string {
  return issuer.replace(/^https:\/\//, '');
}

/** The last part of an ARN: the name of a queue, topic or bucket. */
export function nameOfArn(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}
