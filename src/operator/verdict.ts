import type { Inventory } from '../engine/inventory.ts';
import type { Problem } from '../kinds/kind.ts';
import type { BlockedBy } from './objects.ts';
import type { Reason } from './reasons.ts';

/** A state of an object that no pass was needed to know: paused, refused, without its environment. */
export interface Verdict {
  readonly ready: boolean | 'unchanged';
  readonly reason: Reason;
  readonly message: string;
  /** Needs a person. */
  readonly stalled: boolean;
  /** Something is to come. Default: where nobody is needed. */
  readonly reconciling?: boolean;
  readonly blockedBy?: readonly BlockedBy[];
  /** As the pass left it. */
  readonly resources?: Inventory;
}

export function problemVerdict({ field, message, reason = 'NotGranted' }: Problem): Verdict {
  return { ready: false, reason, message: `${field}: ${message}`, stalled: true };
}
