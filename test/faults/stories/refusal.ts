import { plainEnvironment, plainQueue, topic } from '../../support/manifests.ts';
import { conditionOf } from '../../support/settle.ts';
import { applied, type Story } from '../../support/story.ts';

const events = filtered({ type: ['order'] });
/** No operator of filter policies is called so, and neither admission nor the operator's own check knows them all. */
const refused = filtered({ type: [{ resembles: 'order' }] }, { displayName: 'Orders' });

function filtered(filterPolicy: object, spec: object = {}) {
  return topic('events', {
    encryption: 'EnvironmentKey',
    subscriptions: [{ queue: 'orders', filterPolicy }],
    ...spec,
  });
}

/** AWS refuses what is asked for, and it is taken back: what was written beside it goes again, and all is as it was. */
export const topicRefusal: readonly Story[] = [
  {
    name: 'Topic: changed to what AWS refuses, and back',
    before: [applied(plainEnvironment(), plainQueue('orders')), applied(events)],
    returns: true,
    acts: [
      {
        ...applied(refused),
        until: objects =>
          objects.some(one => one.kind === 'Topic' && conditionOf(one, 'Ready')?.reason === 'InvalidSpec'),
      },
      applied(events),
    ],
  },
];
