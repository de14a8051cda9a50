import { queueFields } from '../fields/queue.ts';
import { QUEUE_STORIES } from '../stories/all.ts';
import { crashMatrix } from './matrix.ts';

crashMatrix(queueFields, QUEUE_STORIES);
