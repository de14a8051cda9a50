import type { Found } from './adaptor.ts';
import { adoptedTag, type GraphNode, isWaiting, type TaggedObservations } from './graph.ts';
import { holdUp } from './hold-up.ts';
import { currentEpoch, type Entry, entryAt } from './inventory.ts';
import { choose, isNamed, mayAdopt, observationKey } from './observation.ts';
import {
  CLUSTER_TAG,
  INSTALLATION_TAG,
  judge,
  namesAnother,
  ownershipTags,
  RETAINED_TAG,
  type Tags,
  type Verdict,
} from './owner.ts';
import type { NodeView, PlanInput } from './plan.ts';
import { planAbsent } from './plan-absent.ts';
import { planDuplicates } from './plan-duplicates.ts';
import { planPresent, readinessView } from './plan-present.ts';
import { planWaiting } from './plan-waiting.ts';
import { prospective } from './prospect.ts';
import { isUntaggedYet, settlingShown } from './settling.ts';
import type { Step } from './step.ts';

export interface PlannedNode {
  readonly view: NodeView;
  readonly steps: readonly Step[];
  /** Entries that lead nowhere any more. */
  readonly forget?: readonly Entry[];
  /** The entry as it is to be on record: set aside, so that an older epoch is the current one again, or not any more. */
  readonly marked?: Entry;
  /** It waits, and is looked after meanwhile: what is to come of it holds up nothing. */
  readonly goesOn?: true;
  /** It is, or may be, an older epoch that the spec asks for: none is to go. */
  readonly olderStays?: true;
}

/** One node of the graph that the spec asks for: what is there, and the steps to what is wanted. Pure. */
export function planNode(
  input: PlanInput,
  node: GraphNode,
  seen: TaggedObservations,
  earlier: ReadonlyMap<string, PlannedNode>,
): PlannedNode {
  const adaptor = input.adaptor(node.type);
  const epoch = currentEpoch(input.inventory, node.id);
  const entry = entryAt(input.inventory, node.id, epoch);
  const observation = input.observations.get(observationKey(node.id, epoch));
  const at = { node: node.id, epoch };
  if (observation === undefined)
    return { view: { ...at, state: 'Waiting', message: 'not looked at yet' }, steps: [] };
  if (observation.error !== undefined) {
    const { error } = observation;
    return { view: { ...at, state: 'Failed', message: error.message, error }, steps: [] };
  }
  const found = choose(observation, entry?.id);
  const { desired, expected, foreseen } = prospective(input, node, seen, earlier);
  const held = holdUp(input, node.dependsOn, earlier, found !== undefined);
  const of = { input, node, adaptor, at, entry, held, earlier };

  if (found === undefined) return planAbsent({ ...of, desired, expected });
  if (node.role === 'watched' || node.role === 'shared')
    return { view: readinessView(at, adaptor, found), steps: [] };
  const verdict: Verdict =
    found.tags === 'inherited' ? { is: 'ours' } : judge(found.tags, input.owner, node.id, input.takeOver);
  const strange = verdict.is === 'foreign' || verdict.is === 'retained';
  const adopting = strange && mayAdopt(node, found, verdict.is);
  if (strange && !adopting) {
    // A part of what is not this object's, or not yet: that is told of the whole.
    const whole = node.dependsOn.map(id => earlier.get(id)).find(one => one !== undefined && isStrange(one));
    const missing = lostTags(of, found);
    const lacks = missing === undefined ? {} : { lacksTags: true as const };
    if (adaptor.tag === undefined && held !== undefined && whole !== undefined)
      return { view: { ...at, state: 'Waiting', message: held, ...lacks }, steps: [] };
    if (isUntaggedYet(input, adaptor, at, entry, found)) {
      const message = 'was created a moment ago and AWS does not show its tags yet';
      return { view: { ...at, state: 'Pending', message, againInMs: 5_000 }, steps: [] };
    }
    const past = found.whenForeign === undefined ? '' : `. ${found.whenForeign}`;
    const way = `${past}${missing === undefined ? wayIn(node, found) : wayBack(missing)}`;
    const message = `${conflictMessage(node, found, verdict)}${way}`;
    return { view: { ...at, state: 'Conflict', message, ...lacks }, steps: [] };
  }
  const shownMs = settlingShown(input, adaptor, at, found);
  if (shownMs !== undefined) {
    const message = 'was removed a moment ago and AWS still shows it; it is to be made again';
    return { view: { ...at, state: 'InProgress', message, againInMs: shownMs }, steps: [] };
  }
  const action = adopting ? 'adopt' : verdict.is === 'previous' ? 'take up' : 'update';
  const planned = isWaiting(desired)
    ? planWaiting({ ...of, found, action }, desired, foreseen(found, action))
    : planPresent({ ...of, found, desired, action });
  return planDuplicates(
    input,
    planned,
    { first: found, others: observation.found.filter(one => one !== found) },
    entry,
  );
}

function isStrange({ view, steps }: PlannedNode): boolean {
  return view.state === 'Conflict' || steps.some(step => step.action === 'adopt');
}

/** Of what is on record and says nothing of another object: the tags that it lost by hand, or to what cleans up tags. */
function lostTags(
  of: {
    readonly input: PlanInput;
    readonly node: GraphNode;
    readonly entry: Entry | undefined;
    readonly at: { readonly epoch: number };
  },
  { id, tags }: Found,
): Tags | undefined {
  const { input, node, entry, at } = of;
  if (tags === 'inherited' || entry?.id !== id || tags[RETAINED_TAG] !== undefined) return undefined;
  const { owner } = input;
  const cluster = tags[CLUSTER_TAG];
  if (namesAnother(tags, owner, entry.node) || (cluster !== undefined && cluster !== owner.cluster))
    return undefined;
  const wanted = { ...ownershipTags(owner, entry.node, at.epoch), ...adoptedTag(node, entry) };
  const all = Object.entries(wanted);
  const lost = all.filter(([key]) => tags[key] === undefined);
  return lost.length === 0 ? undefined : Object.fromEntries(lost);
}

function wayBack(missing: Tags): string {
  const all = Object.entries(missing).map(([key, value]) => `${key}=${value}`);
  return `; it is on record as this object's: if somebody removed its tags, put them back (${all.join(', ')})`;
}

/** Of what no operator made. */
function wayIn({ mayBeAdopted, adopt }: GraphNode, { tags }: Found): string {
  const isAnothers = tags === 'inherited' || tags[INSTALLATION_TAG] !== undefined;
  if (mayBeAdopted !== true || adopt !== undefined || isAnothers) return '';
  return '. To take it into care, set spec.adopt, which an administrator grants in spec.grants.adopt of the environment';
}

function conflictMessage(node: GraphNode, found: Found, verdict: Verdict): string {
  const what = `${node.type} ${found.name ?? found.id} exists and is not this object's`;
  if (verdict.is === 'retained') {
    return `${what} any more: an object that was deleted left it in AWS on purpose. To take it up again, set spec.adopt; where the rest is gone for good, remove this too`;
  }
  if (verdict.is !== 'foreign') return what;
  const way = isNamed(node.adopt, found)
    ? '. To adopt it, delete the object that has it with deletionPolicy Retain first; where there is none any more, tag it opta.dev/retained=yes'
    : '';
  return `${what}: ${verdict.why}. It is left alone${way}`;
}
