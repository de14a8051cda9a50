import { adaptorOf, loadAdaptors } from '../aws/adaptors.ts';
import { partitionOf } from '../aws/arn.ts';
import { inLane, untilAborted } from '../aws/lane.ts';
import { type Member, membersOf } from '../aws/members.ts';
import type { AwsScope } from '../aws/scope.ts';
import { asCloudError, CloudError, STALLING, StaleObject } from '../engine/errors.ts';
import type { Owner } from '../engine/owner.ts';
import { type PassResult, runPass, type Subject } from '../engine/pass.ts';
import { type AdoptionOf, anotherProblem } from '../kinds/adopted.ts';
import { keptDefaults, withDefaults } from '../kinds/defaults.ts';
import { type FixedOf, fixedProblem, withFixed } from '../kinds/fixed.ts';
import type { Kind, KindInput, Problem } from '../kinds/kind.ts';
import { get } from '../kube/apply.ts';
import type { ReconcileResult } from '../kube/controller.ts';
import { ApiError, isConflict, isNotFound } from '../kube/errors.ts';
import { messageOf } from '../kube/log.ts';
import { pathOf, whereIs } from '../kube/resources.ts';
import { hasAnother } from './adoption.ts';
import { claim, disclaim, environmentDeleting, environmentMissing, isClaimed, isUnbegun } from './claim.ts';
import type { Context } from './context.ts';
import {
  deletionVerdict,
  dependantsVerdict,
  isAbandoned,
  isDone,
  isRefused,
  keptIn,
  keptVerdict,
  leftovers,
  letGo,
  liveDependants,
  membersVerdict,
  wayToAbandon,
} from './deletion.ts';
import { correctionsIn, rememberMet } from './drift.ts';
import { factsOf, targetOf } from './environment-facts.ts';
import { faultMessage, isFault } from './fault.ts';
import { movedVerdict } from './moved.ts';
import { namespaceProblem } from './namespace-access.ts';
import {
  ANNOTATION,
  annotation,
  hasFinalizer,
  isDeleting,
  isPaused,
  label,
  type OptaObject,
  resourceOf,
  specOf,
} from './objects.ts';
import { reportOrphans } from './orphans.ts';
import { announceChanges, announceDrift, publishPass, publishVerdict, type Verdict } from './publish.ts';
import { referrersOf } from './referrers.ts';
import { DEFAULTS, durationMs, jittered, together } from './settings.ts';
import { createStatusWriter, type StatusWriter } from './status-writer.ts';
import { countedErrors, errorsOf, reasonOf, withStates } from './summary.ts';

/** Tried again after this when only a change of the object or of what it refers to can help; in ms. */
const STALLED_AGAIN_MS = 15 * 60_000;
const SOON_MS = 1_000;
/** So much later than an object its namespace may be shown by the watch; in ms. */
const NAMESPACE_LATE_MS = 60_000;

/** The way of one change, for one object: read, build, observe, plan, gate, apply, publish, and when to come back. */
export async function reconcile(
  context: Context,
  object: OptaObject,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  try {
    return await untilAborted(signal, () => steps(context, object, signal));
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

/** This very object was changed or deleted in between. Of anything else the same answers are failures like others. */
function isOvertaken({ world }: Context, object: OptaObject, error: unknown): boolean {
  if (!(error instanceof ApiError) || !(isConflict(error) || isNotFound(error))) return false;
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
    await letGo(context, object, leftovers(object), 'not removed because of managementPolicy Observe');
    return {};
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
  const refused =
    environment === undefined ? environmentMissing(object) : refusal(context, kind, object, environment);
  if (environment === undefined || refused !== undefined) {
    if (!deleting) await disclaim(context, kind, writer);
    return refuse(context, writer, refused ?? environmentMissing(object));
  }
  const used = deleting ? await stillUsed(context, kind, object) : undefined;
  if (used !== undefined) return stop(context, writer, used);
  const moved = movedVerdict(object, environment.metadata.name, targetOf(environment));
  if (moved !== undefined) return refuse(context, writer, moved);

  const referrers = await referrersOf(context.world, context.transport, object);
  const input = inputOf(context, kind, object, environment, referrers);
  const defaults = defaultsOf(kind, object, input);
  const whole = input(defaults);
  const problem = deleting
    ? undefined
    : (fixedProblem(fixedOf(kind, object, input), defaults) ?? kind.check(whole, context.clock.now()));
  if (problem !== undefined) return stop(context, writer, problemVerdict(problem));
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
  if (hasOther && !deleting) return stop(context, writer, problemVerdict(anotherProblem(adoption)));
  const closed = deleting ? undefined : await claim(context, kind, writer);
  if (closed !== undefined) return stop(context, writer, closed);
  if (deleting && !kind.api.namespaced && deletionOf(kind, object, hasOther) === 'Remove') {
    const members = await membersIn(scope, object);
    if (members instanceof CloudError) return refuseScope(context, writer, members);
    if (members.length > 0) return stop(context, writer, membersVerdict(members));
  }
  return pass(context, kind, writer, { environment, referrers, input, scope, hasOther });
}

/** An environment does not vanish under its objects: nothing of theirs could be removed without it. */
async function stillUsed(context: Context, kind: Kind, object: OptaObject): Promise<Verdict | undefined> {
  if (kind.api.namespaced) return undefined;
  const dependants = await liveDependants(context, object);
  return dependants.length > 0 ? dependantsVerdict(context.world, dependants) : undefined;
}

function problemVerdict({ field, message, reason = 'NotGranted' }: Problem): Verdict {
  return { ready: false, reason, message: `${field}: ${message}`, stalled: true };
}

/** What was chosen once, as the status has it. */
function defaultsOf(
  kind: Kind,
  object: OptaObject,
  input: PassInput['input'],
): Readonly<Record<string, unknown>> {
  return withFixed(fixedOf(kind, object, input), keptDefaults(kind, object.spec, object.status?.defaults));
}

function fixedOf({ fixed }: Kind, { spec, status }: OptaObject, input: PassInput['input']): FixedOf {
  return { fixed, spec, resources: status?.resources ?? [], input };
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
    onWrite: context.wrote,
    onGone: (gone, made) => reportOrphans({ ...gone, status: { ...gone.status, resources: made } }, context),
  });
}

function environmentOf(context: Context, kind: Kind, object: OptaObject): OptaObject | undefined {
  if (!kind.api.namespaced) return object;
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
  if (!kind.api.namespaced || isDeleting(object)) return undefined;
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
    await letGo(context, object, leftovers(object));
    return {};
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

function inputOf(
  context: Context,
  kind: Kind,
  object: OptaObject,
  environment: OptaObject,
  referrers: KindInput<unknown>['referrers'],
): (defaults: Readonly<Record<string, unknown>>) => KindInput<unknown> {
  const { region, accountId } = targetOf(environment);
  const { namespace } = object.metadata;
  const place = { region, accountId, partition: partitionOf(region) };
  return defaults => ({
    ...specOf(object),
    spec: withDefaults(object.spec, defaults),
    written: object.spec,
    installation: context.settings.installation,
    place,
    environment: kind.api.namespaced ? factsOf(environment) : { ...factsOf(environment), tags: {} },
    referrers,
    referred(reference) {
      const other = context.world.objects(reference.kind).get(`${namespace}/${reference.name}`);
      // Another environment is another account or region: what is there is not reached from here.
      return other === undefined || other.spec.environment !== object.spec.environment
        ? undefined
        : specOf(other);
    },
  });
}

interface PassInput {
  readonly environment: OptaObject;
  readonly referrers: KindInput<unknown>['referrers'];
  readonly input: (defaults: Readonly<Record<string, unknown>>) => KindInput<unknown>;
  readonly scope: AwsScope;
  /** Another resource than the spec means. */
  readonly hasOther: boolean;
}

async function pass(
  context: Context,
  kind: Kind,
  writer: StatusWriter,
  of: PassInput,
): Promise<ReconcileResult> {
  const object = writer.current();
  const deleting = isDeleting(object);
  const lane = deleting ? 'delete' : isSynced(object) ? 'drift' : 'change';
  const run = () =>
    runPass(subjectOf(context, kind, object, of), {
      scope: of.scope,
      takeOver: context.settings.takeOverFrom,
      adaptor: adaptorOf,
      prepare: loadAdaptors,
      claims: context.claims,
      memory: context.knownOf(object).memory,
      monotonic: () => context.clock.monotonic(),
      save: (state, how) => writer.save(state, how),
      confirm: () => confirm(context, kind, object),
      onStep(step) {
        context.log.info(
          {
            object: label(object),
            node: step.node,
            action: step.action,
            ...(step.found === undefined ? {} : { id: step.found.id }),
            fields: step.changes.map(one => one.field),
          },
          'aws step',
        );
      },
    });
  const result = await inLane(lane, run, object.metadata.namespace);
  if (!deleting) tellCorrections(context, object, result);
  for (const { node, error } of result.errors) {
    context.log.warn(
      { object: label(object), node, class: error.class, code: error.code, error: error.message },
      'aws step failed',
    );
  }
  if (deleting) return afterDeletion(context, writer, result);
  await publishPass(context, writer, {
    kind,
    input: of.input(result.state.defaults),
    result,
    referrers: of.referrers,
  });
  return nextLook(context, object, result);
}

/** What was changed in AWS while the spec stayed as it is. */
function tellCorrections(context: Context, object: OptaObject, result: PassResult): void {
  const { met } = context.knownOf(object);
  const { generation = 0 } = object.metadata;
  const { drift, asked } = correctionsIn(result, { met, generation, adaptor: adaptorOf });
  announceDrift(context, object, drift);
  announceChanges(context, object, asked);
  rememberMet(met, generation, result);
}

function adoptionOf({ adopting }: Kind, { spec, status }: OptaObject, input: KindInput<unknown>): AdoptionOf {
  return { adopting, spec, resources: status?.resources ?? [], input };
}

function ownerOf(context: Context, { kind, metadata }: OptaObject, environment: OptaObject): Owner {
  return {
    installation: context.settings.installation,
    cluster: context.cluster,
    environment: environment.metadata.name,
    kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
  };
}

/** `hasOther`: what it adopted was not made by it, also where the spec has forgotten that. */
function deletionOf(kind: Kind, object: OptaObject, hasOther: boolean): Subject['deletion'] {
  if (!isDeleting(object)) return 'None';
  const { deletionPolicy, adopt } = object.spec;
  const isAdopted = adopt !== undefined || hasOther;
  const chosen = deletionPolicy ?? (isAdopted ? 'Retain' : kind.defaultDeletionPolicy);
  return chosen === 'Retain' ? 'Retain' : 'Remove';
}

function subjectOf(context: Context, kind: Kind, object: OptaObject, of: PassInput): Subject {
  const { metadata, spec, status } = object;
  const approve = annotation(object, ANNOTATION.approve);
  const synced = status?.syncedGeneration;
  return {
    owner: ownerOf(context, object, of.environment),
    generation: metadata.generation ?? 0,
    policy: spec.managementPolicy ?? 'Apply',
    deletion: deletionOf(kind, object, of.hasOther),
    ...(approve === undefined ? {} : { approve }),
    state: {
      resources: status?.resources ?? [],
      defaults: defaultsOf(kind, object, of.input),
      ...(status?.plan === undefined ? {} : { plan: status.plan }),
    },
    ...(synced === undefined ? {} : { syncedGeneration: synced }),
    defaults: kind.defaults(spec, context.clock.now()),
    settled: defaults => kind.settled?.(spec, defaults) ?? defaults,
    graph(defaults) {
      const nodes = kind.graph(of.input(defaults));
      // Taking care of a resource again means what was kept beside it too: its key, its dead-letter queue.
      return spec.adopt === undefined ? nodes : nodes.map(node => ({ ...node, adoptsKept: true }));
    },
  };
}

/** Before destructive calls: the object as the API server has it now is this very one, and still wants it. */
async function confirm(context: Context, kind: Kind, object: OptaObject): Promise<void> {
  const { namespace, name, uid, generation } = object.metadata;
  const now = await get<OptaObject>(context.transport, resourceOf(kind), { namespace, name });
  if (now?.metadata.uid !== uid) throw new StaleObject('the object is another one by now');
  const isOtherwise = isDeleting(now) !== isDeleting(object) || now.metadata.generation !== generation;
  if (isOtherwise || isPaused(now)) throw new StaleObject();
}

async function afterDeletion(
  context: Context,
  writer: StatusWriter,
  result: PassResult,
): Promise<ReconcileResult> {
  const resources = withStates(result.state.resources, result.plan.nodes);
  if (isDone(result)) {
    const kept = keptIn(result);
    // Others may hold the object longer than we do.
    if (kept.length > 0) await publishVerdict(context, writer, { ...keptVerdict(kept), resources });
    await letGo(context, writer.current(), kept);
    return {};
  }
  const object = writer.current();
  const verdict = deletionVerdict(result);
  const refused = isRefused(result);
  if (refused && isAbandoned(object)) {
    await letGo(context, object, leftovers(object));
    return {};
  }
  const message = refused ? `${verdict.message}; or ${wayToAbandon(object)}` : verdict.message;
  await publishVerdict(context, writer, { ...verdict, message, resources });
  return nextLook(context, object, result);
}

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

function isSynced(object: OptaObject): boolean {
  const synced = object.status?.conditions?.find(one => one.type === 'Synced');
  return synced?.status === 'True' && synced.observedGeneration === object.metadata.generation;
}
