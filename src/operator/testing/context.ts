import { createClaims } from '../../engine/claims.ts';
import { createFakeClock } from '../../engine/testing/fake-clock.ts';
import { KINDS } from '../../kinds/all.ts';
import { apiError, createFakeServer, type FakeServer } from '../../kube/testing/fake-server.ts';
import type { Call } from '../../kube/transport.ts';
import type { Context } from '../context.ts';
import { createKnownObjects } from '../known.ts';
import { createLiveEnvironments } from '../live-environment.ts';
import { type OptaObject, resourceOf } from '../objects.ts';
import { createWorld } from '../world.ts';
import { silent } from './objects.ts';
import { SETTINGS } from './settings.ts';

export interface FakeContext {
  readonly context: Context;
  readonly server: FakeServer;
  /** The object as it is stored. */
  stored(object: OptaObject): OptaObject | undefined;
  /** What was told of whom, by reason. */
  readonly told: { about: string; reason: string; note: string }[];
}

/** What reconciling has at hand, with these objects in the store and the API server, and without AWS. */
export function contextWith(
  objects: readonly OptaObject[],
  of: { readonly answer?: (call: Call) => void; readonly sessions?: Context['sessions'] } = {},
): FakeContext {
  const world = createWorld(KINDS, silent, []);
  const clock = createFakeClock();
  const told: FakeContext['told'] = [];
  for (const object of objects) world.objects(object.kind).put(object);
  world.namespaces.put({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', uid: 'n', resourceVersion: '1', labels: { 'opta.dev/environment': 'dev' } },
  });
  const all = new Map(objects.map(object => [object.metadata.uid, object]));

  function find(path: string): OptaObject | undefined {
    const [plural, name] = path
      .replace(/\/status$/, '')
      .split('/')
      .slice(-2);
    return [...all.values()].find(
      one => one.metadata.name === name && world.kind(one.kind).api.plural === plural,
    );
  }
  const server = createFakeServer(call => {
    of.answer?.(call);
    const plural = call.path.split('/').at(-1);
    const kind = KINDS.find(({ api }) => api.plural === plural);
    if (call.method === 'GET' && kind !== undefined)
      return { metadata: {}, items: [...all.values()].filter(one => one.kind === kind.api.kind) };
    const found = find(call.path);
    if (found === undefined) throw apiError(404, 'NotFound');
    if (call.method !== 'PATCH') return structuredClone(found);
    const { metadata = {}, status } = call.body as Partial<OptaObject>;
    const after = {
      ...found,
      metadata: {
        ...found.metadata,
        ...metadata,
        resourceVersion: `${Number(found.metadata.resourceVersion) + 1}`,
      },
      ...(status === undefined ? {} : { status }),
    } as OptaObject;
    all.set(found.metadata.uid, after);
    return structuredClone(after);
  });
  const context: Context = {
    settings: SETTINGS,
    cluster: 'c',
    world,
    transport: server,
    sessions: of.sessions ?? {
      scope: () => {
        throw new Error('AWS is not asked');
      },
      close: () => {},
    },
    claims: createClaims(() => clock.monotonic()),
    liveEnvironments: createLiveEnvironments(server, resourceOf(world.kind(world.environmentKind)), name =>
      world.objects(world.environmentKind).get(name),
    ),
    events: {
      record: (about, { reason, note }) => void told.push({ about: about.metadata.name, reason, note }),
      stop: async () => {},
    },
    clock,
    log: silent,
    random: () => 0.5,
    knownOf: createKnownObjects(world, clock).of,
    wrote: () => {},
  };
  return { context, server, told, stored: object => all.get(object.metadata.uid) };
}
