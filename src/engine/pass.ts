import type { Adaptor, Scope } from './adaptor.ts';
import { latchApproval, nextPlan, type StoredPlan } from './approval.ts';
import type { Claims } from './claims.ts';
import type { CloudError } from './errors.ts';
import { begin, conclude, execute, isRefusal, mustStoreFirst, type Outcome, userTagKeys } from './execute.ts';
import { type Gate, gateOf, type ManagementPolicy } from './gate.ts';
import { type GraphNode, isWaiting, type Observations } from './graph.ts';
import { currentEpoch, dropEntry, type Inventory, newEntry, putEntry, recorded } from './inventory.ts';
import type { Memory } from './memory.ts';
import { choose, type ObservationMap, observationKey, observationsOf } from './observation.ts';
import { observe, observeAgain } from './observe.ts';
import type { Owner } from './owner.ts';
import { makePlan, type Plan, type PlanInput } from './plan.ts';
import { type Step, stepKey } from './step.ts';

/** What the engine keeps in the status. */
export interface EngineState {
  readonly resources: Inventory;
  readonly plan?: StoredPlan;
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** A default that is chosen once for an object and kept: a newer table does not move existing objects. */
export interface DefaultField {
  /** As in the spec: `visibilityTimeoutSeconds`. */
  readonly field: string;
  readonly value: unknown;
  /** What AWS has, for an object that is taken up after a rebuild; undefined: AWS does not show it. */
  observed?(seen: Observations): unknown;
}

export interface Subject {
  readonly owner: Owner;
  readonly generation: number;
  readonly policy: ManagementPolicy;
  readonly deletion: 'None' | 'Remove' | 'Retain';
  /** The value of `opta.dev/approve`. */
  readonly approve?: string;
  readonly state: EngineState;
  /** The generation that was last fully applied: differences are then drift. */
  readonly syncedGeneration?: number;
  /** Defaults of the fields that the spec leaves out. */
  readonly defaults: readonly DefaultField[];
  graph(defaults: Readonly<Record<string, unknown>>): readonly GraphNode[];
}

export interface Ports {
  readonly scope: Scope;
  readonly takeOver: readonly string[];
  adaptor(type: string): Adaptor;
  readonly claims: Claims;
  readonly memory: Memory;
  now(): number;
  monotonic(): number;
  /** Stores the state. `guarded`: throws StaleObject when the object changed; `must`: merges until it is stored. */
  save(state: EngineState, how: 'guarded' | 'must'): Promise<void>;
  /** A live look at the object before the first destructive call; throws StaleObject when it is another or changed. */
  confirm(): Promise<void>;
  /** Told of each step before it is done, for events and logs. */
  onStep?(step: Step): void;
  onOutcome?(outcome: Outcome): void;
}

export interface PassResult {
  readonly state: EngineState;
  readonly plan: Plan;
  readonly seen: Observations;
  readonly graph: readonly GraphNode[];
  /** Steps that wait for approval, or are only shown. */
  readonly gated: readonly { readonly step: Step; readonly gate: Gate }[];
  readonly errors: readonly { readonly node: string; readonly error: CloudError }[];
  readonly done: readonly Step[];
}

/**
 * Observe, plan, gate, apply, until nothing more can be done now. Never waits: what AWS is still busy with is left
 * for a later pass. May end after any line.
 */
export async function runPass(subject: Subject, ports: Ports): Promise<PassResult> {
  const pass = await start(subject, ports);
  const attempted = new Set<string>();
  const errors: { node: string; error: CloudError }[] = [];
  const done: Step[] = [];
  let confirmed = false;

  for (;;) {
    await lookCloser(pass);
    const plan = makePlan(planInput(pass));
    forget(pass, plan);
    updatePlan(pass, plan);
    const gates = plan.steps.map(step => ({ step, gate: gateOf(step, gateInput(pass)) }));
    const runnable = gates
      .filter(
        ({ step, gate }) =>
          gate === 'do' && step.held === undefined && step.known && !attempted.has(stepKey(step)),
      )
      .map(({ step }) => step);
    if (runnable.length === 0) {
      recordFound(pass, plan);
      const gated = gates.filter(({ gate }) => gate !== 'do');
      return { state: pass.state, plan, seen: seenBy(pass), graph: pass.graph, gated, errors, done };
    }
    if (await lookAgain(pass, runnable)) continue;
    if (!confirmed && runnable.some(step => step.action === 'remove' || step.action === 'retain')) {
      await ports.confirm();
      confirmed = true;
    }
    await beginSteps(
      pass,
      runnable,
      gates.filter(({ gate }) => gate === 'do').map(({ step }) => step),
    );
    for (const step of runnable) {
      attempted.add(stepKey(step));
      ports.onStep?.(step);
    }
    const outcomes = await Promise.all(
      runnable.map(step => execute(executeInput(pass), pass.state.resources, step)),
    );
    let mustStore = false;
    for (const outcome of outcomes) {
      ports.onOutcome?.(outcome);
      mustStore = absorb(pass, outcome) || mustStore;
      if (outcome.error === undefined) done.push(outcome.step);
      else errors.push({ node: outcome.step.node, error: outcome.error });
    }
    if (mustStore) await store(pass, 'must');
  }
}

interface Pass {
  readonly subject: Subject;
  readonly ports: Ports;
  readonly lookedAt: number;
  graph: readonly GraphNode[];
  state: EngineState;
  stored: EngineState;
  observations: ObservationMap;
}

async function start(subject: Subject, ports: Ports): Promise<Pass> {
  const table = Object.fromEntries(subject.defaults.map(one => [one.field, one.value]));
  const pass: Pass = {
    subject,
    ports,
    lookedAt: ports.monotonic(),
    graph: subject.graph({ ...table, ...subject.state.defaults }),
    state: subject.state,
    stored: subject.state,
    observations: new Map(),
  };
  const fresh = subject.state.resources.length === 0;
  pass.observations = await observe(observeInput(pass), pass.observations);
  const missing = subject.defaults.filter(one => !(one.field in subject.state.defaults));
  if (missing.length === 0) return pass;

  // An object without an inventory whose resources exist was rebuilt: what AWS has is what it once chose.
  const seen = seenBy(pass);
  const chosen = missing.map(
    one => [one.field, (fresh ? one.observed?.(seen) : undefined) ?? one.value] as const,
  );
  const defaults = { ...subject.state.defaults, ...Object.fromEntries(chosen) };
  pass.state = { ...pass.state, defaults };
  const moved = chosen.some(([field, value]) => JSON.stringify(value) !== JSON.stringify(table[field]));
  if (!moved) return pass;
  pass.graph = subject.graph(defaults);
  const wanted = new Set(
    pass.graph.map(node => observationKey(node.id, currentEpoch(pass.state.resources, node.id))),
  );
  pass.observations = new Map([...pass.observations].filter(([key]) => wanted.has(key)));
  pass.observations = await observe(observeInput(pass), pass.observations);
  return pass;
}

function adaptorOfNode(pass: Pass): (id: string) => Adaptor | undefined {
  return id => {
    const type = pass.graph.find(node => node.id === id)?.type;
    return type === undefined ? undefined : pass.ports.adaptor(type);
  };
}

function seenBy(pass: Pass): Observations {
  return observationsOf(pass.observations, pass.state.resources, adaptorOfNode(pass));
}

function observeInput(pass: Pass) {
  const { subject, ports, graph, state } = pass;
  return {
    owner: subject.owner,
    scope: ports.scope,
    adaptor: (type: string) => ports.adaptor(type),
    graph,
    inventory: state.resources,
    seen: seenBy(pass),
  };
}

function planInput(pass: Pass): PlanInput {
  const { subject, ports } = pass;
  return {
    owner: subject.owner,
    takeOver: ports.takeOver,
    now: ports.now(),
    graph: pass.graph,
    adaptor: type => ports.adaptor(type),
    inventory: pass.state.resources,
    observations: pass.observations,
    deletion: subject.deletion,
    wasSynced: subject.syncedGeneration === subject.generation,
    firstSeen: ports.memory.firstSeen,
    wasRemoved: ports.memory.wasRemoved,
    lastWritten: ports.memory.lastWritten,
  };
}

function gateInput(pass: Pass) {
  const { subject, state } = pass;
  return { policy: subject.policy, paused: false, deleting: subject.deletion !== 'None', plan: state.plan };
}

function executeInput(pass: Pass) {
  const { subject, ports, graph, lookedAt } = pass;
  return {
    owner: subject.owner,
    scope: ports.scope,
    adaptor: (type: string) => ports.adaptor(type),
    graph,
    claims: ports.claims,
    memory: ports.memory,
    now: () => ports.now(),
    lookedAt,
  };
}

/** Nodes that came into the inventory during the pass, and those whose desired state was not known when looked at. */
async function lookCloser(pass: Pass): Promise<void> {
  const seen = seenBy(pass);
  const blind = [...pass.observations.values()].filter(one => {
    if (one.blind !== true || one.found.length === 0) return false;
    const node = pass.graph.find(other => other.id === one.node);
    return node !== undefined && !isWaiting(node.desired(seen));
  });
  if (blind.length > 0) {
    const keys = new Set(blind.map(one => observationKey(one.node, one.epoch)));
    pass.observations = new Map([...pass.observations].filter(([key]) => !keys.has(key)));
  }
  pass.observations = await observe(observeInput(pass), pass.observations);
}

/** A write is decided only on a fresh read of that very resource. True when something was read again. */
async function lookAgain(pass: Pass, steps: readonly Step[]): Promise<boolean> {
  const stale = steps.filter(step => {
    const observation = pass.observations.get(observationKey(step.node, step.epoch));
    const type =
      pass.graph.find(node => node.id === step.node)?.type ??
      pass.state.resources.find(entry => entry.node === step.node)?.type;
    return (
      observation?.fresh === false &&
      observation.error === undefined &&
      type !== undefined &&
      pass.ports.adaptor(type).sharesReads === true
    );
  });
  if (stale.length === 0) return false;
  const again = await Promise.all(stale.map(step => observeAgain(observeInput(pass), step.node, step.epoch)));
  const next = new Map(pass.observations);
  for (const observation of again) {
    if (observation !== undefined) next.set(observationKey(observation.node, observation.epoch), observation);
  }
  pass.observations = next;
  return true;
}

function forget(pass: Pass, plan: Plan): void {
  for (const entry of plan.forget) {
    pass.state = { ...pass.state, resources: dropEntry(pass.state.resources, entry.node, entry.epoch) };
  }
}

function updatePlan(pass: Pass, plan: Plan): void {
  const { subject, ports } = pass;
  // Deleting the object is its own approval: there is no plan to agree to.
  const steps = subject.deletion === 'None' ? plan.steps : [];
  const next = nextPlan(pass.state.plan, steps, {
    uid: subject.owner.uid,
    generation: subject.generation,
    now: ports.now(),
  });
  const latched = latchApproval(next, subject.approve, { now: ports.now() });
  const { plan: _, ...rest } = pass.state;
  pass.state = latched === undefined ? rest : { ...rest, plan: latched };
}

async function beginSteps(pass: Pass, starting: readonly Step[], allowed: readonly Step[]): Promise<void> {
  const { ports, graph } = pass;
  let begun = pass.state.resources;
  for (const step of allowed) {
    const type = graph.find(node => node.id === step.node)?.type;
    if (type === undefined) continue;
    const adaptor = ports.adaptor(type);
    // An intent is written when its create starts; what else must be known first goes out in the same write.
    if (
      !starting.includes(step) &&
      (!step.known || adaptor.createBy === 'intent' || step.action === 'replace')
    )
      continue;
    if (!starting.includes(step) && step.action === 'recreate') continue;
    begun = begin(begun, step, graph, adaptor, ports.now());
  }
  const latched = pass.state.plan?.approval !== undefined && pass.stored.plan?.approval === undefined;
  const first = mustStoreFirst(pass.stored.resources, begun, graph) || latched;
  pass.state = { ...pass.state, resources: begun };
  if (first) await store(pass, 'guarded');
}

async function store(pass: Pass, how: 'guarded' | 'must'): Promise<void> {
  await pass.ports.save(pass.state, how);
  pass.stored = pass.state;
}

/** Takes a step's outcome in; true when it brought an id that AWS made, which must be stored before the next step. */
function absorb(pass: Pass, outcome: Outcome): boolean {
  const { ports } = pass;
  const { step } = outcome;
  const refused = outcome.error !== undefined && isRefusal(outcome.error);
  const before = pass.state.resources;
  const resources = conclude(before, outcome, ports.now(), refused);
  pass.state = { ...pass.state, resources };
  const key = observationKey(step.node, step.epoch);
  const next = new Map(pass.observations);
  if (step.action === 'replace') {
    next.set(observationKey(step.node, step.epoch + 1), {
      node: step.node,
      epoch: step.epoch + 1,
      found: [],
      fresh: true,
    });
  } else if (step.action === 'remove' && outcome.error === undefined) {
    // Looked at again in this pass: many resources are gone at once, and what they used can then go too.
    next.delete(key);
  } else if (outcome.found !== undefined) {
    next.set(key, { node: step.node, epoch: step.epoch, found: [outcome.found], fresh: true });
  }
  pass.observations = next;
  if (outcome.error !== undefined || outcome.found === undefined) return false;
  const type = pass.graph.find(node => node.id === step.node)?.type;
  const creating = step.action === 'create' || step.action === 'recreate';
  return creating && type !== undefined && ports.adaptor(type).createBy !== 'name';
}

/** Ids of resources that were found and proved ours, and dependencies as they are now. */
function recordFound(pass: Pass, plan: Plan): void {
  let resources = pass.state.resources;
  for (const view of plan.nodes) {
    const node = pass.graph.find(one => one.id === view.node);
    if (node === undefined || (node.role ?? 'owned') !== 'owned' || pass.subject.deletion !== 'None')
      continue;
    if (view.state === 'Conflict') continue;
    const entry = resources.find(one => one.node === view.node && one.epoch === view.epoch);
    const found = choose(pass.observations.get(observationKey(view.node, view.epoch)), entry?.id);
    if (found === undefined) continue;
    const unwritten = plan.steps.some(
      step => step.node === view.node && (step.action === 'take up' || step.action === 'adopt'),
    );
    if (unwritten) continue;
    const converged = view.state === 'Ready' && !plan.steps.some(step => step.node === view.node);
    const base = entry ?? newEntry(node, view.epoch);
    const keys = converged
      ? pass.ports.adaptor(node.type).optionalKeys?.(node.desired(seenBy(pass)) as never)
      : undefined;
    const tags = userTagKeys(node);
    const kept = converged ? { keys: [...new Set([...(keys ?? []), ...tags])].sort() } : {};
    const { keys: _, ...bare } = base;
    const next = {
      ...(converged ? bare : base),
      ...(kept.keys === undefined || kept.keys.length === 0 ? {} : kept),
      after: converged ? node.dependsOn : base.after,
    };
    resources = putEntry(resources, recorded(next, found, base.createdAt));
  }
  pass.state = { ...pass.state, resources };
}
