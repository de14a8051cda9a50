import type { Inventory } from '../engine/inventory.ts';
import type { Problem } from '../kinds/kind.ts';
import type { BlockedBy, OptaObject } from './objects.ts';
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
  /** Its removal has begun. */
  readonly comesApart?: boolean;
}

/** Nothing is looked at until it is solved: so it says how AWS was left, as far as that is on record. */
export function problemVerdict(problem: Problem, object: OptaObject): Verdict {
  const { field, message, reason = 'NotGranted' } = problem;
  return { ready: false, reason, message: `${field}: ${message}${left(problem, object)}`, stalled: true };
}

function left({ open }: Problem, { metadata, status }: OptaObject): string {
  if (status?.resources?.some(one => one.id !== undefined) !== true) return '';
  const stays =
    '. Until then what was made stays in AWS as it was last written, neither compared nor changed';
  if (open === undefined) return stays;
  // A later spec may have been refused from its beginning.
  const still = status.syncedGeneration === metadata.generation ? 'still' : 'perhaps still';
  return `${stays}: ${still} ${open.what}. To end that, ${open.end}`;
}
