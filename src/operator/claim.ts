import { StaleObject } from '../engine/errors.ts';
import type { Kind } from '../kinds/kind.ts';
import { isConflict, isRefusal, isSurelyNotFound } from '../kube/errors.ts';
import { addFinalizer, removeFinalizer } from '../kube/finalizer.ts';
import type { Context } from './context.ts';
import { wayToAbandon } from './deletion.ts';
import { FINALIZER, hasFinalizer, isDeleting, type OptaObject, resourceOf } from './objects.ts';
import type { StatusWriter } from './status-writer.ts';
import type { Verdict } from './verdict.ts';
import { isEnvironment } from './world.ts';

/**
 * The finalizer is on before the first AWS write, and then the environment is read live once: neither misses the other. It
 * has one itself by then: its own passes put none on while it is only observed, paused, or has a fault in its spec, and it
 * would vanish under its objects.
 * A read that failed, or that a process did not live to see, is made up for: the finalizer alone is no proof of it.
 * Where an earlier answer is newer than the watch it is read before too, or the finalizer would be put on and taken off for
 * as long as the watch lags behind.
 * Returns why nothing may begin.
 */
export async function claim(
  context: Context,
  kind: Kind,
  writer: StatusWriter,
): Promise<Verdict | undefined> {
  const object = writer.current();
  if (object.spec.managementPolicy === 'Observe') return undefined;
  const latest = context.liveEnvironments.latest(object.spec.environment ?? '');
  if (isClaimed(context, object)) {
    const isOpen = latest !== undefined && !isDeleting(latest) && !hasFinalizer(latest);
    // It was made again, or somebody took it off.
    if (!isEnvironment(kind) && isOpen) await heldEnvironment(context, object);
    return undefined;
  }
  const known = context.knownOf(object);
  if (!hasFinalizer(object)) {
    if (!isEnvironment(kind) && (latest === undefined || isDeleting(latest))) {
      const closed = closedBy(object, await context.liveEnvironments.read(object.spec.environment ?? ''));
      if (closed !== undefined) return closed;
    }
    // Before it is sent: where the answer is lost it may be on, and nothing is begun all the same.
    const former = known.claim;
    known.claim = 'put on';
    const claimed = await addFinalizer(context.transport, resourceOf(kind), object, FINALIZER).catch(
      error => {
        if (isRefusal(error)) known.claim = former;
        throw error;
      },
    );
    // The API server took it from an object that had none: no other process has begun anything.
    if ((object.status?.resources ?? []).length === 0) known.memory.beginsAlone();
    context.wrote(claimed);
    writer.moved(claimed);
  }
  const since = isEnvironment(kind) ? undefined : closedBy(object, await heldEnvironment(context, object));
  if (since === undefined) known.claim = 'confirmed';
  else await disclaim(context, writer);
  return since;
}

/** The environment waits for the object, so that things may be made in it. */
export function isClaimed(context: Context, object: OptaObject): boolean {
  return hasFinalizer(object) && context.knownOf(object).claim === 'confirmed';
}

/** A finalizer of ours that surely stands for nothing in AWS. One of an earlier process may stand for what is on no record yet. */
export function isUnbegun(context: Context, object: OptaObject): boolean {
  return context.knownOf(object).claim === 'put on' && (object.status?.resources ?? []).length === 0;
}

/** What needs no environment keeps no finalizer, or it could not be deleted without one. */
export async function disclaim(context: Context, writer: StatusWriter): Promise<void> {
  const object = writer.current();
  if (!hasFinalizer(object) || !isUnbegun(context, object)) return;
  const freed = await free(context, object);
  context.knownOf(object).claim = 'unknown';
  if (freed !== undefined) writer.moved(freed);
}

/** Takes a finalizer off that stands for nothing in AWS. */
export async function free(
  context: Pick<Context, 'transport' | 'world' | 'wrote'>,
  object: OptaObject,
): Promise<OptaObject | undefined> {
  const resource = resourceOf(context.world.kind(object.kind));
  const freed = await removeFinalizer(context.transport, resource, object, FINALIZER);
  if (freed !== undefined) context.wrote(freed);
  return freed;
}

function heldEnvironment(context: Context, object: OptaObject): Promise<OptaObject | undefined> {
  return context.liveEnvironments.held(object.spec.environment ?? '', environment =>
    hold(context, environment),
  );
}

async function hold(context: Context, environment: OptaObject): Promise<OptaObject | undefined> {
  // As it is before the finalizer is put on.
  const { memory } = context.knownOf(environment);
  const resource = resourceOf(context.world.kind(environment.kind));
  try {
    const held = await addFinalizer(context.transport, resource, environment, FINALIZER);
    if ((environment.status?.resources ?? []).length === 0) memory.beginsAlone();
    context.wrote(held);
    return held;
  } catch (error) {
    if (isSurelyNotFound(error)) return undefined;
    throw isConflict(error) ? new StaleObject('its environment changed meanwhile') : error;
  }
}

function closedBy(object: OptaObject, environment: OptaObject | undefined): Verdict | undefined {
  if (environment === undefined) return environmentMissing(object);
  return isDeleting(environment) ? environmentDeleting(environment) : undefined;
}

export function environmentMissing(object: OptaObject): Verdict {
  const name = object.spec.environment ?? '';
  const way = isDeleting(object)
    ? `; without it nothing can be removed from AWS. Make it again, or ${wayToAbandon(object)}`
    : '';
  return {
    ready: false,
    reason: 'EnvironmentMissing',
    message: `OptaEnvironment ${name} does not exist${way}`,
    stalled: false,
  };
}

export function environmentDeleting(environment: OptaObject): Verdict {
  const message = `OptaEnvironment ${environment.metadata.name} is being deleted: nothing new is made in it`;
  return { ready: false, reason: 'EnvironmentDeleting', message, stalled: true };
}
