import { type Claims, createClaims } from '../claims.ts';
import { StaleObject } from '../errors.ts';
import type { ManagementPolicy } from '../gate.ts';
import type { GraphNode } from '../graph.ts';
import { createMemory, type Memory } from '../memory.ts';
import type { Owner } from '../owner.ts';
import { type DefaultField, type EngineState, type PassResult, type Ports, runPass } from '../pass.ts';
import { fakeAdaptor } from './fake-adaptor.ts';
import { createFakeCloud, type FakeCloud, type Fields } from './fake-cloud.ts';
import { ALL_TYPES, FAKE_TYPES, type FakeTypeName, REFERENCE } from './fake-types.ts';

/** One node of a fake object's spec. */
export interface NodeSpec {
  readonly id: string;
  readonly type: FakeTypeName;
  readonly fields: Fields;
  /** Nodes whose ids it holds. */
  readonly uses?: readonly string[];
  readonly keepOnDelete?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly adopt?: string;
}

export type Point = 'before' | 'applied' | 'answered' | 'saved';
export const POINTS: readonly Point[] = ['before', 'applied', 'answered', 'saved'];

/** Ends the process at the nth write (from 1) of cloud or status, once. */
export interface Kill {
  readonly at: number;
  readonly point: Point;
}

/** An object, its status as stored, and the process that serves it. */
export interface World {
  readonly cloud: FakeCloud;
  readonly owner: Owner;
  now: number;
  spec: readonly NodeSpec[];
  generation: number;
  policy: ManagementPolicy;
  deletion: 'None' | 'Remove' | 'Retain';
  approve?: string;
  defaults: readonly DefaultField[];
  takeOver: readonly string[];
  state: EngineState;
  synced?: number;
  memory: Memory;
  claims: Claims;
  kill: Kill | undefined;
  /** All writes so far, to cloud and status: what a kill counts. */
  writes: number;
  saves: number;
  restarts: number;
  dead: boolean;
  /** The next save ends the process. */
  doomed: boolean;
}

const START = Date.parse('2026-01-01T00:00:00Z');

export function ownerOf(name: string, uid = `uid-${name}`, cluster = 'cluster-1'): Owner {
  return { installation: 'test', cluster, environment: 'env', kind: 'Thing', namespace: 'ns', name, uid };
}

export function createWorld(
  spec: readonly NodeSpec[],
  of: { owner?: Owner; cloud?: FakeCloud; now?: number } = {},
): World {
  const clock = { world: undefined as World | undefined };
  const now = () => clock.world?.now ?? of.now ?? START;
  const world: World = {
    cloud: of.cloud ?? createFakeCloud(now),
    owner: of.owner ?? ownerOf('one'),
    now: of.now ?? START,
    spec,
    generation: 1,
    policy: 'Apply',
    deletion: 'None',
    defaults: [],
    takeOver: [],
    state: { resources: [], defaults: {} },
    memory: createMemory(now),
    claims: createClaims(now),
    kill: undefined,
    writes: 0,
    saves: 0,
    restarts: 0,
    dead: false,
    doomed: false,
  };
  clock.world = world;
  if (of.cloud === undefined) world.cloud.around = write => around(world, write);
  return world;
}

/** The spec of another generation. */
export function respecify(world: World, spec: readonly NodeSpec[]): void {
  world.spec = spec;
  world.generation += 1;
}

/** Another process with the status as it was stored. */
export function restart(world: World): void {
  const now = () => world.now;
  world.memory = createMemory(now);
  world.claims = createClaims(now);
  world.restarts += 1;
  world.dead = false;
  world.doomed = false;
}

function around<T>(world: World, write: () => T, save = false): T {
  if (world.dead) throw new Error('the process has ended');
  world.writes += 1;
  const { kill } = world;
  const here = kill !== undefined && kill.at === world.writes;
  if (here && kill.point === 'before') {
    world.dead = true;
    throw new Error('killed before the write was sent');
  }
  const answer = write();
  if (save && world.doomed) world.dead = true;
  if (here && kill.point === 'saved') world.doomed = true;
  if (here && (kill.point === 'applied' || kill.point === 'answered')) world.dead = true;
  if (here && kill.point === 'applied') throw new Error('killed before the answer came');
  return answer;
}

export function graphOf(world: World): readonly GraphNode[] {
  return world.spec.map(one => {
    const type = FAKE_TYPES[one.type];
    const base = `${world.owner.name}-${one.id}`;
    const once = 'onceOnly' in type && type.onceOnly;
    return {
      id: one.id,
      type: type.type,
      optional: true,
      dependsOn: one.uses ?? [],
      ...(type.createBy === 'name' ? { name: (epoch: number) => (once ? base : `${base}-${epoch}`) } : {}),
      ...(one.keepOnDelete === undefined ? {} : { keepOnDelete: one.keepOnDelete }),
      ...(one.tags === undefined ? {} : { tags: one.tags }),
      ...(one.adopt === undefined ? {} : { adopt: one.adopt }),
      desired(seen) {
        const fields: Record<string, string> = { ...one.fields };
        for (const used of one.uses ?? []) {
          const id = seen.id(used);
          if (id === undefined) return { waitingFor: used, node: used };
          fields[`${REFERENCE}${used}`] = id;
        }
        return { fields };
      },
    } satisfies GraphNode;
  });
}

/** One pass and its publication. Undefined: the process ended within, or the pass was dropped. */
export async function passOnce(world: World): Promise<PassResult | undefined> {
  const adaptors = new Map(ALL_TYPES.map(type => [type.type, fakeAdaptor(world.cloud, type)]));
  const ports: Ports = {
    scope: { key: 'account/region' },
    takeOver: world.takeOver,
    adaptor(type) {
      const adaptor = adaptors.get(type);
      if (adaptor === undefined) throw new Error(`no fake ${type}`);
      return adaptor as ReturnType<Ports['adaptor']>;
    },
    claims: world.claims,
    memory: world.memory,
    now: () => world.now,
    monotonic: () => world.now,
    save: async state => save(world, state),
    confirm: async () => {
      if (world.dead) throw new StaleObject();
    },
  };
  const { approve, synced } = world;
  try {
    const result = await runPass(
      {
        owner: world.owner,
        generation: world.generation,
        policy: world.policy,
        deletion: world.deletion,
        ...(approve === undefined ? {} : { approve }),
        state: world.state,
        ...(synced === undefined ? {} : { syncedGeneration: synced }),
        defaults: world.defaults,
        graph: () => graphOf(world),
      },
      ports,
    );
    if (world.dead) return undefined;
    // As the operator does: while an object is deleted its inventory stays as it was.
    if (world.deletion === 'None' && JSON.stringify(result.state) !== JSON.stringify(world.state))
      save(world, result.state);
    const clean = result.plan.steps.length === 0 && result.plan.nodes.every(view => view.state === 'Ready');
    if (clean && result.errors.length === 0) world.synced = world.generation;
    return result;
  } catch (error) {
    if (world.dead || error instanceof StaleObject) return undefined;
    throw error;
  }
}

function save(world: World, state: EngineState): void {
  around(
    world,
    () => {
      world.saves += 1;
      world.state = JSON.parse(JSON.stringify(state)) as EngineState;
    },
    true,
  );
}

/** When the operator would look again, in ms; undefined: at the next drift check. */
export function nextLook(result: PassResult): number | undefined {
  const errors = [
    ...result.errors.map(one => one.error),
    ...result.plan.nodes.flatMap(view => view.error ?? []),
  ];
  const looks = [
    ...errors.map(error => error.retryAfterMs ?? 5_000),
    ...result.plan.nodes.flatMap(view => view.againInMs ?? []),
  ];
  const open = result.plan.nodes.some(view => view.state === 'Deleting' || view.state === 'InProgress');
  if (looks.length === 0 && open && result.gated.length === 0) looks.push(5_000);
  return looks.length === 0 ? undefined : Math.max(10, Math.min(...looks));
}

export class NotQuiet extends Error {}

/** Passes until nothing is left to do now; a process that ends is started anew from the stored status. */
export async function converge(world: World, of: { kill?: Kill; passes?: number } = {}): Promise<PassResult> {
  world.kill = of.kill === undefined ? undefined : { ...of.kill, at: world.writes + of.kill.at };
  let last: PassResult | undefined;
  let before = '';
  for (let pass = 0; pass < (of.passes ?? 300); pass++) {
    const writes = world.writes;
    const result = await passOnce(world);
    if (world.dead) {
      world.kill = undefined;
      restart(world);
      continue;
    }
    if (result === undefined) continue;
    const wait = nextLook(result);
    const settled = JSON.stringify(result.plan.nodes);
    if (wait === undefined && world.writes === writes && settled === before) return result;
    before = settled;
    last = result;
    world.now += wait ?? 1_000;
  }
  const views = last?.plan.nodes.map(
    view => `${view.node}@${view.epoch} ${view.state} ${view.message ?? ''}`,
  );
  throw new NotQuiet(`still not quiet: ${JSON.stringify(views)} ${JSON.stringify(last?.errors)}`);
}
