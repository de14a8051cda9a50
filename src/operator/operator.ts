import type { CallHooks } from '../aws/client.ts';
import { createSessions, type SessionOptions } from '../aws/sessions.ts';
import { createClaims } from '../engine/claims.ts';
import type { Clock } from '../engine/clock.ts';
import type { Kind } from '../kinds/kind.ts';
import { get } from '../kube/apply.ts';
import { type Pass, runWorkers } from '../kube/controller.ts';
import { isUndeclared } from '../kube/errors.ts';
import { createEventRecorder } from '../kube/events.ts';
import type { Log } from '../kube/log.ts';
import { type KubeObject, splitKey } from '../kube/object.ts';
import { type Reflector, startReflector } from '../kube/reflector.ts';
import type { Resource } from '../kube/resources.ts';
import type { WritableStore } from '../kube/store.ts';
import type { Transport } from '../kube/transport.ts';
import { createWorkQueue, type WorkQueue } from '../kube/workqueue.ts';
import { CONFIG_MAPS, inBrief } from './binding.ts';
import { clusterUid, NAMESPACES } from './cluster.ts';
import type { Context } from './context.ts';
import { faultMessage } from './fault.ts';
import { createKnownObjects } from './known.ts';
import { createLiveEnvironments } from './live-environment.ts';
import { hasFinalizer, label, type OptaObject, resourceOf } from './objects.ts';
import { reportOrphans, reportUnpicked } from './orphans.ts';
import { createOwnWrites } from './own-writes.ts';
import { reconcile } from './reconcile.ts';
import type { Settings } from './settings.ts';
import { wakeOnChanges } from './wake.ts';
import { wakeReceivers } from './wake-receivers.ts';
import { createWorld, isEnvironment, KIND_LABEL, type World, workKey } from './world.ts';

export interface OperatorOptions {
  readonly settings: Settings;
  readonly kinds: readonly Kind[];
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Log;
  /** Which process this is, in events. */
  readonly instance: string;
  readonly aws: Omit<SessionOptions, 'installation' | 'clock' | 'hooks'> & { readonly hooks?: CallHooks };
  readonly random?: () => number;
  readonly onPass?: (pass: Pass) => void;
  /** Ends the watches at once, whatever workers do: the process is ending. */
  readonly signal?: AbortSignal;
}

/** No pass hangs: calls have an end of their own. Many objects that wait for a slow AWS take long, and would never get on if they were aborted. */
const LONGEST_PASS_MS = 30 * 60_000;

/** Caches and workers. Watching begins at once, so that a standby is warm; work begins with `lead`. */
export interface Operator {
  readonly world: World;
  readonly queue: WorkQueue;
  /** All watches have their first list, or none because the type is not installed. */
  readonly synced: Promise<void>;
  /**
   * No object has our finalizer, by the first lists: nothing is begun, so another operator of this installation, if there
   * is one, has nothing at work. What it begins first, and what it makes then, it writes down with resourceVersion: of two,
   * one is refused.
   */
  isUnused(): Promise<boolean>;
  /** Monotonic time in ms when the quietest watch was last heard. */
  lastHeardAt(): number;
  /** What there is no list of, and why. */
  unlisted(): readonly string[];
  /** Objects whose status the API server does not take, as their custom resource definition is older, and what to do. */
  outdated(): readonly string[];
  lead(): Promise<void>;
  /** Ends passes with the calls that they are in, then watches; `graceMs` for events that are not told yet. */
  stop(graceMs: number): Promise<void>;
}

export function createOperator(options: OperatorOptions): Operator {
  const { settings, transport, clock, log } = options;
  const random = options.random ?? Math.random;
  const world = createWorld(options.kinds, log, settings.namespaces);
  const queue = createWorkQueue({
    clock,
    random,
    groupOf: key => splitKey(key.slice(key.indexOf(':') + 1)).namespace ?? '',
  });
  const ending = new AbortController();
  const signals = options.signal === undefined ? [ending.signal] : [ending.signal, options.signal];
  const signal = AbortSignal.any(signals);
  const reflectors = startReflectors(options, world, signal);
  const events = createEventRecorder({
    transport,
    clock,
    controller: 'opta.dev/operator',
    instance: options.instance,
    log,
  });
  const sessions = createSessions({
    ...options.aws,
    installation: settings.installation,
    clock,
    hooks: options.aws.hooks ?? {},
  });
  const known = createKnownObjects(world, clock);
  const own = createOwnWrites({ world, transport, clock });
  let workers: ReturnType<typeof runWorkers> | undefined;
  let isTaking = false;
  const refusedFields = new Map<string, string>();
  /** Before it leads nothing is put by: what is there then is looked at all together, and what has gone is not. */
  const waking: Pick<WorkQueue, 'add'> = {
    add(key, lane) {
      if (isTaking) queue.add(key, lane);
    },
  };

  function vanished(object: OptaObject): void {
    const { uid } = object.metadata;
    const was = known.forget(uid);
    own.forget(uid);
    // A standby does not know what the leader let go.
    if (was?.isReleased !== true && workers !== undefined) void reportGone(object);
  }
  async function reportGone(object: OptaObject): Promise<void> {
    const { environmentSelector: selector } = settings;
    const { name, uid } = object.metadata;
    const live =
      selector === '' || object.kind !== world.environmentKind
        ? undefined
        : await get<OptaObject>(transport, resourceOf(world.kind(object.kind)), { name }).catch(
            () => undefined,
          );
    if (live?.metadata.uid === uid) reportUnpicked(live, selector, { events, log });
    else reportOrphans(object, { world, events, log });
  }
  wakeOnChanges(world, waking, { vanished });
  wakeReceivers(world, waking);

  async function lead(): Promise<void> {
    // A warm standby's watch may be behind without knowing, and the former leader's work and people's changes with it.
    await Promise.all([synced, ...reflectors.map(one => one.relist())]);
    const cluster = await clusterUid({ transport, clock, random, log, signal });
    if (cluster === undefined) return;
    const context = contextOf(cluster);
    isTaking = true;
    for (const kind of world.kinds) {
      for (const object of world.objects(kind.api.kind).all()) queue.add(workKey(object), 'resync');
    }
    workers = runWorkers({
      queue,
      concurrency: settings.concurrency,
      clock,
      log,
      ...(options.onPass === undefined ? {} : { onPass: options.onPass }),
      timeoutMs: LONGEST_PASS_MS,
      async reconcile(key, { signal: passSignal }) {
        const object = objectOf(world, key);
        if (object === undefined) {
          refusedFields.delete(key);
          return {};
        }
        // A pass starts only from an object at least as new as our last write of it; the watch brings it.
        const requeueAfterMs = await own.wait(object);
        if (requeueAfterMs !== undefined) return { requeueAfterMs, lane: 'user', isWaiting: true };
        try {
          const result = await reconcile(context, object, passSignal);
          refusedFields.delete(key);
          return result;
        } catch (error) {
          if (isUndeclared(error)) refusedFields.set(key, `${label(object)}: ${faultMessage(error)}`);
          throw error;
        }
      },
    });
  }

  function contextOf(cluster: string): Context {
    return {
      settings,
      cluster,
      world,
      transport,
      sessions,
      claims: createClaims(() => clock.monotonic()),
      liveEnvironments: createLiveEnvironments(
        transport,
        resourceOf(world.kind(world.environmentKind)),
        name => world.objects(world.environmentKind).get(name),
      ),
      events,
      clock,
      log,
      random,
      knownOf: known.of,
      wrote: own.wrote,
    };
  }

  const synced = Promise.all([
    ...world.kinds.map(kind => world.objects(kind.api.kind).synced),
    world.namespaces.synced,
    world.configMaps.synced,
  ]).then(() => undefined);

  return {
    world,
    queue,
    synced,
    async isUnused() {
      await synced;
      return world.kinds.every(({ api }) => ![...world.objects(api.kind).all()].some(hasFinalizer));
    },
    lastHeardAt: () => Math.min(...reflectors.map(one => one.lastHeardAt)),
    unlisted: () => reflectors.flatMap(one => one.unlisted ?? []),
    // One of them says it all: there may be thousands.
    outdated: () => [...refusedFields.values()].slice(0, 1),
    lead,
    async stop(graceMs) {
      if (workers === undefined) await queue.shutDown();
      else await workers.stop();
      await events.stop(graceMs);
      ending.abort();
      await Promise.all(reflectors.map(one => one.ended));
      sessions.close();
    },
  };
}

function objectOf(world: World, key: string): OptaObject | undefined {
  const at = key.indexOf(':');
  const kind = key.slice(0, at);
  // A key that cannot be looked up would be tried again for ever.
  if (!world.kinds.some(({ api }) => api.kind === kind)) return undefined;
  return world.objects(kind).get(key.slice(at + 1));
}

function startReflectors(options: OperatorOptions, world: World, signal: AbortSignal): readonly Reflector[] {
  const { transport, clock, log, settings } = options;
  const common = { transport, clock, log, signal };
  function watch<T extends KubeObject>(
    resource: Resource,
    store: WritableStore<T>,
    labelSelector?: string,
    keep?: (object: T) => T,
  ): readonly Reflector[] {
    const of = {
      ...common,
      resource,
      store,
      ...(labelSelector === undefined || labelSelector === '' ? {} : { labelSelector }),
      ...(keep === undefined ? {} : { keep }),
    };
    if (!resource.namespaced || settings.namespaces.length === 0) {
      return [startReflector<T>(of)];
    }
    return settings.namespaces.map(namespace => startReflector<T>({ ...of, namespace }));
  }
  return [
    ...world.kinds.flatMap(kind => {
      const selector = isEnvironment(kind) ? settings.environmentSelector : '';
      return watch(resourceOf(kind), world.objects(kind.api.kind), selector);
    }),
    ...watch(NAMESPACES, world.namespaces),
    ...watch(CONFIG_MAPS, world.configMaps, KIND_LABEL, inBrief),
  ];
}
