import type { Adaptor, Found, Scope } from './adaptor.ts';
import type { Claims } from './claims.ts';
import { asCloudError, CloudError } from './errors.ts';
import type { GraphNode } from './graph.ts';
import { dropEntry, type Entry, entryAt, type Inventory, newEntry, putEntry, recorded } from './inventory.ts';
import type { Memory } from './memory.ts';
import { identityOf } from './observe.ts';
import { judge, type Owner, ownershipTags, type Tags } from './owner.ts';
import type { Step } from './step.ts';

export interface ExecuteInput {
  readonly owner: Owner;
  readonly scope: Scope;
  readonly adaptor: (type: string) => Adaptor;
  readonly graph: readonly GraphNode[];
  readonly claims: Claims;
  readonly memory: Memory;
  /** Wall clock in ms. */
  readonly now: () => number;
  /** Monotonic, in ms: when this pass looked at AWS. */
  readonly lookedAt: number;
}

/** What a step came to; `found` is the resource as it is now, `gone` says that it is no more. */
export interface Outcome {
  readonly step: Step;
  readonly found?: Found;
  readonly gone?: boolean;
  readonly error?: CloudError;
}

/** The inventory as it must be stored before the step starts. Pure. */
export function begin(
  inventory: Inventory,
  step: Step,
  graph: readonly GraphNode[],
  adaptor: Adaptor,
  now: number,
): Inventory {
  const node = graph.find(one => one.id === step.node);
  const entry = entryAt(inventory, step.node, step.epoch);
  if (step.action === 'remove' || step.action === 'retain' || node === undefined) return inventory;
  if (step.action === 'replace') return beginReplace(inventory, step, node, adaptor, now);
  let next = step.action === 'recreate' ? dropEntry(inventory, step.node, step.epoch - 1) : inventory;
  const keys = unionKeys(entry, node, step, adaptor);
  const base: Entry = { ...(entry ?? newEntry(node, step.epoch)), ...(keys.length > 0 ? { keys } : {}) };
  const creating = step.action === 'create' || step.action === 'recreate';
  next = putEntry(next, creating && adaptor.createBy === 'intent' ? withIntent(base, now) : base);
  return next;
}

function beginReplace(
  inventory: Inventory,
  step: Step,
  node: GraphNode,
  adaptor: Adaptor,
  now: number,
): Inventory {
  const entry = newEntry(node, step.epoch + 1);
  const keys = unionKeys(undefined, node, step, adaptor);
  const base: Entry = { ...entry, ...(keys.length > 0 ? { keys } : {}) };
  const atOnce = adaptor.createBy === 'intent';
  return putEntry(inventory, atOnce ? withIntent(base, now) : base);
}

function withIntent(entry: Entry, now: number): Entry {
  const attempts = (entry.attempts ?? 0) + 1;
  return { ...entry, attempts, pending: { attempt: String(attempts), at: new Date(now).toISOString() } };
}

function unionKeys(
  entry: Entry | undefined,
  node: GraphNode,
  step: Step,
  adaptor: Adaptor,
): readonly string[] {
  const optional = step.desired === undefined ? [] : (adaptor.optionalKeys?.(step.desired) ?? []);
  const tags = adaptor.tag === undefined ? [] : userTagKeys(node);
  return [...new Set([...(entry?.keys ?? []), ...optional, ...tags])].sort();
}

/** `Name` is always ours to write; other tags of the node come from the spec and leave with it. */
export function userTagKeys(node: GraphNode): readonly string[] {
  return Object.keys(node.tags ?? {})
    .filter(key => key !== 'Name')
    .map(key => `tag:${key}`);
}

/** True when the two inventories differ in what must be stored before AWS is called. */
export function mustStoreFirst(stored: Inventory, begun: Inventory, graph: readonly GraphNode[]): boolean {
  for (const entry of begun) {
    const before = entryAt(stored, entry.node, entry.epoch);
    if (before === undefined) {
      const optional = graph.find(node => node.id === entry.node)?.optional === true;
      if (optional || entry.epoch > 1 || entry.pending !== undefined || (entry.keys ?? []).length > 0)
        return true;
      continue;
    }
    if (entry.pending?.attempt !== before.pending?.attempt) return true;
    if ((entry.keys ?? []).some(key => !(before.keys ?? []).includes(key))) return true;
  }
  return false;
}

/** Does one step. Never throws: what went wrong is in the outcome. */
export async function execute(input: ExecuteInput, inventory: Inventory, step: Step): Promise<Outcome> {
  try {
    return await executeStep(input, inventory, step);
  } catch (error) {
    return { step, error: asCloudError(error) };
  }
}

async function executeStep(input: ExecuteInput, inventory: Inventory, step: Step): Promise<Outcome> {
  const node = input.graph.find(one => one.id === step.node);
  const entry = entryAt(inventory, step.node, step.epoch);
  const type = node?.type ?? entry?.type;
  if (type === undefined) throw new Error(`no type is known for ${step.node}`);
  const adaptor = input.adaptor(type);
  switch (step.action) {
    case 'create':
    case 'recreate':
      return create(input, adaptor, node, entry, step);
    case 'replace':
      // The new epoch is in the inventory now; the next plan creates it, in the order that its name allows.
      return { step };
    case 'update':
    case 'take up':
    case 'adopt':
    case 'retain':
      return { step, found: await change(input, adaptor, step) };
    case 'remove':
      if (step.found === undefined) return { step, gone: true };
      await adaptor.remove(input.scope, step.found, { desired: step.desired, owner: input.owner });
      input.memory.removed(step.node, step.epoch);
      return { step };
  }
}

async function create(
  input: ExecuteInput,
  adaptor: Adaptor,
  node: GraphNode | undefined,
  entry: Entry | undefined,
  step: Step,
): Promise<Outcome> {
  if (node === undefined || entry === undefined) throw new Error(`${step.node} is not in the graph`);
  const target = { node: node.id, epoch: step.epoch, graphNode: node, entry };
  const identity = identityOf(input, target);
  const attempt = entry.pending?.attempt;
  const tags: Tags = { ...node.tags, ...ownershipTags(input.owner, node.id, step.epoch, attempt) };
  const makeIt = () => adaptor.create(input.scope, identity, step.desired, tags);
  const claim = `${adaptor.type} ${adaptor.nameScope === 'global' ? '' : input.scope.key} ${identity.name}`;
  const found =
    adaptor.createBy === 'name'
      ? await input.claims.run(claim, input.owner.uid, input.lookedAt, makeIt)
      : await makeIt();
  if (found.tags !== 'inherited') {
    const verdict = judge(found.tags, input.owner, node.id, []);
    if (verdict.is !== 'ours') {
      const why = verdict.is === 'foreign' ? verdict.why : `it is ${verdict.is}`;
      throw new CloudError(
        'Conflict',
        `${node.type} ${found.name ?? found.id} was made by somebody else meanwhile: ${why}`,
      );
    }
  }
  input.memory.wrote(step.node, step.epoch, ['*created']);
  return { step, found };
}

async function change(input: ExecuteInput, adaptor: Adaptor, step: Step): Promise<Found> {
  if (step.found === undefined) throw new Error(`${step.node} was not found`);
  let found = step.found;
  const { setTags, unsetTags } = step;
  // Ownership first: what follows is then allowed by policies that ask for our tags.
  if (found.tags !== 'inherited' && (Object.keys(setTags).length > 0 || unsetTags.length > 0)) {
    if (adaptor.tag === undefined) throw new Error(`${adaptor.type} has tags but no way to set them`);
    await adaptor.tag(input.scope, found, setTags, unsetTags);
    const tags = Object.fromEntries(
      Object.entries({ ...found.tags, ...setTags }).filter(([key]) => !unsetTags.includes(key)),
    );
    found = { ...found, tags };
  }
  if (step.changes.length > 0) {
    input.memory.wrote(
      step.node,
      step.epoch,
      step.changes.map(one => one.field),
    );
    const changed = await adaptor.update(input.scope, found, step.desired, step.changes);
    found = { ...changed, tags: found.tags };
  }
  return found;
}

/** The inventory after the step's answer. Pure. */
export function conclude(inventory: Inventory, outcome: Outcome, now: number, refused: boolean): Inventory {
  const { step } = outcome;
  const entry = entryAt(inventory, step.node, step.epoch);
  if (entry === undefined) return inventory;
  if (outcome.error !== undefined) {
    // A create that AWS refused has made nothing: no need to look for its result.
    if (!refused || entry.pending === undefined) return inventory;
    const { pending: _, ...rest } = entry;
    return putEntry(inventory, rest);
  }
  if (outcome.found === undefined) return inventory;
  const creating = step.action === 'create' || step.action === 'recreate';
  return putEntry(
    inventory,
    recorded(entry, outcome.found, creating ? new Date(now).toISOString() : entry.createdAt),
  );
}

/** Errors after which nothing was made: AWS answered and said no. */
export function isRefusal(error: CloudError): boolean {
  return ['Invalid', 'Denied', 'Quota', 'Conflict', 'Throttled', 'Busy', 'NotFound', 'NotYet'].includes(
    error.class,
  );
}
