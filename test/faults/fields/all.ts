import { bucketFields } from './bucket.ts';
import { environmentFields } from './environment.ts';
import type { KindFields } from './field.ts';
import { queueFields } from './queue.ts';
import { topicFields } from './topic.ts';

export const ALL_FIELDS: readonly KindFields[] = [environmentFields, queueFields, topicFields, bucketFields];
