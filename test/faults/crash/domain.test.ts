import { DOMAIN_STORIES } from '../stories/domain.ts';
import { crashStories } from './matrix.ts';

crashStories('domains', DOMAIN_STORIES, [], { chains: 2, singles: 6 });
