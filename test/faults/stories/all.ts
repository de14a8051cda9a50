import type { Story } from '../../support/story.ts';
import { bucketAdoption, environmentAdoption, queueAdoption, topicAdoption } from './adoption.ts';
import { bucketCreation, environmentCreation, queueCreation, topicCreation } from './creation.ts';
import { bucketDeletion, environmentDeletion, queueDeletion, topicDeletion } from './deletion.ts';
import { topicRefusal } from './refusal.ts';
import { bucketRepair, queueRepair, topicRepair } from './repair.ts';
import { queueReplacement, topicReplacement } from './replacement.ts';

export const ENVIRONMENT_STORIES: readonly Story[] = [
  ...environmentCreation,
  ...environmentDeletion,
  ...environmentAdoption,
];
export const QUEUE_STORIES: readonly Story[] = [
  ...queueCreation,
  ...queueDeletion,
  ...queueReplacement,
  ...queueRepair,
  ...queueAdoption,
];
export const TOPIC_STORIES: readonly Story[] = [
  ...topicCreation,
  ...topicDeletion,
  ...topicReplacement,
  ...topicRepair,
  ...topicRefusal,
  ...topicAdoption,
];
export const BUCKET_STORIES: readonly Story[] = [
  ...bucketCreation,
  ...bucketDeletion,
  ...bucketRepair,
  ...bucketAdoption,
];
