import { EXISTING_STORIES } from '../stories/existing.ts';
import { NETWORK_STORIES } from '../stories/network.ts';
import { callFaults } from './calls.ts';
import { crashStories } from './crashes.ts';
import { openReferences } from './references.ts';

const references = openReferences();
const stories = [...NETWORK_STORIES, ...EXISTING_STORIES];
crashStories(references, 'networks', stories, { chains: 'one', singles: 1 });
callFaults(references, 'networks', stories, { singles: 1 });
