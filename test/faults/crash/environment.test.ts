import { environmentFields } from '../fields/environment.ts';
import { ENVIRONMENT_STORIES } from '../stories/all.ts';
import { crashMatrix } from './matrix.ts';

crashMatrix(environmentFields, ENVIRONMENT_STORIES);
