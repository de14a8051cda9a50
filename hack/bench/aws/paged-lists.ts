/** Which operations answer in pages, and how each service spells their tokens. */

import { EC2_LISTS } from './ec2-lists.ts';
import type { Identity } from './overlay.ts';

type Named = Pick<Identity, 'service' | 'operation'>;

export interface Listing {
  /** Name of the list, in XML of the element around its items; of several, with blanks between, those that are there. */
  items: string;
  tokenIn: string;
  tokenOut: string;
  /** Flag that says more is to come. */
  truncated?: string;
}

const KMS = { tokenIn: 'Marker', tokenOut: 'NextMarker', truncated: 'Truncated' };
const TAGGING = { tokenIn: 'PaginationToken', tokenOut: 'PaginationToken' };
const NEXT_TOKEN_LOWER = { tokenIn: 'nextToken', tokenOut: 'nextToken' };
// IAM API Reference, ListRolePolicies; ELB API Reference (2012-06-01 and 2015-12-01), DescribeLoadBalancers; Amazon RDS
// API Reference, DescribeDBSubnetGroups; Amazon ElastiCache API Reference, DescribeCacheSubnetGroups.
const IAM = { tokenIn: 'Marker', tokenOut: 'Marker', truncated: 'IsTruncated' };
const ELB = { tokenIn: 'Marker', tokenOut: 'NextMarker' };
const MARKER = { tokenIn: 'Marker', tokenOut: 'Marker' };
const NEXT_TOKEN = { tokenIn: 'NextToken', tokenOut: 'NextToken' };

const LISTINGS: Record<string, Listing> = {
  'kms ListKeys': { items: 'Keys', ...KMS },
  'kms ListAliases': { items: 'Aliases', ...KMS },
  'kms ListGrants': { items: 'Grants', ...KMS },
  'kms ListKeyPolicies': { items: 'PolicyNames', ...KMS },
  'kms ListResourceTags': { items: 'Tags', ...KMS },
  'sqs ListQueues': { items: 'QueueUrls', ...NEXT_TOKEN },
  'sqs ListDeadLetterSourceQueues': { items: 'queueUrls', ...NEXT_TOKEN },
  'tagging GetResources': { items: 'ResourceTagMappingList', ...TAGGING },
  'tagging GetTagKeys': { items: 'TagKeys', ...TAGGING },
  'tagging GetTagValues': { items: 'TagValues', ...TAGGING },
  'eks ListClusters': { items: 'clusters', ...NEXT_TOKEN_LOWER },
  'eks ListUpdates': { items: 'updateIds', ...NEXT_TOKEN_LOWER },
  'eks ListNodegroups': { items: 'nodegroups', ...NEXT_TOKEN_LOWER },
  'eks ListFargateProfiles': { items: 'fargateProfileNames', ...NEXT_TOKEN_LOWER },
  'eks ListAddons': { items: 'addons', ...NEXT_TOKEN_LOWER },
  'eks ListAccessEntries': { items: 'accessEntries', ...NEXT_TOKEN_LOWER },
  'eks ListAccessPolicies': { items: 'accessPolicies', ...NEXT_TOKEN_LOWER },
  'eks ListAssociatedAccessPolicies': { items: 'associatedAccessPolicies', ...NEXT_TOKEN_LOWER },
  'eks ListPodIdentityAssociations': { items: 'associations', ...NEXT_TOKEN_LOWER },
  'eks ListInsights': { items: 'insights', ...NEXT_TOKEN_LOWER },
  'eks DescribeAddonVersions': { items: 'addons', ...NEXT_TOKEN_LOWER },
  'eks DescribeClusterVersions': { items: 'clusterVersions', ...NEXT_TOKEN_LOWER },
  'acm ListCertificates': { items: 'CertificateSummaryList', ...NEXT_TOKEN },
  'logs DescribeLogGroups': { items: 'logGroups', ...NEXT_TOKEN_LOWER },
  'sns ListTopics': { items: 'Topics', ...NEXT_TOKEN },
  'sns ListSubscriptions': { items: 'Subscriptions', ...NEXT_TOKEN },
  'sns ListSubscriptionsByTopic': { items: 'Subscriptions', ...NEXT_TOKEN },
  'iam ListAttachedRolePolicies': { items: 'AttachedPolicies', ...IAM },
  'iam ListEntitiesForPolicy': { items: 'PolicyGroups PolicyUsers PolicyRoles', ...IAM },
  'iam ListInstanceProfilesForRole': { items: 'InstanceProfiles', ...IAM },
  'iam ListPolicies': { items: 'Policies', ...IAM },
  'iam ListPolicyTags': { items: 'Tags', ...IAM },
  'iam ListPolicyVersions': { items: 'Versions', ...IAM },
  'iam ListRolePolicies': { items: 'PolicyNames', ...IAM },
  'iam ListRoleTags': { items: 'Tags', ...IAM },
  'iam ListRoles': { items: 'Roles', ...IAM },
  'iam ListUsers': { items: 'Users', ...IAM },
  'elasticloadbalancing DescribeListeners': { items: 'Listeners', ...ELB },
  'elasticloadbalancing DescribeLoadBalancers': { items: 'LoadBalancers LoadBalancerDescriptions', ...ELB },
  'elasticloadbalancing DescribeTargetGroups': { items: 'TargetGroups', ...ELB },
  'rds DescribeDBSubnetGroups': { items: 'DBSubnetGroups', ...MARKER },
  'elasticache DescribeCacheSubnetGroups': { items: 'CacheSubnetGroups', ...MARKER },
};

/** Limits of their own in the query, which the emulator keeps. */
const QUERY_LIMITS: Record<string, string> = {
  's3 ListBuckets': 'max-buckets',
  's3 ListObjects': 'max-keys',
  's3 ListObjectsV2': 'max-keys',
  's3 ListObjectVersions': 'max-keys',
  's3 ListMultipartUploads': 'max-uploads',
  's3 ListParts': 'max-parts',
  'route53 ListHostedZones': 'maxitems',
  'route53 ListHostedZonesByName': 'maxitems',
  'route53 ListResourceRecordSets': 'maxitems',
};

/** Limits of their own in the input, which the emulator keeps, or an overlay. */
const INPUT_LIMITS: Record<string, string> = {
  'iam GetAccountAuthorizationDetails': 'MaxItems',
};

export function listingOf(call: Named): Listing | undefined {
  if (call.service !== 'ec2') return LISTINGS[`${call.service} ${call.operation}`];
  const listing = EC2_LISTS[call.operation];
  return listing?.pages && { items: listing.set, tokenIn: 'NextToken', tokenOut: 'nextToken' };
}

export function isPaged(call: Named): boolean {
  return [queryLimitOf(call), inputLimitOf(call), listingOf(call)].some(one => one !== undefined);
}

export function inputLimitOf({ service, operation }: Named): string | undefined {
  return INPUT_LIMITS[`${service} ${operation}`];
}

export function queryLimitOf({ service, operation }: Named): string | undefined {
  return QUERY_LIMITS[`${service} ${operation}`];
}
