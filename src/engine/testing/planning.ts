import type { Found } from '../adaptor.ts';
import { CloudError } from '../errors.ts';
import type { Entry } from '../inventory.ts';
import type { Memory } from '../memory.ts';
import type { Observation, ObservationMap } from '../observation.ts';
import { observationKey } from '../observation.ts';
import { ownershipTags } from '../owner.ts';
import { makePlan, type Plan, type PlanInput } from '../plan.ts';
import type { Step } from '../step.ts';
import { fakeAdaptor } from './fake-adaptor.ts';
import { createFakeCloud, type FakeState, type Fields } from './fake-cloud.ts';
import { graphOf, type NodeSpec } from './fake-graph.ts';
import { ALL_TYPES, FAKE_TYPES, type FakeType, type FakeTypeName } from './fake-types.ts';
import { memorySince } from './memory-since.ts';
import { ownerOf } from './world.ts';

/** Long after everything in the tables settled. */
export const NOW = Date.parse('2026-01-01T12:00:00Z');
export const LONG_AGO = '2026-01-01T00:00:00.000Z';
export const OWNER = ownerOf('one');

const cloud = createFakeCloud(() => NOW);
const adaptors = new Map(ALL_TYPES.map(type => [type.type, fakeAdaptor(cloud, type)]));

/** What a look gave for `node@epoch`; a class of errors stands for a look that failed. */
export type Looks = Readonly<Record<string, readonly Found[] | CloudError>>;

export interface Planning {
  readonly spec: readonly NodeSpec[];
  readonly inventory?: readonly Entry[];
  readonly looks?: Looks;
  readonly deletion?: PlanInput['deletion'];
  readonly synced?: boolean;
  readonly takeOver?: readonly string[];
  readonly memory?: Memory;
  readonly now?: number;
  readonly notYet?: readonly string[];
}

export function inputOf(of: Planning): PlanInput {
  return {
    owner: OWNER,
    takeOver: of.takeOver ?? [],
    now: of.now ?? NOW,
    graph: graphOf('one', of.spec),
    adaptor(type) {
      const adaptor = adaptors.get(type);
      if (adaptor === undefined) throw new Error(`no fake ${type}`);
      return adaptor as ReturnType<PlanInput['adaptor']>;
    },
    inventory: of.inventory ?? [],
    observations: looksOf(of),
    deletion: of.deletion ?? 'None',
    wasSynced: of.synced ?? false,
    memory: of.memory ?? memorySince(Date.parse(LONG_AGO), () => NOW, of.inventory),
  };
}

/** Nodes and entries that the table leaves out were looked for and are absent. */
function looksOf({ spec, inventory = [], looks = {}, notYet = [] }: Planning): ObservationMap {
  const keys = new Set([
    ...spec.map(({ id }) => {
      const newest = inventory.filter(entry => entry.node === id && entry.attempts !== 0).at(-1);
      return observationKey(id, newest?.epoch ?? 1);
    }),
    ...inventory.filter(entry => entry.attempts !== 0).map(entry => observationKey(entry.node, entry.epoch)),
    ...Object.keys(looks),
  ]);
  const all = [...keys].map((key): [string, Observation] => {
    const [node = '', epoch = '1'] = key.split('@');
    const look = looks[key] ?? [];
    const of = { node, epoch: Number(epoch), fresh: true, ...(notYet.includes(key) ? { notYet: true } : {}) };
    return [key, look instanceof CloudError ? { ...of, found: [], error: look } : { ...of, found: look }];
  });
  return new Map(all);
}

export function planOf(of: Planning): Plan {
  return makePlan(inputOf(of));
}

/** A resource of this object's, as a look finds it. */
export function found(
  name: FakeTypeName,
  node: string,
  of: {
    readonly id?: string;
    readonly epoch?: number;
    readonly attempt?: string;
    readonly fields?: Fields;
    readonly status?: FakeState['status'];
    readonly tags?: Readonly<Record<string, string | undefined>>;
  } = {},
): Found {
  const type: FakeType = FAKE_TYPES[name];
  const own = { ...ownershipTags(OWNER, node, of.epoch ?? 1, of.attempt), ...of.tags };
  const tags = Object.fromEntries(Object.entries(own).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
  const id = of.id ?? `${node}-id`;
  return {
    id,
    arn: `arn:${id}`,
    ...(type.createBy === 'name' ? { name: `one-${node}` } : {}),
    tags: type.untagged === true ? 'inherited' : tags,
    state: { status: of.status ?? 'ready', fields: of.fields ?? { a: '1' } } satisfies FakeState,
  };
}

/** As the inventory has it, made long ago. */
export function entry(
  name: FakeTypeName,
  node: string,
  of: Partial<Entry> & { readonly unmade?: true } = {},
): Entry {
  const { unmade, ...rest } = of;
  const type: FakeType = FAKE_TYPES[name];
  return {
    node,
    epoch: 1,
    type: type.type,
    after: [],
    ...(type.createBy === 'name' ? { name: `one-${node}` } : {}),
    ...(unmade === true ? {} : { id: `${node}-id`, createdAt: LONG_AGO }),
    ...rest,
  };
}

/** `update queue@1: a (waits for key)`. */
export function shownStep(step: Step): string {
  const fields = [...step.changes.map(one => one.field), ...Object.keys(step.setTags).map(short)].concat(
    step.unsetTags.map(key => `-${short(key)}`),
  );
  const what = fields.length === 0 ? '' : `: ${fields.join(', ')}`;
  const unknown = step.known ? '' : ' known after apply';
  return `${step.action} ${step.node}@${step.epoch}${what}${unknown}${step.held === undefined ? '' : ` (${step.held})`}`;
}

function short(key: string): string {
  return key.replace('opta.dev/', '');
}

export function shownPlan(plan: Plan): readonly string[] {
  return plan.steps.map(shownStep);
}

/** `queue@1 Ready`. */
export function shownNodes(plan: Plan): readonly string[] {
  return plan.nodes.map(view => `${view.node}@${view.epoch} ${view.state}`);
}

export function shownForgotten(plan: Plan): readonly string[] {
  return plan.forget.map(one => `${one.node}@${one.epoch}`);
}
