import { bucketFields } from '../fields/bucket.ts';
import { environmentFields } from '../fields/environment.ts';
import { groupedFields } from '../fields/field.ts';
import { BUCKET_STORIES, ENVIRONMENT_STORIES } from '../stories/all.ts';
import { callFaults } from './matrix.ts';

callFaults('environments and buckets', [
  ...ENVIRONMENT_STORIES,
  ...BUCKET_STORIES,
  ...groupedFields(environmentFields),
  ...groupedFields(bucketFields),
]);
