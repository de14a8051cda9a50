import type { Step } from '../engine/step.ts';
import type { KindCondition } from '../kinds/kind.ts';
import { capped, findCondition } from '../kube/conditions.ts';
import type { EventNote } from '../kube/events.ts';
import type { Context } from './context.ts';
import { differencesOf } from './differences.ts';
import { notesOf } from './notes.ts';
import type { BlockedBy, OptaObject } from './objects.ts';
import { REASONS } from './reasons.ts';
import type { Summary } from './summary.ts';

/**
 * Events for what a person should notice; a repeated state is told once. `blockers`: what holds it up; while that only becomes less
 * nothing is told anew, or each of a hundred that leave would be an event.
 */
export function announce(
  context: Pick<Context, 'events'>,
  object: OptaObject,
  summary: Summary,
  blockers: readonly BlockedBy[] = [],
): void {
  const isLess = isLessThan(object.status?.blockedBy ?? [], blockers);
  const before = findCondition(object.status?.conditions, 'Ready');
  const turned =
    before?.reason !== summary.readyReason || (before.message !== capped(summary.readyMessage) && !isLess);
  // What both conditions say is told once: below, with the differences.
  const isToldBelow =
    summary.readyReason === summary.syncedReason && REASONS[summary.syncedReason].isToldOfSynced;
  if (summary.ready === false && turned && REASONS[summary.readyReason].isTrouble && !isToldBelow) {
    context.events.record(object, {
      type: 'Warning',
      reason: summary.readyReason,
      action: 'Reconcile',
      note: summary.readyMessage,
    });
  }
  const synced = findCondition(object.status?.conditions, 'Synced');
  const differs =
    synced?.reason !== summary.syncedReason || (synced.message !== capped(summary.syncedMessage) && !isLess);
  // A deletion that is held up does not make an object less usable: it is told all the same.
  const held = summary.syncedReason === 'DeletionBlocked' && summary.ready !== false;
  if (differs && (held || REASONS[summary.syncedReason].isToldOfSynced)) {
    const type = summary.syncedReason === 'ApprovalRequired' ? 'Normal' : 'Warning';
    context.events.record(object, {
      type,
      reason: summary.syncedReason,
      action: 'Plan',
      note: summary.syncedMessage,
    });
  }
}

/** Some of what was in the way is still, and nothing was added. */
function isLessThan(before: readonly BlockedBy[], now: readonly BlockedBy[]): boolean {
  return (
    now.length <= before.length && now.some(one => before.some(({ resource }) => resource === one.resource))
  );
}

/** What a kind's own conditions warn of: once, by the status of before, so that a restart tells nothing anew. */
export function announceWarnings(
  context: Pick<Context, 'events'>,
  object: OptaObject,
  own: readonly KindCondition[],
  summary: Pick<Summary, 'syncedReason' | 'syncedMessage'>,
): void {
  for (const { type, status, reason, message, warns } of own) {
    const before = findCondition(object.status?.conditions, type);
    const isTold =
      before?.status === status && before.reason === reason && before.message === capped(message);
    // What Synced says as well is told with that.
    const isToldBySynced = REASONS[summary.syncedReason].isToldOfSynced && summary.syncedMessage === message;
    if (warns !== true || isTold || isToldBySynced) continue;
    context.events.record(object, { type: 'Warning', reason, action: 'Look', note: message });
  }
}

/** So many differences at once have a note of their own each; more share notes, or an object's last would be told hours later. */
const MOST_NOTES = 10;

/** Differences that nobody asked for and that were corrected: all of them. */
export function announceDrift(
  context: Pick<Context, 'events'>,
  object: OptaObject,
  corrected: readonly Step[],
): void {
  const event = { type: 'Warning', reason: 'DriftDetected', action: 'Correct' } as const;
  tellAll(context, object, { event, head: 'corrected', steps: corrected });
}

/** What another object or the environment asked for: all of it. What the object's own spec asks for needs no word. */
export function announceChanges(
  context: Pick<Context, 'events'>,
  object: OptaObject,
  changed: readonly Step[],
): void {
  const event = { type: 'Normal', reason: 'Changed', action: 'Change' } as const;
  const head = 'changed because another object or the environment asks for it';
  tellAll(context, object, { event, head, steps: changed });
}

function tellAll(
  context: Pick<Context, 'events'>,
  object: OptaObject,
  of: {
    readonly event: Pick<EventNote, 'type' | 'reason' | 'action'>;
    readonly head: string;
    readonly steps: readonly Step[];
  },
): void {
  const found = of.steps.flatMap(differencesOf);
  const notes =
    found.length > MOST_NOTES ? notesOf(of.head, found, '; ') : found.map(one => `${of.head}: ${one}`);
  for (const note of notes) context.events.record(object, { ...of.event, note });
}
