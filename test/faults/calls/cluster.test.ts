import { CLUSTER_STORIES } from '../stories/cluster.ts';
import { DOMAIN_STORIES } from '../stories/domain.ts';
import { callFaults } from './matrix.ts';

callFaults('clusters and domains', [...CLUSTER_STORIES, ...DOMAIN_STORIES], { pairs: 'some' });
