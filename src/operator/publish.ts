import { asCloudError } from '../engine/errors.ts';
import type { EngineState, PassResult } from '../engine/pass.ts';
import { accessId } from '../kinds/access.ts';
import type { Kind, KindCondition, KindInput } from '../kinds/kind.ts';
import { lastingOutputs } from '../kinds/lasting-outputs.ts';
import { findCondition, mergeConditions } from '../kube/conditions.ts';
import { isNamespaceEnding } from '../kube/errors.ts';
import { announce, announceWarnings } from './announce.ts';
import { publishBinding } from './binding.ts';
import { listed } from './blocked-by.ts';
import type { Context } from './context.ts';
import { isFault } from './fault.ts';
import {
  ANNOTATION,
  annotation,
  type BlockedBy,
  kubectlTarget,
  type OptaObject,
  type Status,
  unknownAnnotations,
} from './objects.ts';
import { obstacleOf } from './obstacle.ts';
import {
  conditionsOf,
  notReadyNow,
  OF_EVERY_KIND,
  readyOfBefore,
  standingsOf,
  whileComingApart,
} from './own-conditions.ts';
import { recordOf } from './referrers.ts';
import type { StatusWriter } from './status-writer.ts';
import { type Summary, summarize, withStates } from './summary.ts';
import {
  tellingAnnotations,
  tellingApproval,
  tellingNextAttempt,
  tellingReady,
  tellingSynced,
  tellingUnpublished,
} from './telling.ts';
import type { Verdict } from './verdict.ts';

const LONGEST_ECHO = 1024;

/** Writes a verdict into the status; nothing when it says so already. */
export async function publishVerdict(
  context: Context,
  writer: StatusWriter,
  verdict: Verdict,
): Promise<void> {
  const { ready, reason, message, stalled, reconciling = !stalled } = verdict;
  const summary: Summary = {
    ready,
    readyReason: reason,
    readyMessage: message,
    synced: false,
    syncedReason: reason,
    syncedMessage: message,
    stalled,
    reconciling,
  };
  const object = writer.current();
  const { blockedBy: _, ...before } = object.status ?? {};
  const { resources } = verdict;
  const own = verdict.comesApart === true ? whileComingApart(before.conditions ?? []) : undefined;
  const status = {
    ...before,
    ...common(context, object, summary, own),
    ...(resources === undefined ? {} : { resources }),
  };
  const blockers = verdict.blockedBy ?? [];
  announce(context, object, summary, blockers);
  await writer.publish(blockers.length === 0 ? status : { ...status, blockedBy: blockers });
}

/** Outputs, ConfigMap, conditions: one status write, only if it differs. */
export async function publishPass(
  context: Context,
  writer: StatusWriter,
  of: {
    readonly kind: Kind;
    readonly input: KindInput<unknown>;
    readonly result: PassResult;
  },
): Promise<Summary> {
  const { kind, input, result } = of;
  const object = writer.current();
  const own = kind.conditions?.(input, {
    seen: result.seen,
    written: object.spec,
    nodes: standingsOf(result),
    now: context.clock.now(),
  });
  let summary = summarize(result, object.spec.managementPolicy === 'Observe', kubectlTarget(object));
  summary = tellingNextAttempt(summary, result);
  summary = tellingSynced(tellingReady(summary, own ?? []), own ?? []);
  summary = tellingAnnotations(summary, {
    driftInterval: annotation(object, ANNOTATION.driftInterval),
    unknown: unknownAnnotations(object),
  });
  summary = tellingApproval(summary, annotation(object, ANNOTATION.approve), result.state.plan?.hash);
  const synced = summary.synced ? object.metadata.generation : object.status?.syncedGeneration;
  const outputs = lastingOutputs(kind.outputs(input), {
    seen: result.seen,
    graph: result.graph,
    nodes: result.plan.nodes,
    told: object.status,
  });
  const data = summary.ready === true ? kind.connection?.(outputs, input) : undefined;
  let binding = object.status?.binding;
  let unpublished: unknown;
  if (data !== undefined && object.spec.managementPolicy !== 'Observe') {
    try {
      binding = { name: await publishBinding(context.world, context.transport, object, data) };
    } catch (error) {
      // The object goes as well, and nobody waits for its outputs.
      if (!isNamespaceEnding(error)) {
        unpublished = error;
        summary = tellingUnpublished(summary, error);
      }
    }
  }
  const blockers = blockersOf(context, object, result);
  const { resources, plan, defaults } = shownState(result.state, result);
  const status: Status = {
    ...common(context, object, summary, own ?? []),
    ...outputs,
    // Of an object that has nothing yet they bind nobody: another spec, or what it adopts, is asked anew.
    ...(resources.length === 0 ? {} : { resources, defaults }),
    ...(plan === undefined ? {} : { plan }),
    ...(synced === undefined ? {} : { syncedGeneration: synced }),
    ...(binding === undefined ? {} : { binding }),
    ...(blockers.length === 0 ? {} : { blockedBy: blockers }),
    ...(resources.length === 0 ? {} : sendersOnRecord(kind, input, result)),
  };
  announce(context, object, summary);
  announceWarnings(context, object, own ?? [], summary);
  await writer.publish(status);
  if (unpublished !== undefined && asCloudError(unpublished).class !== 'Conflict') {
    // What is told already is not told again as a fault.
    throw isFault(unpublished) ? asCloudError(unpublished) : unpublished;
  }
  return summary;
}

/** Before it is seen who is let in there is no record of it: nobody who is not in it stays so. */
function sendersOnRecord(
  kind: Kind,
  input: KindInput<unknown>,
  { seen }: PassResult,
): Pick<Status, 'referrers'> {
  const unclaimed = kind.unclaimed?.(input, seen) ?? input.unclaimed;
  return unclaimed === undefined ? {} : { referrers: recordOf(input.referrers, unclaimed) };
}

function shownState(state: EngineState, result: PassResult): EngineState {
  return { ...state, resources: withStates(state.resources, result.plan.nodes) };
}

/** `own`: the kind's conditions; undefined: no pass tells them, and they stay as they are. */
function common(
  context: Context,
  object: OptaObject,
  summary: Summary,
  own?: readonly KindCondition[],
): Status {
  const generation = object.metadata.generation ?? 0;
  const told = object.status?.conditions ?? [];
  const former = own === undefined ? told : told.filter(one => isStanding(one.type, own));
  // Any text may stand there; one that is too long for the status would stop every write of it.
  const handled = annotation(object, ANNOTATION.reconcileRequestedAt)
    ?.slice(0, LONGEST_ECHO)
    .replace(/[\uD800-\uDBFF]$/, '');
  const now = new Date(context.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const first =
    former.some(one => one.type === 'Ready') || summary.ready !== 'unchanged'
      ? summary
      : { ...summary, ready: false };
  const before = findCondition(former, 'Ready');
  const conditions = [
    ...conditionsOf(first, generation, own),
    ...readyOfBefore(before, first, object.metadata),
    ...(own === undefined ? [] : notReadyNow(before, first, generation)),
  ];
  return {
    observedGeneration: generation,
    conditions: mergeConditions(former, conditions, now),
    ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
  };
}

function isStanding(type: string, own: readonly KindCondition[]): boolean {
  return OF_EVERY_KIND.has(type) || own.some(one => one.type === type);
}

/** What holds up: named by AWS in an error, or an object on the other side of a link that does not open itself. */
function blockersOf(context: Context, object: OptaObject, result: PassResult): readonly BlockedBy[] {
  const refused = result.errors.flatMap(({ node, error }) => error.blockers.map(one => ({ node, ...one })));
  const { namespace } = object.metadata;
  const others = context.world.referred(object).flatMap(reference => {
    const node = accessId(reference.kind, reference.name);
    const view = result.plan.nodes.find(one => one.node === node);
    const other = context.world.objects(reference.kind).get(`${namespace}/${reference.name}`);
    if (view === undefined || view.state === 'Ready' || other === undefined) return [];
    const reason = obstacleOf(other);
    return reason === undefined ? [] : [{ node, resource: `${reference.kind} ${reference.name}`, reason }];
  });
  return listed([...refused, ...others]);
}
