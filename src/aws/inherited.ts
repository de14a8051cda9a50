export { tagsOfParent } from '../engine/owner.ts';
