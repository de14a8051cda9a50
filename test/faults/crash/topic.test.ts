import { topicFields } from '../fields/topic.ts';
import { TOPIC_STORIES } from '../stories/all.ts';
import { crashMatrix } from './matrix.ts';

crashMatrix(topicFields, TOPIC_STORIES);
