import { EXISTING_STORIES } from '../stories/existing.ts';
import { NETWORK_STORIES } from '../stories/network.ts';
import { crashStories } from './matrix.ts';

crashStories('networks', [...NETWORK_STORIES, ...EXISTING_STORIES], [], { chains: 1, singles: 3 });
