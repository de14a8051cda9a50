import { bucketFields } from '../fields/bucket.ts';
import { BUCKET_STORIES } from '../stories/all.ts';
import { crashMatrix } from './matrix.ts';

crashMatrix(bucketFields, BUCKET_STORIES);
