import type { EventRecorder } from '../kube/events.ts';
import type { Log } from '../kube/log.ts';
import { notesOf } from './notes.ts';
import { label, namesOf, type OptaObject } from './objects.ts';
import type { World } from './world.ts';

/**
 * A watch with a selector says of an object that lost its labels that it was deleted. Nobody else may be there who looks at it,
 * so it is said where a person looks; the objects in it wait without a word for who picks it again.
 */
export function reportUnpicked(
  environment: OptaObject,
  selector: string,
  of: { readonly events: EventRecorder; readonly log: Log },
): void {
  const note =
    `the operator that served this environment picks environments by ${selector} (--environment-selector), which its labels ` +
    'are not any more: it looks neither at it nor at the objects in it. Put the labels back, or let an operator serve it that picks it';
  of.log.warn(
    { object: label(environment), selector },
    'the environment is not picked by the selector any more',
  );
  const event = { type: 'Warning', reason: 'NotServed', action: 'Reconcile', isLastWord: true } as const;
  of.events.record(environment, { ...event, note });
}

/**
 * An object that vanished with resources was forced off its finalizer. They are named, in the log and on the environment,
 * which outlives it, because nobody owns them now: the same object made again takes them up.
 */
export function reportOrphans(
  object: OptaObject,
  of: { readonly world: World; readonly events: EventRecorder; readonly log: Log },
): void {
  const resources = (object.status?.resources ?? []).filter(entry => entry.state !== 'Kept').flatMap(namesOf);
  if (resources.length === 0) return;
  of.log.warn(
    { object: label(object), resources },
    'the object vanished without being deleted by the operator; its resources stay in AWS',
  );
  const environment = of.world.objects(of.world.environmentKind).get(object.spec.environment ?? '');
  if (environment === undefined) return;
  const event = { type: 'Warning', reason: 'Orphaned', action: 'Delete', isLastWord: true } as const;
  const head = `${label(object)} vanished without being deleted by the operator; what it had stays in AWS until it is made again as it was`;
  for (const note of notesOf(head, resources)) of.events.record(environment, { ...event, note });
}
