import { adaptorOf, loadAdaptors } from '../aws/adaptors.ts';
import { StaleObject } from '../engine/errors.ts';
import type { Inventory } from '../engine/inventory.ts';
import { type PassResult, runPass } from '../engine/pass.ts';
import type { Kind } from '../kinds/kind.ts';
import { get } from '../kube/apply.ts';
import type { ReconcileResult } from '../kube/controller.ts';
import { announceChanges, announceDrift } from './announce.ts';
import type { Context } from './context.ts';
import {
  comesApart,
  deletionVerdict,
  doneVerdict,
  isAbandoned,
  isDone,
  isRefused,
  keptIn,
  leftovers,
  letGo,
  wayToAbandon,
} from './deletion.ts';
import { type Corrections, correctionsIn, rememberMet } from './drift.ts';
import { nextLook } from './next-look.ts';
import { FINALIZER, isDeleting, isPaused, label, type OptaObject, resourceOf } from './objects.ts';
import { type PassInput, subjectOf } from './pass-input.ts';
import { publishPass, publishVerdict } from './publish.ts';
import type { StatusWriter } from './status-writer.ts';
import { withStates } from './summary.ts';

export async function pass(
  context: Context,
  kind: Kind,
  writer: StatusWriter,
  of: PassInput,
): Promise<ReconcileResult> {
  const object = writer.current();
  const deleting = isDeleting(object);
  const { met } = context.knownOf(object);
  const { generation = 0 } = object.metadata;
  const corrected: Corrections[] = [];
  const result = await runPass(subjectOf(context, kind, object, of), {
    scope: of.scope,
    takeOver: context.settings.takeOverFrom,
    adaptor: adaptorOf,
    prepare: loadAdaptors,
    claims: context.claims,
    memory: context.knownOf(object).memory,
    monotonic: () => context.clock.monotonic(),
    save: (state, how) => writer.save(state, how),
    confirm: () => confirm(context, kind, object),
    onStep(step) {
      context.log.info(
        {
          object: label(object),
          node: step.node,
          action: step.action,
          ...(step.found === undefined ? {} : { id: step.found.id }),
          fields: step.changes.map(one => one.field),
        },
        'aws step',
      );
    },
    onDone(done) {
      if (!deleting) corrected.push(correctionsIn(done, { met, generation, adaptor: adaptorOf }));
    },
    // Also of a pass that is cut off: no later one sees what this one has corrected.
  }).finally(() => tell(context, object, corrected));
  if (!deleting)
    rememberMet(met, { generation, isSynced: object.status?.syncedGeneration === generation }, result);
  for (const { node, error } of result.errors) {
    context.log.warn(
      { object: label(object), node, class: error.class, code: error.code, error: error.message },
      'aws step failed',
    );
  }
  if (deleting) return afterDeletion(context, writer, { result, before: object.status?.resources ?? [] });
  await publishPass(context, writer, {
    kind,
    input: of.input(result.state.defaults),
    result,
  });
  return nextLook(context, object, result);
}

/** What was changed in AWS while the spec stayed as it is. */
function tell(context: Context, object: OptaObject, corrected: readonly Corrections[]): void {
  announceDrift(
    context,
    object,
    corrected.flatMap(({ drift }) => drift),
  );
  announceChanges(
    context,
    object,
    corrected.flatMap(({ asked }) => asked),
  );
}

/**
 * Before destructive calls: the object as the API server has it now is this very one, and still wants it. A deletion that
 * begins is another generation, too (`markAsDeleting` of the API server's registry).
 */
async function confirm(context: Context, kind: Kind, object: OptaObject): Promise<void> {
  const { namespace, name, uid, generation } = object.metadata;
  const now = await get<OptaObject>(context.transport, resourceOf(kind), { namespace, name });
  if (now?.metadata.uid !== uid) throw new StaleObject('the object is another one by now');
  if (now.metadata.generation !== generation || isPaused(now)) throw new StaleObject();
}

async function afterDeletion(
  context: Context,
  writer: StatusWriter,
  of: { readonly result: PassResult; readonly before: Inventory },
): Promise<ReconcileResult> {
  const { result, before } = of;
  const ended = {
    resources: withStates(result.state.resources, result.plan.nodes),
    comesApart: comesApart(before, result),
  };
  if (isDone(result)) {
    const kept = keptIn(result);
    // Others may hold the object longer than we do, and nobody writes its status then.
    const { finalizers = [] } = writer.current().metadata;
    const others = finalizers.filter(one => one !== FINALIZER);
    if (kept.length + others.length > 0)
      await publishVerdict(context, writer, { ...doneVerdict(kept, others), ...ended });
    return letGo(context, writer.current(), kept);
  }
  const object = writer.current();
  const verdict = deletionVerdict(result);
  const refused = isRefused(result);
  if (refused && isAbandoned(object)) {
    return letGo(context, object, leftovers(object));
  }
  const message = refused ? `${verdict.message}; or ${wayToAbandon(object)}` : verdict.message;
  await publishVerdict(context, writer, { ...verdict, message, ...ended });
  return nextLook(context, object, result);
}
