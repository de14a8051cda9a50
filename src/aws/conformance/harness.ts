import { expect } from 'vitest';
import type { Found, Identity } from '../../engine/adaptor.ts';
import { asCloudError, type CloudError } from '../../engine/errors.ts';
import { judge, type Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import type { AwsScope } from '../scope.ts';
import type { Cases } from './cases.ts';
import { type AwsBench, NODE, type World } from './world.ts';

/** The engine applies updates until there is no difference; two rounds are what an adaptor may need after a create. */
const ROUNDS = 3;

/** What one test has to itself: an account, what the resource needs around it, and what is wanted. */
export interface Setting<D, P> {
  readonly world: World;
  readonly parts: P;
  readonly name: string | undefined;
  readonly identity: Identity;
  readonly desired: D;
  readonly tags: Tags;
}

export interface Harness<D, S, P> {
  readonly adaptor: AwsAdaptor<D, S>;
  readonly cases: Cases<D, S, P>;
  set(): Promise<Setting<D, P>>;
  create(at: Setting<D, P>, desired?: D): Promise<Found<S>>;
  find(
    at: Setting<D, P>,
    recorded?: readonly string[],
    id?: string,
    desired?: D,
  ): Promise<readonly Found<S>[]>;
  findOne(at: Setting<D, P>, recorded?: readonly string[], id?: string, desired?: D): Promise<Found<S>>;
  /** Updates until nothing differs, in what the adaptor gave back and in what AWS shows. */
  converge(at: Setting<D, P>, desired: D, from: Found<S>, recorded?: readonly string[]): Promise<Found<S>>;
  made(): Promise<Setting<D, P> & { readonly found: Found<S> }>;
}

export function createHarness<D, S, P>(
  adaptor: AwsAdaptor<D, S>,
  cases: Cases<D, S, P>,
  bench: () => AwsBench,
): Harness<D, S, P> {
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

  function create(at: Setting<D, P>, desired = at.desired): Promise<Found<S>> {
    return adaptor.create(at.world.scope, at.identity, desired, at.tags);
  }

  function find(at: Setting<D, P>, recorded: readonly string[] = [], id?: string, desired = at.desired) {
    return adaptor.find(at.world.scope, { ...at.identity, id }, { desired, recorded, freshness: 'fresh' });
  }

  async function findOne(
    at: Setting<D, P>,
    recorded: readonly string[] = [],
    id?: string,
    desired = at.desired,
  ): Promise<Found<S>> {
    const found = await find(at, recorded, id, desired);
    expect(found).toHaveLength(1);
    const [one] = found;
    if (one === undefined) throw new Error('not found');
    return one;
  }

  async function converge(
    at: Setting<D, P>,
    desired: D,
    from: Found<S>,
    recorded: readonly string[] = [],
  ): Promise<Found<S>> {
    const found = await settled(adaptor, at.world.scope, desired, from, recorded);
    const shown = await findOne(at, recorded, found.id, desired);
    expect(adaptor.diff(desired, shown.state, recorded)).toEqual([]);
    return shown;
  }

  async function made(): Promise<Setting<D, P> & { readonly found: Found<S> }> {
    const at = await set();
    const created = await create(at);
    await cases.finish?.(at.world, at.parts);
    return { ...at, found: await converge(at, at.desired, created) };
  }

  return { adaptor, cases, set, create, find, findOne, converge, made };
}

/** After as many updates as it takes that nothing differs in what the adaptor gives back. */
export async function settled<D, S>(
  adaptor: AwsAdaptor<D, S>,
  scope: AwsScope,
  desired: D,
  from: Found<S>,
  recorded: readonly string[] = [],
): Promise<Found<S>> {
  let found = from;
  for (let round = 0; round < ROUNDS; round++) {
    const changes = adaptor.diff(desired, found.state, recorded);
    if (changes.length === 0) break;
    found = await adaptor.update(scope, found, desired, changes);
  }
  expect(adaptor.diff(desired, found.state, recorded)).toEqual([]);
  return found;
}

/** Whose it is by its tags; what has none of its own is its parent's. */
export function whose<S>({ world }: Setting<unknown, unknown>, { tags }: Found<S>): string {
  return tags === 'inherited' ? 'ours' : judge(tags, world.owner, NODE, []).is;
}

export async function failure(promise: Promise<unknown>): Promise<CloudError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => asCloudError(thrown),
  );
  if (error === undefined) throw new Error('it did not fail');
  return error;
}
