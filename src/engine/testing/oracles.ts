import { ownershipTags, RETAINED_TAG, TAG_PREFIX, UID_TAG } from '../owner.ts';
import type { FakeResource } from './fake-cloud.ts';
import { FAKE_TYPES, type FakeType, REFERENCE } from './fake-types.ts';
import type { World } from './world.ts';

export const NOBODY = 'nobody';

function typeOf(one: FakeResource): FakeType | undefined {
  return Object.values(FAKE_TYPES).find(type => type.type === one.type);
}

/** Of this object: made for it, or adopted by it, and not scheduled for deletion. Judged behind the tags. */
export function livingOf(world: World): readonly FakeResource[] {
  return world.cloud.living().filter(one => {
    if (one.scheduledAt !== undefined) return false;
    if (one.madeFor.startsWith(`${world.owner.name}/`)) return true;
    return one.adopted === true && world.cloud.current(one).tags[UID_TAG] === world.owner.uid;
  });
}

function nodeOf(world: World, one: FakeResource): string {
  const { tags } = world.cloud.current(one);
  return tags[`${TAG_PREFIX}node`] ?? one.madeFor.replace(/^.*\/|@.*$/g, '');
}

/** What AWS and the inventory hold, by node and without ids and epochs: equal for equal ends. */
export function picture(world: World): unknown {
  const living = livingOf(world);
  const ids = new Map(living.map(one => [one.id, nodeOf(world, one)]));
  const aws = living.map(one => {
    const { fields, tags } = world.cloud.current(one);
    const own = Object.entries(tags).filter(([key]) => !key.startsWith(TAG_PREFIX));
    const said = Object.entries(fields).map(([key, value]) => [
      key,
      key.startsWith(REFERENCE) ? `id of ${ids.get(value) ?? 'something else'}` : value,
    ]);
    const retained = tags[RETAINED_TAG] === undefined ? {} : { retained: true };
    return { node: nodeOf(world, one), type: one.type, fields: sorted(said), tags: sorted(own), ...retained };
  });
  const inventory = world.state.resources
    .filter(entry => entry.attempts !== 0)
    .map(({ node, type, after, keys }) => ({ node, type, after: [...after].sort(), keys: keys ?? [] }));
  return { aws: byNode(aws), inventory: world.deletion === 'None' ? byNode(inventory) : [] };
}

function sorted(entries: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...entries].sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
}

function byNode<T extends { readonly node: string }>(list: readonly T[]): readonly T[] {
  return [...list].sort((a, b) => (a.node < b.node ? -1 : 1));
}

/** What must hold at every end, however it was come to; empty when all is well. */
export function problems(world: World): readonly string[] {
  const left = world.deletion === 'None' ? unrecorded(world) : leftBehind(world);
  return [...twins(world), ...touched(world), ...left];
}

/** What stays in AWS after the object says so, and was meant to. */
function leftBehind(world: World): readonly string[] {
  const kept = keptOf(world);
  const isMarked = (one: FakeResource) => world.cloud.current(one).tags[RETAINED_TAG] !== undefined;
  // What uses something was kept, and that with it; then the removal that an earlier spec had asked for took effect.
  const someWentAfter = world.cloud.resources.some(
    one => endOf(one) !== Number.POSITIVE_INFINITY && isMarked(one),
  );
  return livingOf(world).flatMap(one => {
    const isWanted = world.deletion === 'Retain' || kept.has(nodeOf(world, one));
    if (!isWanted && !(someWentAfter && isMarked(one))) return [`${one.id} was left behind`];
    return isMarked(one) || typeOf(one)?.untagged === true
      ? []
      : [`${one.id} stays and is not marked as retained`];
  });
}

/** Of an object that came to its end: on record, and not in AWS any more. */
export function dangling(world: World): readonly string[] {
  if (world.deletion !== 'None') return [];
  const living = livingOf(world).map(one => one.id);
  return world.state.resources
    .filter(entry => entry.attempts !== 0 && (entry.id === undefined || !living.includes(entry.id)))
    .map(entry => `${entry.node}@${entry.epoch} ${entry.id ?? '(no id)'} is on record and not in AWS`);
}

/** Of an object that was at rest when it was deleted: meant to stay, and gone all the same. */
export function keptAndGone(world: World): readonly string[] {
  if (world.deletion === 'None') return [];
  const kept = keptOf(world);
  const living = livingOf(world).map(one => one.id);
  return world.cloud.resources
    .filter(one => one.byHand !== true && !living.includes(one.id))
    .filter(one => world.state.resources.some(entry => entry.id === one.id && kept.has(entry.node)))
    .map(one => `${one.id} was to be kept and is gone`);
}

/** Meant to stay, or on record as used by what is. */
function keptOf(world: World): ReadonlySet<string> {
  if (world.deletion === 'Retain') return new Set(world.state.resources.map(entry => entry.node));
  const kept = new Set(world.spec.filter(one => one.keepOnDelete !== undefined).map(one => one.id));
  for (const id of kept) {
    const entries = world.state.resources.filter(entry => entry.node === id);
    const uses = world.spec.find(one => one.id === id)?.uses ?? [];
    for (const used of [...uses, ...entries.flatMap(entry => entry.after)]) kept.add(used);
  }
  return kept;
}

/** Two resources for one node and epoch that lived at the same time. */
export function twins(world: World): readonly string[] {
  const made = world.cloud.resources.filter(one => one.madeFor !== NOBODY);
  const found: string[] = [];
  for (const [index, a] of made.entries()) {
    for (const b of made.slice(index + 1)) {
      if (a.madeFor === b.madeFor && endOf(a) > b.createdAt)
        found.push(`${a.id} and ${b.id} both live for ${a.madeFor}`);
    }
  }
  return found;
}

function endOf(one: FakeResource): number {
  return Math.min(one.deletedAt ?? Number.POSITIVE_INFINITY, one.scheduledAt ?? Number.POSITIVE_INFINITY);
}

/** Of others, and changed or gone; unless this object adopted it. */
function touched(world: World): readonly string[] {
  return world.cloud.resources
    .filter(one => one.madeFor === NOBODY && one.adopted !== true)
    .filter(one => one.versions.length > 1 || one.deletedAt !== undefined || one.scheduledAt !== undefined)
    .map(one => `${one.id} is somebody else's and was written`);
}

/** The inventory names every living resource, and the tags say the same. */
function unrecorded(world: World): readonly string[] {
  const living = livingOf(world);
  const found: string[] = [];
  for (const one of living) {
    const entry = world.state.resources.find(other => other.id === one.id);
    if (entry === undefined) {
      found.push(`${one.id} lives for ${one.madeFor} and is not in the inventory`);
      continue;
    }
    const { tags } = world.cloud.current(one);
    if (typeOf(one)?.untagged === true) continue;
    for (const [key, value] of Object.entries(ownershipTags(world.owner, entry.node, entry.epoch))) {
      if (tags[key] !== value) found.push(`${one.id} has the tag ${key}=${tags[key]}, not ${value}`);
    }
  }
  // Somebody else's in the way of one node may keep another from moving to its new epoch.
  if (world.cloud.living().some(one => one.madeFor === NOBODY && one.adopted !== true)) return found;
  const nodes = living.map(one => nodeOf(world, one));
  for (const node of new Set(nodes)) {
    if (nodes.filter(other => other === node).length > 1) found.push(`${node} lives in two epochs`);
  }
  return found;
}

/** The living resource of a node, for a hand that changes it behind the operator. */
export function resourceOf(world: World, node: string): FakeResource | undefined {
  const ids = world.state.resources.filter(entry => entry.node === node).map(entry => entry.id);
  return livingOf(world).find(one => ids.includes(one.id));
}
