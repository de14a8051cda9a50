import { hash } from 'node:crypto';

/** What a name is made of; all of it is in the hash, so that no two objects ever meet. */
export interface NameOf {
  readonly installation: string;
  readonly accountId: string;
  readonly environment: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
}

/** What a service allows in a name. Lengths include prefix and suffix. */
export interface NameRule {
  readonly maxLength: number;
  readonly lowerCase: boolean;
  readonly prefix?: string;
  readonly suffix?: string;
}

// Amazon SQS Developer Guide, "Amazon SQS queue quotas": 80 characters, `.fifo` counted.
export const QUEUE_NAME: NameRule = { maxLength: 80, lowerCase: false };
// Amazon SNS API Reference, CreateTopic: 256 characters.
export const TOPIC_NAME: NameRule = { maxLength: 256, lowerCase: false };
// Amazon S3 User Guide, "Bucket naming rules": 3 to 63, lower case. No dots: they break TLS to virtual hosts.
export const BUCKET_NAME: NameRule = { maxLength: 63, lowerCase: true };
// AWS KMS API Reference, CreateAlias: 256 characters with the prefix.
export const ALIAS_NAME: NameRule = { maxLength: 256, lowerCase: false, prefix: 'alias/' };

// Amazon EKS API Reference, CreateCluster: 100 characters.
export const CLUSTER_NAME: NameRule = { maxLength: 100, lowerCase: false };
// Amazon EC2 API Reference, CreateSecurityGroup: 255 characters; CreateLaunchTemplate: 128.
export const SECURITY_GROUP_NAME: NameRule = { maxLength: 255, lowerCase: false };
export const LAUNCH_TEMPLATE_NAME: NameRule = { maxLength: 128, lowerCase: false };
// Amazon RDS API Reference, CreateDBSubnetGroup, and Amazon ElastiCache API Reference, CreateCacheSubnetGroup: 255
// characters, kept in lower case.
export const SUBNET_GROUP_NAME: NameRule = { maxLength: 255, lowerCase: true };
// Amazon CloudWatch Logs API Reference, CreateLogGroup: 512 characters.
export const LOG_GROUP_NAME: NameRule = { maxLength: 512, lowerCase: false, prefix: '/opta/' };
// IAM API Reference, CreatePolicy: 128 characters; CreateRole: 64.
export const POLICY_NAME: NameRule = { maxLength: 128, lowerCase: false };
export const ROLE_NAME: NameRule = { maxLength: 64, lowerCase: false };

/**
 * How no name may begin, and with the installation all do. Amazon EC2 API Reference, CreateSecurityGroup: "Can't start with
 * sg-"; Amazon S3 User Guide, "General purpose bucket naming rules".
 */
const RESERVED = [
  ['sg-', 'EC2 refuses in names of security groups'],
  ['xn--', 'S3 refuses in names of buckets'],
  ['sthree-', 'S3 refuses in names of buckets'],
  ['amzn-s3-demo-', 'S3 refuses in names of buckets'],
] as const;

/** Why AWS would take no names of this installation: `"sg-", which …`; undefined where it does. */
export function reservedBeginning(installation: string): string | undefined {
  const [prefix, why] = RESERVED.find(([one]) => `${installation}-`.startsWith(one)) ?? [];
  return prefix === undefined ? undefined : `"${prefix}", which ${why}`;
}

const HASH_LENGTH = 6;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Readable, within the service's rule, and ending in six characters of a hash over all that makes it unique. */
export function resourceName(of: NameOf, rule: NameRule): string {
  const prefix = rule.prefix ?? '';
  const suffix = rule.suffix ?? '';
  // A cluster-scoped object is the environment itself: its name once is enough.
  const object = of.namespace === '' ? [] : [of.namespace, of.name];
  const words = [of.installation, of.environment, ...object, ...nodeWords(of.node)].filter(
    word => word !== '',
  );
  const room = rule.maxLength - prefix.length - suffix.length - HASH_LENGTH - 1;
  const readable = words
    .join('-')
    .replace(/[^A-Za-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, room)
    .replace(/-+$/, '');
  const text = `${prefix}${readable === '' ? '' : `${readable}-`}${nameHash(of)}${suffix}`;
  return rule.lowerCase ? text.toLowerCase() : text;
}

/**
 * True for what could be a name of something of this installation, be it another environment's, account's or team's: whose it
 * is its hash does not tell. Such names have three words at least (environment, namespace and name), or an environment and
 * `logs`, where there was room for all of them.
 */
export function isLikeResourceName(name: string, installation: string, rule: NameRule): boolean {
  const first = `${installation}-`;
  const rest = name.startsWith(first) ? name.slice(first.length) : '';
  const words = /^([A-Za-z0-9-]+)-[a-z2-7]{6}$/.exec(rest)?.[1]?.split('-') ?? [];
  const isFull = name.length > rule.maxLength - HASH_LENGTH;
  return words.length >= 3 || (words.length >= 2 && words.at(-1) === 'logs') || (words.length >= 1 && isFull);
}

/** The main node of a kind adds nothing to the name: `shop-orders`, and `shop-orders-dead-letter` beside it. */
function nodeWords(node: string): readonly string[] {
  return ['queue', 'topic', 'bucket', 'key', 'alias'].includes(node) ? [] : [node];
}

function nameHash(of: NameOf): string {
  const input = [of.installation, of.accountId, of.environment, of.kind, of.namespace, of.name, of.node];
  const digest = hash('sha256', JSON.stringify(input), 'binary');
  let text = '';
  for (let i = 0; i < HASH_LENGTH; i++) text += BASE32[digest.charCodeAt(i) % 32];
  return text;
}
