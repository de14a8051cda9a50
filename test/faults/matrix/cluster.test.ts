import { CLUSTER_STORIES } from '../stories/cluster.ts';
import { DOMAIN_STORIES } from '../stories/domain.ts';
import { callFaults } from './calls.ts';
import { crashStories } from './crashes.ts';
import { openReferences } from './references.ts';

const references = openReferences();
crashStories(references, 'clusters', CLUSTER_STORIES, { chains: 'one', singles: 1 });
crashStories(references, 'domains', DOMAIN_STORIES, { chains: 'all', singles: 1 });
callFaults(references, 'clusters and domains', [...CLUSTER_STORIES, ...DOMAIN_STORIES], { singles: 1 });
