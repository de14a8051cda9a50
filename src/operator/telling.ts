import { STALLING } from '../engine/error-class.ts';
import { asCloudError, CloudError } from '../engine/errors.ts';
import { few } from '../engine/few.ts';
import type { PassResult } from '../engine/pass.ts';
import type { KindCondition } from '../kinds/kind.ts';
import { isFault } from './fault.ts';
import { STALLED_AGAIN_MS } from './next-look.ts';
import { ANNOTATION } from './objects.ts';
import { countedErrors, reasonIn, reasonOf, said, worst } from './reasons.ts';
import { durationMs } from './settings.ts';
import type { Summary } from './summary.ts';

/** Ready says what is still to come, where the kind says that it does not wait for it. Pure. */
export function tellingReady(summary: Summary, conditions: readonly KindCondition[]): Summary {
  if (summary.ready !== true || summary.readyReason !== 'Ready') return summary;
  const open = conditions.find(one => one.readyReason !== undefined && one.status === 'False');
  if (open?.readyReason === undefined) return summary;
  return { ...summary, readyReason: open.readyReason, readyMessage: open.message };
}

/** Says of annotations that are not understood that they change nothing. Pure. */
export function tellingAnnotations(
  summary: Summary,
  asked: { readonly driftInterval: string | undefined; readonly unknown: readonly string[] },
): Summary {
  const { driftInterval, unknown } = asked;
  if (summary.ready !== true) return summary;
  const isOdd = driftInterval !== undefined && durationMs(driftInterval) === undefined;
  const notes = [
    ...(isOdd ? [`${ANNOTATION.driftInterval} is not like 90s, 15m or 2h and does not count`] : []),
    ...(unknown.length === 0 ? [] : [`no annotation of the operator, and of no effect: ${few(unknown)}`]),
  ];
  return { ...summary, readyMessage: [summary.readyMessage, ...notes].join('; ') };
}

/** A hash is short; any text may stand there. */
const LONGEST_HASH = 64;

/** Says of an approval that is not of the plan of now that it approves nothing: the plan may be another one meanwhile. Pure. */
export function tellingApproval(
  summary: Summary,
  approve: string | undefined,
  hash: string | undefined,
): Summary {
  const said = approve?.trim() ?? '';
  if (said === '' || hash === undefined || said === hash || summary.syncedReason !== 'ApprovalRequired')
    return summary;
  const shown = said.slice(0, LONGEST_HASH).replace(/[^\w.:-]/g, '?');
  const note = `${ANNOTATION.approve} is ${shown} now, which is no hash of this plan`;
  return { ...summary, syncedMessage: `${summary.syncedMessage} (${note})` };
}

/** What AWS refuses is not asked for at every look: says when it is, for who has seen to it elsewhere than in Kubernetes. Pure. */
export function tellingNextAttempt(summary: Summary, result: PassResult): Summary {
  const error = worst(countedErrors(result));
  if (error === undefined || !STALLING.has(error.class)) return summary;
  const reason = reasonIn(result, error);
  const message = said(result, error);
  const minutes = STALLED_AGAIN_MS / 60_000;
  const told = `${message}; tried again within ${minutes} minutes, and at once when ${ANNOTATION.reconcileRequestedAt} is set anew`;
  return {
    ...summary,
    ...(summary.readyReason === reason && summary.readyMessage === message ? { readyMessage: told } : {}),
    ...(summary.syncedReason === reason && summary.syncedMessage === message ? { syncedMessage: told } : {}),
  };
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
