import type { Identity } from '../../engine/adaptor.ts';
import { isRefusal } from '../../engine/error-class.ts';
import { CloudError } from '../../engine/errors.ts';
import { onceFor } from '../../engine/once-for.ts';
import { type Tags, UID_TAG } from '../../engine/owner.ts';
import { onceVisible } from '../existing.ts';
import type { AwsScope } from '../scope.ts';
import { claimTags } from '../untagged.ts';
import type { Target } from './parts.ts';
import { writeBucketTags } from './tags.ts';

/** Names of the buckets that this process made, or may have made, without tags, and has not tagged yet. */
const madeUntagged = onceFor((_scope: AwsScope) => new Set<string>());

/**
 * With its tags where S3 takes them; not every region does (terraform-provider-aws issues 45566 and 45684), and made nothing
 * then: there they follow at once.
 */
export async function makeBucket(
  scope: AwsScope,
  target: Target,
  tags: Tags,
  make: (tags: Tags | undefined) => Promise<unknown>,
): Promise<void> {
  try {
    await make(tags);
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'UnsupportedArgument') throw error;
    await makeUntagged(scope, target.Bucket, () => make(undefined));
    const tagging = writeBucketTags(scope, target, tags, { set: tags, unset: [] });
    await onceVisible(`bucket ${target.Bucket}`, tagging);
    forgetUntagged(scope, target.Bucket);
  }
}

async function makeUntagged(scope: AwsScope, name: string, make: () => Promise<unknown>): Promise<void> {
  const names = madeUntagged(scope);
  const isAgain = names.has(name);
  names.add(name);
  try {
    await make();
  } catch (error) {
    if (!isAgain && error instanceof CloudError && isRefusal(error)) names.delete(name);
    throw error;
  }
}

/** The tags that say whose it is, of one without any that this process made; undefined: who made it is not known. */
export function tagsToCome(scope: AwsScope, identity: Identity, name: string): Tags | undefined {
  if (!madeUntagged(scope).has(name)) return undefined;
  // Without its epoch, so that some are missing and all are written.
  return { ...claimTags(identity), [UID_TAG]: identity.owner.uid };
}

export function forgetUntagged(scope: AwsScope, name: string): void {
  madeUntagged(scope).delete(name);
}
