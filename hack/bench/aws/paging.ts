/** Small pages by force. The gateway cuts the emulator's page itself, since emulators ignore some limits. */

import { EC2_LISTS } from './ec2-lists.ts';
import { isRecord } from './input.ts';
import { type Answer, type Call, jsonInput } from './overlay.ts';
import { childOf, element, parseXml, putChild, writeXml } from './xml-tree.ts';

interface Listing {
  /** Name of the list; of its elements where the answer is XML. EC2: of the element around the items. */
  items: string;
  tokenIn: string;
  tokenOut: string;
  /** Flag that says more is to come. */
  truncated?: string;
}

const KMS = { tokenIn: 'Marker', tokenOut: 'NextMarker', truncated: 'Truncated' };
const TAGGING = { tokenIn: 'PaginationToken', tokenOut: 'PaginationToken' };
const NEXT_TOKEN_LOWER = { tokenIn: 'nextToken', tokenOut: 'nextToken' };
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
  'sns ListTopics': { items: 'member', ...NEXT_TOKEN },
  'sns ListSubscriptions': { items: 'member', ...NEXT_TOKEN },
  'sns ListSubscriptionsByTopic': { items: 'member', ...NEXT_TOKEN },
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

export interface Page {
  /** To be applied to the emulator's answer. */
  cut(answer: Answer): Answer;
}

function listingOf(call: Call): Listing | undefined {
  if (call.service !== 'ec2') return LISTINGS[`${call.service} ${call.operation}`];
  const listing = EC2_LISTS[call.operation];
  return listing?.pages && { items: listing.set, tokenIn: 'NextToken', tokenOut: 'nextToken' };
}

export function isPaged(call: Call): boolean {
  return [queryLimitOf(call), inputLimitOf(call), listingOf(call)].some(one => one !== undefined);
}

function inputLimitOf({ service, operation }: Call): string | undefined {
  return INPUT_LIMITS[`${service} ${operation}`];
}

function queryLimitOf({ service, operation }: Call): string | undefined {
  return QUERY_LIMITS[`${service} ${operation}`];
}

/** By service, the client's own limit of which the emulator takes no notice. */
const IGNORED_LIMITS: Record<string, string> = { ec2: 'MaxResults', acm: 'MaxItems' };

/** Infinity where the client names none, or the emulator keeps it. */
export function ignoredLimit(call: Call): number {
  const asked = jsonInput(call)[IGNORED_LIMITS[call.service] ?? ''];
  return asked === undefined || !isPaged(call) ? Number.POSITIVE_INFINITY : Number(asked);
}

/** A token of ours is `bench:<offset>:<the emulator's token>`; it outlives the rule that made it. */
export function hasBenchToken(call: Call): boolean {
  const listing = listingOf(call);
  if (listing === undefined) return false;
  const token = jsonInput(call)[listing.tokenIn];
  return typeof token === 'string' && token.startsWith('bench:');
}

/** Changes the request for pages of `n` items; undefined where the operation has no pages or the emulator does it. */
export function startPage(call: Call, n: number): Page | undefined {
  const limit = queryLimitOf(call);
  if (limit !== undefined) {
    const asked = Number(call.query.get(limit) ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(n)) call.query.set(limit, String(Math.min(asked, n)));
    return undefined;
  }
  const input = jsonInput(call);
  const inputLimit = inputLimitOf(call);
  if (inputLimit !== undefined) {
    const asked = Number(input[inputLimit] ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(n)) input[inputLimit] = String(Math.min(asked, n));
    return undefined;
  }
  const listing = listingOf(call);
  if (listing === undefined) return undefined;
  const sent = typeof input[listing.tokenIn] === 'string' ? String(input[listing.tokenIn]) : '';
  const [, offsetText = '0', emulatorToken = ''] = /^bench:(\d+):([\s\S]*)$/.exec(sent) ?? [];
  const offset = Number(offsetText);
  if (sent.startsWith('bench:')) {
    if (emulatorToken === '') delete input[listing.tokenIn];
    else input[listing.tokenIn] = emulatorToken;
  }
  const pageToken = sent.startsWith('bench:') ? emulatorToken : sent;
  return {
    cut: answer => {
      if (answer.status >= 300) return answer;
      const page = { listing, offset, n, nextToken: (next: number) => `bench:${next}:${pageToken}` };
      const text = answer.body.toString('utf8');
      const cut = call.service === 'ec2' ? cutItems : text.startsWith('<') ? cutMembers : cutJson;
      const body = cut(text, page);
      return { ...answer, body: Buffer.from(body, 'utf8') };
    },
  };
}

interface Cut {
  listing: Listing;
  offset: number;
  n: number;
  nextToken(offset: number): string;
}

function cutJson(text: string, { listing, offset, n, nextToken }: Cut): string {
  const document: unknown = JSON.parse(text);
  if (!isRecord(document)) return text;
  const items = document[listing.items];
  if (!Array.isArray(items)) return text;
  document[listing.items] = items.slice(offset, offset + n);
  if (offset + n < items.length) {
    document[listing.tokenOut] = nextToken(offset + n);
    if (listing.truncated !== undefined) document[listing.truncated] = true;
  }
  return JSON.stringify(document);
}

// Members of SNS lists hold no members of their own.
function cutMembers(text: string, { offset, n, nextToken }: Cut): string {
  let index = -1;
  const shown = text.replace(/\s*<member>[\s\S]*?<\/member>/g, member => {
    index += 1;
    return index >= offset && index < offset + n ? member : '';
  });
  if (offset + n > index) return shown;
  const token = `<NextToken>${nextToken(offset + n)}</NextToken>`;
  return shown
    .replace(/<NextToken>[^<]*<\/NextToken>|<NextToken\s*\/>/, '')
    .replace(/<\/(\w+)Result>/, `${token}</$1Result>`);
}

function cutItems(text: string, { listing, offset, n, nextToken }: Cut): string {
  const root = parseXml(text);
  const set = childOf(root, listing.items);
  if (set === undefined) return text;
  const all = set.children.length;
  set.children = set.children.slice(offset, offset + n);
  if (offset + n < all) putChild(root, element(listing.tokenOut, nextToken(offset + n)));
  return writeXml(root);
}
