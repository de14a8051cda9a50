import { bucketFields } from '../fields/bucket.ts';
import { environmentFields } from '../fields/environment.ts';
import { groupedFields } from '../fields/field.ts';
import { BUCKET_STORIES, ENVIRONMENT_STORIES } from '../stories/all.ts';
import { callFaults } from './matrix.ts';

callFaults(
  'environments and buckets',
  [
    ...ENVIRONMENT_STORIES,
    ...BUCKET_STORIES,
    ...groupedFields(environmentFields),
    ...groupedFields(bucketFields),
  ],
  // Buckets have so many calls that chains are cheaper than what is left by fewer of them.
  { faults: 2 },
);
