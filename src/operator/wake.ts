import { TAG_PREFIX } from '../engine/owner.ts';
import { findCondition } from '../kube/conditions.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Change } from '../kube/store.ts';
import type { WorkQueue } from '../kube/workqueue.ts';
import { bindingName, isLeft } from './binding.ts';
import { isWaitedFor, ownsSomething } from './deletion.ts';
import { factsOf } from './environment-facts.ts';
import { ENVIRONMENT_LABEL, namespaceProblem } from './namespace-access.ts';
import { hasFinalizer, isDeleting, type OptaObject } from './objects.ts';
import { obstacleOf } from './obstacle.ts';
import { type ConfigMap, isEnvironment, type World, workKey } from './world.ts';

/** Which objects a change concerns: itself, who names it, whom it names, and everyone in a changed environment. */
export function wakeOnChanges(
  world: World,
  queue: Pick<WorkQueue, 'add'>,
  of: { vanished: (object: OptaObject) => void },
): void {
  for (const kind of world.kinds) {
    world.objects(kind.api.kind).onChange(change => {
      wakeItself(change, queue, of);
      if (isEnvironment(kind)) wakeMembers(change, world, queue);
      else {
        wakeNeighbours(change, world, queue);
        wakeHeldUp(change, world, queue);
      }
    });
  }
  world.namespaces.onChange(change => wakeInNamespace(change, world, queue));
  world.configMaps.onChange(({ before, after }) => {
    if (before === undefined) return;
    if (after !== undefined && JSON.stringify(before.data) === JSON.stringify(after.data)) return;
    wakeOwner(before, world, queue);
  });
}

/** Of a namespace it matters that it is there, and whether it may use an environment: controllers label it with much else. */
function wakeInNamespace(
  { key, before, after }: Change<KubeObject>,
  world: World,
  queue: Pick<WorkQueue, 'add'>,
): void {
  const problemOf = (environment: OptaObject, { metadata }: KubeObject) =>
    namespaceProblem(environment, key, metadata.labels);
  const concerns = (environment: OptaObject | undefined) =>
    before === undefined ||
    after === undefined ||
    (environment !== undefined && problemOf(environment, before) !== problemOf(environment, after));
  for (const kind of world.kinds) {
    for (const object of world.objects(kind.api.kind).all()) {
      if (object.metadata.namespace !== key) continue;
      const environment = environmentOf(object, world);
      if (!concerns(environment)) continue;
      queue.add(workKey(object), 'user');
      // What may not use it any more, it may wait for no longer.
      if (environment !== undefined && isDeleting(environment)) queue.add(workKey(environment), 'user');
    }
  }
}

function wakeItself(
  change: Change<OptaObject>,
  queue: Pick<WorkQueue, 'add'>,
  of: { vanished: (object: OptaObject) => void },
): void {
  const { before, after } = change;
  if (after === undefined || (before !== undefined && before.metadata.uid !== after.metadata.uid)) {
    if (before !== undefined) of.vanished(before);
  }
  if (after === undefined) return;
  if (before === undefined || isAsked(before, after)) queue.add(workKey(after), 'user');
}

/** A change by a person or a controller that is for us: our own status writes are not, nor what others note on it for themselves. */
function isAsked(before: OptaObject, after: OptaObject): boolean {
  return (
    isAnother(before, after) ||
    annotationsForUs(before) !== annotationsForUs(after) ||
    (hasFinalizer(before) && !hasFinalizer(after))
  );
}

function annotationsForUs({ metadata }: OptaObject): string {
  return JSON.stringify(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => key.startsWith(TAG_PREFIX)),
  );
}

/** Another object or spec, or it is to go: of what people change, all that its neighbours read beside how it stands. */
function isAnother({ metadata: a }: OptaObject, { metadata: b }: OptaObject): boolean {
  return a.uid !== b.uid || a.generation !== b.generation || a.deletionTimestamp !== b.deletionTimestamp;
}

function wakeNeighbours(
  { before, after }: Change<OptaObject>,
  world: World,
  queue: Pick<WorkQueue, 'add'>,
): void {
  const object = after ?? before;
  if (object === undefined) return;
  const { namespace = '', name } = object.metadata;
  const other = before === undefined || after === undefined || isAnother(before, after);
  if (other) {
    for (const one of [before, after]) {
      if (one === undefined) continue;
      for (const reference of world.referred(one))
        queue.add(`${reference.kind}:${namespace}/${reference.name}`, 'user');
    }
  }
  if (other || stands(before) !== stands(after)) {
    for (const referrer of world.referrers(object.kind, namespace, name))
      queue.add(workKey(referrer), 'user');
  }
}

/**
 * Who may have waited for its end: its environment that is being deleted, and who wants its name in AWS. One that held up
 * nobody wakes nobody: anybody may make such objects, and delete them, without end.
 */
function wakeHeldUp(
  { before, after }: Change<OptaObject>,
  world: World,
  queue: Pick<WorkQueue, 'add'>,
): void {
  if (before === undefined) return;
  const isOver = (stood: (object: OptaObject) => boolean) =>
    stood(before) && (after === undefined || !stood(after));
  const environment = environmentOf(before, world);
  const isEnding = environment !== undefined && isDeleting(environment);
  if (isEnding && isOver(one => isWaitedFor(world, environment, one)))
    queue.add(workKey(environment), 'user');
  if (!isOver(ownsSomething)) return;
  for (const other of world.contending(before.kind)) queue.add(workKey(other), 'user');
}

function environmentOf({ spec }: OptaObject, world: World): OptaObject | undefined {
  return world.objects(world.environmentKind).get(spec.environment ?? '');
}

/**
 * What others wait for: that it is ready, for which generation, whom it lets in, that all of it is carried out, as what
 * waited for a yes is at last, and what keeps it from that, which they tell of.
 */
function stands(object: OptaObject | undefined): string {
  if (object === undefined) return '';
  const told = (type: string) => findCondition(object.status?.conditions, type);
  const ready = told('Ready');
  return JSON.stringify([
    ready?.status,
    ready?.observedGeneration,
    object.status?.referrers,
    told('Synced')?.status === 'True',
    obstacleOf(object),
  ]);
}

function wakeMembers(
  { before, after }: Change<OptaObject>,
  world: World,
  queue: Pick<WorkQueue, 'add'>,
): void {
  const name = (after ?? before)?.metadata.name ?? '';
  if (before !== undefined && after !== undefined && gives(before) === gives(after)) return;
  for (const object of world.inEnvironment(name)) queue.add(workKey(object), 'user');
}

function gives(environment: OptaObject): string {
  const { uid, deletionTimestamp, generation } = environment.metadata;
  return JSON.stringify([
    uid,
    deletionTimestamp,
    generation,
    environment.metadata.labels?.[ENVIRONMENT_LABEL],
    factsOf(environment),
  ]);
}

/** Anybody may write any owner there: only those of our kinds are looked for. One that has lost its owner goes by its name. */
function wakeOwner(configMap: ConfigMap, world: World, queue: Pick<WorkQueue, 'add'>): void {
  const { namespace, name: ownName, ownerReferences = [] } = configMap.metadata;
  const kinds = world.kinds.filter(({ api }) => api.namespaced);
  for (const { apiVersion, kind, name } of ownerReferences) {
    const isOurs = kinds.some(({ api }) => api.kind === kind && `${api.group}/${api.version}` === apiVersion);
    if (isOurs) queue.add(`${kind}:${namespace}/${name}`, 'user');
  }
  for (const { api } of kinds) {
    if (!isLeft(configMap, api.kind)) continue;
    for (const object of world.objects(api.kind).all()) {
      const isNamed = object.metadata.namespace === namespace && bindingName(object) === ownName;
      if (isNamed) queue.add(workKey(object), 'user');
    }
  }
}
