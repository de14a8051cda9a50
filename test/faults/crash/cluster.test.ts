import { CLUSTER_STORIES } from '../stories/cluster.ts';
import { crashStories } from './matrix.ts';

crashStories('clusters', CLUSTER_STORIES, [], { chains: 1, singles: 4 });
