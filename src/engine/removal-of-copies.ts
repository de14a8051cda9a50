import type { Found } from './adaptor.ts';
import { few } from './few.ts';
import { nodeAt } from './graph.ts';
import { currentEpoch } from './inventory.ts';
import { isOwn, keptOfOthers, type Leaving, type Removal, verdictOf } from './leaving.ts';
import { epochOf } from './observe-rank.ts';
import { RETAINED_TAG } from './owner.ts';
import { doubtOfSecond, leftAlone } from './second-one.ts';

/** Found with the object's tags, and why it is not sure that the object made it. */
interface Copy {
  readonly found: Found;
  readonly why: string;
}

interface Apart {
  /** The one on record, or what is to be taken for it; undefined: it is gone. */
  readonly main: Found | undefined;
  readonly ours: readonly Found[];
  readonly copies: readonly Copy[];
}

/** Of what the tags say is this object's: what surely is. Pure. */
export function apartFromCopies(of: Leaving, mine: readonly Found[], all: readonly Found[]): Apart {
  const first = firstOf(of, mine, all);
  const one = first ?? recordedIn(of, all);
  const copies = mine.flatMap(found => {
    const why = found === first ? undefined : doubtOf(of, one, found);
    return why === undefined ? [] : [{ found, why }];
  });
  const ours = mine.filter(found => copies.every(copy => copy.found !== found));
  return { main: first ?? ours[0], ours, copies };
}

/** They stay, and are told once what is the object's has gone, or is kept itself. */
export function besideCopies(of: Leaving, removal: Removal, copies: readonly Copy[]): Removal {
  const { input, at } = of;
  const left = copies.map(({ found, why }) => leftAlone(found, why));
  if (left.length === 0) return removal;
  const { view } = removal;
  if (view?.state === 'Kept') {
    const note = [view.note, ...left].filter(text => text !== undefined).join('; ');
    return { ...removal, view: { ...view, note } };
  }
  if (removal.forget !== true) return removal;
  if (input.deletion !== 'None') return { view: keptOfOthers(at, left) };
  const message = `${few(left)}; take the opta.dev tags off it, or tag it ${RETAINED_TAG}=yes, to have it left there`;
  return { view: { ...at, state: 'Conflict', message } };
}

/** An id that somebody forged leads to ours by its tags; but once the one on record was to go, what is seen without it is a second one. */
function firstOf(of: Leaving, mine: readonly Found[], all: readonly Found[]): Found | undefined {
  const { input, entry } = of;
  const removed = input.memory.removedId(entry.node, entry.epoch);
  const id = removed ?? entry.id;
  const known = mine.find(found => found.id === id);
  if (known !== undefined || id === undefined) return known ?? mine[0];
  const isGone = removed !== undefined || wasToGo(of) || recordedIn(of, all) !== undefined;
  return isGone ? mine.find(found => hasItsName(of, found)) : mine[0];
}

/** A create whose answer was lost arrived after the removal: a name exists once. */
function hasItsName({ entry, adaptor }: Leaving, { name }: Found): boolean {
  return adaptor.createBy === 'name' && name !== undefined && name === entry.name;
}

/** As the last pass left it. */
function wasToGo({ input, entry }: Leaving): boolean {
  if (entry.state === 'Deleting' || entry.state === 'Kept') return true;
  const isWanted = nodeAt(input.graph, entry.node) !== undefined;
  return (
    entry.state === 'Conflict' && !(isWanted && entry.epoch === currentEpoch(input.inventory, entry.node))
  );
}

/** Also one that is removed and still shown. */
function recordedIn(of: Leaving, all: readonly Found[]): Found | undefined {
  const { input, entry } = of;
  const id = input.memory.removedId(entry.node, entry.epoch) ?? entry.id;
  return all.find(found => found.id === id && isOwn(of, found));
}

function doubtOf(of: Leaving, one: Found | undefined, found: Found): string | undefined {
  const { input, entry } = of;
  const isTagged = found.tags !== 'inherited' && verdictOf(of, found).is !== 'retained';
  if (!isTagged || nodeAt(input.graph, entry.node)?.role === 'swept') return undefined;
  const epoch = (one && epochOf(one)) ?? entry.epoch;
  return (epochOf(found) ?? entry.epoch) === epoch ? doubtOfSecond(entry, one, found) : undefined;
}
