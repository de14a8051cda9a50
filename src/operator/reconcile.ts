import { inLane, type Lane, untilAborted } from '../aws/lane.ts';
import { type Member, membersOf } from '../aws/members.ts';
import type { AwsScope } from '../aws/scope.ts';
import { STALLING } from '../engine/error-class.ts';
import { asCloudError, CloudError, StaleObject } from '../engine/errors.ts';
import { anotherProblem } from '../kinds/adopted.ts';
import { fixedProblem } from '../kinds/fixed.ts';
import type { Kind } from '../kinds/kind.ts';
import { findCondition } from '../kube/conditions.ts';
import type { ReconcileResult } from '../kube/controller.ts';
import { ApiError, isConflict, isSurelyNotFound } from '../kube/errors.ts';
import { messageOf } from '../kube/log.ts';
import { pathOf, whereIs } from '../kube/resources.ts';
import { hasAnother } from './adoption.ts';
import {
  claim,
  disclaim,
  environmentDeleting,
  environmentMissing,
  free,
  isClaimed,
  isUnbegun,
} from './claim.ts';
import type { Context } from './context.ts';
import {
  dependantsAmong,
  dependantsVerdict,
  isAbandoned,
  leftovers,
  letGo,
  liveDependants,
  membersVerdict,
  ownsSomething,
} from './deletion.ts';
import { targetOf } from './environment-facts.ts';
import { faultMessage, isFault } from './fault.ts';
import { anothersVerdict, movedVerdict } from './moved.ts';
import { namespaceProblem } from './namespace-access.ts';
import { STALLED_AGAIN_MS } from './next-look.ts';
import {
  ANNOTATION,
  hasFinalizer,
  isDeleting,
  isPaused,
  label,
  type OptaObject,
  resourceOf,
} from './objects.ts';
import { pass } from './one-pass.ts';
import { reportOrphans } from './orphans.ts';
import { adoptionOf, defaultsOf, deletionOf, fixedOf, inputOf, ownerOf } from './pass-input.ts';
import { publishVerdict } from './publish.ts';
import { reasonOf } from './reasons.ts';
import { sendersOf } from './referrers.ts';
import { createStatusWriter, type StatusWriter } from './status-writer.ts';
import { problemVerdict, type Verdict } from './verdict.ts';
import { isEnvironment } from './world.ts';

const SOON_MS = 1_000;

/** So much later than an object its namespace may be shown by the watch; in ms. */
const NAMESPACE_LATE_MS = 60_000;

/** The way of one change, for one object: read, build, observe, plan, gate, apply, publish, and when to come back. */
export async function reconcile(
  context: Context,
  object: OptaObject,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const run = () => steps(context, object, signal);
  try {
    return await untilAborted(signal, () => inLane(laneOf(object), run, object.metadata.namespace));
  } catch (error) {
    // What went wrong since it was aborted says nothing of the object.
    signal.throwIfAborted();
    // Somebody changed the object meanwhile; the watch brings it, and this is only for a watch that is late.
    if (error instanceof StaleObject || isOvertaken(context, object, error)) {
      context.log.info({ object: label(object), why: messageOf(error) }, 'the object changed meanwhile');
      return { requeueAfterMs: SOON_MS, lane: 'user' };
    }
    if (isFault(error)) await tellFault(context, object, signal, error);
    throw error;
  }
}

function laneOf(object: OptaObject): Lane {
  if (isDeleting(object)) return 'delete';
  const synced = findCondition(object.status?.conditions, 'Synced');
  const isSynced = synced?.status === 'True' && synced.observedGeneration === object.metadata.generation;
  return isSynced ? 'drift' : 'change';
}

/** This very object was changed or deleted in between. Of anything else the same answers are failures like others. */
function isOvertaken({ world }: Context, object: OptaObject, error: unknown): boolean {
  if (!(error instanceof ApiError) || !(isConflict(error) || isSurelyNotFound(error))) return false;
  const resource = resourceOf(world.kind(object.kind));
  const own = pathOf(resource, whereIs(resource, object));
  return error.path === own || error.path === `${own}/status`;
}

/** What nobody thought of is told where a person looks, and tried again; it ends no process and hides in no log. */
async function tellFault(
  context: Context,
  object: OptaObject,
  signal: AbortSignal,
  error: unknown,
): Promise<void> {
  const message = faultMessage(error);
  context.log.error({ object: label(object), error: messageOf(error) }, 'reconciling failed unexpectedly');
  const writer = writerOf(context, context.world.kind(object.kind), object, signal);
  try {
    await publishVerdict(context, writer, { ready: 'unchanged', reason: 'Failed', message, stalled: true });
  } catch {
    // The fault itself is what is thrown; a status that cannot be written now is written after the next attempt.
  }
}

async function steps(context: Context, object: OptaObject, signal: AbortSignal): Promise<ReconcileResult> {
  const kind = context.world.kind(object.kind);
  if (await isAnothers(context, kind, object)) return {};
  const writer = writerOf(context, kind, object, signal);
  const deleting = isDeleting(object);
  if (deleting && !hasFinalizer(object)) return {};
  // As it is before the finalizer is put on.
  context.knownOf(object);
  const wait = namespaceWait(context, object);
  if (wait !== undefined) return wait;
  if (deleting && object.spec.managementPolicy === 'Observe') {
    const used = await stillUsed(context, kind, object);
    if (used !== undefined) return stop(context, writer, used);
    return letGo(context, object, leftovers(object), 'not removed because of managementPolicy Observe');
  }
  if (isPaused(object)) {
    const message = `paused by the annotation ${ANNOTATION.paused}${deleting ? '; deletion waits' : ''}`;
    await publishVerdict(context, writer, {
      ready: 'unchanged',
      reason: 'Paused',
      message,
      stalled: false,
      // Who waits for an object, as kstatus and Flux do, is not to wait for the end of a pause; a deletion is waited for.
      reconciling: deleting,
    });
    return {};
  }
  const environment = environmentOf(context, kind, object);
  const anothers = anothersVerdict([object, environment], context.settings, object);
  if (anothers !== undefined) {
    const users = deleting && isAbandoned(object) ? await stillUsed(context, kind, object) : undefined;
    return users === undefined ? refuse(context, writer, anothers) : stop(context, writer, users);
  }
  const refused =
    environment === undefined ? environmentMissing(object) : refusal(context, kind, object, environment);
  if (environment === undefined || refused !== undefined) {
    if (!deleting) await disclaim(context, writer);
    return refuse(context, writer, refused ?? environmentMissing(object));
  }
  const used = deleting ? await stillUsed(context, kind, object) : undefined;
  if (used !== undefined) return stop(context, writer, used);
  const moved = movedVerdict(object, environment.metadata.name, targetOf(environment));
  if (moved !== undefined) return refuse(context, writer, moved);

  const senders = await sendersOf(context.world, context.transport, object);
  const input = inputOf(context, kind, object, environment, senders);
  const defaults = defaultsOf(kind, object, input);
  const whole = input(defaults);
  const problem = deleting
    ? undefined
    : (fixedProblem(fixedOf(kind, object, input), defaults) ?? kind.check(whole, context.clock.now()));
  if (problem !== undefined) return stop(context, writer, problemVerdict(problem, object));
  const scope = await openScope(context, environment);
  if (scope instanceof CloudError) return refuseScope(context, writer, scope);
  const adoption = adoptionOf(kind, object, whole);
  const asked = {
    scope,
    owner: ownerOf(context, object, environment),
    takeOver: context.settings.takeOverFrom,
  };
  const hasOther = await hasAnother(adoption, asked).catch(asCloudError);
  if (hasOther instanceof CloudError) return refuseScope(context, writer, hasOther);
  if (hasOther && !deleting) return stop(context, writer, problemVerdict(anotherProblem(adoption), object));
  const closed = deleting ? undefined : await claim(context, kind, writer);
  if (closed !== undefined) return stop(context, writer, closed);
  if (deleting && isEnvironment(kind) && deletionOf(kind, object, hasOther) === 'Remove') {
    const members = await membersIn(scope, object);
    if (members instanceof CloudError) return refuseScope(context, writer, members);
    if (members.length > 0) return stop(context, writer, membersVerdict(members));
  }
  return pass(context, kind, writer, { environment, input, scope, hasOther });
}

/**
 * An environment does not vanish under its objects: nothing of theirs could be removed without it. As long as the watches show
 * one that has something that is the answer, and when it goes the environment is woken. Only that nobody is left is asked of
 * the API server itself, by lists of all that there is.
 */
async function stillUsed(context: Context, kind: Kind, object: OptaObject): Promise<Verdict | undefined> {
  if (!isEnvironment(kind)) return undefined;
  const shown = dependantsAmong(context, object, context.world.inEnvironment(object.metadata.name)).certain;
  if (shown.some(ownsSomething)) return dependantsVerdict(context.world, shown);
  const { certain, doubtful } = await liveDependants(context, object);
  const dependants = certain.length > 0 ? certain : await owning(context, object, doubtful);
  return dependants.length > 0 ? dependantsVerdict(context.world, dependants) : undefined;
}

/**
 * Those that AWS has something of, by its tags; all where it does not let us look. The others lose their finalizer: it stands
 * for nothing, and without the environment nobody could tell that.
 */
async function owning(
  context: Context,
  environment: OptaObject,
  doubtful: readonly OptaObject[],
): Promise<readonly OptaObject[]> {
  // By tags of this installation AWS shows nothing of theirs.
  const isAnothers = anothersVerdict([environment], context.settings, environment) !== undefined;
  if (doubtful.length === 0 || isAnothers) return doubtful;
  const scope = await openScope(context, environment);
  const members = scope instanceof CloudError ? scope : await membersIn(scope, environment);
  if (members instanceof CloudError) {
    if (STALLING.has(members.class)) return doubtful;
    throw members;
  }
  const owners = new Set(members.map(one => one.owner));
  // What was claimed meanwhile may have begun.
  const isOwning = (one: OptaObject) => owners.has(label(one)) || context.knownOf(one).claim !== 'unknown';
  for (const one of doubtful.filter(object => !isOwning(object))) {
    context.log.info({ object: label(one) }, 'AWS has nothing of the object: its finalizer is taken off');
    await free(context, one);
  }
  return doubtful.filter(isOwning);
}

function writerOf(context: Context, kind: Kind, object: OptaObject, signal: AbortSignal): StatusWriter {
  const { transport, clock, log } = context;
  const resource = resourceOf(kind);
  return createStatusWriter({
    transport,
    resource,
    object,
    clock,
    log,
    signal,
    installation: context.settings.installation,
    onWrite: context.wrote,
    onGone: (gone, made) => reportOrphans({ ...gone, status: { ...gone.status, resources: made } }, context),
  });
}

function environmentOf(context: Context, kind: Kind, object: OptaObject): OptaObject | undefined {
  if (isEnvironment(kind)) return object;
  return context.world.objects(context.world.environmentKind).get(object.spec.environment ?? '');
}

/** With a selector another operator serves the environments that ours does not pick: their objects are its alone. */
async function isAnothers(context: Context, kind: Kind, object: OptaObject): Promise<boolean> {
  if (context.settings.environmentSelector === '' || environmentOf(context, kind, object) !== undefined)
    return false;
  return (await context.liveEnvironments.read(object.spec.environment ?? '')) !== undefined;
}

/** Reasons not to begin. A withdrawn permission never stops a deletion. */
function refusal(
  context: Context,
  kind: Kind,
  object: OptaObject,
  environment: OptaObject,
): Verdict | undefined {
  if (isEnvironment(kind) || isDeleting(object)) return undefined;
  const { namespace = '' } = object.metadata;
  const problem = namespaceProblem(
    environment,
    namespace,
    context.world.namespaces.get(namespace)?.metadata.labels,
  );
  if (problem !== undefined)
    return { ready: false, reason: 'NamespaceNotAllowed', message: problem, stalled: true };
  return isDeleting(environment) && !isClaimed(context, object)
    ? environmentDeleting(environment)
    : undefined;
}

/**
 * Both may have been made a moment ago, and the watch of namespaces be the later one. One that stays away was ended by force:
 * the API server takes no write of what is left in it (Kubernetes documentation, "Admission Control in Kubernetes",
 * NamespaceLifecycle), and when it is there again the watch wakes the object.
 */
function namespaceWait(context: Context, object: OptaObject): ReconcileResult | undefined {
  const { namespace } = object.metadata;
  const known = context.knownOf(object);
  if (namespace === undefined || context.world.namespaces.get(namespace) !== undefined) {
    known.namespaceMissingSince = undefined;
    return undefined;
  }
  const now = context.clock.monotonic();
  known.namespaceMissingSince ??= now;
  if (now - known.namespaceMissingSince < NAMESPACE_LATE_MS)
    return { requeueAfterMs: SOON_MS, isWaiting: true };
  context.log.warn(
    { object: label(object), namespace },
    'the namespace of an object does not exist: create it again',
  );
  return { requeueAfterMs: STALLED_AGAIN_MS, isWaiting: true };
}

async function refuse(context: Context, writer: StatusWriter, verdict: Verdict): Promise<ReconcileResult> {
  const object = writer.current();
  if (isDeleting(object) && (isAbandoned(object) || isUnbegun(context, object))) {
    return letGo(context, object, leftovers(object));
  }
  return stop(context, writer, verdict);
}

async function stop(context: Context, writer: StatusWriter, verdict: Verdict): Promise<ReconcileResult> {
  await publishVerdict(context, writer, verdict);
  return { requeueAfterMs: STALLED_AGAIN_MS };
}

async function openScope(context: Context, environment: OptaObject): Promise<AwsScope | CloudError> {
  try {
    return await context.sessions.scope(targetOf(environment));
  } catch (error) {
    return asCloudError(error);
  }
}

async function refuseScope(
  context: Context,
  writer: StatusWriter,
  error: CloudError,
): Promise<ReconcileResult> {
  const stalled = STALLING.has(error.class);
  const verdict: Verdict = {
    ready: stalled ? false : 'unchanged',
    reason: reasonOf(error),
    message: error.message,
    stalled,
  };
  if (stalled) return refuse(context, writer, verdict);
  await publishVerdict(context, writer, verdict);
  throw error;
}

async function membersIn(scope: AwsScope, environment: OptaObject): Promise<readonly Member[] | CloudError> {
  try {
    return await membersOf(scope, environment.metadata.name);
  } catch (error) {
    return asCloudError(error);
  }
}
