import { GetBucketAbacCommand, GetBucketTaggingCommand, PutBucketTaggingCommand } from '@aws-sdk/client-s3';
import { CloudError } from '../../engine/errors.ts';
import { few } from '../../engine/few.ts';
import type { Tags } from '../../engine/owner.ts';
import { isOfPart } from '../part-by-part.ts';
import type { AwsScope } from '../scope.ts';
import type { Target } from './parts.ts';

/** Undefined: the bucket does not exist. */
export async function readBucketTags(scope: AwsScope, target: Target): Promise<Tags | undefined> {
  try {
    const answer = await scope.s3.send(new GetBucketTaggingCommand(target));
    return Object.fromEntries((answer.TagSet ?? []).map(tag => [tag.Key ?? '', tag.Value ?? '']));
  } catch (error) {
    if (error instanceof CloudError && error.code === 'NoSuchTagSet') return {};
    if (error instanceof CloudError && error.class === 'NotFound') return undefined;
    throw error;
  }
}

export function tagSet(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** All tags of the bucket. `changed`: what of them is new, for whoever has to write it by hand. */
export async function writeBucketTags(
  scope: AwsScope,
  target: Target,
  tags: Tags,
  changed: { readonly set: Tags; readonly unset: readonly string[] },
): Promise<void> {
  try {
    await scope.s3.send(new PutBucketTaggingCommand({ ...target, Tagging: { TagSet: tagSet(tags) } }));
  } catch (error) {
    if (!isOfPart(error) || !(await hasAbac(scope, target))) throw error;
    throw byHand(target.Bucket, changed, error);
  }
}

/** False where that cannot be read: then S3's own words are told. */
async function hasAbac({ s3 }: AwsScope, target: Target): Promise<boolean> {
  const answer = await s3.send(new GetBucketAbacCommand(target)).catch(() => undefined);
  return answer?.AbacStatus?.Status === 'Enabled';
}

/**
 * Amazon S3 API Reference, PutBucketAbac: with ABAC on, only TagResource and UntagResource of S3 Control change the tags of a bucket.
 * Its tags then say who may do what, so that is for a person to decide.
 */
function byHand(
  bucket: string,
  { set, unset }: { readonly set: Tags; readonly unset: readonly string[] },
  cause: CloudError,
): CloudError {
  const pairs = Object.entries(set).map(([key, value]) => `${key}=${value}`);
  const tags = [
    ...(pairs.length === 0 ? [] : [`set ${few(pairs, { most: 20 })}`]),
    ...(unset.length === 0 ? [] : [`take away ${few(unset, { most: 20 })}`]),
  ].join(' and ');
  const reason = `S3 takes its tags through s3control alone while ABAC is on: switch it off with aws s3api put-bucket-abac --bucket ${bucket} --abac-status Status=Disabled, or, with aws s3control tag-resource and untag-resource, ${tags}`;
  return new CloudError(
    'Blocked',
    `the tags of bucket ${bucket} cannot be changed: ${cause.message}. ${reason}`,
    {
      code: cause.code,
      blockers: [{ resource: `attribute-based access control (ABAC) of bucket ${bucket}`, reason }],
      cause,
    },
  );
}
