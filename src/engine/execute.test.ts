import { describe, expect, test } from 'vitest';
import type { Adaptor, Found } from './adaptor.ts';
import { createClaims } from './claims.ts';
import type { ErrorClass } from './error-class.ts';
import { CloudError, havingWritten } from './errors.ts';
import { type ExecuteInput, execute } from './execute.ts';
import type { Inventory } from './inventory.ts';
import { createMemory } from './memory.ts';
import { conclude, wasRefused } from './record.ts';
import { makeStep, type StepParts } from './step.ts';
import { memorySince } from './testing/memory-since.ts';
import { entry, found, LONG_AGO, NOW, OWNER } from './testing/planning.ts';
import { ownerOf } from './testing/world.ts';

/** An adaptor whose writes answer as told, and what it was told to write. */
function adaptorOf(of: { answer?: Found; error?: Error; createBy?: Adaptor['createBy']; tag?: false } = {}) {
  const asked: unknown[] = [];
  function answer(...what: readonly unknown[]): Promise<Found> {
    asked.push(what);
    return of.error === undefined
      ? Promise.resolve(of.answer ?? found('queue', 'a'))
      : Promise.reject(of.error);
  }
  const adaptor: Adaptor = {
    type: 'fake/queue',
    createBy: of.createBy ?? 'name',
    holdsData: false,
    settleMs: 0,
    find: () => Promise.reject(new Error('no look')),
    diff: () => [],
    create: (_scope, { name, node, epoch }, desired, tags) =>
      answer('create', name, node, epoch, desired, tags),
    update: (_scope, one, desired, changes) =>
      answer(
        'update',
        one.id,
        desired,
        changes.map(change => change.field),
      ),
    async remove(_scope, one, { desired }) {
      await answer('remove', one.id, desired);
    },
    readiness: () => ({ is: 'ready' }),
    ...(of.tag === false
      ? {}
      : {
          async tag(_scope, one, set, unset) {
            await answer('tag', one.id, set, unset);
          },
        }),
  };
  return { asked, adaptor };
}

function inputOf(adaptor: Adaptor): ExecuteInput & { readonly memory: ReturnType<typeof createMemory> } {
  return {
    owner: OWNER,
    scope: { key: 'here' },
    adaptor: () => adaptor,
    graph: [
      {
        id: 'a',
        type: 'fake/queue',
        dependsOn: [],
        desired: () => ({}),
        name: () => 'one-a',
        tags: { team: 'red' },
      },
    ],
    claims: createClaims(() => 5),
    memory: createMemory(() => 5),
    takeOver: ['gone'],
    lookedAt: 9,
    whole: false,
  };
}

function step(action: StepParts['action'], of: Partial<StepParts> = {}) {
  return makeStep({ node: 'a', epoch: 1, action, risk: 'Low', consent: 'low', desired: { x: 1 }, ...of });
}

const INVENTORY: Inventory = [entry('queue', 'a')];
const MINE = found('queue', 'a');

describe('a create', () => {
  test('gives name, tags of the spec and of the owner, and the attempt', async () => {
    const { adaptor, asked } = adaptorOf();
    const pending = { attempt: '2', at: 'now' };
    await execute(inputOf(adaptor), [entry('queue', 'a', { unmade: true, pending })], step('create'));
    const tags = { ...(MINE.tags as object), team: 'red', 'opta.dev/attempt': '2' };
    expect(asked).toEqual([['create', 'one-a', 'a', 1, { x: 1 }, tags]]);
  });

  /** Another attempt would make a second one. */
  test.each<readonly [string, Found, string]>([
    ['without its tags yet', { ...MINE, tags: {} }, 'NotYet'],
    ['as that of before a rebuild', found('queue', 'a', { tags: { 'opta.dev/uid': 'before' } }), 'Busy'],
    ['with another epoch', found('queue', 'a', { epoch: 7 }), 'Busy'],
    ['as another object’s', found('queue', 'a', { tags: { 'opta.dev/name': 'two' } }), 'Conflict'],
  ])('that AWS did, and answered %s, ends no intent', async (_, answer, error) => {
    const pending = { attempt: '2', at: 'now' };
    const inventory = [entry('queue', 'a', { unmade: true, attempts: 2, pending })];
    const { adaptor } = adaptorOf({ answer, createBy: 'intent' });
    const outcome = await execute(inputOf(adaptor), inventory, step('create'));
    expect([outcome.error?.class, wasRefused(outcome)]).toEqual([error, false]);
    const of = { before: inventory, now: 5, refused: wasRefused(outcome) };
    expect(conclude(inventory, outcome, of)).toEqual(inventory);
  });

  test('that AWS refused made nothing', async () => {
    const { adaptor } = adaptorOf({ error: new CloudError('Busy', 'no'), createBy: 'intent' });
    expect(wasRefused(await execute(inputOf(adaptor), INVENTORY, step('create')))).toBe(true);
  });

  /** SQS, SNS and S3 in us-east-1 answer a repeated create with success on somebody else's resource. */
  test.each<readonly [string, Found, string]>([
    ['ours', MINE, 'made'],
    ['of a type without tags', found('link', 'a'), 'made'],
    [
      'ours from before',
      found('queue', 'a', { tags: { 'opta.dev/uid': 'before' } }),
      'Busy: fake/queue one-a was there already and is taken up next',
    ],
    [
      'ours from a cluster that is gone',
      found('queue', 'a', { tags: { 'opta.dev/cluster': 'gone', 'opta.dev/uid': 'before' } }),
      'Busy: fake/queue one-a was there already and is taken up next',
    ],
    [
      'the one that is replaced',
      found('queue', 'a', { epoch: 7 }),
      'Busy: fake/queue one-a is still the one that is replaced; waiting until it is gone',
    ],
    [
      'another object’s',
      found('queue', 'a', { tags: { 'opta.dev/name': 'two' } }),
      'Conflict: fake/queue one-a was made by somebody else meanwhile: by its tags it is that of Thing ns/two of this cluster',
    ],
    [
      'another cluster’s',
      found('queue', 'a', { tags: { 'opta.dev/cluster': 'c' } }),
      'Conflict: fake/queue one-a was made by somebody else meanwhile: it belongs to the cluster',
    ],
    [
      'one without tags, which ours may be shown as for a moment',
      { ...MINE, tags: {} },
      'NotYet: fake/queue one-a does not show its tags yet',
    ],
    [
      'one with the tags of another tool',
      { ...MINE, tags: { Name: 'a' } },
      'Conflict: fake/queue one-a was made by somebody else meanwhile: it has no opta.dev tags',
    ],
    [
      'kept on purpose',
      found('queue', 'a', { tags: { 'opta.dev/retained': '2025' } }),
      'Conflict: fake/queue one-a was made by somebody else meanwhile: it is retained',
    ],
  ])('whose answer is %s', async (_, answer, outcome) => {
    const input = inputOf(adaptorOf({ answer }).adaptor);
    const { found: made, error } = await execute(input, INVENTORY, step('create'));
    expect(error === undefined ? 'made' : `${error.class}: ${error.message}`).toContain(outcome);
    expect([made === undefined, input.memory.believed('a', 1).size > 0]).toEqual([
      outcome !== 'made',
      outcome === 'made',
    ]);
  });
});

describe('a write', () => {
  const changes = [{ field: 'x', from: 0, to: 1, risk: 'Low' as const }] as const;
  const setTags = { team: 'red' };
  const WRITES: readonly (readonly [string, ReturnType<typeof step>, readonly unknown[]])[] = [
    ['of fields', step('update', { found: MINE, changes }), ['update']],
    ['of tags', step('update', { found: MINE, setTags, unsetTags: ['old'] }), ['tag']],
    [
      'of both: the tags first, since policies ask for them',
      step('take up', { found: MINE, changes, setTags }),
      ['tag', 'update'],
    ],
    ['that adopts', step('adopt', { found: MINE, changes, setTags }), ['tag', 'update']],
    ['that retains', step('retain', { found: MINE, setTags }), ['tag']],
    ['that removes', step('remove', { found: MINE }), ['remove']],
    ['of what cannot be tagged', step('update', { found: found('link', 'a'), changes, setTags }), ['update']],
    ['that begins a replacement', step('replace', { found: MINE }), []],
    ['that begins making anew', step('recreate'), []],
    ['of what is gone already', step('remove'), []],
  ];

  test.each(WRITES)('%s', async (_, one, writes) => {
    const { adaptor, asked } = adaptorOf();
    const { error } = await execute(inputOf(adaptor), INVENTORY, one);
    expect([error, asked.map(call => (call as readonly unknown[])[0])]).toEqual([undefined, writes]);
  });

  /** By a tag policy of the organization, or since it bears too many. */
  const refusing = (error: CloudError, of: Parameters<typeof adaptorOf>[0] = {}) => {
    const { adaptor, asked } = adaptorOf(of);
    async function tag() {
      asked.push(['tag']);
      throw error;
    }
    return { input: inputOf({ ...adaptor, tag }), asked };
  };
  const isAsked = (asked: readonly unknown[]) => asked.map(call => (call as readonly unknown[])[0]);
  const uid = 'opta.dev/uid';

  test.each<readonly [string, ErrorClass, Partial<StepParts>, boolean]>([
    ['that AWS does not allow', 'Denied', { setTags }, true],
    ['that are too many', 'Quota', { setTags }, true],
    ['that are not to be taken away', 'Invalid', { unsetTags: ['old'] }, true],
    ['that say whose it is', 'Denied', { setTags: { ...setTags, [uid]: 'u' } }, false],
    ['that say that nobody has it', 'Denied', { setTags, unsetTags: ['opta.dev/retained'] }, false],
    ['by which it becomes ours', 'Denied', { setTags, action: 'adopt' }, false],
    ['by which it is ours again', 'Denied', { setTags, action: 'take up' }, false],
    ['that nobody judged', 'Throttled', { setTags }, false],
    ['whose answer is lost', 'Transient', { setTags }, false],
  ])('of fields does not wait for tags of the spec: after those %s', async (_, is, parts, isWritten) => {
    const { input, asked } = refusing(new CloudError(is, 'no tags'));
    const outcome = await execute(input, INVENTORY, step('update', { found: MINE, changes, ...parts }));
    expect([outcome.error?.class, outcome.error?.message]).toEqual([is, 'no tags']);
    expect(isAsked(asked)).toEqual(isWritten ? ['tag', 'update'] : ['tag']);
    expect([...input.memory.believed('a', 1).keys()]).toEqual(isWritten ? ['x'] : []);
    expect(outcome.found).toEqual(isWritten ? MINE : undefined);
  });

  test.each([
    ['refused as well: both are told', 'Invalid', 'Denied: no tags; no fields'],
    ['not judged: it is tried again', 'Throttled', 'Throttled: no fields'],
  ] as const)('of fields after refused tags is %s', async (_, is, told) => {
    const fields = new CloudError(is, 'no fields');
    const { input } = refusing(new CloudError('Denied', 'no tags'), { error: fields });
    const { error, found } = await execute(
      input,
      INVENTORY,
      step('update', { found: MINE, changes, setTags }),
    );
    expect([`${error?.class}: ${error?.message}`, found]).toEqual([told, undefined]);
    expect(input.memory.believed('a', 1).size).toBe(0);
  });

  const of = (is: ErrorClass) => new CloudError(is, 'no');
  const LESS_TAGS = { setTags, unsetTags: ['old'] };
  const TAKES_TAGS = { tag: async () => {} };
  const some = [...changes, { ...changes[0], field: 'y' }];
  const both = new Set(['x', 'y']);
  const inParts = (error: CloudError) => havingWritten(error, ['y']);
  test.each<readonly [string, CloudError, Partial<StepParts>, Partial<Adaptor>, ReadonlySet<string>]>([
    ['nothing of what is refused', of('Denied'), { changes }, {}, new Set()],
    ['all of what was not answered', of('Transient'), { changes: some }, {}, both],
    ['any of several, where AWS does not say', of('Denied'), { changes: some }, {}, both],
    ['the part that was not refused', inParts(of('Denied')), { changes: some }, {}, new Set(['y'])],
    ['all where a part was not answered', inParts(of('Transient')), { changes: some }, {}, both],
    ['the tags before that', of('Denied'), { changes, setTags }, TAKES_TAGS, new Set(['tag:team'])],
    ['no tags that are refused', of('Denied'), { setTags }, {}, new Set()],
    ['tags, where others may be refused', of('Denied'), LESS_TAGS, {}, new Set(['tag:team'])],
    ['none by one call for all', of('Denied'), LESS_TAGS, { tagsAtOnce: true }, new Set()],
    [
      'no fields after tags without an answer',
      of('Transient'),
      { changes, setTags },
      {},
      new Set(['tag:team']),
    ],
  ])('that fails may have written %s', async (_, error, parts, more, written) => {
    const input = inputOf({ ...adaptorOf({ error }).adaptor, ...more });
    const outcome = await execute(input, INVENTORY, step('take up', { found: MINE, ...parts }));
    expect([outcome.error, outcome.written]).toEqual([error, written]);
  });

  test.each<readonly ['create' | 'adopt', string, NonNullable<Adaptor['nameScope']>, 'Busy' | undefined]>([
    ['create', 'here', 'region', 'Busy'],
    ['create', 'there', 'region', undefined],
    ['create', 'there', 'global', 'Busy'],
    ['adopt', 'here', 'region', 'Busy'],
    ['adopt', 'there', 'region', undefined],
    ['adopt', 'there', 'global', 'Busy'],
  ])(
    'to %s what another object took %s since the look, where a name is of a %s: %s',
    async (action, key, nameScope, is) => {
      const { adaptor, asked } = adaptorOf();
      const input = { ...inputOf({ ...adaptor, nameScope }), claims: createClaims(() => 9) };
      const write = (of: Partial<ExecuteInput>) =>
        execute({ ...input, ...of }, INVENTORY, step(action, { found: MINE, setTags }));
      await write({ owner: ownerOf('two'), scope: { key } });
      const { error } = await write({});
      expect([error?.class, asked.length]).toEqual([is, is === undefined ? 2 : 1]);
    },
  );

  test('its answer is remembered: fields, tags, the removal', async () => {
    const input = inputOf(adaptorOf().adaptor);
    await execute(
      input,
      INVENTORY,
      step('update', { found: MINE, changes, setTags, unsetTags: ['opta.dev/epoch'] }),
    );
    expect([...input.memory.believed('a', 1).keys()]).toEqual(['tags', 'x']);
    const tags = input.memory.believed('a', 1).get('tags')?.value;
    expect(tags).toMatchObject({ team: 'red', 'opta.dev/name': 'one' });
    expect(tags).not.toHaveProperty('opta.dev/epoch');
    await execute(input, INVENTORY, step('remove', { found: MINE }));
    expect([input.memory.removedAt('a', 1), input.memory.believed('a', 1).size]).toEqual([5, 0]);
  });

  test.each([
    { when: 'a moment ago', ageMs: 50, removedAt: undefined, told: 'NotYet' },
    { when: 'longer ago than it settles', ageMs: 100, removedAt: NOW, told: undefined },
  ])('AWS does not know what is to be removed and was made $when', async ({ ageMs, removedAt, told }) => {
    const { adaptor } = adaptorOf({ error: new CloudError('NotFound', 'no such thing') });
    const memory = memorySince(Date.parse(LONG_AGO), () => NOW);
    const made = [entry('queue', 'a', { createdAt: new Date(NOW - ageMs).toISOString() })];
    const input = { ...inputOf({ ...adaptor, settleMs: 100 }), memory };
    const { error } = await execute(input, made, step('remove', { found: MINE }));
    expect([memory.removedAt('a', 1), error?.class]).toEqual([removedAt, told]);
  });

  const many = (prefix: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, 'v']));
  const RETAINED = 'opta.dev/retained';
  const full = (more: Readonly<Record<string, string>> = {}) =>
    found('queue', 'a', { tags: { ...many('old', 38), ...more } });
  const leaving = [...Object.keys(many('old', 38)), RETAINED];
  test.each<
    readonly [
      string,
      StepParts['action'],
      Partial<StepParts>,
      Partial<Adaptor>,
      readonly (readonly string[])[],
    ]
  >([
    [
      'where all of them would be too many, and never what says whose it is',
      'update',
      { found: full(), setTags: many('new', 38), unsetTags: leaving },
      {},
      [[...Object.keys(many('old', 38))], [RETAINED]],
    ],
    [
      'not where there is room',
      'update',
      { found: full(), setTags: many('new', 1), unsetTags: leaving },
      {},
      [leaving],
    ],
    [
      'not for what AWS counts apart',
      'update',
      { found: full({ 'aws:cloudformation:stack-id': 'x' }), setTags: many('new', 3), unsetTags: leaving },
      {},
      [leaving],
    ],
    [
      'where another spelling of a key takes its place',
      'take up',
      { found: full(), setTags: { OLD7: 'v' }, unsetTags: ['old7'] },
      {},
      [['old7'], []],
    ],
    [
      'not where all are set by one call',
      'update',
      { found: full(), setTags: many('new', 38), unsetTags: leaving },
      { tagsAtOnce: true },
      [leaving],
    ],
    [
      'not of what is not ours yet',
      'adopt',
      { found: full(), setTags: many('new', 38), unsetTags: leaving },
      {},
      [leaving],
    ],
  ])('of tags takes away before it sets: %s', async (_, action, parts, more, unset) => {
    const { adaptor, asked } = adaptorOf();
    const input = inputOf({ ...adaptor, ...more });
    const { error } = await execute(input, INVENTORY, step(action, parts));
    const calls = unset.map((keys, n) => ['tag', MINE.id, n === unset.length - 1 ? parts.setTags : {}, keys]);
    expect([error, asked]).toEqual([undefined, calls]);
    const tags = Object.keys(Object(input.memory.believed('a', 1).get('tags')?.value));
    expect(tags).toEqual(expect.arrayContaining(['opta.dev/uid', ...Object.keys(parts.setTags ?? {})]));
    for (const key of parts.unsetTags ?? []) expect(tags).not.toContain(key);
  });

  test('an old epoch is removed as the type that it was made as', async () => {
    const types: string[] = [];
    const { adaptor } = adaptorOf();
    const input: ExecuteInput = {
      ...inputOf(adaptor),
      adaptor(type) {
        types.push(type);
        return adaptor;
      },
    };
    const inventory = [entry('role', 'a'), entry('queue', 'a', { epoch: 2 })];
    for (const epoch of [1, 2]) await execute(input, inventory, step('remove', { found: MINE, epoch }));
    expect(types).toEqual(['fake/role', 'fake/queue']);
  });

  test('the removal of a second one says nothing of the first', async () => {
    const input = inputOf(adaptorOf().adaptor);
    await execute(input, INVENTORY, step('remove', { found: MINE, duplicate: true }));
    expect(input.memory.removedAt('a', 1)).toBeUndefined();
  });

  test.each<readonly [string, CloudError['class'] | 'bug', boolean]>([
    ['a refusal is none', 'Throttled', false],
    ['a lost connection is one', 'Transient', true],
    ['what nobody knows is one', 'bug', true],
  ])('without an answer it is doubted: %s', async (_, errorClass, doubted) => {
    const error = errorClass === 'bug' ? new Error('x is not a function') : new CloudError(errorClass, 'no');
    for (const one of [step('create'), ...WRITES.map(([, write]) => write)]) {
      const { adaptor, asked } = adaptorOf({ error });
      const input = inputOf(adaptor);
      const outcome = await execute(input, INVENTORY, one);
      if (asked.length === 0) continue;
      expect(outcome.error?.class).toBe(errorClass === 'bug' ? 'Unknown' : errorClass);
      expect(input.memory.doubt('a', 1) !== undefined, one.action).toBe(doubted);
      expect([input.memory.believed('a', 1).size, input.memory.removedAt('a', 1)]).toEqual([0, undefined]);
    }
  });

  test('a mistake of ours is an error in the outcome, and never ends the pass', async () => {
    const input = inputOf(adaptorOf({ tag: false }).adaptor);
    const said = await Promise.all(
      [step('update'), step('update', { found: MINE, setTags }), step('create', { node: 'stranger' })].map(
        one => execute(input, INVENTORY, one),
      ),
    );
    expect(said.map(one => one.error?.message)).toEqual([
      'a was not found',
      'fake/queue has tags but no way to set them',
      'no type is known for stranger',
    ]);
  });
});
