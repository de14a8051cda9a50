import { STALLING } from '../engine/error-class.ts';
import { asCloudError, CloudError } from '../engine/errors.ts';
import type { KindCondition } from '../kinds/kind.ts';
import { isFault } from './fault.ts';
import { ANNOTATION } from './objects.ts';
import { reasonOf } from './reasons.ts';
import { durationMs } from './settings.ts';
import type { Summary } from './summary.ts';

/** Ready says what is still to come, where the kind says that it does not wait for it. Pure. */
export function tellingReady(summary: Summary, conditions: readonly KindCondition[]): Summary {
  if (summary.ready !== true || summary.readyReason !== 'Ready') return summary;
  const open = conditions.find(one => one.readyReason !== undefined && one.status === 'False');
  if (open?.readyReason === undefined) return summary;
  return { ...summary, readyReason: open.readyReason, readyMessage: open.message };
}

/** Says of an annotation that is not understood that it changes nothing. Pure. */
export function tellingInterval(summary: Summary, asked: string | undefined): Summary {
  if (summary.ready !== true || asked === undefined || durationMs(asked) !== undefined) return summary;
  const note = `${ANNOTATION.driftInterval} is not like 90s, 15m or 2h and does not count`;
  return { ...summary, readyMessage: `${summary.readyMessage}; ${note}` };
}

/** Synced is not true while the kind says that AWS is not as the spec says yet. Pure. */
export function tellingSynced(summary: Summary, conditions: readonly KindCondition[]): Summary {
  if (!summary.synced) return summary;
  const open = conditions.find(one => one.notSynced !== undefined);
  if (open?.notSynced === undefined) return summary;
  const { reason, needsPerson } = open.notSynced;
  const stalled = summary.stalled || needsPerson;
  return {
    ...summary,
    ...(summary.readyReason === 'Ready' ? { readyMessage: 'usable; not as the spec says yet' } : {}),
    synced: false,
    syncedReason: reason,
    syncedMessage: open.message,
    stalled,
    reconciling: !stalled,
  };
}

/**
 * The ConfigMap could not be written, whatever AWS says. What a retry may mend leaves an object as usable as it was; in sync it
 * is not called before users can read it.
 */
export function tellingUnpublished(summary: Summary, error: unknown): Summary {
  const failed = asCloudError(error);
  const stalled = STALLING.has(failed.class) || isFault(error);
  const reason = error instanceof CloudError ? reasonOf(error) : 'Failed';
  const message =
    error instanceof CloudError ? error.message : `the ConfigMap cannot be written: ${failed.message}`;
  return {
    ...summary,
    ...(failed.class === 'Conflict' ? {} : { synced: false, syncedReason: reason, syncedMessage: message }),
    ready: stalled ? false : 'unchanged',
    readyReason: reason,
    readyMessage: message,
    stalled,
    reconciling: !stalled,
  };
}
