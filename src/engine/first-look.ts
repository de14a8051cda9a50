import { isDeepStrictEqual } from 'node:util';
import type { Found } from './adaptor.ts';
import { type GraphNode, isWaiting, nodeAt } from './graph.ts';
import { currentEpoch, entriesOf } from './inventory.ts';
import { choose, mayAdopt, observationKey } from './observation.ts';
import { epochOf } from './observe-rank.ts';
import { ADOPTED_TAG, judge, type Verdict } from './owner.ts';
import { lookCloser, type Pass, seenIn } from './pass-state.ts';
import { recordEpochs } from './resume-epochs.ts';
import type { DefaultField, Ports, Subject } from './subject.ts';

/** Builds the graph and looks at AWS for the first time; defaults that are not chosen yet are chosen. */
export async function start(subject: Subject, ports: Ports): Promise<Pass> {
  // An object without an inventory may have been rebuilt: what it then left to the defaults of its time is looked for.
  const rebuilt = subject.state.resources.length === 0;
  const first = Object.fromEntries(
    subject.defaults.map(one => [one.field, rebuilt && one.probe !== undefined ? one.probe : one.value]),
  );
  let looked = first;
  const graph = subject.graph({ ...first, ...subject.state.defaults });
  const spared = sparedOf(subject, ports, graph);
  const pass: Pass = {
    subject,
    ports,
    lookedAt: ports.monotonic(),
    startedAt: ports.memory.now(),
    graph,
    state: subject.state,
    stored: subject.state,
    observations: new Map(),
    gone: new Set(spared),
    spared,
    undecided: false,
  };
  await prepare(pass);
  await lookCloser(pass);
  const missing = subject.defaults.filter(one => !(one.field in subject.state.defaults));
  if (missing.length > 0 || rebuilt) {
    if (rebuilt && subject.deletion === 'None') {
      // What waited for another node of this graph is looked at whole.
      await lookCloser(pass);
      const isAsWritten = waitsForNothing(pass);
      if (isAsWritten) looked = await lookOtherwise(pass, missing, first);
      const isOpen = (node: GraphNode) => !isKnown(pass, node) && !(isAsWritten && isToGoOn(pass, node));
      pass.undecided = pass.graph.some(isOpen);
    }
    if (!pass.undecided) await chooseDefaults(pass, missing, looked);
  }
  // Before all of it is looked at nothing is recorded: what has a record is not taken for a rebuilt one, and takes new defaults.
  if (!pass.undecided) resumeEpochs(pass);
  return pass;
}

/**
 * What is adopted waits for what is not there, as a queue for a key of its own, and nothing else is open: what was probed for
 * was never made.
 */
function waitsForNothing(pass: Pass): boolean {
  const open = pass.graph.filter(node => !isKnown(pass, node));
  return open.length > 0 && open.every(node => node.adopt !== undefined && isBlind(pass, node));
}

function isBlind(pass: Pass, node: GraphNode): boolean {
  const observation = pass.observations.get(
    observationKey(node.id, currentEpoch(pass.state.resources, node.id)),
  );
  return observation?.blind === true && observation.error === undefined;
}

/** Looks at the graph as it is without what was probed for; returns the values that it was built with. */
async function lookOtherwise(
  pass: Pass,
  missing: readonly DefaultField[],
  first: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const { subject } = pass;
  const seen = seenIn(pass);
  const probed = missing.filter(one => one.probe !== undefined);
  const values = probed.map(one => [one.field, one.observed?.(seen) ?? one.probe] as const);
  const otherwise = { ...first, ...Object.fromEntries(values) };
  await rebuild(pass, { ...otherwise, ...subject.state.defaults });
  await lookCloser(pass);
  return otherwise;
}

async function rebuild(pass: Pass, values: Readonly<Record<string, unknown>>): Promise<void> {
  pass.graph = pass.subject.graph(values);
  pass.observations = new Map();
  await prepare(pass);
  await lookCloser(pass);
}

/** What a deletion has taken away already, and left no record of. */
function sparedOf(subject: Subject, ports: Ports, graph: readonly GraphNode[]): ReadonlySet<string> {
  if (subject.deletion === 'None') return new Set();
  const { resources } = subject.state;
  const gone = graph.filter(({ id }) => ports.memory.wasGone(id) && entriesOf(resources, id).length === 0);
  return new Set(gone.map(node => node.id));
}

/**
 * Surely absent, or looked at whole and surely this object's (or free for it to adopt). What the spec adopts and is not there is
 * still to be named, or to come, and what it is made with counts then.
 */
function isKnown(pass: Pass, node: GraphNode): boolean {
  if ((node.role ?? 'owned') !== 'owned') return true;
  const epoch = currentEpoch(pass.state.resources, node.id);
  const observation = pass.observations.get(observationKey(node.id, epoch));
  if (observation === undefined || observation.error !== undefined) return false;
  const found = choose(observation, undefined);
  if (found === undefined) return node.adopt === undefined;
  // What has no tags of its own is known by what it hangs on.
  const hangsOnOurs = pass.graph.some(
    parent =>
      node.dependsOn.includes(parent.id) && foundOf(pass, parent) !== undefined && isKnown(pass, parent),
  );
  if (hangsOnOurs && pass.ports.adaptor(node.type).tag === undefined) return true;
  if (observation.blind === true && !awaitsRemoved(pass, node)) return false;
  return isFree(pass, node, found);
}

function isFree(pass: Pass, node: GraphNode, found: Found): boolean {
  const verdict = verdictOf(pass, node, found);
  return verdict === 'ours' || verdict === 'previous' || mayAdopt(node, found, verdict);
}

/** It is there, and waits still for what this graph makes, as a key of its own that is written: that is to be made then. */
function isToGoOn(pass: Pass, node: GraphNode): boolean {
  const [found, desired] = [foundOf(pass, node), node.desired(seenIn(pass))];
  const isOfOurs = isWaiting(desired) && nodeAt(pass.graph, desired.node) !== undefined;
  return found !== undefined && isOfOurs && isBlind(pass, node) && isFree(pass, node, found);
}

/**
 * What it waits for is this object's and pending deletion: it is there again only once it is taken up, and until all is known
 * nothing is.
 */
function awaitsRemoved(pass: Pass, node: GraphNode): boolean {
  const desired = node.desired(seenIn(pass));
  const parent = isWaiting(desired) ? nodeAt(pass.graph, desired.node) : undefined;
  const found = parent === undefined ? undefined : foundOf(pass, parent);
  if (parent === undefined || found === undefined) return false;
  const verdict = verdictOf(pass, parent, found);
  const isRemoved = pass.ports.adaptor(parent.type).isRemoved?.(found.state) === true;
  return isRemoved && (verdict === 'ours' || verdict === 'previous');
}

/** `first`: the values that the graph was built with. */
async function chooseDefaults(
  pass: Pass,
  missing: readonly DefaultField[],
  first: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { subject } = pass;
  // An object without an inventory whose resources exist was rebuilt, adopts, or lost its status: what AWS has is what was once
  // chosen.
  const inherits = subject.state.resources.length === 0 && pass.graph.some(node => isInherited(pass, node));
  const seen = seenIn(pass);
  const isMade = ({ fixedBy = '' }: DefaultField) => entriesOf(pass.state.resources, fixedBy).length > 0;
  // What something was made with is not chosen while that cannot be seen.
  const open = missing.filter(one => !isMade(one) || seen.isKnown(one.fixedBy ?? ''));
  const chosen = open.map(
    one => [one.field, (inherits || isMade(one) ? one.observed?.(seen) : undefined) ?? one.value] as const,
  );
  const all = { ...subject.state.defaults, ...Object.fromEntries(chosen) };
  const defaults = subject.settled?.(all) ?? all;
  pass.state = { ...pass.state, defaults: { ...(inherits ? writtenAsFound(pass) : {}), ...defaults } };
  const looked = { ...first, ...subject.state.defaults };
  if (Object.entries(defaults).every(([field, value]) => isDeepStrictEqual(value, looked[field]))) return;
  await rebuild(pass, { ...first, ...defaults });
}

/** What is written just as it is in what is adopted stays so when it is left out again, as if it never had been written. */
function writtenAsFound(pass: Pass): Readonly<Record<string, unknown>> {
  const { written = [] } = pass.subject;
  if (pass.graph.every(node => node.adopt === undefined)) return {};
  const seen = seenIn(pass);
  const same = written.filter(one => isDeepStrictEqual(one.observed?.(seen), one.value));
  return Object.fromEntries(same.map(one => [one.field, one.value]));
}

/** What is swept is looked at in a deletion alone: see `dueSweeps`. */
async function prepare({ ports, subject, graph, state }: Pass): Promise<void> {
  const nodes = graph.filter(node => node.role !== 'swept' || subject.deletion === 'Remove');
  await ports.prepare?.(new Set([...nodes, ...state.resources].map(one => one.type)));
}

function foundOf(pass: Pass, node: GraphNode): Found | undefined {
  const epoch = currentEpoch(pass.state.resources, node.id);
  return choose(pass.observations.get(observationKey(node.id, epoch)), undefined);
}

function verdictOf(pass: Pass, node: GraphNode, found: Found): Verdict['is'] {
  if (found.tags === 'inherited') return 'ours';
  return judge(found.tags, pass.subject.owner, node.id, pass.ports.takeOver).is;
}

function isInherited(pass: Pass, node: GraphNode): boolean {
  const found = foundOf(pass, node);
  if (found === undefined || (node.role ?? 'owned') !== 'owned') return false;
  const verdict = verdictOf(pass, node, found);
  if (verdict === 'ours') return wasOnRecord(pass, found);
  return verdict === 'previous' || mayAdopt(node, found, verdict);
}

/** Longer than an object waits for an operator to begin with it. In ms. */
const IN_CARE_MS = 60 * 60_000;

/**
 * What is this very object's and on no record may be half made, by a first pass that was cut off, and tells nothing then. Where it
 * was adopted that was on record first, and an old object has had its status written many times: it was lost. Where an operator
 * came late and was cut off as well, kinds leave out what their creation had not reached.
 */
function wasOnRecord({ subject, startedAt }: Pass, { tags }: Found): boolean {
  if (tags !== 'inherited' && tags[ADOPTED_TAG] !== undefined) return true;
  return Date.parse(subject.createdAt ?? '') + IN_CARE_MS <= startedAt;
}

/**
 * A resource that is ours and not in the inventory brings its own epoch, and its name where the spec gives another by now: the
 * status was lost, or the cluster rebuilt.
 */
function resumeEpochs(pass: Pass): void {
  for (const node of pass.graph) {
    if (entriesOf(pass.state.resources, node.id).length > 0) continue;
    const key = observationKey(node.id, 1);
    const observation = pass.observations.get(key);
    if (observation === undefined) continue;
    const mine = observation.found.filter(found => {
      const verdict = verdictOf(pass, node, found);
      return verdict === 'ours' || verdict === 'previous';
    });
    const isFormer = ({ name = '' }: Found) => node.formerNames?.includes(name) === true;
    if (mine.every(found => (epochOf(found) ?? 1) === 1 && !isFormer(found))) continue;
    const others = new Map(pass.observations);
    others.delete(key);
    pass.observations = others;
    recordEpochs(pass, node, mine, observation);
  }
}
