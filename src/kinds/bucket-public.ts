import type { BucketSpec } from '../api/bucket.ts';
import { hasStatement, type Statement } from '../aws/policy.ts';
import type { BucketState } from '../aws/s3/settings.ts';
import type { TaggedObservations } from '../engine/graph.ts';
import { TAG_PREFIX } from '../engine/owner.ts';
import { isUnset } from './defaults.ts';
import type { KindInput, Problem } from './kind.ts';

/** Everybody reads all objects: what `publicRead` means. */
export function publicRead(bucketArn: string): Statement {
  return {
    Sid: 'PublicRead',
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `${bucketArn}/*`,
  };
}

/**
 * Whether a bucket is public because its object once asked for it: it has our own statement, and our tags. That the block of
 * public access would allow it, or that somebody else's policy lets everybody in, is no decision to open it.
 */
export function isPublicByUs(seen: TaggedObservations): boolean | undefined {
  const { publicAccess, policy } = seen.state<BucketState>('bucket')?.settings ?? {};
  const arn = seen.arn('bucket');
  if (publicAccess === undefined || arn === undefined) return undefined;
  const isOurs = seen.tags('bucket')[`${TAG_PREFIX}installation`] !== undefined;
  return isOurs && publicAccess === 'PolicyAllowed' && hasStatement(textOf(policy), publicRead(arn));
}

function textOf(policy: unknown): string | undefined {
  return policy === undefined ? undefined : JSON.stringify(policy);
}

/**
 * A bucket that was adopted or made before goes on with its key where the spec says nothing of encryption, and admission sees
 * only what the spec says.
 */
export function unreadableProblem(
  { publicRead: isPublic }: BucketSpec,
  isByKey: boolean,
): Problem | undefined {
  if (isPublic !== true || !isByKey) return undefined;
  return {
    field: 'spec.encryption',
    reason: 'InvalidSpec',
    message:
      'publicRead needs encryption AES256, and this bucket encrypts by a KMS key, which who reads without an AWS identity ' +
      'cannot use: set spec.encryption: AES256, or spec.publicRead: false',
  };
}

/** Asked for by the spec, or by what an earlier object made, and not granted. */
export function publicProblem(input: KindInput<BucketSpec>): Problem | undefined {
  const { spec, environment, namespace } = input;
  if (spec.publicRead !== true) return undefined;
  if (environment.grants.publicBuckets?.namespaces?.includes(namespace) === true) return undefined;
  const message =
    `the environment ${environment.name} does not grant public buckets to namespace ${namespace}; ` +
    'an administrator adds it to spec.grants.publicBuckets.namespaces of the OptaEnvironment';
  const open = { what: 'everybody reads its objects', end: 'set spec.publicRead: false' };
  const field = 'spec.publicRead';
  // Where nobody wrote it, it was seen in AWS.
  return isUnset(input.written, 'publicRead')
    ? {
        field,
        message: `${message}. An earlier object made it so that ${open.what}: to end that, ${open.end}`,
      }
    : { field, message, open };
}
