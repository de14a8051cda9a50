import type { Story } from '../../support/story.ts';
import { bucketAdoption, environmentAdoption, queueAdoption, topicAdoption } from './adoption.ts';
import { firstInQueue, firstInTopic, namedBucket } from './creation.ts';
import { bucketLives, environmentLives, queueLives, topicLives } from './lives.ts';
import { topicRefusal } from './refusal.ts';
import { bucketRepair, queueRepair, topicRepair } from './repair.ts';
import { queueReplacement, topicReplacement } from './replacement.ts';

export const ENVIRONMENT_STORIES: readonly Story[] = [...environmentLives, ...environmentAdoption];
export const QUEUE_STORIES: readonly Story[] = [
  ...queueLives,
  firstInQueue,
  ...queueReplacement,
  ...queueRepair,
  ...queueAdoption,
];
export const TOPIC_STORIES: readonly Story[] = [
  ...topicLives,
  firstInTopic,
  ...topicReplacement,
  ...topicRepair,
  ...topicRefusal,
  ...topicAdoption,
];
export const BUCKET_STORIES: readonly Story[] = [
  ...bucketLives,
  namedBucket,
  ...bucketRepair,
  ...bucketAdoption,
];
