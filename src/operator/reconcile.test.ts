import { expect, test } from 'vitest';
import { currentLane } from '../aws/lane.ts';
import { CloudError } from '../engine/errors.ts';
import type { Status } from './objects.ts';
import { reconcile } from './reconcile.ts';
import { contextWith } from './testing/context.ts';
import { objectOf } from './testing/objects.ts';

const PLACE = { region: 'eu-central-1', accountId: '111111111111' };
const DELETING = { finalizers: ['opta.dev/aws'], deletionTimestamp: '2026-01-01T00:00:00Z' };
const synced = (observedGeneration: number): Status => ({
  conditions: [
    {
      type: 'Synced',
      status: 'True',
      reason: 'Synced',
      message: '',
      lastTransitionTime: '',
      observedGeneration,
    },
  ],
});

test.each<[string, object, Status, string]>([
  ['is new', {}, {}, 'change'],
  ['was changed', { generation: 2 }, synced(1), 'change'],
  ['is only looked at again', {}, synced(1), 'drift'],
  ['is deleted', DELETING, synced(1), 'delete'],
])(
  'what is asked of AWS for an object that %s waits for it, by turns with its namespace',
  async (_, metadata, status, lane) => {
    const orders = objectOf('Queue shop/orders', { metadata, status });
    const asked: object[] = [];
    async function scope(): Promise<never> {
      const { lane, flow } = currentLane();
      asked.push({ lane, flow });
      throw new CloudError('Denied', 'no role');
    }
    const dev = objectOf('OptaEnvironment dev', { spec: PLACE });
    const { context } = contextWith([dev, orders], { sessions: { scope, close: () => {} } });
    await reconcile(context, orders, new AbortController().signal);
    expect(asked).toEqual([{ lane, flow: 'shop' }]);
  },
);
