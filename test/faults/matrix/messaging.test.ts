import { groupedFields } from '../fields/field.ts';
import { queueFields } from '../fields/queue.ts';
import { topicFields } from '../fields/topic.ts';
import { QUEUE_STORIES, TOPIC_STORIES } from '../stories/all.ts';
import { callFaults } from './calls.ts';
import { crashMatrix } from './crashes.ts';
import { openReferences } from './references.ts';

const references = openReferences();
const queues = groupedFields(queueFields);
const topics = groupedFields(topicFields);
crashMatrix(references, queueFields, QUEUE_STORIES, queues);
crashMatrix(references, topicFields, TOPIC_STORIES, topics);
const [busy] = TOPIC_STORIES;
callFaults(references, 'queues and topics', [...QUEUE_STORIES, ...TOPIC_STORIES, ...queues, ...topics], {
  busy,
});
