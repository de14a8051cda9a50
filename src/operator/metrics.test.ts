import { expect, test } from 'vitest';
import type { Pass } from '../kube/controller.ts';
import { createMetrics } from './metrics.ts';
import { objectOf } from './testing/objects.ts';

async function linesOf({ registry }: ReturnType<typeof createMetrics>, name: string) {
  const text = await registry.getSingleMetricAsString(name);
  return text.split('\n').filter(line => line.startsWith(name));
}

test.each<[Pass['outcome'], string | undefined]>([
  ['done', 'success'],
  ['requeued', 'requeue_after'],
  ['failed', 'error'],
  ['timed-out', 'error'],
  ['waits', undefined],
])('a pass that is %s counts as controller-runtime would count it: %s', async (outcome, result) => {
  const metrics = createMetrics();
  metrics.pass({ key: 'Queue:shop/orders', lane: 'user', outcome, waitedMs: 1, durationMs: 1 });
  expect(await linesOf(metrics, 'controller_runtime_reconcile_total')).toEqual(
    result === undefined
      ? []
      : [`controller_runtime_reconcile_total{controller="Queue",result="${result}"} 1`],
  );
});

test('the queue and the objects are read when they are asked for', async () => {
  const metrics = createMetrics();
  const conditions = [
    { type: 'Ready', status: 'False' as const, reason: 'Denied', message: '', lastTransitionTime: '' },
  ];
  let objects = [objectOf('Queue shop/a'), objectOf('Queue shop/b', { status: { conditions } })];
  metrics.observe({ depth: () => 3, running: () => 2, leading: () => true, objects: () => objects });
  const name = 'opta-operator';
  expect(await linesOf(metrics, 'workqueue_depth')).toEqual([
    `workqueue_depth{name="${name}",controller="${name}"} 3`,
  ]);
  expect(await linesOf(metrics, 'controller_runtime_active_workers')).toEqual([
    `controller_runtime_active_workers{controller="${name}"} 2`,
  ]);
  expect(await linesOf(metrics, 'opta_leader')).toEqual(['opta_leader 1']);
  expect(await linesOf(metrics, 'opta_objects')).toEqual([
    'opta_objects{kind="Queue",reason="Unknown"} 1',
    'opta_objects{kind="Queue",reason="Denied"} 1',
  ]);
  objects = [];
  expect(await linesOf(metrics, 'opta_objects')).toEqual([]);
});
