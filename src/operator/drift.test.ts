import { describe, expect, test } from 'vitest';
import type { Adaptor } from '../engine/adaptor.ts';
import type { GraphNode, TaggedObservations } from '../engine/graph.ts';
import type { Step } from '../engine/step.ts';
import { correctionsIn, type Met, rememberMet } from './drift.ts';
import { resultOf, stepOf, viewOf } from './testing/results.ts';

type Fields = Readonly<Record<string, unknown>>;
const GENERATION = 2;

const adaptor = {
  diff: (desired: Fields, state: Fields) =>
    Object.entries(desired)
      .filter(([field, to]) => state[field] !== to)
      .map(([field, to]) => ({ field, from: state[field], to, risk: 'Low' as const })),
} as unknown as Adaptor;

function wanting(desired: GraphNode['desired'], tags: Readonly<Record<string, string>> = {}): GraphNode {
  return { id: 'group', type: 'fake/thing', dependsOn: [], desired, tags };
}

function seeing(state: Fields): TaggedObservations {
  return { ...resultOf({}).seen, state: <S>() => state as S };
}

/** What a pass leaves that found the node like this, changed it to what is wanted, and saw it ready after that. */
function passed(node: GraphNode, state: Fields, of: Partial<Step> | undefined, isReady = true) {
  const desired = node.desired(seeing(state)) as Fields;
  const found = { id: 'sg', state, tags: {} };
  const changes = adaptor.diff(desired, state, []);
  const step = stepOf('group', 'update', { changes, desired, found, ...of });
  return {
    ...resultOf({ views: [viewOf('group', isReady ? 'Ready' : 'InProgress')] }),
    graph: [node],
    seen: seeing({ ...state, ...desired }),
    done: of === undefined ? [] : [step],
  };
}

const CLOSED = wanting(() => ({ ingress: 'none' }));
const AS_ASKED = wanting(() => ({ ingress: 'ours' }));
/** Goes by what AWS has, one step at a time. */
const STAGED = wanting(seen => ({
  version: Math.min((seen.state<{ on: number }>('group')?.on ?? 0) + 1, 9),
}));

describe('what is changed in AWS before a generation was carried out whole', () => {
  function told(
    before: readonly [ReturnType<typeof passed>, generation?: number][],
    now: ReturnType<typeof passed>,
  ): readonly string[] {
    const met: Met = new Map();
    for (const [result, generation = GENERATION] of before)
      rememberMet(met, { generation, isSynced: false }, result);
    const of = { met, generation: GENERATION, adaptor: () => adaptor };
    const { drift, asked } = correctionsIn(now, of);
    expect(asked).toEqual([]);
    return drift.flatMap(({ changes, setTags }) => [
      ...changes.map(({ field, from }) => `${field}: ${from}`),
      ...Object.keys(setTags),
    ]);
  }
  const opened = passed(CLOSED, { ingress: 'all' }, {});
  const closed = passed(CLOSED, { ingress: 'none' }, undefined);

  test.each<[string, Parameters<typeof told>[0], ReturnType<typeof passed>, readonly string[]]>([
    ['is drift where AWS had it as it is wanted', [[closed]], opened, ['ingress: all']],
    ['again, after it was corrected', [[closed], [opened]], opened, ['ingress: all']],
    ['is of the spec before that', [], opened, []],
    ['is of the spec where that was for an earlier one', [[closed, 1]], opened, []],
    [
      'is what another object asks for now',
      [[closed]],
      passed(AS_ASKED, { ingress: 'none' }, { setTags: { team: 'a' } }),
      ['team'],
    ],
    [
      'both at once in different fields',
      [
        [
          passed(
            wanting(() => ({ ingress: 'none', name: 'a' })),
            { ingress: 'none', name: 'a' },
            undefined,
          ),
        ],
      ],
      passed(
        wanting(() => ({ ingress: 'ours', name: 'a' })),
        { ingress: 'none', name: 'theirs' },
        {},
      ),
      ['name: theirs'],
    ],
    [
      'is another tag that is wanted now',
      [[closed]],
      passed(
        wanting(() => ({ ingress: 'none' }), { team: 'a' }),
        { ingress: 'none' },
        { setTags: { team: 'a' } },
      ),
      [],
    ],
    [
      'is the next step of what goes by AWS',
      [[passed(STAGED, { on: 1, version: 2 }, undefined)]],
      passed(STAGED, { on: 2, version: 2 }, {}),
      [],
    ],
    [
      'is what another object no longer asks for, before it was seen',
      [[closed], [passed(AS_ASKED, { ingress: 'none' }, {}, false)]],
      passed(CLOSED, { ingress: 'ours' }, {}),
      [],
    ],
    ['is a second one, which we may have made', [[closed]], passed(CLOSED, {}, { duplicate: true }), []],
    ['is the one that was replaced', [[closed]], passed(CLOSED, {}, { action: 'remove' }), []],
  ])('%s', (_, before, now, expected) => {
    expect(told(before, now)).toEqual(expected);
  });

  test('is drift also of what waits for something by now, and goes on meanwhile', () => {
    const meanwhile = { ingress: 'none' };
    const WAITS = wanting(seen =>
      seen.id('key') === undefined ? { waitingFor: 'the key', meanwhile } : { ...meanwhile, key: 'k' },
    );
    const found = { id: 'sg', state: { ingress: 'all' }, tags: {} };
    const changes = adaptor.diff(meanwhile, found.state, []);
    const done = [stepOf('group', 'update', { changes, desired: meanwhile, found, drift: true })];
    const met: Met = new Map([['group', { generation: GENERATION, epoch: 1, node: WAITS }]]);
    const of = { met, generation: GENERATION, adaptor: () => adaptor };
    const { drift, asked } = correctionsIn({ ...passed(WAITS, {}, undefined), done }, of);
    expect([drift.length, asked]).toEqual([1, []]);
  });

  test('is no word more of another one that is made for it: its create does not set all', () => {
    const met: Met = new Map();
    rememberMet(met, { generation: GENERATION, isSynced: true }, closed);
    const of = { met, generation: GENERATION, adaptor: () => adaptor };
    const drifting = (epoch: number) => correctionsIn(passed(CLOSED, {}, { drift: true, epoch }), of);
    expect([drifting(2), drifting(1).drift.length]).toEqual([{ drift: [], asked: [] }, 1]);
  });

  test('is lost where it was there', () => {
    const { done: _, ...rest } = closed;
    const met: Met = new Map();
    rememberMet(met, { generation: GENERATION, isSynced: false }, closed);
    const now = { ...rest, done: [stepOf('group', 'recreate')] };
    const of = { met, generation: GENERATION, adaptor: () => adaptor };
    expect(correctionsIn(now, of).drift.map(step => step.action)).toEqual(['recreate']);
  });
});
