import { z } from 'zod';
import { choice } from './fields.ts';

/**
 * Amazon S3 User Guide, "Replicating objects within and across Regions" and "What is not replicated": the rule copies what is
 * written after it, and delete markers, never the deletion of a version.
 */
export const BucketReplica = z.object({
  mode: choice(
    ['SameRegion'],
    'Where the second bucket is: in the region and account of the first. Required.',
  ),
});
