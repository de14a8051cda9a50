import { type Claims, createClaims } from '../claims.ts';
import { steadyTime } from '../clock.ts';
import { StaleObject } from '../errors.ts';
import type { ManagementPolicy } from '../gate.ts';
import type { GraphNode } from '../graph.ts';
import { mergeInventories } from '../inventory.ts';
import { createMemory, type Memory } from '../memory.ts';
import type { Owner } from '../owner.ts';
import {
  type DefaultField,
  type EngineState,
  type PassResult,
  type Ports,
  runPass,
  type Subject,
} from '../pass.ts';
import { isOver } from '../plan.ts';
import { fakeAdaptor } from './fake-adaptor.ts';
import { createFakeCloud, type FakeCloud } from './fake-cloud.ts';
import { graphOf, type NodeSpec } from './fake-graph.ts';
import { ALL_TYPES } from './fake-types.ts';

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
  owner: Owner;
  /** As time really goes, which the monotonic clock counts from another start. */
  now: number;
  /** How far the wall clock is ahead of it, in ms. */
  wallAheadMs: number;
  spec: readonly NodeSpec[];
  /** Of the object: rises with every change that is not the process's own. */
  version: number;
  generation: number;
  createdAt: string;
  policy: ManagementPolicy;
  deletion: 'None' | 'Remove' | 'Retain';
  approve?: string;
  defaults: readonly DefaultField[];
  settled?: Subject['settled'];
  left?: Subject['left'];
  takeOver: readonly string[];
  state: EngineState;
  synced?: number;
  memory: Memory;
  claims: Claims;
  kill: Kill | undefined;
  /** Somebody changes the object right after the nth write (from 1). */
  edit: { readonly at: number; readonly change: (world: World) => void } | undefined;
  /** All writes so far, to cloud and status: what a kill counts. */
  writes: number;
  /** The same in words: `save`, `create queue`. */
  readonly log: string[];
  /** What the pass told of its steps. */
  readonly told: string[];
  /** What it said was done, together. */
  readonly done: string[];
  confirms: number;
  restarts: number;
  dead: boolean;
  /** The object is gone: what a pass finds out changes nothing. */
  released: boolean;
  /** The next save ends the process. */
  doomed: boolean;
}

const START = Date.parse('2026-01-01T00:00:00Z');

/** From the machine's start on, an hour before. Who takes it for wall time finds that nothing is long ago. */
function monotonicOf(now: number): number {
  return now - START + 60 * 60_000;
}

export function ownerOf(name: string, uid = `uid-${name}`, cluster = 'cluster-1'): Owner {
  return { installation: 'test', cluster, environment: 'env', kind: 'Thing', namespace: 'ns', name, uid };
}

export function createWorld(
  spec: readonly NodeSpec[],
  of: { owner?: Owner; cloud?: FakeCloud; now?: number; policy?: ManagementPolicy } = {},
): World {
  const clock: { world?: World } = {};
  const now = () => clock.world?.now ?? of.now ?? START;
  const wall = () => now() + (clock.world?.wallAheadMs ?? 0);
  const world: World = {
    cloud: of.cloud ?? createFakeCloud(now),
    owner: of.owner ?? ownerOf('one'),
    now: of.now ?? START,
    wallAheadMs: 0,
    spec,
    version: 1,
    generation: 1,
    createdAt: new Date(of.now ?? START).toISOString(),
    policy: of.policy ?? 'Apply',
    deletion: 'None',
    defaults: [],
    takeOver: [],
    state: { resources: [], defaults: {} },
    memory: createMemory(steadyTime({ now: wall, monotonic: () => monotonicOf(now()) })),
    claims: createClaims(() => monotonicOf(now())),
    kill: undefined,
    edit: undefined,
    writes: 0,
    log: [],
    told: [],
    done: [],
    confirms: 0,
    restarts: 0,
    dead: false,
    released: false,
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
  world.version += 1;
}

/** kubectl delete. */
export function deleteObject(world: World, deletion: 'Remove' | 'Retain'): void {
  world.deletion = deletion;
  world.generation += 1;
  world.version += 1;
}

export function approve(world: World, hash: string | undefined): void {
  if (hash === undefined) delete world.approve;
  else world.approve = hash;
  world.version += 1;
}

/** The cluster is made anew from Git, and the old one declared gone. */
export function rebuild(world: World, cluster: string): void {
  world.takeOver = [...world.takeOver, world.owner.cluster];
  world.owner = { ...world.owner, uid: `${world.owner.uid}-in-${cluster}`, cluster };
  world.state = { resources: [], defaults: {} };
  world.createdAt = new Date(world.now).toISOString();
  world.generation = 1;
  world.version += 1;
  delete world.synced;
  delete world.approve;
  restart(world);
}

/** Somebody takes the status away, as a restore from a backup without it does; the object is the same. */
export function loseStatus(world: World): void {
  world.state = { resources: [], defaults: {} };
  world.version += 1;
  delete world.synced;
}

/** Another process with the status as it was stored. */
export function restart(world: World): void {
  const monotonic = () => monotonicOf(world.now);
  world.memory = createMemory(steadyTime({ now: () => world.now + world.wallAheadMs, monotonic }));
  world.claims = createClaims(monotonic);
  world.restarts += 1;
  world.dead = false;
  world.doomed = false;
}

function around<T>(world: World, write: () => T, save = false): T {
  if (world.dead) throw new Error('the process has ended');
  world.writes += 1;
  const { kill, edit, writes } = world;
  const here = kill !== undefined && kill.at === writes;
  if (here && kill.point === 'before') {
    world.dead = true;
    throw new Error('killed before the write was sent');
  }
  const call = world.cloud.journal.at(-1);
  world.log.push(save ? 'save' : `${call?.operation} ${call?.node}`);
  const answer = write();
  if (edit?.at === writes) edit.change(world);
  if (save && world.doomed) world.dead = true;
  if (here && kill.point === 'saved') world.doomed = true;
  if (here && (kill.point === 'applied' || kill.point === 'answered')) world.dead = true;
  if (here && kill.point === 'applied') throw new Error('killed before the answer came');
  return answer;
}

/** One pass and its publication. Undefined: the process ended within, or the pass was dropped. */
export async function passOnce(world: World): Promise<PassResult | undefined> {
  const { version } = world;
  try {
    const result = await runPass(subjectOf(world), portsOf(world, version));
    if (world.dead) return undefined;
    // As the operator does: an object that is let go is written no more.
    if (world.deletion !== 'None' && isOver(result.plan) && result.errors.length === 0) world.released = true;
    if (!world.released && JSON.stringify(result.state) !== JSON.stringify(world.state))
      save(world, version, result.state, 'guarded');
    const clean = result.plan.steps.length === 0 && result.plan.nodes.every(view => view.state === 'Ready');
    if (clean && result.errors.length === 0) world.synced = world.generation;
    return result;
  } catch (error) {
    if (world.dead || error instanceof StaleObject) return undefined;
    throw error;
  }
}

function subjectOf(world: World) {
  const {
    owner,
    generation,
    createdAt,
    policy,
    deletion,
    approve: annotation,
    state,
    synced,
    defaults,
    spec,
    settled,
    left,
  } = world;
  return {
    owner,
    generation,
    createdAt,
    policy,
    deletion,
    ...(annotation === undefined ? {} : { approve: annotation }),
    state,
    ...(synced === undefined ? {} : { syncedGeneration: synced }),
    defaults,
    ...(settled === undefined ? {} : { settled }),
    graph: (chosen: Readonly<Record<string, unknown>>): readonly GraphNode[] =>
      graphOf(owner.name, withDefaults(spec, chosen)),
    ...(left === undefined ? {} : { left }),
  };
}

/** A chosen default `node.field` stands in for a field that the spec leaves out. */
function withDefaults(
  spec: readonly NodeSpec[],
  chosen: Readonly<Record<string, unknown>>,
): readonly NodeSpec[] {
  return spec.map(node => {
    const own = Object.entries(chosen).filter(([key]) => key.startsWith(`${node.id}.`));
    const fields = Object.fromEntries(own.map(([key, value]) => [key.slice(node.id.length + 1), `${value}`]));
    return { ...node, fields: { ...fields, ...node.fields } };
  });
}

function portsOf(world: World, version: number): Ports {
  const adaptors = new Map(ALL_TYPES.map(type => [type.type, fakeAdaptor(world.cloud, type)]));
  return {
    scope: { key: 'account/region' },
    takeOver: world.takeOver,
    adaptor(type) {
      const adaptor = adaptors.get(type);
      if (adaptor === undefined) throw new Error(`no fake ${type}`);
      return adaptor as ReturnType<Ports['adaptor']>;
    },
    claims: world.claims,
    memory: world.memory,
    monotonic: () => monotonicOf(world.now),
    save: async (state, how) => save(world, version, state, how),
    onStep: step => world.told.push(`${step.action} ${step.node}`),
    onOutcome: ({ step, error }) =>
      world.told.push(`${step.action} ${step.node} ${error === undefined ? 'done' : error.class}`),
    onDone: ({ done }) => void world.done.push(...done.map(step => `${step.action} ${step.node}`)),
    confirm: async () => {
      world.confirms += 1;
      if (world.dead || world.version !== version) throw new StaleObject();
    },
  };
}

/** The status protocol: 409 drops the pass, except that what must be recorded is merged in first. */
function save(world: World, version: number, state: EngineState, how: 'guarded' | 'must'): void {
  const stale = world.version !== version;
  if (stale && how === 'guarded') throw new StaleObject();
  around(
    world,
    () => {
      const merged = stale
        ? { ...state, resources: mergeInventories(world.state.resources, state.resources) }
        : state;
      world.state = JSON.parse(JSON.stringify(merged)) as EngineState;
    },
    true,
  );
  if (stale) throw new StaleObject();
}
