import { type ErrorClass, STALLING, WORST_FIRST } from '../engine/error-class.ts';
import type { CloudError } from '../engine/errors.ts';
import { nodeAt } from '../engine/graph.ts';
import type { PassResult } from '../engine/pass.ts';

interface ReasonTraits {
  /** A person should hear of it where it makes an object not ready. */
  readonly isTrouble: boolean;
  /** Where `Synced` says it, an event does too, whether the object is ready or not. */
  readonly isToldOfSynced: boolean;
}

/** The closed set of reasons of `Ready` and `Synced`. */
export const REASONS = {
  Ready: { isTrouble: false, isToldOfSynced: false },
  Synced: { isTrouble: false, isToldOfSynced: false },
  Progressing: { isTrouble: false, isToldOfSynced: false },
  WaitingForDependency: { isTrouble: false, isToldOfSynced: false },
  DelegationPending: { isTrouble: false, isToldOfSynced: false },
  ValidationPending: { isTrouble: false, isToldOfSynced: false },
  Upgrading: { isTrouble: false, isToldOfSynced: false },
  Throttled: { isTrouble: false, isToldOfSynced: false },
  Deleting: { isTrouble: false, isToldOfSynced: false },
  ApprovalRequired: { isTrouble: false, isToldOfSynced: true },
  DriftDetected: { isTrouble: true, isToldOfSynced: true },
  ChangeBlocked: { isTrouble: true, isToldOfSynced: true },
  UpgradeBlocked: { isTrouble: true, isToldOfSynced: true },
  VersionBehind: { isTrouble: true, isToldOfSynced: true },
  Paused: { isTrouble: true, isToldOfSynced: false },
  ResourceLost: { isTrouble: true, isToldOfSynced: false },
  Conflict: { isTrouble: true, isToldOfSynced: false },
  InvalidSpec: { isTrouble: true, isToldOfSynced: false },
  NotGranted: { isTrouble: true, isToldOfSynced: false },
  Denied: { isTrouble: true, isToldOfSynced: false },
  QuotaExceeded: { isTrouble: true, isToldOfSynced: false },
  AwsError: { isTrouble: true, isToldOfSynced: false },
  Failed: { isTrouble: true, isToldOfSynced: false },
  EnvironmentMissing: { isTrouble: true, isToldOfSynced: false },
  EnvironmentDeleting: { isTrouble: true, isToldOfSynced: false },
  NamespaceNotAllowed: { isTrouble: true, isToldOfSynced: false },
  DeletionBlocked: { isTrouble: true, isToldOfSynced: false },
} as const satisfies Readonly<Record<string, ReasonTraits>>;

export type Reason = keyof typeof REASONS;

const REASON_OF: Readonly<Record<ErrorClass, Reason>> = {
  NotFound: 'AwsError',
  NotYet: 'Progressing',
  Busy: 'Progressing',
  Throttled: 'Throttled',
  Transient: 'AwsError',
  Invalid: 'InvalidSpec',
  Conflict: 'Conflict',
  Denied: 'Denied',
  Quota: 'QuotaExceeded',
  Blocked: 'DeletionBlocked',
  Unknown: 'AwsError',
};

export function reasonOf(error: CloudError): Reason {
  return REASON_OF[error.class];
}

/** What is in the way of a removal is told apart from what is in the way of a change. */
export function reasonIn({ errors }: PassResult, error: CloudError): Reason {
  const action = errors.find(one => one.error === error)?.action;
  const isRemoval = action === 'remove' || action === 'retain';
  return error.class === 'Blocked' && !isRemoval ? 'ChangeBlocked' : reasonOf(error);
}

/** With the part of the spec that it is about, where its node is of one; else with the node, if it does not begin with that. */
export function said({ errors, graph, plan }: PassResult, error: CloudError): string {
  const failed = [...errors, ...plan.nodes].find(one => one.error === error)?.node;
  const about = nodeAt(graph, failed)?.field ?? failed;
  const isNamed = about === undefined || error.message.startsWith(`${about} `);
  return isNamed ? error.message : `${about}: ${error.message}`;
}

export function waitingReason(needsPerson: true | undefined): Reason | undefined {
  return needsPerson === true ? 'InvalidSpec' : undefined;
}

export function worst(errors: readonly CloudError[]): CloudError | undefined {
  return [...errors].sort((a, b) => WORST_FIRST.indexOf(a.class) - WORST_FIRST.indexOf(b.class))[0];
}

/** Without what AWS may refuse and the object does not need. */
export function countedErrors(result: PassResult): readonly CloudError[] {
  const mayBeRefused = (id: string) => nodeAt(result.graph, id)?.mayBeRefused === true;
  const errors = result.errors.filter(
    ({ node, error }) => !(STALLING.has(error.class) && mayBeRefused(node)),
  );
  return errorsOf({ ...result, errors });
}

export function errorsOf(result: PassResult): readonly CloudError[] {
  return [...result.errors.map(one => one.error), ...result.plan.nodes.flatMap(view => view.error ?? [])];
}
