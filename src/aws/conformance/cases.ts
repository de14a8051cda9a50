import type { Found } from '../../engine/adaptor.ts';
import type { Tags } from '../../engine/owner.ts';
import type { World } from './world.ts';

/** Something done in AWS by hand, past the adaptor. */
export type ByHand<S, P> = (world: World, found: Found<S>, parts: P) => Promise<unknown>;

/** What the author of an adaptor writes down; the suite does the rest. P: what the resource needs around it. */
export interface Cases<D, S, P> {
  /** Makes what must be there first, as another adaptor or a person would. */
  prepare(world: World): Promise<P>;
  /** The natural key; absent for types that have none. */
  name?(world: World, parts: P): string;
  desired(parts: P, world: World): D;
  /** The SDK operation that makes it: `CreateQueue`. */
  createdBy: string;
  /** Lets AWS finish what takes it minutes, after a create and after a removal. */
  finish?(world: World, parts: P): unknown;
  /** The operation that tags it right afterwards, where AWS takes no tags in the create call. */
  taggedBy?: string;
  /** What can be changed in place, by field: the desired state with that field changed. */
  fields: Readonly<Record<string, (desired: D, parts: P) => D>>;
  /** What only another one can have, by field, where the one that is there has the name all the same. */
  fixed?: Readonly<Record<string, (desired: D, parts: P) => D>>;
  /** Optional settings by recorded key: the desired state with it, and the same thing done by hand. */
  optional?: Readonly<
    Record<string, { keys?: readonly string[]; with(desired: D, parts: P): D; readonly byHand: ByHand<S, P> }>
  >;
  /** Changes by hand, by the field that diff must name. */
  drift: Readonly<Record<string, ByHand<S, P>>>;
  /** The observed state in other words of AWS's that mean the same. */
  rewritten?: Readonly<Record<string, (state: S) => S>>;
  /** Somebody else's resource of this name; undefined: without tags. Absent where nothing can be in the way. */
  foreign?(world: World, name: string, tags: Tags | undefined, parts: P): Promise<unknown>;
  /** Most calls of finding it absent and creating it, and of finding it again. */
  calls: { readonly create: number; readonly drift: number };
}
