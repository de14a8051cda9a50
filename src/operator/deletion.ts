import type { Member } from '../aws/members.ts';
import { STALLING } from '../engine/error-class.ts';
import type { CloudError } from '../engine/errors.ts';
import { few } from '../engine/few.ts';
import { type Entry, entryAt, type Inventory } from '../engine/inventory.ts';
import type { PassResult } from '../engine/pass.ts';
import { isOver } from '../engine/plan.ts';
import { listIfServed } from '../kube/apply.ts';
import type { ReconcileResult } from '../kube/controller.ts';
import { isRefusal } from '../kube/errors.ts';
import { removeFinalizer } from '../kube/finalizer.ts';
import { listed } from './blocked-by.ts';
import type { Context } from './context.ts';
import { namespaceProblem } from './namespace-access.ts';
import { notesOf } from './notes.ts';
import {
  ANNOTATION,
  annotation,
  type BlockedBy,
  FINALIZER,
  hasFinalizer,
  label,
  namesOf,
  type OptaObject,
  resourceOf,
} from './objects.ts';
import { errorsOf, reasonOf, said, worst } from './reasons.ts';
import type { Verdict } from './verdict.ts';
import type { World } from './world.ts';

/** Of what a status says; the events name all. */
const KEPT_AT_MOST = 100;

/** Everything is gone from AWS, or kept on purpose: the object may go. */
export function isDone(result: PassResult): boolean {
  return isOver(result.plan) && errorsOf(result).length === 0;
}

/** AWS lets us do a part of it no longer, or somebody else has its name by now: it may never end, whatever else is in its way. */
export function isRefused(result: PassResult): boolean {
  return errorsOf(result).some(error => error.class === 'Denied' || error.class === 'Conflict');
}

/** What stays in AWS when a deletion is done; why, where that was not asked for. */
export function keptIn(result: PassResult): readonly string[] {
  return result.plan.nodes.flatMap(view => {
    if (view.named !== undefined) return view.named;
    const entry = entryAt(result.state.resources, view.node, view.epoch);
    const name = entry?.arn ?? entry?.id ?? view.message ?? view.node;
    return view.note === undefined ? name : `${name} (${view.note})`;
  });
}

/** Something of it is gone, or was just removed. While a deletion is only held up, all is as it was. */
export function comesApart(before: Inventory, { done, state }: PassResult): boolean {
  const isGone = ({ node, epoch }: Entry) => entryAt(state.resources, node, epoch) === undefined;
  return (
    done.some(step => step.action === 'remove') || before.some(one => one.id !== undefined && isGone(one))
  );
}

/** The last word on an object: of what stays in AWS, and of whose finalizers hold it beside ours. */
export function doneVerdict(kept: readonly string[], holders: readonly string[]): Verdict {
  const left = kept.length === 0 ? 'removed from AWS' : `left in AWS: ${few(kept, { most: KEPT_AT_MOST })}`;
  const held =
    holders.length === 0 ? '' : `; the object waits for others, by its finalizers: ${few(holders)}`;
  const message = `${left}${held}`;
  return { ready: 'unchanged', reason: 'Deleting', message, stalled: false };
}

/** What holds a deletion up, for the status. */
export function deletionVerdict(result: PassResult): Verdict {
  const error: CloudError | undefined = worst(errorsOf(result));
  const blockedBy: BlockedBy[] = result.errors.flatMap(({ node, error: one }) =>
    one.blockers.map(blocker => ({ node, ...blocker })),
  );
  if (error !== undefined) {
    const reason = blockedBy.length > 0 ? 'DeletionBlocked' : reasonOf(error);
    const stalled = blockedBy.length > 0 || STALLING.has(error.class);
    return { ready: false, reason, message: said(result, error), stalled, blockedBy: listed(blockedBy) };
  }
  return { ready: false, reason: 'Deleting', message: progressOf(result), stalled: false };
}

/** How much is left, and what is waited for now: what only comes after that is told where there is nothing else. */
function progressOf({ plan }: PassResult): string {
  const left = plan.nodes.filter(view => view.state !== 'Kept');
  const now = left.filter(view => view.leavesLater !== true);
  const told = now.length > 0 ? now : left;
  const counted = told.length === left.length ? '' : `, ${told.length} of them under way`;
  const names = told.map(view => `${view.node} ${view.message ?? view.state}`);
  return `${left.length} left${counted}: ${few(names, { by: '; ' })}`;
}

/** It should be gone by then. Where it is not, what came for an answer was wrong; a key without an object ends at once. */
const LET_GO_AGAIN_MS = 60_000;

/** Lets the object go; names what stays in AWS and why, on the object's environment, which outlives it. */
export async function letGo(
  context: Pick<Context, 'events' | 'knownOf' | 'log' | 'transport' | 'world' | 'wrote'>,
  object: OptaObject,
  kept: readonly string[],
  why = 'left in AWS',
): Promise<ReconcileResult> {
  if (kept.length > 0) {
    context.log.info({ object: label(object), kept, why }, 'resources stay in AWS');
    const environment = context.world
      .objects(context.world.environmentKind)
      .get(object.spec.environment ?? '');
    const event = { type: 'Normal', reason: 'Retained', action: 'Delete', isLastWord: true } as const;
    const receivers = context.world.kind(object.kind).references(object.spec);
    const closing = receivers.map(one => `${one.kind} ${one.name}`);
    // What is kept goes on sending, and nobody takes it in.
    for (const note of [
      ...notesOf(`${label(object)} was deleted and ${why}`, kept),
      ...notesOf(`${label(object)} was deleted, and these let nothing in from it any more`, closing),
    ])
      context.events.record(environment ?? object, { ...event, note });
  }
  const known = context.knownOf(object);
  const former = known.isReleased;
  // Before it is sent: the watch may bring it sooner than the answer comes, and an answer may be lost.
  known.isReleased = true;
  const resource = resourceOf(context.world.kind(object.kind));
  const after = await removeFinalizer(context.transport, resource, object, FINALIZER).catch(error => {
    if (isRefusal(error)) known.isReleased = former;
    throw error;
  });
  if (after !== undefined) context.wrote(after);
  return { requeueAfterMs: LET_GO_AGAIN_MS };
}

/** The way out of a deletion that can never end: named by uid, so that no copied manifest says it. */
export function isAbandoned(object: OptaObject): boolean {
  return annotation(object, ANNOTATION.abandon) === object.metadata.uid;
}

/** The same for a person who reads why it does not end. */
export function wayToAbandon(object: OptaObject): string {
  const names = leftovers(object);
  const left = names.length === 0 ? 'everything' : few(names);
  return `annotate ${ANNOTATION.abandon}=${object.metadata.uid} to leave ${left} there`;
}

/** What the inventory says is in AWS, for events and logs. */
export function leftovers(object: OptaObject): readonly string[] {
  return (object.status?.resources ?? []).flatMap(namesOf);
}

/** Whom an environment that is deleted waits for. */
export interface Dependants {
  readonly certain: readonly OptaObject[];
  /** Only their finalizer says that they have something, and it may be anybody's: they count where AWS has something of theirs. */
  readonly doubtful: readonly OptaObject[];
}

/** Until a listing by tags shows what an earlier process may have made, in ms. */
const TAGS_SHOWN_MS = 5 * 60_000;

/**
 * Objects that use the environment, asked of the API server itself. Without those that were never served, as their namespace
 * may not use it: anybody could hold it up for ever, also by a manifest with our finalizer in it. Without that nothing was
 * begun for them, and nothing will be: who puts one on reads the environment after that.
 */
export async function liveDependants(
  context: Pick<Context, 'knownOf' | 'transport' | 'world'>,
  environment: OptaObject,
): Promise<Dependants> {
  const kinds = context.world.kinds.filter(kind => kind.api.namespaced);
  const all = await Promise.all(
    kinds.map(kind => listIfServed<OptaObject>(context.transport, resourceOf(kind))),
  );
  return dependantsAmong(context, environment, all.flat());
}

/** The same, of these objects. */
export function dependantsAmong(
  context: Pick<Context, 'knownOf' | 'world'>,
  environment: OptaObject,
  objects: readonly OptaObject[],
): Dependants {
  const users = objects.filter(object => isWaitedFor(context.world, environment, object));
  const doubtful = users.filter(object => isDoubtful(context, environment, object));
  return { certain: users.filter(object => !doubtful.includes(object)), doubtful };
}

/** While it is there, its environment does not go. */
export function isWaitedFor(
  world: Pick<World, 'namespaces'>,
  environment: OptaObject,
  object: OptaObject,
): boolean {
  if (object.spec.environment !== environment.metadata.name) return false;
  return ownsSomething(object) || isAllowed(world, environment, object);
}

export function ownsSomething(object: OptaObject): boolean {
  return hasFinalizer(object) || (object.status?.resources ?? []).length > 0;
}

/** Nothing is on record, and this process has begun nothing. An earlier one may have, while the namespace was allowed. */
function isDoubtful(
  context: Pick<Context, 'knownOf' | 'world'>,
  environment: OptaObject,
  object: OptaObject,
): boolean {
  if ((object.status?.resources ?? []).length > 0 || isAllowed(context.world, environment, object))
    return false;
  // Of the environment, which is always watched: an object in a namespace that is not would be new at each look.
  const { memory, firstSeenAt } = context.knownOf(environment);
  const isShown = memory.now() - firstSeenAt >= TAGS_SHOWN_MS;
  const { claim } = context.knownOf(object);
  return claim === 'unknown' && (isShown || isLaterThanEnd(object, environment));
}

/** Nothing is begun in an environment that is being deleted. */
function isLaterThanEnd({ metadata }: OptaObject, environment: OptaObject): boolean {
  const madeAt = Date.parse(metadata.creationTimestamp ?? '');
  return madeAt > Date.parse(environment.metadata.deletionTimestamp ?? '');
}

function isAllowed(
  world: Pick<World, 'namespaces'>,
  environment: OptaObject,
  { metadata: { namespace = '' } }: OptaObject,
): boolean {
  const known = world.namespaces.get(namespace);
  // One that is not known yet may be.
  if (known === undefined) return true;
  return namespaceProblem(environment, namespace, known.metadata.labels) === undefined;
}

/** What objects of the environment left in AWS, on purpose or because they were forced away: it may need the key. */
export function membersVerdict(members: readonly Member[]): Verdict {
  const names = members.map(one => `${one.arn} (${one.kept ? 'kept by' : 'of'} ${one.owner})`).sort();
  return {
    ready: 'unchanged',
    reason: 'DeletionBlocked',
    message:
      `still in AWS: ${few(names)}. Delete them there, take them up again and delete their objects, ` +
      'or set deletionPolicy: Retain to leave them what they need of this environment',
    stalled: true,
    blockedBy: listed(
      members.map(({ arn, kept, owner }) => ({
        node: '',
        resource: arn,
        reason: kept ? `was kept when ${owner} was deleted` : `belongs to ${owner}, which does not exist`,
      })),
    ),
  };
}

/** What is left in a namespace that was ended by force stays until that is there again: no write of it is taken. */
export function dependantsVerdict(
  world: Pick<World, 'namespaces'>,
  dependants: readonly OptaObject[],
): Verdict {
  const sorted = [...dependants].sort((a, b) => (label(a) < label(b) ? -1 : 1));
  const names = sorted.map(label);
  const isGone = ({ metadata: { namespace = '' } }: OptaObject) =>
    world.namespaces.get(namespace) === undefined;
  const gone = new Set(sorted.filter(isGone).map(one => one.metadata.namespace ?? ''));
  const again = gone.size === 0 ? '' : `; ${createAgain([...gone])}`;
  return {
    ready: 'unchanged',
    reason: 'DeletionBlocked',
    message: `still used by ${few(names)}; the environment goes when they are deleted${again}`,
    stalled: false,
    blockedBy: listed(
      sorted.map(object => ({
        node: '',
        resource: label(object),
        reason: isGone(object) ? createAgain([object.metadata.namespace ?? '']) : useOf(object),
      })),
    ),
  };
}

function useOf(object: OptaObject): string {
  return ownsSomething(object)
    ? 'may have resources in AWS, which go by this environment'
    : 'names this environment, and has nothing in AWS';
}

function createAgain(namespaces: readonly string[]): string {
  return namespaces.length === 1
    ? `namespace ${namespaces[0]} does not exist: create it again so that the deletion can go on`
    : `namespaces ${few(namespaces)} do not exist: create them again so that the deletion can go on`;
}
