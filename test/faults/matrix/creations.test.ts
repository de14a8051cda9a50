import { isFull } from '../../../hack/vitest/mode.ts';
import type { Story } from '../../support/story.ts';
import { bucketCreation, environmentCreation, queueCreation, topicCreation } from '../stories/creation.ts';
import { queueDeletion } from '../stories/deletion.ts';
import { domainCreation } from '../stories/domain.ts';
import { networkCreation } from '../stories/network.ts';
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
// Of one object: of several, calls are under way at once, and which one is held up is not told.
const LATE = isFull ? [...FEW, networkCreation, domainCreation] : FEW;
lateArrivals(references, 'creations and a deletion', [...LATE, deletion].filter(isStory));
harassed(references, FEW);
