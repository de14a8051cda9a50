/**
 * Whether S3 calls a bucket policy public. Source: S3 user guide, "Blocking public access to your Amazon S3 storage",
 * section "The meaning of 'public'".
 */
import { type Condition, type PolicyInput, parsePolicy, type Statement } from './document.ts';

/** Keys that make a statement non-public when they hold fixed values only. */
const fixedKeys = new Set(
  [
    'aws:PrincipalAccount aws:PrincipalArn aws:PrincipalOrgID aws:PrincipalOrgPaths aws:SourceAccount aws:SourceArn',
    'aws:SourceIp aws:SourceOrgID aws:SourceOrgPaths aws:SourceVpc aws:SourceVpce aws:userid aws:SourceOwner',
    's3:DataAccessPointAccount s3:DataAccessPointArn s3:x-amz-server-side-encryption-aws-kms-key-id',
  ]
    .join(' ')
    .toLowerCase()
    .split(' '),
);

/**
 * "A bucket policy is public unless it grants access only to fixed values (values that have no wildcard and no policy
 * variable) of" principals or of a list of condition keys.
 */
export function isPublicPolicy(policy: PolicyInput): boolean {
  return parsePolicy(policy).statements.some(isPublicStatement);
}

function isPublicStatement({ effect, principal, notPrincipal, conditions }: Statement): boolean {
  if (effect === 'Deny') return false;
  const everyone = notPrincipal !== undefined || principal?.everyone === true;
  return everyone && !conditions.some(isFixed);
}

/** Positive comparisons only: what excludes some callers still lets the rest of the world in. */
function isFixed({ operator, key, values }: Condition): boolean {
  if (!fixedKeys.has(key.toLowerCase())) return false;
  const [, name = ''] = /^(?:forallvalues:|foranyvalue:)?(.*)$/i.exec(operator) ?? [];
  if (!/^(stringequals(ignorecase)?|stringlike|arnequals|arnlike|ipaddress)$/i.test(name)) return false;
  if (/^forallvalues:/i.test(operator)) return false;
  return values.length > 0 && values.every(value => isFixedValue(key.toLowerCase(), value));
}

function isFixedValue(key: string, value: string): boolean {
  if (value.includes('${')) return false;
  // "aws:SourceIp: a set of CIDRs"; one as wide as the internet is none. The guide's bound: /8 and /32 prefixes.
  if (key === 'aws:sourceip') {
    const prefix = Number(value.split('/')[1] ?? 128);
    return value.includes(':') ? prefix >= 32 : prefix >= 8;
  }
  // "When used in a bucket policy, this value can contain a wildcard for the access point name."
  if (key === 's3:dataaccesspointarn') return /^arn:[^:*?]+:s3:[^:*?]*:\d{12}:accesspoint\//.test(value);
  return !/[*?]/.test(value);
}
