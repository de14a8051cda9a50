import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Adaptor, Found, Identity } from '../../engine/adaptor.ts';
import { asCloudError, type CloudError } from '../../engine/errors.ts';
import { EPOCH_TAG, judge, type Owner, type Tags } from '../../engine/owner.ts';
import type { Cases } from './cases.ts';
import { type AwsBench, NODE, startAwsBench, USER_TAGS, type World } from './world.ts';

/** The engine applies updates until there is no difference; two rounds are what an adaptor may need after a create. */
const ROUNDS = 3;

/** Registers what every adaptor must do, one test each, against the emulated AWS. `more` adds the adaptor's own tests. */
export function conformance<D, S, P>(
  adaptor: Adaptor<D, S>,
  cases: Cases<D, S, P>,
  more: (bench: () => AwsBench) => void = () => {},
): void {
  describe(`${adaptor.type} conforms`, () => {
    let bench: AwsBench;
    beforeAll(async () => {
      bench = await startAwsBench();
    });
    afterAll(() => bench?.stop());
    register(adaptor, cases, () => bench);
    more(() => bench);
  });
}

interface Setting<D, P> {
  readonly world: World;
  readonly parts: P;
  readonly name: string | undefined;
  readonly identity: Identity;
  readonly desired: D;
  readonly tags: Tags;
}

function register<D, S, P>(adaptor: Adaptor<D, S>, cases: Cases<D, S, P>, bench: () => AwsBench): void {
  const hasTags = adaptor.tag !== undefined;

  async function set(): Promise<Setting<D, P>> {
    const world = await bench().world();
    const parts = await cases.prepare(world);
    const name = cases.name?.(world, parts);
    const tags = world.tags(adaptor.createBy === 'intent' ? '1' : undefined);
    return {
      world,
      parts,
      name,
      identity: world.identity({ name }),
      desired: cases.desired(parts, world),
      tags,
    };
  }

  function find(at: Setting<D, P>, recorded: readonly string[] = [], id?: string, desired = at.desired) {
    return adaptor.find(at.world.scope, { ...at.identity, id }, { desired, recorded, freshness: 'fresh' });
  }

  async function findOne(
    at: Setting<D, P>,
    recorded: readonly string[] = [],
    id?: string,
    desired = at.desired,
  ) {
    const found = await find(at, recorded, id, desired);
    expect(found).toHaveLength(1);
    const [one] = found;
    if (one === undefined) throw new Error('not found');
    return one;
  }

  /** Updates until nothing differs, in what the adaptor gave back and in what AWS shows. */
  async function converge(
    at: Setting<D, P>,
    desired: D,
    from: Found<S>,
    recorded: readonly string[] = [],
  ): Promise<Found<S>> {
    let found = from;
    for (let round = 0; round < ROUNDS; round++) {
      const changes = adaptor.diff(desired, found.state, recorded);
      if (changes.length === 0) break;
      found = await adaptor.update(at.world.scope, found, desired, changes);
    }
    expect(adaptor.diff(desired, found.state, recorded)).toEqual([]);
    const shown = await findOne(at, recorded, found.id, desired);
    expect(adaptor.diff(desired, shown.state, recorded)).toEqual([]);
    return shown;
  }

  async function made(): Promise<Setting<D, P> & { found: Found<S> }> {
    const at = await set();
    const created = await adaptor.create(at.world.scope, at.identity, at.desired, at.tags);
    await cases.finish?.(at.world, at.parts);
    return { ...at, found: await converge(at, at.desired, created) };
  }

  async function failure(promise: Promise<unknown>): Promise<CloudError> {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => asCloudError(thrown),
    );
    if (error === undefined) throw new Error('it did not fail');
    return error;
  }

  test('absent is an empty answer', async () => {
    expect(await find(await set())).toEqual([]);
  });

  test('after create and its updates there is no difference, and it is found with and without its id', async () => {
    const at = await made();
    expect(adaptor.readiness(at.found.state)).toEqual({ is: 'ready' });
    const lost = await findOne(at);
    expect(lost.id).toBe(at.found.id);
    if (hasTags) expect(lost.tags).toEqual(at.tags);
    else
      expect(lost.tags === 'inherited' ? 'ours' : judge(lost.tags, at.world.owner, NODE, []).is).toBe('ours');
    if (cases.name !== undefined) expect(lost.name).toBe(at.name);
  });

  test('a second look at what was found costs no write and shows no difference', async () => {
    const at = await made();
    const calls = await at.world.calls(async () => {
      const shared = await adaptor.find(
        at.world.scope,
        { ...at.identity, id: at.found.id },
        { desired: at.desired, recorded: [], freshness: 'shared' },
      );
      expect(shared.map(one => adaptor.diff(at.desired, one.state, []))).toEqual([[]]);
    });
    expect(calls.filter(call => call.mutating)).toEqual([]);
  });

  test(`create takes at most ${cases.calls.create} calls, a look at most ${cases.calls.drift}`, async () => {
    const at = await set();
    let id: string | undefined;
    const create = await at.world.calls(async () => {
      await find(at);
      id = (await adaptor.create(at.world.scope, at.identity, at.desired, at.tags)).id;
    });
    const names = (calls: typeof create) => calls.map(call => call.operation).join(' ');
    expect(create.length, names(create)).toBeLessThanOrEqual(cases.calls.create);
    const drift = await at.world.calls(() => find(at, [], id));
    expect(drift.length, names(drift)).toBeLessThanOrEqual(cases.calls.drift);
  });

  if (hasTags) {
    const where =
      cases.taggedBy === undefined ? 'the create call itself carries' : 'right after the create come';
    test(`${where} all tags`, async () => {
      const at = await set();
      const calls = await at.world.calls(() =>
        adaptor.create(at.world.scope, at.identity, at.desired, at.tags),
      );
      const creates = calls.filter(call => call.mutating);
      const { createdBy, taggedBy } = cases;
      const operations = [...new Set(creates.map(call => call.operation))];
      expect(operations).toEqual(taggedBy === undefined ? [createdBy] : [createdBy, taggedBy]);
      expect(Object.assign({}, ...creates.map(call => call.tags))).toEqual(at.tags);
    });

    test('tags are set and removed, and the tags of others stay', async () => {
      const at = await made();
      await adaptor.tag?.(at.world.scope, at.found, { team: 'orders', 'cost/centre': 'ü 1' }, []);
      const set = await findOne(at, [], at.found.id);
      expect(set.tags).toEqual({ ...at.tags, team: 'orders', 'cost/centre': 'ü 1' });
      await adaptor.tag?.(at.world.scope, set, { team: 'payments' }, ['cost/centre']);
      expect((await findOne(at, [], at.found.id)).tags).toEqual(at.tags);
      await adaptor.tag?.(at.world.scope, set, {}, Object.keys(USER_TAGS));
      const { team: _, ...ours } = at.tags;
      expect((await findOne(at, [], at.found.id)).tags).toEqual(ours);
    });
  }

  if (!hasTags) {
    test('without a spec that names it, the tags of its parent say whose it is', async () => {
      const at = await made();
      const [found] = await adaptor.find(
        at.world.scope,
        { ...at.identity, id: at.found.id },
        { desired: undefined, recorded: [], freshness: 'fresh' },
      );
      const { owner } = at.world;
      const verdict = (of: Owner) =>
        found === undefined || found.tags === 'inherited' ? 'unproved' : judge(found.tags, of, NODE, []).is;
      expect([verdict(owner), verdict({ ...owner, name: 'another' })]).toEqual(['ours', 'foreign']);
    });
  }

  for (const [field, change] of Object.entries(cases.fields)) {
    test(`${field} changes in place, there and back`, async () => {
      const at = await made();
      const other = change(at.desired, at.parts);
      const keys = adaptor.optionalKeys?.(other) ?? [];
      const changes = adaptor.diff(other, at.found.state, keys);
      expect(changes.map(one => one.field)).toContain(field);
      expect(changes.some(one => one.replace === true)).toBe(false);
      const there = await converge(at, other, at.found, keys);
      expect(there.id).toBe(at.found.id);
      expect(adaptor.diff(at.desired, there.state, keys).map(one => one.field)).toContain(field);
      await converge(at, at.desired, there, keys);
    });
  }

  for (const [key, option] of Object.entries(cases.optional ?? {})) {
    const keys = option.keys ?? [key];

    test(`optional ${key}: set, and then dropped, it is AWS's default again`, async () => {
      const at = await made();
      const other = option.with(at.desired, at.parts);
      expect(adaptor.optionalKeys?.(other)).toEqual(expect.arrayContaining([...keys]));
      expect(adaptor.optionalKeys?.(at.desired) ?? []).not.toEqual(expect.arrayContaining([key]));
      const there = await converge(at, other, at.found, keys);
      expect(adaptor.diff(at.desired, there.state, keys).map(one => one.field)).toContain(key);
      const back = await converge(at, at.desired, there, keys);
      expect(adaptor.diff(other, back.state, keys).map(one => one.field)).toContain(key);
    });

    test(`optional ${key}: never set by us it is left alone`, async () => {
      const at = await made();
      await option.byHand(at.world, at.found, at.parts);
      const seen = await findOne(at, [], at.found.id);
      expect(adaptor.diff(at.desired, seen.state, [])).toEqual([]);
      const [change] = Object.values(cases.fields);
      if (change !== undefined) await converge(at, change(at.desired, at.parts), seen);
      const still = await findOne(at, keys, at.found.id);
      expect(adaptor.diff(at.desired, still.state, keys).map(one => one.field)).toContain(key);
    });
  }

  for (const [field, byHand] of Object.entries(cases.drift)) {
    test(`a change of ${field} by hand is seen and corrected`, async () => {
      const at = await made();
      await byHand(at.world, at.found, at.parts);
      const drifted = await findOne(at, [], at.found.id);
      const changes = adaptor.diff(at.desired, drifted.state, []);
      expect(changes.map(one => one.field)).toContain(field);
      expect(changes.every(one => one.from !== undefined || one.to !== undefined)).toBe(true);
      await converge(at, at.desired, drifted);
    });
  }

  for (const [what, rewrite] of Object.entries(cases.rewritten ?? {})) {
    test(`the same in AWS's other words is no difference: ${what}`, async () => {
      const at = await made();
      const rewritten = rewrite(at.found.state);
      expect(rewritten, 'the case changes nothing').not.toEqual(at.found.state);
      expect(adaptor.diff(at.desired, rewritten, [])).toEqual([]);
    });
  }

  test(
    adaptor.createBy === 'intent'
      ? 'a repeated create makes a second one, and both are found, the lower attempt first'
      : 'a repeated create makes no second one',
    async () => {
      const at = await made();
      const again = adaptor.createBy === 'intent' ? at.world.tags('2') : at.tags;
      const second = await adaptor.create(at.world.scope, at.identity, at.desired, again);
      const ids = (await find(at)).map(one => one.id);
      expect(ids).toEqual(adaptor.createBy === 'intent' ? [at.found.id, second.id] : [at.found.id]);
    },
  );

  if (adaptor.createBy === 'name') {
    test('a create that was repeated with other values is changed by the update that follows', async () => {
      const at = await made();
      const [change] = Object.values(cases.fields);
      if (change === undefined) return;
      const other = change(at.desired, at.parts);
      const again = await adaptor.create(at.world.scope, at.identity, other, at.tags).catch(asCloudError);
      // Refused, or given back; then what AWS shows is changed.
      if (again instanceof Error) expect(['Conflict', 'NotYet']).toContain(again.class);
      const keys = adaptor.optionalKeys?.(other) ?? [];
      await converge(at, other, await findOne(at, keys, undefined, other), keys);
    });
  }

  test('a create whose answer is lost is found by the next look', async () => {
    const at = await set();
    at.world.gateway.addFault({ operation: cases.createdBy, fault: { kind: 'resetAfter' } });
    const error = await failure(adaptor.create(at.world.scope, at.identity, at.desired, at.tags));
    // Not a class after which the engine takes it that nothing was made.
    expect(['Transient', 'Unknown'], error.message).toContain(error.class);
    await converge(at, at.desired, await findOne(at));
  });

  test.each([
    ['throttle', 'Throttled'],
    ['accessDenied', 'Denied'],
    ['serverError', 'Transient'],
  ] as const)(
    'a create that meets %s fails as %s, once, and says what was called',
    async (kind, expected) => {
      const at = await set();
      at.world.gateway.addFault({ operation: cases.createdBy, times: 0, fault: { kind } });
      const calls = await at.world.calls(async () => {
        const error = await failure(adaptor.create(at.world.scope, at.identity, at.desired, at.tags));
        expect(error.class).toBe(expected);
        expect(error.message).toContain(cases.createdBy);
      });
      expect(calls.filter(call => call.operation === cases.createdBy)).toHaveLength(1);
      at.world.gateway.clearFaults();
      expect(await find(at)).toEqual([]);
    },
  );

  if (hasTags && adaptor.createBy !== 'name') {
    test('one of a later epoch is found where none is on record: a second one would be made beside it', async () => {
      const at = await set();
      const later = { ...at.tags, [EPOCH_TAG]: '2' };
      const made = await adaptor.create(at.world.scope, { ...at.identity, epoch: 2 }, at.desired, later);
      expect((await find(at)).map(found => found.id)).toEqual([made.id]);
      if (adaptor.createBy !== 'intent') return;
      // Cut off in mid-replacement: both live.
      const first = await adaptor.create(at.world.scope, at.identity, at.desired, at.tags);
      expect((await find(at)).map(found => found.id).sort()).toEqual([first.id, made.id].sort());
    });
  }

  test('while AWS does not show what was just made, that is "not yet" and no conflict', async () => {
    const at = await set();
    at.world.gateway.addFault({ fault: { kind: 'notFoundForNew', seconds: 30 } });
    const created = await adaptor
      .create(at.world.scope, at.identity, at.desired, at.tags)
      .catch((error: unknown) => asCloudError(error));
    if (created instanceof Error) expect(created.class, created.message).toBe('NotYet');
    const again = await find(at).catch((error: unknown) => asCloudError(error));
    if (again instanceof Error) expect(again.class, again.message).toBe('NotYet');
    at.world.gateway.clearFaults();
    if ((await find(at)).length === 0) await adaptor.create(at.world.scope, at.identity, at.desired, at.tags);
    await converge(at, at.desired, await findOne(at));
  });

  test('remove, and remove again', async () => {
    const at = await made();
    const options = { desired: at.desired, owner: at.world.owner };
    await adaptor.remove(at.world.scope, at.found, options);
    await cases.finish?.(at.world, at.parts);
    for (const id of [undefined, at.found.id]) {
      const left = await find(at, [], id);
      expect(left.filter(one => adaptor.isRemoved?.(one.state) !== true)).toEqual([]);
    }
    await adaptor.remove(at.world.scope, at.found, options);
  });

  const { foreign } = cases;
  if (foreign !== undefined) {
    test.each(['no tags', 'the tags of another object'])(
      "somebody else's of the same name, with %s",
      async what => {
        const at = await set();
        const others = { ...at.tags, 'opta.dev/name': 'another' };
        const theirs = what === 'no tags' ? undefined : others;
        await foreign(at.world, at.name ?? '', theirs, at.parts);
        const isForeign = (one: Found<S>) =>
          one.tags !== 'inherited' && judge(one.tags, at.world.owner, NODE, []).is === 'foreign';
        const before = await find(at);
        expect(before.filter(one => !isForeign(one))).toEqual([]);
        if (cases.name === undefined) return;
        expect(before).toHaveLength(1);
        // Both looked before either made it: the name is taken by the time of the create.
        const created = await adaptor
          .create(at.world.scope, at.identity, at.desired, at.tags)
          .catch((error: unknown) => asCloudError(error));
        if (created instanceof Error) expect(['Conflict', 'NotYet']).toContain(created.class);
        else expect(isForeign(created)).toBe(true);
        expect(await find(at)).toEqual(before);
      },
    );
  }
}
