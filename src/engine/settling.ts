import type { Adaptor, Found } from './adaptor.ts';
import { nodeAt, ownedAt } from './graph.ts';
import { type Entry, entriesOf, isReserved } from './inventory.ts';
import type { Memory } from './memory.ts';
import { foundOf } from './observation.ts';
import { TAG_PREFIX } from './owner.ts';
import type { NodeView, PlanInput } from './plan.ts';

interface At {
  readonly node: string;
  readonly epoch: number;
}

interface SettlingTime {
  readonly memory: Pick<Memory, 'startedAt' | 'firstSeen'>;
  /** By the memory's time, in ms. */
  readonly now: number;
}

/** AWS often shows its result sooner than it promises. */
export const LOOK_AGAIN_MS = 15_000;
const LOOK_LATER_MS = 60_000;

/** Seldomer the longer it takes: what was not shown in the first seconds is rarely shown in the next ones. In ms. */
export function nextLookMs(leftMs: number, { settleMs }: Pick<Adaptor, 'settleMs'>): number {
  const passedMs = settleMs - leftMs;
  return Math.min(leftMs, LOOK_LATER_MS, Math.max(passedMs, LOOK_AGAIN_MS));
}

/** Ours: nothing else waits for it, and a look at an object costs as many calls as it has parts. */
const LOOK_FOR_REVIVAL_MS = 60_000;
/** No type asks for more: whoever wrote a later time into a status holds up no deletion by it. */
const LONGEST_REVIVAL_MS = 60 * 60_000;

/** A resource made, or begun, so lately that NotFound means "not yet". */
export function settlingCreate(
  input: PlanInput,
  adaptor: Adaptor,
  at: At,
  entry: Entry | undefined,
): NodeView | undefined {
  const open = adaptor.createBy === 'intent' ? entry?.pending : undefined;
  const since =
    open !== undefined
      ? input.memory.firstSeen(at.node, at.epoch, open.attempt)
      : madeAt(input.memory, entry);
  const againInMs = since === undefined ? undefined : leftOf(input, adaptor, since);
  if (againInMs === undefined) return undefined;
  const message =
    open === undefined
      ? 'was created a moment ago and AWS does not show it yet'
      : `create attempt ${open.attempt} got no answer${insteadOf(input, at)}; looking for its result before another attempt`;
  return { ...at, state: 'Pending', message, againInMs };
}

/** What this process got instead of the answer of the create that it began last. */
function insteadOf({ memory }: PlanInput, { node, epoch }: At): string {
  const { at, why } = memory.doubt(node, epoch) ?? {};
  if (at === undefined || why === undefined || at < memory.firstSeen(node, epoch, '')) return '';
  return ` (${why})`;
}

/** So late a look counts as one at its time, where objects are looked at together: the next comes this much sooner. In ms. */
export const MOMENT_MS = 100;

/** False while reads may be older than the writes of an earlier process: what they show is no end of anything. */
export function isTrusted(of: { memory: Pick<Memory, 'startedAt'>; now: number }, adaptor: Adaptor): boolean {
  return of.now + MOMENT_MS >= of.memory.startedAt + adaptor.settleMs;
}

/**
 * EC2 asks for patience "from a couple of seconds" up to "a few minutes" (Developer Guide, "Eventual consistency in the Amazon EC2
 * API"): what its create answered, and no look has shown since, is not gone before. In ms.
 */
const UNSHOWN_MS = 10 * 60_000;

/**
 * On record, and not shown: another one would be made beside it for each look that AWS answers from before it was made. It was never
 * shown, or is missed for less than the settling time. In ms; undefined: it is gone.
 */
export function missingMs(input: PlanInput, adaptor: Adaptor, entry: Entry): number | undefined {
  const { memory, now } = input;
  const missedMs = (memory.missingSince(entry.node, entry.epoch) ?? now) + adaptor.settleMs - now;
  const leftMs = Math.max(unshownMs(input, entry), missedMs);
  return leftMs > MOMENT_MS ? Math.min(leftMs, LOOK_LATER_MS) : undefined;
}

/** How long it may not be shown yet that no look of this process has shown; by a clock that was set back since it never was. */
function unshownMs({ memory, now }: PlanInput, { node, epoch, createdAt }: Entry): number {
  const madeMs = createdAt === undefined ? 0 : Date.parse(createdAt);
  return memory.wasShown(node, epoch) || madeMs > now ? 0 : Math.max(0, madeMs + UNSHOWN_MS - now);
}

/** When to look again at nodes whose reads are not to be trusted yet, in ms. */
export function untrustedMs(input: PlanInput, nodes: readonly string[]): number | undefined {
  const types = nodes.flatMap(node => entriesOf(input.inventory, node)).map(entry => entry.type);
  return types.every(type => isTrusted(input, input.adaptor(type))) ? undefined : LOOK_AGAIN_MS;
}

/** How long what AWS accepted from us may not have reached all of it, in ms, whatever reads show; 0: it has. */
export function spreadingMs(input: Pick<PlanInput, 'memory' | 'now'>, adaptor: Adaptor, at: At): number {
  const writes = [...input.memory.believed(at.node, at.epoch).values()].map(belief => belief.at);
  // A write of this very pass came after its beginning, by which it reckons.
  return Math.max(0, ...writes.map(time => time + adaptor.settleMs - Math.max(input.now, time)));
}

/** True while AWS may not show all of a resource that was made a moment ago. */
export function isYoung(of: SettlingTime, adaptor: Adaptor, entry: Entry | undefined): boolean {
  const since = madeAt(of.memory, entry);
  return since !== undefined && since + adaptor.settleMs > of.now;
}

/**
 * Since when what is on record settles, in ms; undefined: no time is on record. An earlier process wrote it down by a clock
 * that may have been wrong, or that was moved since: it counts from our own first sight at the soonest, and at the latest.
 */
function madeAt(memory: SettlingTime['memory'], entry: Entry | undefined): number | undefined {
  if (entry?.createdAt === undefined) return undefined;
  const seenAt = memory.firstSeen(entry.node, entry.epoch, entry.createdAt);
  return Math.max(memory.startedAt, Math.min(Date.parse(entry.createdAt), seenAt));
}

/**
 * AWS does not show the tags of our create call yet: those of the very one on record; or this one has no tags at all and may
 * be what we began to make, in this process or in an earlier one that did not live to record it.
 */
export function isUntaggedYet(
  of: SettlingTime,
  adaptor: Adaptor,
  at: At,
  entry: Entry | undefined,
  { id, tags }: Found,
): boolean {
  if (tags === 'inherited' || tags[`${TAG_PREFIX}installation`] !== undefined) return false;
  if (entry?.id !== undefined) return entry.id === id && isYoung(of, adaptor, entry);
  if (Object.keys(tags).length > 0) return false;
  const isBegun = entry !== undefined && !isReserved(entry);
  const begunAt = isBegun ? of.memory.firstSeen(at.node, at.epoch, '') : 0;
  return Math.max(of.memory.startedAt, begunAt) + adaptor.settleMs > of.now;
}

/**
 * NotFound is not yet "gone" for what was created, or may have been, less than the settling time ago: counted from the
 * answer of the create, or, where that is not known, from when this process first looked. What an earlier process or a
 * lost answer left may arrive even after our own removal. In ms; undefined: gone.
 */
export function settlingRemoval(input: PlanInput, adaptor: Adaptor, entry: Entry): number | undefined {
  if (neverBegun(input, entry)) return undefined;
  const { memory } = input;
  const { node, epoch, pending } = entry;
  const recorded = pending === undefined ? madeAt(memory, entry) : undefined;
  const made = recorded ?? memory.firstSeen(node, epoch, pending?.attempt ?? '');
  const isRemoved = memory.removedAt(node, epoch) !== undefined;
  const since = Math.max(isRemoved ? 0 : made, memory.startedAt, memory.doubt(node, epoch)?.at ?? 0);
  const settlingMs = leftOf(input, adaptor, since);
  // What is looked for by its name is found by it as soon as AWS has settled.
  const unseenMs = isRemoved || adaptor.createBy === 'name' ? 0 : unshownMs(input, entry);
  return settlingMs ?? (unseenMs > MOMENT_MS ? Math.min(unseenMs, LOOK_LATER_MS) : undefined);
}

/**
 * What is removed and still shown (a key pending deletion) comes back by a write of ours whose answer was lost, or that
 * an earlier process sent. In ms; undefined: it stays removed.
 */
export function settlingReturn(input: PlanInput, adaptor: Adaptor, entry: Entry): number | undefined {
  const { memory } = input;
  const { node, epoch } = entry;
  const unknown = memory.removedAt(node, epoch) === undefined ? memory.startedAt : 0;
  return leftOf(input, adaptor, Math.max(unknown, memory.doubt(node, epoch)?.at ?? 0));
}

/**
 * What was removed may be made again by AWS itself: when to look for that, in ms; undefined: it is gone for good. Counted
 * from the removal, whichever process began it.
 */
export function revival({ now }: PlanInput, { revivesUntil }: Entry): number | undefined {
  const leftMs = revivesUntil === undefined ? 0 : Date.parse(revivesUntil) - now;
  return leftMs > 0 && leftMs <= LONGEST_REVIVAL_MS ? Math.min(leftMs, LOOK_FOR_REVIVAL_MS) : undefined;
}

/**
 * What we removed is still shown, and is wanted again: a list of a moment ago has it, and it is gone. In ms; undefined: it is
 * there.
 */
export function settlingShown(input: PlanInput, adaptor: Adaptor, at: At, found: Found): number | undefined {
  const { memory } = input;
  const removedAt = memory.removedAt(at.node, at.epoch);
  if (removedAt === undefined || adaptor.isRemoved?.(found.state) === true) return undefined;
  return leftOf(input, adaptor, removedAt);
}

function leftOf(input: PlanInput, adaptor: Adaptor, since: number): number | undefined {
  const leftMs = since + adaptor.settleMs - input.now;
  return leftMs > 0 ? nextLookMs(leftMs, adaptor) : undefined;
}

/**
 * An intent is stored before its create: without one nothing was made, and nothing that is made after it. Of what has none only
 * a process that saw the object from its beginning knows that it was never asked for, as while its approval was awaited.
 */
function neverBegun(input: PlanInput, entry: Entry, asked = new Set<string>()): boolean {
  if (entry.id !== undefined || entry.createdAt !== undefined || entry.pending !== undefined) return false;
  // A later spec may have let it be made before what an earlier one put in front of it.
  if (input.memory.doubt(entry.node, entry.epoch) !== undefined) return false;
  // What others leave was made by none of our creates.
  const isOwned = (nodeAt(input.graph, entry.node)?.role ?? 'owned') === 'owned';
  if (isOwned && input.memory.neverCreated(entry.node)) return true;
  const intent = input.adaptor(entry.type).createBy === 'intent';
  if (intent) return (entry.attempts ?? 0) === 0;
  const goesBefore = nodeAt(input.graph, entry.node)?.goesBefore ?? [];
  return entry.after.some(before => {
    // It may be made before these.
    if (goesBefore.includes(before)) return false;
    const node = ownedAt(input.graph, before);
    if (node === undefined || asked.has(before)) return false;
    asked.add(before);
    const known = entriesOf(input.inventory, before);
    if (foundOf(input.observations, before).length > 0 || known.length > 1) return false;
    const first = known[0] ?? { node: before, epoch: 1, type: node.type, after: node.dependsOn };
    return neverBegun(input, first, asked);
  });
}
