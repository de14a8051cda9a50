import { NETWORK_STORIES } from '../stories/network.ts';
import { crashStories } from './matrix.ts';

crashStories('networks', NETWORK_STORIES, [], { chains: 2, singles: 8 });
