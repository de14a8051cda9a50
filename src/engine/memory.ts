import { observationKey } from './observation.ts';

/** What AWS answered to a write of ours, and when, in ms of the memory's time: reads may show older values for the type's settling time. */
export interface Belief {
  /** The resource's state, or its tags, as the answer gave them. */
  readonly value: unknown;
  readonly at: number;
  /** How often in a row the same was written: AWS accepts it and does not show it. */
  readonly times: number;
}

/** A write whose answer was lost: it may have been applied, and may not be visible yet. */
export interface Doubt {
  readonly at: number;
  /** What was asked for, as text; undefined: several things in turn. */
  readonly desired: string | undefined;
  /** What came instead of an answer. */
  readonly why?: string;
}

/**
 * What this process knows besides the status: only times and answers that make it more patient. Losing it (a restart)
 * costs a longer wait or a repeated write of the same value, never a wrong one.
 */
export interface Memory {
  /** The time of this process, in ms since 1970, which no step of the wall clock moves: all that settles is counted by it. */
  now(): number;
  /** What reads show of the writes of an earlier process settles from then on, in ms. 0: there was none. */
  readonly startedAt: number;
  /** The object was seen to have nothing begun for it, and this process alone begins things from now on. */
  beginsAlone(): void;
  /** Surely no create was ever sent for this node, by any process: only what began alone can know it. */
  neverCreated(node: string): boolean;
  /** When this process first saw this (an open create, a time on record), in ms: what an earlier process did settles from then on. */
  firstSeen(node: string, epoch: number, what: string): number;
  /** A look at AWS itself gave this: whether it is there. */
  looked(node: string, epoch: number, isThere: boolean): void;
  /** A look of this process gave it once. */
  wasShown(node: string, epoch: number): boolean;
  /** Since when, in ms, no look has given it; undefined: the last one did. */
  missingSince(node: string, epoch: number): number | undefined;
  /** When this process was first told that the token of this epoch has served, in ms: what it made was made before. */
  tokenUsed(node: string, epoch: number): number;
  /** A create begins: nothing that was known of an earlier life of this epoch holds any longer. */
  creating(node: string, epoch: number): void;
  /** AWS accepted these fields (`*`: all of a create, `tags`): it is there, whatever was removed before. */
  wrote(node: string, epoch: number, fields: readonly string[], value: unknown): void;
  believed(node: string, epoch: number): ReadonlyMap<string, Belief>;
  doubted(node: string, epoch: number, desired: string, why?: string): void;
  doubt(node: string, epoch: number): Doubt | undefined;
  /** AWS accepted the removal of this one. */
  removed(node: string, epoch: number, id: string): void;
  /** It is there still, or again, for longer than a removal takes to show: that it was removed once explains nothing any more. */
  lives(node: string, epoch: number): void;
  /** In ms; undefined: this process did not remove it, or it lived on. */
  removedAt(node: string, epoch: number): number | undefined;
  /** The one whose removal AWS accepted. */
  removedId(node: string, epoch: number): string | undefined;
  /** While the object is deleted: what was seen to be gone needs no look in every pass, only one before the end. */
  sawGone(node: string): void;
  wasGone(node: string): boolean;
}

interface Known {
  readonly firstSeen: Map<string, number>;
  readonly beliefs: Map<string, Belief>;
  doubt?: Doubt;
  shown?: true;
  missingSince?: number;
  removed?: { readonly at: number; readonly id: string };
  tokenUsedAt?: number;
}

/** `now`: see `steadyTime`. `isNew`: of an object that no process has begun anything for. */
export function createMemory(now: () => number, isNew = false): Memory {
  const all = new Map<string, Known>();
  const gone = new Set<string>();
  const created = new Set<string>();
  let isAlone = false;

  function of(node: string, epoch: number): Known {
    const key = observationKey(node, epoch);
    const known = all.get(key) ?? { firstSeen: new Map(), beliefs: new Map() };
    all.set(key, known);
    return known;
  }

  /** What was written before counts no more; a write whose answer was lost may still arrive. */
  function renew(node: string, epoch: number, known: Known, doubt: Doubt | undefined): void {
    all.set(observationKey(node, epoch), doubt === undefined ? known : { ...known, doubt });
  }

  return {
    now,
    startedAt: isNew ? 0 : now(),
    beginsAlone() {
      isAlone = true;
    },
    neverCreated: node => isAlone && !created.has(node),
    firstSeen(node, epoch, what) {
      const { firstSeen } = of(node, epoch);
      const seen = firstSeen.get(what) ?? now();
      firstSeen.set(what, seen);
      return seen;
    },
    looked(node, epoch, isThere) {
      const known = of(node, epoch);
      if (!isThere) known.missingSince ??= now();
      else {
        known.shown = true;
        delete known.missingSince;
      }
    },
    wasShown: (node, epoch) => of(node, epoch).shown === true,
    missingSince: (node, epoch) => of(node, epoch).missingSince,
    tokenUsed(node, epoch) {
      const known = of(node, epoch);
      known.tokenUsedAt ??= now();
      return known.tokenUsedAt;
    },
    creating(node, epoch) {
      created.add(node);
      const { doubt, tokenUsedAt } = of(node, epoch);
      const known: Known = { firstSeen: new Map([['', now()]]), beliefs: new Map() };
      renew(node, epoch, tokenUsedAt === undefined ? known : { ...known, tokenUsedAt }, doubt);
    },
    wrote(node, epoch, fields, value) {
      const known = of(node, epoch);
      const { beliefs } = known;
      delete known.removed;
      delete known.tokenUsedAt;
      for (const field of fields) {
        const before = beliefs.get(field);
        const again = before !== undefined && JSON.stringify(before.value) === JSON.stringify(value);
        beliefs.set(field, { value, at: now(), times: again ? before.times + 1 : 1 });
      }
    },
    believed: (node, epoch) => of(node, epoch).beliefs,
    doubted(node, epoch, desired, why) {
      const known = of(node, epoch);
      const same = known.doubt === undefined || known.doubt.desired === desired;
      known.doubt = {
        at: now(),
        desired: same ? desired : undefined,
        ...(why === undefined ? {} : { why }),
      };
    },
    doubt: (node, epoch) => of(node, epoch).doubt,
    removed(node, epoch, id) {
      const { firstSeen, doubt } = of(node, epoch);
      renew(node, epoch, { firstSeen, beliefs: new Map(), removed: { at: now(), id } }, doubt);
    },
    lives: (node, epoch) => void delete of(node, epoch).removed,
    removedAt: (node, epoch) => of(node, epoch).removed?.at,
    removedId: (node, epoch) => of(node, epoch).removed?.id,
    sawGone: node => void gone.add(node),
    wasGone: node => gone.has(node),
  };
}
