import { EXISTING_STORIES } from '../stories/existing.ts';
import { NETWORK_STORIES } from '../stories/network.ts';
import { callFaults } from './matrix.ts';

callFaults('networks', [...NETWORK_STORIES, ...EXISTING_STORIES], { pairs: 'some' });
