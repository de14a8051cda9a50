import { findCondition } from '../kube/conditions.ts';
import { ANNOTATION, isPaused, kubectlTarget, type OptaObject } from './objects.ts';

/** Why an object does not open itself for those that name it until a person does something, and what; undefined: it does. */
export function obstacleOf(object: OptaObject): string | undefined {
  const told = (type: string) => findCondition(object.status?.conditions, type);
  const look = `kubectl describe ${kubectlTarget(object)}`;
  if (isPaused(object)) return `it is paused: remove its annotation ${ANNOTATION.paused}`;
  if (object.spec.managementPolicy === 'Observe')
    return 'its managementPolicy is Observe, by which nothing is changed: set another one';
  if (told('Synced')?.reason === 'ApprovalRequired')
    return `its plan waits for approval; how to give it: ${look}`;
  const stalled = told('Stalled');
  if (stalled?.status === 'True') return `it is stalled (${stalled.reason}); why, and what helps: ${look}`;
  return undefined;
}
