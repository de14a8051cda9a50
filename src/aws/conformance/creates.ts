import { expect, test } from 'vitest';
import { asCloudError } from '../../engine/errors.ts';
import { failure, type Harness, whose } from './harness.ts';

/** From nothing to what is wanted, in few calls, once, whatever answer AWS gives. */
export function creates<D, S, P>(harness: Harness<D, S, P>): void {
  const { adaptor, cases, set, create, find, findOne, converge, made } = harness;

  test('absent is an empty answer', async () => {
    expect(await find(await set())).toEqual([]);
  });

  test('after create and its updates there is no difference, and it is found with and without its id', async () => {
    const at = await made();
    expect(adaptor.readiness(at.found.state)).toEqual({ is: 'ready' });
    const lost = await findOne(at);
    expect(lost.id).toBe(at.found.id);
    if (adaptor.tag !== undefined) expect(lost.tags).toEqual(at.tags);
    else expect(whose(at, lost)).toBe('ours');
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
    const calls = await at.world.calls(async () => {
      await find(at);
      id = (await create(at)).id;
    });
    const names = (of: typeof calls) => of.map(call => call.operation).join(' ');
    expect(calls.length, names(calls)).toBeLessThanOrEqual(cases.calls.create);
    const drift = await at.world.calls(() => find(at, [], id));
    expect(drift.length, names(drift)).toBeLessThanOrEqual(cases.calls.drift);
  });

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

  if (adaptor.createBy === 'name') repeatsWithOtherValues(harness);

  test('a create whose answer is lost is found by the next look', async () => {
    const at = await set();
    at.world.gateway.addFault({ operation: cases.createdBy, fault: { kind: 'resetAfter' } });
    const error = await failure(create(at));
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
        const error = await failure(create(at));
        expect(error.class).toBe(expected);
        expect(error.message).toContain(cases.createdBy);
      });
      expect(calls.filter(call => call.operation === cases.createdBy)).toHaveLength(1);
      at.world.gateway.clearFaults();
      expect(await find(at)).toEqual([]);
    },
  );

  test('while AWS does not show what was just made, that is "not yet" and no conflict', async () => {
    const at = await set();
    at.world.gateway.addFault({ fault: { kind: 'notFoundForNew', seconds: 30 } });
    const created = await create(at).catch(asCloudError);
    if (created instanceof Error) expect(created.class, created.message).toBe('NotYet');
    const again = await find(at).catch(asCloudError);
    if (again instanceof Error) expect(again.class, again.message).toBe('NotYet');
    at.world.gateway.clearFaults();
    if ((await find(at)).length === 0) await create(at);
    await converge(at, at.desired, await findOne(at));
  });
}

/** The spec changed between a create whose answer was lost and the next one: there is one of the name, and it is ours. */
function repeatsWithOtherValues<D, S, P>(harness: Harness<D, S, P>): void {
  const { adaptor, cases, create, findOne, converge, made } = harness;

  async function repeated(change: (desired: D, parts: P) => D) {
    const at = await made();
    const other = change(at.desired, at.parts);
    const keys = adaptor.optionalKeys?.(other) ?? [];
    const again = await create(at, other).catch(asCloudError);
    // Refused, or the one that is there given back; never a second one.
    if (again instanceof Error) expect(['Conflict', 'NotYet'], again.message).toContain(again.class);
    else expect([again.id, whose(at, again)]).toEqual([at.found.id, 'ours']);
    const shown = await findOne(at, keys, undefined, other);
    expect([shown.id, whose(at, shown)]).toEqual([at.found.id, 'ours']);
    return { at, other, keys, shown };
  }

  const [change] = Object.values(cases.fields);
  if (change !== undefined) {
    test('a create that was repeated with other values is changed by the update that follows', async () => {
      const { at, other, keys, shown } = await repeated(change);
      await converge(at, other, shown, keys);
    });
  }

  test.each(Object.entries(cases.fixed ?? {}))(
    'a create that was repeated with another %s gives back the one that is there, and says that it is another',
    async (field, other) => {
      const { shown, ...to } = await repeated(other);
      const changes = adaptor.diff(to.other, shown.state, to.keys);
      expect(changes).toMatchObject([{ field, replace: true }]);
    },
  );
}
