import { type ErrorClass, STALLING, WORST_FIRST } from '../engine/error-class.ts';
import type { CloudError } from '../engine/errors.ts';
import type { PassResult } from '../engine/pass.ts';
import type { KindCondition } from '../kinds/kind.ts';

/** The closed set of reasons of `Ready` and `Synced`. */
export type Reason =
  | 'Ready'
  | 'Synced'
  | 'Progressing'
  | 'WaitingForDependency'
  | 'ApprovalRequired'
  | 'DriftDetected'
  | 'Paused'
  | 'ResourceLost'
  | 'Conflict'
  | 'InvalidSpec'
  | 'NotGranted'
  | 'Denied'
  | 'QuotaExceeded'
  | 'Throttled'
  | 'AwsError'
  | 'Failed'
  | 'EnvironmentMissing'
  | 'EnvironmentDeleting'
  | 'NamespaceNotAllowed'
  | 'Deleting'
  | 'DeletionBlocked'
  | 'ChangeBlocked'
  | NonNullable<KindCondition['readyReason']>
  | NonNullable<KindCondition['notSynced']>['reason'];

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

export function waitingReason(needsPerson: true | undefined): Reason | undefined {
  return needsPerson === true ? 'InvalidSpec' : undefined;
}

export function worst(errors: readonly CloudError[]): CloudError | undefined {
  return [...errors].sort((a, b) => WORST_FIRST.indexOf(a.class) - WORST_FIRST.indexOf(b.class))[0];
}

/** Without what AWS may refuse and the object does not need. */
export function countedErrors(result: PassResult): readonly CloudError[] {
  const mayBeRefused = (id: string) => result.graph.some(one => one.id === id && one.mayBeRefused === true);
  const errors = result.errors.filter(
    ({ node, error }) => !(STALLING.has(error.class) && mayBeRefused(node)),
  );
  return errorsOf({ ...result, errors });
}

export function errorsOf(result: PassResult): readonly CloudError[] {
  return [...result.errors.map(one => one.error), ...result.plan.nodes.flatMap(view => view.error ?? [])];
}
