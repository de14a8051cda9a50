import type { EntryState } from '../../engine/inventory.ts';
import type { NodeStanding } from '../kind.ts';

const TROUBLE: ReadonlySet<EntryState> = new Set(['Failed', 'Lost', 'Conflict']);

/** It does not come by itself. */
export function isInTrouble(node: NodeStanding): boolean {
  return TROUBLE.has(node.state) || isStuck(node);
}

/** What AWS is only busy with goes on. */
function isStuck({ trouble = 'Progressing' }: NodeStanding): boolean {
  return trouble !== 'Progressing';
}

/** For a condition. */
export function troubleOf(node: NodeStanding): string {
  return isStuck(node) ? (node.trouble ?? node.state) : node.state;
}
