import { isFull } from '../../../hack/vitest/mode.ts';
import type { Story } from '../../support/story.ts';
import { bucketCreation, environmentCreation, queueCreation, topicCreation } from '../stories/creation.ts';
import { queueDeletion } from '../stories/deletion.ts';
import { crashPairs } from './crash-pairs.ts';
import { harassed } from './harassed.ts';
import { lateArrivals } from './late-arrivals.ts';
import { openReferences } from './references.ts';

const references = openReferences();
const ALL = [...environmentCreation, ...queueCreation, ...topicCreation, ...bucketCreation];
const isStory = (story: Story | undefined) => story !== undefined;
const [queue] = queueCreation;
const [topic] = topicCreation;
const FEW = [topic, queue, bucketCreation.at(-1)].filter(isStory);
const [deletion] = queueDeletion;

crashPairs(references, 'creations', isFull ? ALL : FEW);
lateArrivals(references, 'creations and a deletion', [...FEW, deletion].filter(isStory));
harassed(references, FEW);
