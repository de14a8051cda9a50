import { bucketFields } from '../fields/bucket.ts';
import { environmentFields } from '../fields/environment.ts';
import { groupedFields } from '../fields/field.ts';
import { BUCKET_STORIES, ENVIRONMENT_STORIES } from '../stories/all.ts';
import { callFaults } from './calls.ts';
import { crashMatrix } from './crashes.ts';
import { openReferences } from './references.ts';

const references = openReferences();
const environments = groupedFields(environmentFields);
const buckets = groupedFields(bucketFields);
crashMatrix(references, environmentFields, ENVIRONMENT_STORIES, environments);
crashMatrix(references, bucketFields, BUCKET_STORIES, buckets);
callFaults(references, 'environments and buckets', [
  ...ENVIRONMENT_STORIES,
  ...BUCKET_STORIES,
  ...environments,
  ...buckets,
]);
