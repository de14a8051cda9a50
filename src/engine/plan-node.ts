import type { Adaptor, Change, Found, Risk } from './adaptor.ts';
import { type GraphNode, isWaiting, type Observations } from './graph.ts';
import { currentEpoch, type Entry, entriesOf, entryAt } from './inventory.ts';
import { choose, observationKey } from './observation.ts';
import { judge, ownershipTags, RETAINED_TAG, type Tags, type Verdict } from './owner.ts';
import type { NodeView, PlanInput } from './plan.ts';
import type { Action, Consent, Step } from './step.ts';

export interface PlannedNode {
  readonly view: NodeView;
  readonly steps: readonly Step[];
}

/** One node of the graph that the spec asks for: what is there, and the steps to what is wanted. Pure. */
export function planNode(
  input: PlanInput,
  node: GraphNode,
  seen: Observations,
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
    return {
      view: { ...at, state: 'Failed', message: observation.error.message, error: observation.error },
      steps: [],
    };
  }
  const found = choose(observation, entry?.id);
  const desired = node.desired(seen);
  const held = holdUp(node, earlier);

  if (found === undefined) return planAbsent({ input, node, adaptor, epoch, entry, desired, held, earlier });
  if (node.role === 'watched' || node.role === 'shared') {
    return { view: readinessView(at, adaptor, found), steps: [] };
  }
  const verdict: Verdict =
    found.tags === 'inherited' ? { is: 'ours' } : judge(found.tags, input.owner, node.id, input.takeOver);
  const adopting = (verdict.is === 'foreign' || verdict.is === 'retained') && isNamed(node.adopt, found);
  if ((verdict.is === 'foreign' || verdict.is === 'retained') && !adopting) {
    return { view: { ...at, state: 'Conflict', message: conflictMessage(node, found, verdict) }, steps: [] };
  }
  if (isWaiting(desired)) {
    const bringing = desired.node !== undefined && (earlier.get(desired.node)?.steps.length ?? 0) > 0;
    const view: NodeView = { ...at, state: 'Waiting', message: `waits for ${desired.waitingFor}` };
    if (!bringing) return { view, steps: [] };
    const step = makeStep({
      input,
      at,
      action: 'update',
      risk: 'Low',
      consent: 'low',
      known: false,
      held: view.message,
      found,
    });
    return { view, steps: [step] };
  }

  const { set, unset } = tagChanges(input, node, epoch, found, entry, adaptor);
  const differences = adaptor.diff(desired, found.state, entry?.keys ?? []);
  const { changes, settlingMs } = unsettled(input, adaptor, at, differences);
  const replacing = changes.some(change => change.replace === true);
  const action: Action = adopting ? 'adopt' : verdict.is === 'previous' ? 'take up' : 'update';

  if (replacing && node.adopt !== undefined) {
    const fields = changes.filter(change => change.replace === true).map(change => change.field);
    const rest = changes.filter(change => change.replace !== true);
    const note = `adopted as it is: ${fields.join(', ')} cannot be changed in AWS without replacing it, which adoption never does`;
    return planDifference({
      input,
      node,
      adaptor,
      at,
      found,
      desired,
      changes: rest,
      set,
      unset,
      action,
      held,
      note,
      settlingMs,
    });
  }
  if (replacing) {
    const step = makeStep({
      input,
      at,
      action: 'replace',
      changes,
      risk: 'High',
      consent: 'critical',
      held,
      desired,
      found,
    });
    return { view: { ...at, state: 'InProgress', message: 'is to be replaced' }, steps: [step] };
  }
  return planDifference({
    input,
    node,
    adaptor,
    at,
    found,
    desired,
    changes,
    set,
    unset,
    action,
    held,
    note: undefined,
    settlingMs,
  });
}

function planDifference(of: {
  input: PlanInput;
  node: GraphNode;
  adaptor: Adaptor;
  at: { node: string; epoch: number };
  found: Found;
  desired: unknown;
  changes: readonly Change[];
  set: Tags;
  unset: readonly string[];
  action: Action;
  held: string | undefined;
  note: string | undefined;
  settlingMs: number | undefined;
}): PlannedNode {
  const { input, adaptor, at, found, changes, set, unset, action, held, note, settlingMs } = of;
  const view = readinessView(at, adaptor, found, note);
  const nothing =
    changes.length === 0 && Object.keys(set).length === 0 && unset.length === 0 && action !== 'adopt';
  if (nothing) {
    if (settlingMs === undefined || view.state !== 'Ready') return { view, steps: [] };
    return {
      view: {
        ...view,
        state: 'InProgress',
        message: 'AWS has not shown our last change yet',
        againInMs: settlingMs,
      },
      steps: [],
    };
  }
  const readiness = adaptor.readiness(found.state);
  const busy = readiness.is === 'in progress' ? readiness.message : undefined;
  const risk: Risk = changes.some(change => change.risk === 'High') ? 'High' : 'Low';
  const consent: Consent = action === 'adopt' ? 'critical' : risk === 'High' ? 'high' : 'low';
  const step = makeStep({
    input,
    at,
    action,
    changes,
    setTags: set,
    unsetTags: unset,
    risk,
    consent,
    held: busy ?? held,
    desired: of.desired,
    found,
  });
  return {
    view: { ...view, state: 'InProgress', message: busy ?? `${action}: ${fieldNames(step)}` },
    steps: [step],
  };
}

function planAbsent(of: {
  input: PlanInput;
  node: GraphNode;
  adaptor: Adaptor;
  epoch: number;
  entry: Entry | undefined;
  desired: unknown;
  held: string | undefined;
  earlier: ReadonlyMap<string, PlannedNode>;
}): PlannedNode {
  const { input, node, adaptor, epoch, entry, desired, held, earlier } = of;
  const at = { node: node.id, epoch };
  if (node.role === 'watched') {
    return {
      view: {
        ...at,
        state: 'Waiting',
        message: isWaiting(desired) ? `waits for ${desired.waitingFor}` : 'does not exist yet',
      },
      steps: [],
    };
  }
  if (node.adopt !== undefined && entry?.id === undefined) {
    return {
      view: {
        ...at,
        state: 'Failed',
        message: `spec.adopt names ${node.adopt}, which does not exist in AWS`,
      },
      steps: [],
    };
  }
  const settling = settlingCreate(input, adaptor, at, entry);
  if (settling !== undefined) return { view: settling, steps: [] };
  const older = entriesOf(input.inventory, node.id).filter(other => other.epoch < epoch);
  const sameName = older.find(other => other.name !== undefined && other.name === node.name?.(epoch));
  const lost = entry?.id !== undefined;

  if (isWaiting(desired)) {
    const bringing = desired.node !== undefined && (earlier.get(desired.node)?.steps.length ?? 0) > 0;
    const view: NodeView = { ...at, state: 'Waiting', message: `waits for ${desired.waitingFor}` };
    if (!bringing) return { view, steps: [] };
    const step = makeStep({
      input,
      at,
      action: 'create',
      risk: 'Low',
      consent: 'low',
      known: false,
      held: view.message,
    });
    return { view, steps: [step] };
  }
  if (lost && adaptor.holdsData) {
    const next = { node: node.id, epoch: epoch + 1 };
    const step = makeStep({
      input,
      at: next,
      action: 'recreate',
      risk: 'High',
      consent: 'critical',
      held,
      desired,
    });
    const message = `${entry.id} was recorded and no longer exists in AWS; it is not made anew unapproved, because what it held would be gone`;
    return { view: { ...at, state: 'Lost', message }, steps: [step] };
  }
  const step = makeStep({
    input,
    at: { node: node.id, epoch: lost ? epoch + 1 : epoch },
    action: lost ? 'recreate' : 'create',
    risk: lost ? 'High' : 'Low',
    consent: lost ? 'high' : 'low',
    held: sameName === undefined ? held : `waits until the old ${node.id} is gone`,
    desired,
  });
  return {
    view: {
      ...at,
      state: 'InProgress',
      message: lost ? 'was lost and is to be made anew' : 'is to be created',
    },
    steps: [step],
  };
}

/** A resource made, or begun, so lately that NotFound means "not yet". */
function settlingCreate(
  input: PlanInput,
  adaptor: Adaptor,
  at: { node: string; epoch: number },
  entry: Entry | undefined,
): NodeView | undefined {
  const since =
    entry?.pending !== undefined && adaptor.createBy === 'intent'
      ? input.firstSeen(at.node, at.epoch, entry.pending.attempt)
      : entry?.createdAt !== undefined
        ? Date.parse(entry.createdAt)
        : undefined;
  if (since === undefined) return undefined;
  const leftMs = since + adaptor.settleMs - input.now;
  if (leftMs <= 0) return undefined;
  const message =
    entry?.pending === undefined
      ? 'was created a moment ago and AWS does not show it yet'
      : `create attempt ${entry.pending.attempt} got no answer; looking for its result before another attempt`;
  return { ...at, state: 'Pending', message, againInMs: Math.min(leftMs, 15_000) };
}

/** Differences without those that we wrote so lately that AWS may still show the old value. */
function unsettled(
  input: PlanInput,
  adaptor: Adaptor,
  at: { node: string; epoch: number },
  differences: readonly Change[],
): { changes: readonly Change[]; settlingMs: number | undefined } {
  let settlingMs: number | undefined;
  const changes = differences.filter(change => {
    const written = input.lastWritten(at.node, at.epoch, change.field);
    if (written === undefined) return true;
    const leftMs = written + adaptor.settleMs - input.now;
    if (leftMs <= 0) return true;
    settlingMs = Math.max(settlingMs ?? 0, leftMs);
    return false;
  });
  return { changes, settlingMs };
}

function tagChanges(
  input: PlanInput,
  node: GraphNode,
  epoch: number,
  found: Found,
  entry: Entry | undefined,
  adaptor: Adaptor,
): { set: Tags; unset: readonly string[] } {
  const tags = found.tags;
  if (tags === 'inherited' || adaptor.tag === undefined) return { set: {}, unset: [] };
  const wanted: Tags = { ...node.tags, ...ownershipTags(input.owner, node.id, epoch) };
  const set = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => tags[key] !== value));
  const dropped = (entry?.keys ?? [])
    .filter(key => key.startsWith('tag:'))
    .map(key => key.slice('tag:'.length))
    .filter(key => wanted[key] === undefined && tags[key] !== undefined);
  return { set, unset: tags[RETAINED_TAG] === undefined ? dropped : [...dropped, RETAINED_TAG] };
}

/** Why a node's writes cannot start: something it depends on is not there yet. */
function holdUp(node: GraphNode, earlier: ReadonlyMap<string, PlannedNode>): string | undefined {
  for (const id of node.dependsOn) {
    const before = earlier.get(id);
    if (before !== undefined && (before.steps.length > 0 || before.view.state !== 'Ready'))
      return `waits for ${id}`;
  }
  return undefined;
}

function readinessView(
  at: { node: string; epoch: number },
  adaptor: Adaptor,
  found: Found,
  note?: string,
): NodeView {
  const readiness = adaptor.readiness(found.state);
  const extra = note === undefined ? {} : { note };
  if (readiness.is === 'ready') return { ...at, state: 'Ready', ...extra };
  if (readiness.is === 'failed') return { ...at, state: 'Failed', message: readiness.message, ...extra };
  return { ...at, state: 'InProgress', message: readiness.message, againInMs: readiness.againInMs, ...extra };
}

function isNamed(adopt: string | undefined, found: Found): boolean {
  return adopt !== undefined && (adopt === found.id || adopt === found.name || adopt === found.arn);
}

function conflictMessage(node: GraphNode, found: Found, verdict: Verdict): string {
  const what = `${node.type} ${found.name ?? found.id} exists and is not this object's`;
  if (verdict.is === 'retained') {
    return `${what} any more: an object that was deleted left it in AWS on purpose. To take it up again, name it in spec.adopt`;
  }
  return verdict.is === 'foreign' ? `${what}: ${verdict.why}. It is left alone` : what;
}

export function fieldNames(step: Step): string {
  const tags = Object.keys(step.setTags).length + step.unsetTags.length > 0 ? ['tags'] : [];
  return [...step.changes.map(change => change.field), ...tags].join(', ');
}

export function makeStep(of: {
  input: Pick<PlanInput, 'wasSynced'>;
  at: { node: string; epoch: number };
  action: Action;
  changes?: readonly Change[];
  setTags?: Tags;
  unsetTags?: readonly string[];
  risk: Risk;
  consent: Consent;
  known?: boolean;
  held: string | undefined;
  desired?: unknown;
  found?: Found;
}): Step {
  return {
    ...of.at,
    action: of.action,
    changes: of.changes ?? [],
    setTags: of.setTags ?? {},
    unsetTags: of.unsetTags ?? [],
    risk: of.risk,
    consent: of.consent,
    known: of.known ?? true,
    drift: of.input.wasSynced,
    ...(of.held === undefined ? {} : { held: of.held }),
    ...(of.found === undefined ? {} : { found: of.found }),
    ...(of.desired === undefined ? {} : { desired: of.desired }),
  };
}
