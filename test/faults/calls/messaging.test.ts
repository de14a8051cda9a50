import { groupedFields } from '../fields/field.ts';
import { queueFields } from '../fields/queue.ts';
import { topicFields } from '../fields/topic.ts';
import { QUEUE_STORIES, TOPIC_STORIES } from '../stories/all.ts';
import { callFaults } from './matrix.ts';

callFaults('queues and topics', [
  ...QUEUE_STORIES,
  ...TOPIC_STORIES,
  ...groupedFields(queueFields),
  ...groupedFields(topicFields),
]);
