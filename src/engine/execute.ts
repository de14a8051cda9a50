import type { Adaptor, Found, Scope } from './adaptor.ts';
import type { Claims } from './claims.ts';
import { isOfRequest, isRefusal } from './error-class.ts';
import { asCloudError, CloudError } from './errors.ts';
import { inOne } from './errors-in-one.ts';
import { freedFirst } from './freed-tags.ts';
import { type GraphNode, nodeAt, writtenTags } from './graph.ts';
import { type Entry, entryAt, type Inventory, typeAt } from './inventory.ts';
import type { Memory } from './memory.ts';
import { identityOf } from './observe.ts';
import { epochOf } from './observe-rank.ts';
import { judge, type Owner, ownershipTags, type Tags } from './owner.ts';
import { tagKey } from './record.ts';
import { isYoung, LOOK_AGAIN_MS } from './settling.ts';
import { wish } from './settling-fields.ts';
import { type Step, setsOwnership } from './step.ts';

export interface ExecuteInput {
  readonly owner: Owner;
  readonly takeOver: readonly string[];
  readonly scope: Scope;
  readonly adaptor: (type: string) => Adaptor;
  readonly graph: readonly GraphNode[];
  readonly claims: Claims;
  readonly memory: Memory;
  /** Monotonic, in ms: when this pass looked at AWS, for claims. */
  readonly lookedAt: number;
  /** The object is deleted. */
  readonly whole: boolean;
}

/**
 * What a step came to; `found` is the resource as it is now, `gone` says that it is no more. With an error beside `found` the
 * fields of the step were written, and its tags refused.
 */
export interface Outcome {
  readonly step: Step;
  readonly found?: Found;
  readonly gone?: boolean;
  readonly error?: CloudError;
  /** AWS has answered that it made it, whatever the error says of it: no refusal. */
  readonly made?: true;
  /** With an error: what of the fields and tags (`tag:key`) of a change was, or may have been, written all the same. */
  readonly written?: ReadonlySet<string>;
}

/** One step as it is done. */
interface Doing extends ExecuteInput {
  readonly written: Set<string>;
}

/** Does one step. Never throws: what went wrong is in the outcome. */
export async function execute(input: ExecuteInput, inventory: Inventory, step: Step): Promise<Outcome> {
  const written = new Set<string>();
  try {
    return await executeStep({ ...input, written }, inventory, step);
  } catch (error) {
    return { step, error: asCloudError(error), written };
  }
}

async function executeStep(input: Doing, inventory: Inventory, step: Step): Promise<Outcome> {
  const node = nodeAt(input.graph, step.node);
  const entry = entryAt(inventory, step.node, step.epoch);
  const type = typeAt({ graph: input.graph, inventory }, step.node, step.epoch);
  if (type === undefined) throw new Error(`no type is known for ${step.node}`);
  const adaptor = input.adaptor(type);
  switch (step.action) {
    case 'create':
      return create(input, adaptor, node, entry, step);
    case 'recreate':
    case 'replace':
      // The new epoch is in the inventory now; the next plan creates it, in the order that its name allows.
      return { step };
    case 'update':
      return update(input, adaptor, step);
    case 'take up':
    case 'retain':
      return { step, found: await change(input, adaptor, step) };
    case 'adopt': {
      // As with a create: who looked before another object took it looks again.
      const claim = claimOn(input, adaptor, step.found?.name ?? step.found?.id);
      const adopt = () => change(input, adaptor, step);
      return { step, found: await input.claims.run(claim, input.owner.uid, input.lookedAt, adopt) };
    }
    case 'remove':
      if (step.found === undefined) return { step, gone: true };
      await remove(input, adaptor, entry, step, step.found);
      if (step.duplicate !== true) input.memory.removed(step.node, step.epoch, step.found.id);
      return { step };
  }
}

async function create(
  input: Doing,
  adaptor: Adaptor,
  node: GraphNode | undefined,
  entry: Entry | undefined,
  step: Step,
): Promise<Outcome> {
  if (node === undefined) throw new Error(`${step.node} is not in the graph`);
  const shared = node.role === 'shared';
  const target = { node: node.id, epoch: step.epoch, graphNode: node, entry };
  const identity = identityOf(input, target);
  const attempt = entry?.pending?.attempt;
  const own = ownershipTags(input.owner, node.id, step.epoch, attempt);
  const tags: Tags = shared ? {} : { ...writtenTags(node), ...own };
  const claim = claimOn(input, adaptor, identity.name);
  function makeIt(): Promise<Found> {
    input.memory.creating(step.node, step.epoch);
    return doubtful(input, step, () => adaptor.create(input.scope, identity, step.desired, tags));
  }
  const found =
    adaptor.createBy === 'name'
      ? await input.claims.run(claim, input.owner.uid, input.lookedAt, makeIt)
      : await makeIt();
  try {
    if (!shared) proveMade(input, node, step.epoch, found);
  } catch (error) {
    return { step, made: true, error: asCloudError(error) };
  }
  input.memory.wrote(step.node, step.epoch, ['*'], found.state);
  if (found.tags !== 'inherited') input.memory.wrote(step.node, step.epoch, ['tags'], found.tags);
  return { step, found };
}

function claimOn(input: ExecuteInput, adaptor: Adaptor, name: string | undefined): string {
  return `${adaptor.type} ${adaptor.nameScope === 'global' ? '' : input.scope.key} ${name}`;
}

/** A repeated create succeeds on somebody else's resource in some services: only the tags, read back, tell. */
function proveMade(
  { owner, takeOver }: Pick<ExecuteInput, 'owner' | 'takeOver'>,
  node: GraphNode,
  epoch: number,
  found: Found,
): void {
  if (found.tags === 'inherited') return;
  const what = `${node.type} ${found.name ?? found.id}`;
  const verdict = judge(found.tags, owner, node.id, takeOver);
  if (verdict.is === 'previous') {
    throw new CloudError('Busy', `${what} was there already and is taken up next`, { retryAfterMs: 1_000 });
  }
  if (Object.keys(found.tags).length === 0) {
    // Ours would have them from its create on, and reads may be behind; the next looks tell.
    throw new CloudError('NotYet', `${what} does not show its tags yet`, { retryAfterMs: 1_000 });
  }
  if (verdict.is !== 'ours') {
    const why = verdict.is === 'foreign' ? verdict.why : `it is ${verdict.is}`;
    throw new CloudError('Conflict', `${what} was made by somebody else meanwhile: ${why}`);
  }
  if ((epochOf(found) ?? epoch) !== epoch) {
    throw new CloudError('Busy', `${what} is still the one that is replaced; waiting until it is gone`, {
      retryAfterMs: 5_000,
    });
  }
}

async function change(input: Doing, adaptor: Adaptor, step: Step): Promise<Found> {
  // Ownership first: what follows is then allowed by policies that ask for our tags.
  return writeFields(input, adaptor, step, await writeTags(input, adaptor, step, foundOf(step)));
}

/**
 * A tag of the spec that AWS refuses, by a policy of the organization for one, holds up none of the fields: a setting that
 * somebody opened by hand would stay open for as long as the tag is asked for.
 */
async function update(input: Doing, adaptor: Adaptor, step: Step): Promise<Outcome> {
  const before = foundOf(step);
  let tagged: Found;
  try {
    tagged = await writeTags(input, adaptor, step, before);
  } catch (error) {
    if (!(error instanceof CloudError) || !isOfRequest(error)) throw error;
    if (step.changes.length === 0 || setsOwnership(step)) throw error;
    const found = await writeBeside(error, () => writeFields(input, adaptor, step, before));
    return { step, found, error, written: input.written };
  }
  return { step, found: await writeFields(input, adaptor, step, tagged) };
}

/** Where both are refused, both are told. */
async function writeBeside<T>(refused: CloudError, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof CloudError) || !isOfRequest(error)) throw error;
    throw inOne([refused, error]);
  }
}

function foundOf({ node, found }: Step): Found {
  if (found === undefined) throw new Error(`${node} was not found`);
  return found;
}

async function writeTags(input: Doing, adaptor: Adaptor, step: Step, found: Found): Promise<Found> {
  const { setTags, unsetTags } = step;
  if (found.tags === 'inherited' || (Object.keys(setTags).length === 0 && unsetTags.length === 0))
    return found;
  if (adaptor.tag === undefined) throw new Error(`${adaptor.type} has tags but no way to set them`);
  const { tag } = adaptor;
  const first = freedFirst(adaptor, step, found.tags);
  let untagged = found;
  if (first.length > 0) {
    await doubtful(input, step, () => tag(input.scope, found, {}, first));
    untagged = { ...found, tags: tagsAfter(found.tags, {}, first) };
  }
  const rest = unsetTags.filter(key => !first.includes(key));
  const keys = Object.keys(setTags).map(tagKey);
  // What is set goes before what is taken away, mostly by another call.
  const isOneCall = rest.length === 0 || adaptor.tagsAtOnce === true;
  await doubtful(input, step, () => tag(input.scope, untagged, setTags, rest), { keys, isOneCall });
  const tags = tagsAfter(found.tags, setTags, unsetTags);
  input.memory.wrote(step.node, step.epoch, ['tags'], tags);
  return { ...found, tags };
}

async function writeFields(input: Doing, adaptor: Adaptor, step: Step, found: Found): Promise<Found> {
  const { changes, desired } = step;
  if (changes.length === 0) return found;
  const fields = changes.map(one => one.field);
  const of = { keys: fields, isOneCall: fields.length === 1 };
  const changed = await doubtful(input, step, () => adaptor.update(input.scope, found, desired, changes), of);
  input.memory.wrote(step.node, step.epoch, fields, changed.state);
  return { ...changed, tags: found.tags };
}

function tagsAfter(tags: Found['tags'], set: Tags, unset: readonly string[]): Tags {
  const now = tags === 'inherited' ? {} : tags;
  return Object.fromEntries(Object.entries({ ...now, ...set }).filter(([key]) => !unset.includes(key)));
}

async function remove(
  input: Doing,
  adaptor: Adaptor,
  entry: Entry | undefined,
  step: Step,
  found: Found,
): Promise<void> {
  const { desired } = step;
  const { memory } = input;
  await doubtful(input, step, async () => {
    const now = memory.now();
    try {
      await adaptor.remove(input.scope, found, { desired, owner: input.owner, whole: input.whole });
    } catch (error) {
      if (asCloudError(error).class !== 'NotFound') throw error;
      // Where it was made a moment ago, not all of AWS knows it yet: it is there, and was not removed.
      if (!isYoung({ memory, now }, adaptor, entry)) return;
      const message = `${step.node} was created a moment ago and AWS does not know it yet`;
      throw new CloudError('NotYet', message, { retryAfterMs: LOOK_AGAIN_MS });
    }
  });
}

/** A write whose answer does not come may have been applied, or may be yet. `keys`: what it sets, as far as that is on record. */
async function doubtful<T>(
  input: Doing,
  step: Step,
  write: () => Promise<T>,
  { keys, isOneCall }: { readonly keys: readonly string[]; readonly isOneCall: boolean } = NOTHING,
): Promise<T> {
  function note(all: readonly string[]): void {
    for (const key of all) input.written.add(key);
  }
  try {
    const answer = await write();
    note(keys);
    return answer;
  } catch (error) {
    const node = nodeAt(input.graph, step.node);
    const wanted = step.action === 'remove' ? 'gone' : wish(node?.tags, step.desired);
    const told = asCloudError(error);
    const isRefused = isRefusal(told);
    if (!isRefused) input.memory.doubted(step.node, step.epoch, wanted, told.message);
    note(isRefused ? (told.written ?? (isOneCall ? [] : keys)) : keys);
    throw error;
  }
}

const NOTHING = { keys: [], isOneCall: true };
