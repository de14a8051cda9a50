import { describe, expect, test } from 'vitest';
import type { Found, Freshness, Identity } from '../../engine/adaptor.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { settled } from './harness.ts';
import type { AwsBench, World } from './world.ts';

/** Of an adaptor that answers shared looks from a list of all there are. */
export interface StaleCases<D> {
  prepare(world: World): Promise<{
    readonly name: string;
    readonly desired: D;
    /** With fields changed that change in place. */
    readonly changed: D;
  }>;
  /** The operations that make the list. */
  readonly lists: readonly string[];
  /** Those of them that an account's administrator may refuse: it is then read by itself. */
  readonly refusable: readonly string[];
}

interface Setting<D> {
  readonly world: World;
  /** The same account as another process of ours sees it: with lists of its own. */
  readonly other: World;
  readonly identity: Identity;
  readonly desired: D;
  readonly changed: D;
}

/** A list is up to 15 s old, and what is told from it must hold all the same. To be registered in a conformance test. */
export function staleLists<D, S>(
  bench: () => AwsBench,
  adaptor: AwsAdaptor<D, S>,
  cases: StaleCases<D>,
): void {
  async function setting(): Promise<Setting<D>> {
    const world = await bench().world();
    const other = await bench().world({ accountId: world.scope.accountId });
    const { name, desired, changed } = await cases.prepare(world);
    return { world, other, identity: world.identity({ name, id: name }), desired, changed };
  }

  function look(at: Setting<D>, freshness: Freshness, desired = at.desired) {
    return adaptor.find(at.world.scope, at.identity, { desired, recorded: [], freshness });
  }

  async function makeElsewhere({ world, other, identity, desired }: Setting<D>): Promise<Found<S>> {
    const created = await adaptor.create(other.scope, identity, desired, world.tags());
    return settled(adaptor, other.scope, desired, created);
  }

  async function made(): Promise<Setting<D> & { readonly found: Found<S> }> {
    const at = await setting();
    await makeElsewhere(at);
    const [found] = await look(at, 'shared');
    if (found === undefined) throw new Error('the list does not show it');
    return { ...at, found };
  }

  describe('from a list of a moment ago', () => {
    test('it is told as it is, and by no other call', async () => {
      const at = await made();
      const calls = await at.world.calls(async () => {
        const [again] = await look(at, 'shared');
        expect(again).toEqual(at.found);
      });
      const singles = calls.map(call => call.operation).filter(one => !cases.lists.includes(one));
      expect(singles).toEqual([]);
      expect(adaptor.diff(at.desired, at.found.state, [])).toEqual([]);
      expect(await look(at, 'fresh')).toEqual([at.found]);
      if (adaptor.tag !== undefined) expect(at.found.tags).toEqual(at.world.tags());
    });

    test('one that was made since is found all the same', async () => {
      const at = await setting();
      expect(await look(at, 'shared')).toEqual([]);
      await makeElsewhere(at);
      const [found] = await look(at, 'shared');
      expect(found && adaptor.diff(at.desired, found.state, [])).toEqual([]);
    });

    test('one that others changed before is told as they changed it', async () => {
      const at = await setting();
      const found = await makeElsewhere(at);
      await adaptor.update(at.other.scope, found, at.changed, adaptor.diff(at.changed, found.state, []));
      const [listed] = await look(at, 'shared', at.changed);
      expect(listed && adaptor.diff(at.changed, listed.state, [])).toEqual([]);
    });

    test('one that others removed and we made again is the new one', async () => {
      const at = await made();
      await adaptor.remove(at.other.scope, at.found, { desired: at.desired, owner: at.world.owner });
      await adaptor.create(at.world.scope, at.identity, at.changed, at.world.tags());
      expect(await look(at, 'shared', at.changed)).toEqual(await look(at, 'fresh', at.changed));
    });

    test('one that we removed since is gone', async () => {
      const at = await made();
      await adaptor.remove(at.world.scope, at.found, { desired: at.desired, owner: at.world.owner });
      expect(await look(at, 'shared')).toEqual([]);
    });

    test('one that others removed since is gone to whoever is to write', async () => {
      const at = await made();
      await adaptor.remove(at.other.scope, at.found, { desired: at.desired, owner: at.world.owner });
      expect(adaptor.sharesReads).toBe(true);
      expect(await look(at, 'fresh')).toEqual([]);
    });

    test('one that we changed since is as we changed it', async () => {
      const at = await made();
      const changes = adaptor.diff(at.changed, at.found.state, []);
      await adaptor.update(at.world.scope, at.found, at.changed, changes);
      const [found] = await look(at, 'shared', at.changed);
      expect(found && adaptor.diff(at.changed, found.state, [])).toEqual([]);
    });

    if (adaptor.tag !== undefined)
      test('one that we tagged since has the new tags', async () => {
        const at = await made();
        await adaptor.tag?.(at.world.scope, at.found, { team: 'orders' }, []);
        const [found] = await look(at, 'shared');
        expect(found?.tags).toMatchObject({ team: 'orders' });
      });

    test.each(cases.refusable)('where %s is not allowed it is read by itself', async operation => {
      const at = await setting();
      await makeElsewhere(at);
      at.world.gateway.addFault({ operation, times: 0, fault: { kind: 'accessDenied' } });
      const [found] = await look(at, 'shared');
      at.world.gateway.clearFaults();
      expect(found && adaptor.diff(at.desired, found.state, [])).toEqual([]);
      if (adaptor.tag !== undefined) expect(found?.tags).toEqual(at.world.tags());
    });
  });
}
