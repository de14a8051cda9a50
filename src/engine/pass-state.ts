import type { Adaptor, Freshness } from './adaptor.ts';
import { believeAdopted } from './believe.ts';
import type { ExecuteInput } from './execute.ts';
import type { GateInput } from './gate.ts';
import { type GraphNode, isWaiting, nodeAt, type TaggedObservations } from './graph.ts';
import { inheritOwners } from './inherit.ts';
import { typeAt } from './inventory.ts';
import { type ObservationMap, observationKey } from './observation.ts';
import { type ObserveInput, observe } from './observe.ts';
import { type PlanInput, seenBy } from './plan.ts';
import type { Step } from './step.ts';
import type { EngineState, Ports, Subject } from './subject.ts';
import { dueSweeps } from './sweep.ts';

/** What changes while a pass goes on. */
export interface Pass {
  readonly subject: Subject;
  readonly ports: Ports;
  /** When AWS was first looked at: monotonic, and by the memory's time; in ms. */
  readonly lookedAt: number;
  readonly startedAt: number;
  graph: readonly GraphNode[];
  state: EngineState;
  stored: EngineState;
  observations: ObservationMap;
  /** Nodes whose resource was seen to be gone while the object is deleted. */
  readonly gone: Set<string>;
  /** Those of them that an earlier pass saw: not looked at before nothing else is left. */
  spared: ReadonlySet<string>;
  /**
   * Defaults of an object that may have been rebuilt cannot be chosen yet, because not all of what it may have in AWS
   * could be seen, or is it another's: nothing is planned, written or recorded before they are.
   */
  undecided: boolean;
}

export function adaptorOf(pass: Pass, node: string, epoch?: number): Adaptor | undefined {
  const { graph, state } = pass;
  const wanted = nodeAt(graph, node)?.type;
  const type = epoch === undefined ? wanted : typeAt({ graph, inventory: state.resources }, node, epoch);
  return type === undefined ? undefined : pass.ports.adaptor(type);
}

type LookInput = ReturnType<typeof lookInputOf>;

/** Of the last look of each pass: asked for many times between two answers of AWS. */
const looks = new WeakMap<
  Pass,
  { readonly observations: ObservationMap; readonly input: LookInput; readonly seen: TaggedObservations }
>();

export function seenIn(pass: Pass): TaggedObservations {
  return lookOf(pass).seen;
}

/** What is seen of AWS, with the owners of what has no tags of its own. */
export function lookInput(pass: Pass): LookInput {
  return lookOf(pass).input;
}

/** All that it is made of is replaced and never changed; what AWS accepts of a write replaces what was seen, too. */
function lookOf(pass: Pass) {
  const { graph, observations, state } = pass;
  const last = looks.get(pass);
  const isLast =
    last?.observations === observations &&
    last.input.graph === graph &&
    last.input.inventory === state.resources;
  if (isLast) return last;
  const input = lookInputOf(pass);
  const look = { observations, input, seen: seenBy(input) };
  looks.set(pass, look);
  return look;
}

function lookInputOf(pass: Pass) {
  const { subject, ports, graph, state, startedAt } = pass;
  const { takeOver, memory } = ports;
  const adaptor = (type: string) => ports.adaptor(type);
  const { owner, deletion } = subject;
  const of = { owner, takeOver, graph, inventory: state.resources, adaptor, deletion };
  // A removal trusts nothing but what AWS shows.
  const believed =
    deletion === 'None'
      ? believeAdopted({ ...of, memory, now: startedAt }, pass.observations)
      : pass.observations;
  return { ...of, observations: inheritOwners(of, believed) };
}

function observeInput(pass: Pass): ObserveInput {
  const { subject, ports, gone, spared, startedAt } = pass;
  const of = { ...lookInput(pass), seen: seenIn(pass) };
  const sweeps = dueSweeps({ ...of, gone });
  const everyEpoch = of.deletion !== 'None';
  const { requested } = subject;
  const wish = requested === undefined ? {} : { requested };
  const { scope, memory } = ports;
  return { ...of, ...wish, scope, sweeps, spared, everyEpoch, memory, now: startedAt };
}

export function planInput(pass: Pass): PlanInput {
  const { subject, ports, gone, startedAt } = pass;
  return {
    ...lookInput(pass),
    ...(subject.left === undefined ? {} : { left: subject.left }),
    // Not the time of planning: what was absent then may be looked for no longer by now.
    now: startedAt,
    wasSynced: subject.syncedGeneration === subject.generation,
    memory: ports.memory,
    gone,
  };
}

export function gateInput(pass: Pass): GateInput {
  const { subject, state } = pass;
  return { policy: subject.policy, deleting: subject.deletion !== 'None', plan: state.plan };
}

export function executeInput(pass: Pass): ExecuteInput {
  const { subject, ports, graph, lookedAt } = pass;
  return {
    owner: subject.owner,
    takeOver: ports.takeOver,
    scope: ports.scope,
    adaptor: type => ports.adaptor(type),
    graph,
    claims: ports.claims,
    memory: ports.memory,
    lookedAt,
    whole: subject.deletion !== 'None',
  };
}

/** Looks at what is not known yet, and again at what was looked at before its desired state was known. */
export async function lookCloser(pass: Pass): Promise<void> {
  const seen = seenIn(pass);
  const blind = [...pass.observations].filter(([, one]) => {
    const node = nodeAt(pass.graph, one.node);
    if (one.blind !== true || node === undefined) return false;
    // What was not found is looked for by its create; of what others keep there may be none.
    if (one.found.length === 0 && (node.role ?? 'owned') === 'owned') return false;
    return !isWaiting(node.desired(seen));
  });
  await lookAt(pass, new Set(blind.map(([key]) => key)));
}

/**
 * What earlier passes saw to be gone is looked at again before data are removed, and before the object goes. True when
 * there is something to look at.
 */
export function spareNothing(pass: Pass): boolean {
  if (pass.spared.size === 0) return false;
  for (const node of pass.spared) pass.gone.delete(node);
  pass.spared = new Set();
  return true;
}

/** Looks at these, and at all that is not known yet. */
async function lookAt(pass: Pass, keys: ReadonlySet<string>, freshness?: Freshness): Promise<void> {
  // What was seen before says what the others are to be compared with, also while it is looked at again.
  let known: ObservationMap = new Map([...pass.observations].filter(([key]) => !keys.has(key)));
  for (;;) {
    const more = await observe(observeInput(pass), known, freshness);
    if (more === undefined) return;
    known = more;
    pass.observations = more;
  }
}

/** A write is decided, and a person asked for it, only on a fresh read of that very resource. True when something was read again. */
export async function lookAgain(pass: Pass, steps: readonly Step[]): Promise<boolean> {
  const stale = steps.filter(step => {
    const observation = pass.observations.get(observationKey(step.node, step.epoch));
    if (observation?.fresh !== false || observation.error !== undefined) return false;
    return adaptorOf(pass, step.node, step.epoch)?.sharesReads === true;
  });
  if (stale.length === 0) return false;
  await lookAt(pass, new Set(stale.map(step => observationKey(step.node, step.epoch))), 'fresh');
  return true;
}
