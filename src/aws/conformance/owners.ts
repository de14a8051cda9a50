import { expect, test } from 'vitest';
import type { Found } from '../../engine/adaptor.ts';
import { asCloudError } from '../../engine/errors.ts';
import { EPOCH_TAG, judge, type Owner } from '../../engine/owner.ts';
import { type Harness, whose } from './harness.ts';
import { NODE, USER_TAGS } from './world.ts';

/** Whose it is stands in its tags, or in its parent's, and nothing of somebody else's is taken for ours. */
export function owners<D, S, P>(harness: Harness<D, S, P>): void {
  if (harness.adaptor.tag === undefined) withoutTags(harness);
  else withTags(harness);
  if (harness.cases.foreign !== undefined) foreigners(harness, harness.cases.foreign);
}

function withTags<D, S, P>({ adaptor, cases, set, create, find, findOne, made }: Harness<D, S, P>): void {
  const where =
    cases.taggedBy === undefined ? 'the create call itself carries' : 'right after the create come';
  test(`${where} all tags`, async () => {
    const at = await set();
    const calls = await at.world.calls(() => create(at));
    const writes = calls.filter(call => call.mutating);
    const { createdBy, taggedBy } = cases;
    const operations = [...new Set(writes.map(call => call.operation))];
    expect(operations).toEqual(taggedBy === undefined ? [createdBy] : [createdBy, taggedBy]);
    expect(Object.assign({}, ...writes.map(call => call.tags))).toEqual(at.tags);
  });

  test('tags are set and removed, and the tags of others stay', async () => {
    const at = await made();
    await adaptor.tag?.(at.world.scope, at.found, { team: 'orders', 'cost/centre': 'ü 1' }, []);
    const tagged = await findOne(at, [], at.found.id);
    expect(tagged.tags).toEqual({ ...at.tags, team: 'orders', 'cost/centre': 'ü 1' });
    await adaptor.tag?.(at.world.scope, tagged, { team: 'payments' }, ['cost/centre']);
    const again = await findOne(at, [], at.found.id);
    expect(again.tags).toEqual(at.tags);
    await adaptor.tag?.(at.world.scope, again, {}, Object.keys(USER_TAGS));
    const { team: _, ...ours } = at.tags;
    expect((await findOne(at, [], at.found.id)).tags).toEqual(ours);
  });

  if (adaptor.createBy === 'name') return;
  test('one of a later epoch is found where none is on record: a second one would be made beside it', async () => {
    const at = await set();
    const later = { ...at.tags, [EPOCH_TAG]: '2' };
    const second = await adaptor.create(at.world.scope, { ...at.identity, epoch: 2 }, at.desired, later);
    expect((await find(at)).map(found => found.id)).toEqual([second.id]);
    if (adaptor.createBy !== 'intent') return;
    // Cut off in mid-replacement: both live.
    const first = await adaptor.create(at.world.scope, at.identity, at.desired, at.tags);
    expect((await find(at)).map(found => found.id).sort()).toEqual([first.id, second.id].sort());
  });
}

function withoutTags<D, S, P>({ adaptor, made }: Harness<D, S, P>): void {
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

function foreigners<D, S, P>(
  { cases, set, create, find }: Harness<D, S, P>,
  foreign: NonNullable<(typeof cases)['foreign']>,
): void {
  test.each(['no tags', 'the tags of another object'])(
    "somebody else's of the same name, with %s",
    async what => {
      const at = await set();
      const others = { ...at.tags, 'opta.dev/name': 'another' };
      await foreign(at.world, at.name ?? '', what === 'no tags' ? undefined : others, at.parts);
      const isForeign = (one: Found<S>) => whose(at, one) === 'foreign';
      const before = await find(at);
      expect(before.filter(one => !isForeign(one))).toEqual([]);
      if (cases.name === undefined) return;
      expect(before).toHaveLength(1);
      // Both looked before either made it: the name is taken by the time of the create.
      const created = await create(at).catch(asCloudError);
      if (created instanceof Error) expect(['Conflict', 'NotYet']).toContain(created.class);
      else expect(isForeign(created)).toBe(true);
      expect(await find(at)).toEqual(before);
    },
  );
}
