import { NETWORK_STORIES } from '../stories/network.ts';
import { crashStories } from './matrix.ts';

crashStories('networks', NETWORK_STORIES, [], { chains: 1, singles: 4 });
