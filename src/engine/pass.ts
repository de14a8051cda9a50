import { hasApprovalsOf, latchApproval, nextPlan, type StoredPlan } from './approval.ts';
import { PASSING } from './error-class.ts';
import type { CloudError } from './errors.ts';
import { execute, type Outcome } from './execute.ts';
import { start } from './first-look.ts';
import { apart, type Gate, gateOf, needsNobody, waitsForApproval } from './gate.ts';
import { guardRemovals } from './guarded-removals.ts';
import { forgetEntry, type Inventory, putEntry } from './inventory.ts';
import { type Observation, observationKey } from './observation.ts';
import {
  adaptorOf,
  executeInput,
  gateInput,
  lookAgain,
  lookCloser,
  type Pass,
  planInput,
  seenIn,
  spareNothing,
} from './pass-state.ts';
import { isOver, makePlan, type Plan } from './plan.ts';
import { begin, conclude, mustStoreFirst, wasRefused } from './record.ts';
import { recordFound } from './record-found.ts';
import { takeUpStrays } from './resume-epochs.ts';
import { isSpent, skipEpoch } from './spent-token.ts';
import { type Action, type Step, stepKey } from './step.ts';
import type { Done, Ports, Subject } from './subject.ts';

export type { DefaultField, Done, EngineState, Ports, Subject } from './subject.ts';

export interface PassResult extends Done {
  readonly plan: Plan;
  /** Steps that wait for approval, or are only shown. */
  readonly gated: readonly Gated[];
  readonly errors: readonly FailedStep[];
  /** Steps that were done or failed in this pass and are wanted still: to be looked at again soon. */
  readonly tried: readonly Step[];
}

export interface FailedStep {
  readonly node: string;
  readonly action: Action;
  readonly error: CloudError;
}

interface Gated {
  readonly step: Step;
  readonly gate: Gate;
}

/**
 * Observe, plan, gate, apply, until nothing more can be done now. Never waits: what AWS is still busy with is left
 * for a later pass. May end after any line.
 */
export async function runPass(subject: Subject, ports: Ports): Promise<PassResult> {
  const pass = await start(subject, ports);
  const attempted = new Set<string>();
  const errors: FailedStep[] = [];
  const done: Step[] = [];

  for (;;) {
    await lookCloser(pass);
    takeUpStrays(pass);
    const plan = planOf(pass, { attempted, errors });
    if (forget(pass, plan)) continue;
    const before = pass.state;
    updatePlan(pass, plan);
    const gates = plan.steps.map(step => ({ step, gate: gateOf(step, gateInput(pass)) }));
    const runnable = gates
      .filter(one => isRunnable(one) && !attempted.has(stepKey(one.step)))
      .map(({ step }) => step);
    const asked = gates.filter(({ gate }) => gate === 'approve').map(({ step }) => step);
    // A difference of a shared read is no plan yet.
    if (await lookAgain(pass, [...runnable, ...asked])) {
      pass.state = before;
      continue;
    }
    if (isLast(pass, plan, runnable) && spareNothing(pass)) {
      pass.state = before;
      continue;
    }
    if (runnable.length === 0) {
      if (!pass.undecided) recordFound(pass, plan);
      const gated = gates.filter(({ gate }) => gate !== 'do');
      const tried = gates.filter(isRunnable).map(({ step }) => step);
      return { state: pass.state, plan, seen: seenIn(pass), graph: pass.graph, gated, errors, done, tried };
    }
    const { stopped, refused } = await guardRemovals(pass, plan, runnable);
    for (const step of runnable) attempted.add(stepKey(step));
    for (const { step, error } of refused) errors.push({ node: step.node, action: step.action, error });
    const starting = runnable.filter(step => !stopped.includes(step));
    if (starting.length === 0) continue;
    if (starting.some(isToConfirm)) await ports.confirm();
    const allowed = gates.filter(({ gate }) => gate === 'do').map(({ step }) => step);
    const { resources } = pass.state;
    await beginSteps(pass, starting, allowed);
    for (const step of starting) ports.onStep?.(step);
    const outcomes = await Promise.all(
      starting.map(step => execute(executeInput(pass), pass.state.resources, step)),
    );
    let mustStore = false;
    const doneBefore = done.length;
    for (const outcome of outcomes) {
      ports.onOutcome?.(outcome);
      if (isSpent(pass, outcome)) {
        skipEpoch(pass, outcome.step);
        continue;
      }
      mustStore = absorb(pass, outcome, resources) || mustStore;
      const { step, found, error } = outcome;
      if (error === undefined) done.push(step);
      else errors.push({ node: step.node, action: step.action, error });
      if (error !== undefined && found !== undefined) done.push({ ...step, setTags: {}, unsetTags: [] });
    }
    ports.onDone?.({
      done: done.slice(doneBefore),
      graph: pass.graph,
      seen: seenIn(pass),
      state: pass.state,
    });
    if (mustStore) await store(pass, 'must');
  }
}

interface Tried {
  readonly attempted: ReadonlySet<string>;
  readonly errors: readonly FailedStep[];
}

function planOf(pass: Pass, { attempted, errors }: Tried): Plan {
  // As it is once an approval that came in this pass counts.
  const gate = { ...gateInput(pass), plan: latched(pass) };
  const isStuck = (step: Step) => isRefused(step, errors) || waitsForApproval(step, gate);
  const plan = makePlan({ ...planInput(pass), isStuck });
  if (pass.undecided) return { ...plan, steps: [], forget: [], marked: [] };
  const isTried = (step: Step) => attempted.has(stepKey(step));
  return { ...plan, steps: plan.steps.flatMap(step => apart(step, pass.subject.policy, isTried)) };
}

/** What only a person gets on, who has to see to what AWS refuses. */
function isRefused({ node, action }: Step, errors: readonly FailedStep[]): boolean {
  if (action !== 'update' && action !== 'create') return false;
  return errors.some(one => one.node === node && one.action === action && !PASSING.has(one.error.class));
}

/** What was approved is the plan as it was stored; what came up since is not. */
function latched({ state, subject, ports }: Pass): StoredPlan | undefined {
  const { approve, approvedBy: by } = subject;
  return latchApproval(state.plan, approve, { now: ports.memory.now(), ...(by === undefined ? {} : { by }) });
}

/** Takes away, interrupts or lets go: data may go with an update too. */
function isToConfirm({ action, risk }: Step): boolean {
  return risk === 'High' || action === 'retain';
}

function isRunnable({ step, gate }: Gated): boolean {
  return gate === 'do' && step.held === undefined && step.known;
}

/** Nothing of a deletion is left but what is kept, or data, which go when all that used them is gone. */
function isLast(pass: Pass, plan: Plan, runnable: readonly Step[]): boolean {
  if (pass.subject.deletion === 'None') return false;
  const data = runnable.some(step => adaptorOf(pass, step.node, step.epoch)?.holdsData === true);
  return data || isOver(plan);
}

/** True when something left the inventory or was seen to be gone, which may let other steps start. */
function forget(pass: Pass, plan: Plan): boolean {
  if (plan.forget.length + plan.marked.length === 0) return false;
  const deleting = pass.subject.deletion !== 'None';
  const before = pass.state.resources;
  const gone = pass.gone.size;
  let resources = before;
  const observations = new Map(pass.observations);
  for (const entry of plan.forget) {
    const token = !deleting && pass.ports.adaptor(entry.type).createBy === 'token';
    resources = forgetEntry(resources, entry, token);
    if (deleting) {
      pass.gone.add(entry.node);
      const looked = pass.observations.get(observationKey(entry.node, entry.epoch));
      if (looked !== undefined && looked.error === undefined) pass.ports.memory.sawGone(entry.node);
    }
    // What is wanted again under this epoch is looked for anew.
    else observations.delete(observationKey(entry.node, entry.epoch));
  }
  for (const entry of plan.marked) resources = putEntry(resources, entry);
  pass.observations = observations;
  pass.state = { ...pass.state, resources };
  // What was never recorded leaves no entry, and may have held up what it would have used all the same.
  return resources !== before || pass.gone.size > gone;
}

function updatePlan(pass: Pass, plan: Plan): void {
  const { subject, ports } = pass;
  // Deleting the object is its own approval: there is no plan to agree to.
  const steps = subject.deletion === 'None' ? plan.steps : [];
  const seen = seenIn(pass);
  const heldBack = pass.graph.filter(node => node.heldBack?.(seen) === true).map(node => node.id);
  const ready = plan.nodes.filter(view => view.state === 'Ready');
  const unfinished = plan.nodes.filter(view => view.state !== 'Ready').map(view => view.node);
  const made = ready.filter(view => !heldBack.includes(view.node));
  const next = nextPlan(latched(pass), steps, {
    uid: subject.owner.uid,
    generation: subject.generation,
    now: ports.memory.now(),
    asks: step => !needsNobody(step, subject.policy),
    unfinished: new Set(subject.deletion === 'None' ? [...unfinished, ...heldBack] : []),
    made: new Map(made.map(view => [view.node, view.epoch])),
  });
  const { plan: _, ...rest } = pass.state;
  pass.state = next === undefined ? rest : { ...rest, plan: next };
}

/** What must be known before AWS is called, stored in one write. */
async function beginSteps(pass: Pass, starting: readonly Step[], allowed: readonly Step[]): Promise<void> {
  const { ports, graph, stored } = pass;
  let begun = pass.state.resources;
  for (const step of allowed) {
    const adaptor = adaptorOf(pass, step.node, step.epoch);
    const foretold = !starting.includes(step);
    if (adaptor === undefined || (foretold && !isForetold(step, adaptor.createBy))) continue;
    begun = begin(begun, step, { graph, adaptor, now: ports.memory.now(), foretold });
  }
  // Taking up makes a resource ours, and what is ours is no longer asked for its values.
  const takes = starting.some(step => step.action === 'take up' || step.action === 'adopt');
  const chosen = takes && pass.state.defaults !== stored.defaults;
  const approved = !hasApprovalsOf(stored.plan, pass.state.plan);
  const first = mustStoreFirst(stored.resources, begun, graph) || approved || chosen;
  pass.state = { ...pass.state, resources: begun };
  if (first) await store(pass, 'guarded');
}

/** A later step whose record can go out with the first ones; an intent is written when its create starts. */
function isForetold({ action, known }: Step, createBy: 'name' | 'token' | 'intent'): boolean {
  if (createBy === 'intent') return false;
  return action === 'create' || (known && action !== 'replace' && action !== 'recreate');
}

async function store(pass: Pass, how: 'guarded' | 'must'): Promise<void> {
  await pass.ports.save(pass.state, how);
  pass.stored = pass.state;
}

/** What hangs on a resource that became ours is ours now too: it is looked at anew. */
function forgetParts(pass: Pass, node: string, observations: Map<string, Observation>): void {
  for (const part of pass.graph.filter(one => one.dependsOn.includes(node))) {
    if (pass.ports.adaptor(part.type).tag !== undefined) continue;
    for (const [key, one] of observations) if (one.node === part.id) observations.delete(key);
  }
}

/**
 * Takes a step's outcome in; true when it brought an id that AWS made, which must be stored before the next step. `before`: what
 * was on record before it began.
 */
function absorb(pass: Pass, outcome: Outcome, before: Inventory): boolean {
  const { step, found, error } = outcome;
  const of = { before, now: pass.ports.memory.now(), refused: wasRefused(outcome) };
  const resources = conclude(pass.state.resources, outcome, of);
  pass.state = { ...pass.state, resources };
  const key = observationKey(step.node, step.epoch);
  const next = new Map(pass.observations);
  if (step.action === 'remove' && error === undefined) {
    // Looked at again in this pass: many resources are gone at once, and what they used can then go too.
    next.delete(key);
  } else if (found !== undefined) {
    if (step.action === 'adopt' || step.action === 'take up') forgetParts(pass, step.node, next);
    // A second one of the same identity stays in sight.
    const others = next.get(key)?.found.filter(one => one.id !== found.id) ?? [];
    next.set(key, { node: step.node, epoch: step.epoch, found: [found, ...others], fresh: true });
  }
  pass.observations = next;
  if (error !== undefined || found === undefined) return false;
  return step.action === 'create' && adaptorOf(pass, step.node)?.createBy !== 'name';
}
