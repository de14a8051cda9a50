import { STALLING } from '../engine/error-class.ts';
import type { PassResult } from '../engine/pass.ts';
import type { ReconcileResult } from '../kube/controller.ts';
import type { Context } from './context.ts';
import { ANNOTATION, annotation, type OptaObject } from './objects.ts';
import { countedErrors, errorsOf } from './reasons.ts';
import { DEFAULTS, durationMs, jittered, together } from './settings.ts';

/** Tried again after this when only a change of the object or of what it refers to can help; in ms. */
export const STALLED_AGAIN_MS = 15 * 60_000;

/**
 * When AWS is expected to have moved on, or at the next drift check. Where AWS refuses what the object cannot be without, a
 * drift check would ask for the same again: it comes sooner only where the object says how often it is to be compared. Throws
 * what backs off.
 */
export function nextLook(
  context: Pick<Context, 'clock' | 'random' | 'settings' | 'world'>,
  object: OptaObject,
  result: PassResult,
): ReconcileResult {
  const errors = errorsOf(result);
  const backsOff = errors.find(error => !STALLING.has(error.class) && error.retryAfterMs === undefined);
  if (backsOff !== undefined) throw backsOff;
  const looks = [
    ...errors.map(error => error.retryAfterMs ?? STALLED_AGAIN_MS),
    ...result.plan.nodes.flatMap(view => view.againInMs ?? []),
  ];
  if (result.tried.length > 0 && looks.length === 0) looks.push(5_000);
  const isRefused = countedErrors(result).some(error => STALLING.has(error.class));
  if (!isRefused || annotation(object, ANNOTATION.driftInterval) !== undefined)
    looks.push(driftInterval(context, object));
  return { requeueAfterMs: Math.max(10, Math.min(...looks)) };
}

function driftInterval(
  context: Pick<Context, 'clock' | 'random' | 'settings' | 'world'>,
  object: OptaObject,
): number {
  const asked = durationMs(annotation(object, ANNOTATION.driftInterval) ?? '');
  const interval = Math.max(
    asked ?? context.settings.driftIntervalMs,
    asked === undefined ? 0 : DEFAULTS.shortestDriftIntervalMs,
  );
  if (context.world.kind(object.kind).looksTogether === true)
    return together(interval, context.clock.monotonic());
  return jittered(interval, context.random);
}
