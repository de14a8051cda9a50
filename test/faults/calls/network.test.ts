import { CLUSTER_STORIES } from '../stories/cluster.ts';
import { DOMAIN_STORIES } from '../stories/domain.ts';
import { NETWORK_STORIES } from '../stories/network.ts';
import { callFaults } from './matrix.ts';

callFaults('networks, clusters and domains', [...NETWORK_STORIES, ...CLUSTER_STORIES, ...DOMAIN_STORIES], {
  faults: 2,
  chains: 1,
  singles: 3,
});
