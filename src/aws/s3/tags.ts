import { GetBucketTaggingCommand } from '@aws-sdk/client-s3';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
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
