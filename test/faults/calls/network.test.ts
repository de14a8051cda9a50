import { isFull, seed } from '../../support/mode.ts';
import { CLUSTER_STORIES } from '../stories/cluster.ts';
import { DOMAIN_STORIES } from '../stories/domain.ts';
import { NETWORK_STORIES } from '../stories/network.ts';
import { callFaults } from './matrix.ts';

const all = [...NETWORK_STORIES, ...CLUSTER_STORIES, ...DOMAIN_STORIES];
/** Every other one, since they are dear: an even seed has those that an odd one has not. */
const stories = isFull ? all : all.filter((_, n) => n % 2 === seed % 2);

callFaults('networks, clusters and domains', stories, { faults: 1, chains: 1, singles: 3, onlySome: true });
