import { awaitingApproval } from '../../support/approval.ts';
import { plainEnvironment, plainQueue, queue, topic } from '../../support/manifests.ts';
import { applied, type Story } from '../../support/story.ts';

/** What AWS cannot change in place: another one is made under the next epoch, and the old one goes. */
export const queueReplacement: readonly Story[] = [
  {
    name: 'Queue: replaced by one that is first in, first out',
    before: [applied(plainEnvironment()), applied(queue('orders'))],
    acts: awaitingApproval(queue('orders', { fifo: true })),
  },
];

export const topicReplacement: readonly Story[] = [
  {
    name: 'Topic: replaced by one that is first in, first out',
    before: [
      applied(plainEnvironment(), plainQueue('orders', { fifo: true })),
      applied(topic('events', { encryption: 'EnvironmentKey' })),
    ],
    acts: awaitingApproval(topic('events', { fifo: true, subscriptions: [{ queue: 'orders' }] })),
  },
];
