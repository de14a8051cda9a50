import type { Adaptor, Change } from './adaptor.ts';
import type { Belief } from './memory.ts';
import type { Tags } from './owner.ts';
import type { PlanInput } from './plan.ts';
import { nextLookMs } from './settling.ts';

interface At {
  readonly node: string;
  readonly epoch: number;
}

/** A type may say that it never lags; what is not shown after a write is still not written again and again. */
const REPEATED_WRITE_MS = 60_000;

/** Differences that are to be written, and, where some are only not visible yet, why and until when. */
export interface Settled {
  readonly changes: readonly Change[];
  readonly waiting?: { readonly message: string; readonly againInMs: number };
}

/**
 * Reads after a write may still give the old value. A field that we wrote less than the settling time ago is judged
 * by what AWS answered to the write; a spec that has moved on since then is written at once, whatever the read says.
 */
export function settled(
  input: PlanInput,
  adaptor: Adaptor,
  at: At,
  of: {
    readonly observed: readonly Change[];
    readonly desired: unknown;
    readonly tags: Tags | undefined;
    readonly keys: readonly string[];
  },
): Settled {
  const beliefs = input.memory.believed(at.node, at.epoch);
  const changes = new Map(of.observed.map(change => [change.field, change]));
  /** By what AWS answered: of a create all fields are judged by one answer. */
  const wishes = new Map<unknown, readonly Change[]>();
  let waitMs = 0;
  let times = 0;
  function wanting(field: string, { value }: Belief): Change | undefined {
    const wish = wishes.get(value) ?? adaptor.diff(of.desired, value, of.keys);
    wishes.set(value, wish);
    return wish.find(change => change.field === field);
  }
  function suppress(field: string, belief: Belief, leftMs: number): void {
    changes.delete(field);
    waitMs = Math.max(waitMs, leftMs);
    times = Math.max(times, belief.times);
  }
  const created = beliefs.get('*');
  for (const field of new Set([...changes.keys(), ...beliefs.keys()])) {
    if (field === '*' || field === TAGS) continue;
    const own = beliefs.get(field);
    const belief = own ?? created;
    const leftMs = belief === undefined ? 0 : left(input, adaptor, belief);
    if (belief === undefined || leftMs <= 0) continue;
    const wanted = wanting(field, belief);
    if (wanted === undefined && changes.has(field)) suppress(field, belief, leftMs);
    if (wanted !== undefined && own !== undefined && !changes.has(field)) changes.set(field, wanted);
  }
  const doubtMs = changes.size > 0 ? 0 : doubted(input, adaptor, at, wish(of.tags, of.desired));
  const leftMs = Math.max(waitMs, doubtMs);
  if (leftMs <= 0) return { changes: [...changes.values()] };
  const again = times > 1 ? ` (written ${times} times)` : '';
  const message =
    waitMs > 0
      ? `AWS has accepted our last change and does not show it yet${again}`
      : 'the answer to an earlier change was lost; waiting until AWS must show it';
  return { changes: [...changes.values()], waiting: { message, againInMs: nextLookMs(leftMs, adaptor) } };
}

export const TAGS = 'tags';

/** The tags as AWS answered them less than the settling time ago, if it did. */
export function believedTags(
  input: Pick<PlanInput, 'memory' | 'now'>,
  adaptor: Adaptor,
  at: At,
): Readonly<Record<string, string>> | undefined {
  const belief = input.memory.believed(at.node, at.epoch).get(TAGS);
  if (belief === undefined || left(input, adaptor, belief) <= 0) return undefined;
  return belief.value as Readonly<Record<string, string>>;
}

function left(input: Pick<PlanInput, 'now'>, adaptor: Adaptor, belief: Belief): number {
  const window = Math.max(adaptor.settleMs, belief.times > 1 ? REPEATED_WRITE_MS : 0);
  return belief.at + window - input.now;
}

/** A write of another desired state may still become visible over what is read now. */
function doubted(input: PlanInput, adaptor: Adaptor, at: At, wanted: string): number {
  const doubt = input.memory.doubt(at.node, at.epoch);
  if (doubt === undefined || doubt.desired === wanted) return 0;
  return doubt.at + adaptor.settleMs - input.now;
}

/** What a write asks for, as text. */
export function wish(tags: Tags | undefined, desired: unknown): string {
  return JSON.stringify([tags ?? {}, desired]);
}
