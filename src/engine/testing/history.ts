import fc from 'fast-check';
import type { ManagementPolicy } from '../gate.ts';
import type { Fault } from './fake-cloud.ts';
import type { NodeSpec } from './fake-graph.ts';
import { FAKE_TYPES, type FakeType, type FakeTypeName } from './fake-types.ts';
import { type Kill, POINTS } from './world.ts';

/** What happens to an object in its life. */
export type Event =
  | { readonly is: 'spec'; readonly spec: readonly NodeSpec[] }
  /** Somebody removes or changes a resource behind the operator. */
  | { readonly is: 'vanish'; readonly node: string }
  | { readonly is: 'drift'; readonly node: string; readonly field: string }
  | { readonly is: 'untag'; readonly node: string }
  /** A tag that tells whose it is; put back when that was seen, or only after what happens next. */
  | { readonly is: 'strip'; readonly node: string; readonly tag: string; readonly late: boolean }
  /** It fails for good, as a NAT gateway whose address is taken. */
  | { readonly is: 'fail'; readonly node: string }
  | { readonly is: 'restart' }
  | { readonly is: 'policy'; readonly policy: ManagementPolicy }
  /** Nobody looks before the second thing from here on has happened. */
  | { readonly is: 'pause' }
  /** The wall clock is set, so far ahead of time as it goes. */
  | { readonly is: 'clock'; readonly aheadMs: number }
  | { readonly is: 'rebuild' }
  /** The status is taken away, and the object stays. */
  | { readonly is: 'lose' }
  | { readonly is: 'delete'; readonly how: 'Remove' | 'Retain' };

/** What goes wrong while it is carried out. */
export interface Trouble {
  readonly kills: readonly Kill[];
  /** Of the first calls. */
  readonly faults: readonly Fault[];
  /** How old reads are, in turn, in s. */
  readonly lags: readonly number[];
  /** The next event comes after so many passes. */
  readonly hurry: number | undefined;
  /** The event comes in the middle of the passes for the one before, after so many writes. */
  readonly during: number | undefined;
}

export interface Episode {
  readonly event: Event;
  readonly trouble: Trouble;
}

/** Below every settling time of the fake types. */
export const WORST_LAG_S = 19;
const HOUR_MS = 60 * 60_000;

export const NO_TROUBLE: Trouble = { kills: [], faults: [], lags: [0], hurry: undefined, during: undefined };

/** How a sign may move depends on who uses it just then: a life that nobody approves need not come to one end. */
const LEFT_OUT = new Set(['role', 'sign']);
const TYPES = Object.keys(FAKE_TYPES).filter(name => !LEFT_OUT.has(name)) as readonly FakeTypeName[];

interface Node {
  readonly type: FakeTypeName;
  readonly fixed: boolean;
  readonly kept: boolean;
}

interface Wish {
  readonly present: boolean;
  readonly order: number;
  readonly a: string;
  readonly shape: string;
  readonly risky: string;
  readonly optional: string | undefined;
  readonly team: string | undefined;
  readonly uses: readonly boolean[];
}

const node = fc.record({
  type: fc.constantFrom(...TYPES),
  fixed: fc.boolean(),
  kept: fc.boolean(),
});

const value = fc.constantFrom('1', '2');
const wish = fc.record({
  present: fc.boolean(),
  order: fc.nat(3),
  a: value,
  shape: fc.constantFrom('1', '1', '1', '2'),
  risky: value,
  optional: fc.option(value, { nil: undefined }),
  team: fc.option(value, { nil: undefined }),
  uses: fc.array(fc.boolean(), { maxLength: 5 }),
});

function specOf(nodes: readonly Node[], wishes: readonly Wish[]): readonly NodeSpec[] {
  const wanted = nodes
    .map((one, index) => ({ ...one, id: `n${index}`, wish: wishes[index] }))
    .filter(one => one.wish !== undefined && (one.fixed || one.wish.present))
    .sort((a, b) => (a.wish?.order ?? 0) - (b.wish?.order ?? 0));
  const specs = wanted.map(({ id, type, fixed, kept, wish: of }, index) => ({
    id,
    kept,
    type,
    fields: {
      a: of?.a ?? '',
      shape: of?.shape ?? '',
      risky: of?.risky ?? '',
      ...(of?.optional === undefined || revives(type) ? {} : { 'opt-x': of.optional }),
    },
    uses: wanted
      .slice(0, index)
      .filter((_, before) => of?.uses[before] === true)
      .map(one => one.id),
    ...(of?.team === undefined || revives(type) ? {} : { tags: { team: of.team } }),
    ...(fixed ? { fixed } : {}),
  }));
  // What is kept needs what it uses.
  const kept = new Set<string>();
  for (const { id, uses, ...one } of specs.toReversed()) {
    if (!one.kept && !kept.has(id)) continue;
    for (const other of [id, ...uses]) kept.add(other);
  }
  return specs.map(({ kept: _, ...one }) =>
    kept.has(one.id) ? { ...one, keepOnDelete: 'it is worth keeping' } : one,
  );
}

/** Comes back from its removal as it was; what was once set on it is then on no record any more. */
function revives(name: FakeTypeName): boolean {
  const type: FakeType = FAKE_TYPES[name];
  return type.scheduled === true;
}

const fault = fc.constantFrom<Fault>('none', 'none', 'none', 'lost', 'late', 'refused', 'broken');

function trouble(interrupting: boolean): fc.Arbitrary<Trouble> {
  const often = interrupting ? fc.option(fc.nat(3), { nil: undefined }) : fc.constant(undefined);
  const within = interrupting
    ? fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 2 })
    : fc.constant(undefined);
  return fc.record({
    kills: fc.array(fc.record({ at: fc.integer({ min: 1, max: 12 }), point: fc.constantFrom(...POINTS) }), {
      maxLength: 2,
    }),
    faults: fc.array(fault, { maxLength: 30 }),
    lags: fc.array(fc.constantFrom(0, 0, 5, WORST_LAG_S), { minLength: 1, maxLength: 4 }),
    hurry: often,
    during: within,
  });
}

/** A life of an object; hand-made changes come only when it is at rest, so that they meet the same in every run. */
export function histories(of: { readonly interrupting: boolean }): fc.Arbitrary<readonly Episode[]> {
  return fc.array(node, { minLength: 1, maxLength: 5 }).chain(nodes => {
    const event: fc.Arbitrary<Event> = fc.oneof(
      {
        weight: 5,
        arbitrary: fc
          .array(wish, { minLength: nodes.length, maxLength: nodes.length })
          .map(wishes => ({ is: 'spec' as const, spec: specOf(nodes, wishes) })),
      },
      {
        weight: of.interrupting ? 0 : 2,
        arbitrary: fc.record({
          is: fc.constantFrom('vanish' as const, 'untag' as const, 'fail' as const),
          node: fc.nat(nodes.length - 1).map(n => `n${n}`),
        }),
      },
      {
        weight: of.interrupting ? 0 : 2,
        arbitrary: fc.record({
          is: fc.constant('drift' as const),
          node: fc.nat(nodes.length - 1).map(n => `n${n}`),
          field: fc.constantFrom('a', 'risky', 'opt-x'),
        }),
      },
      {
        weight: of.interrupting ? 0 : 1,
        arbitrary: fc.record({
          is: fc.constant('strip' as const),
          node: fc.nat(nodes.length - 1).map(n => `n${n}`),
          tag: fc.constantFrom('node', 'installation', 'uid', 'name'),
          late: fc.boolean(),
        }),
      },
      { weight: 1, arbitrary: fc.constant({ is: 'restart' as const }) },
      {
        weight: 1,
        arbitrary: fc.record({
          is: fc.constant('policy' as const),
          policy: fc.constantFrom(
            'Apply' as const,
            'ApproveHighRisk' as const,
            'ApproveAll' as const,
            'Observe' as const,
          ),
        }),
      },
      { weight: of.interrupting ? 0 : 1, arbitrary: fc.constant({ is: 'pause' as const }) },
      {
        weight: 1,
        arbitrary: fc.record({
          is: fc.constant('clock' as const),
          aheadMs: fc.constantFrom(-HOUR_MS, 0, HOUR_MS),
        }),
      },
      {
        weight: of.interrupting ? 0 : 2,
        arbitrary: fc.record({ is: fc.constantFrom('rebuild' as const, 'lose' as const) }),
      },
    );
    const first = fc
      .array(wish, { minLength: nodes.length, maxLength: nodes.length })
      .map(wishes => ({ is: 'spec' as const, spec: specOf(nodes, wishes) }));
    const last = fc.option(
      fc.record({
        is: fc.constant('delete' as const),
        how: fc.constantFrom('Remove' as const, 'Retain' as const),
      }),
      { nil: undefined },
    );
    return fc
      .tuple(
        first,
        fc.array(event, { maxLength: 4 }),
        last,
        fc.array(trouble(of.interrupting), { minLength: 6, maxLength: 6 }),
      )
      .map(([start, middle, end, troubles]) =>
        [start, ...takenUp(middle), ...(end === undefined ? [] : [end])].map((one, index) => ({
          event: one,
          trouble: troubles[index] ?? NO_TROUBLE,
        })),
      );
  });
}

/**
 * What a rebuilt object only observes is on no record, and is looked for by nobody once it leaves the spec; nor is what left it
 * while it is observed, once the status is lost.
 */
function takenUp(events: readonly Event[]): readonly Event[] {
  let observes = false;
  return events.filter(event => {
    if (event.is === 'policy') observes = event.policy === 'Observe';
    return !observes || (event.is !== 'rebuild' && event.is !== 'lose');
  });
}
