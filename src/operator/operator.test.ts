import { expect, test } from 'vitest';
import { createFakeClock, settle } from '../engine/testing/fake-clock.ts';
import { KINDS } from '../kinds/all.ts';
import { createFakeServer } from '../kube/testing/fake-server.ts';
import type { Call } from '../kube/transport.ts';
import { createOperator, type OperatorOptions } from './operator.ts';
import { objectOf, silent } from './testing/objects.ts';
import { SETTINGS } from './testing/settings.ts';

/** Paused, so that a pass says so and ends. */
function queueOf(name: string, resourceVersion: string) {
  return objectOf(`Queue shop/${name}`, {
    metadata: { resourceVersion, annotations: { 'opta.dev/paused': 'true' } },
  });
}

function answer({ method, path, query, body }: Call): unknown {
  if (method === 'PATCH') return { ...queueOf('orders', '9'), ...(body as object) };
  if (method !== 'GET') return {};
  if (path.endsWith('/kube-system')) return { metadata: { name: 'kube-system', uid: 'c' } };
  if (query === undefined) return queueOf('orders', '1');
  const shop = { metadata: { name: 'shop', uid: 'n', resourceVersion: '1' } };
  const found: Record<string, object> = { queues: queueOf('orders', '1'), namespaces: shop };
  const item = found[path.split('/').at(-1) ?? ''];
  return { metadata: { resourceVersion: '1' }, items: item === undefined ? [] : [item] };
}

function operatorOn(transport: OperatorOptions['transport'], onPass: NonNullable<OperatorOptions['onPass']>) {
  const options = { settings: SETTINGS, kinds: KINDS, transport, clock: createFakeClock(), log: silent };
  return createOperator({ ...options, instance: 'test', aws: {}, onPass });
}

test('a standby puts nothing by; who leads looks at what is there, behind what people change', async () => {
  const server = createFakeServer(answer);
  const passes: string[] = [];
  const operator = operatorOn(server, ({ key, lane }) => void passes.push(`${key} ${lane}`));
  const watch = () => server.watches.findLast(({ call }) => call.path.endsWith('/queues'));
  await operator.synced;
  await settle();
  watch()?.send('ADDED', queueOf('gone', '2'));
  await settle();
  watch()?.send('DELETED', queueOf('gone', '3'));
  await settle();
  expect(operator.queue.depth).toBe(0);

  await operator.lead();
  await settle();
  expect(passes).toEqual(['Queue:shop/orders resync']);
  watch()?.send('ADDED', queueOf('late', '4'));
  await settle();
  expect(passes.slice(1)).toContain('Queue:shop/late user');
  await operator.stop(0);
});

test('a standby whose watch has gone silent begins from what is there now, not from what it last heard', async () => {
  let queues = [queueOf('orders', '1'), queueOf('gone', '1')];
  const lists: string[] = [];
  const server = createFakeServer(call => {
    if (call.query === undefined || !call.path.endsWith('/queues')) return answer(call);
    lists.push(String(call.query.resourceVersion ?? 'newest'));
    return { metadata: { resourceVersion: '5' }, items: queues };
  });
  const passes: string[] = [];
  const operator = operatorOn(server, ({ key }) => void passes.push(key));
  await operator.synced;
  await settle();
  queues = [queueOf('orders', '5')];
  await operator.lead();
  const versions = [...operator.world.objects('Queue').all()].map(({ metadata }) => metadata.resourceVersion);
  expect([versions, lists]).toEqual([['5'], ['newest', 'newest']]);
  await settle();
  expect(passes).toEqual(['Queue:shop/orders']);
  await operator.stop(0);
});

test('of a ConfigMap that has our label no more is kept than is needed', async () => {
  const metadata = { name: 'a', namespace: 'shop', uid: 'a', resourceVersion: '1' };
  const large = { metadata, data: { key: '<'.repeat(1_000_000) } };
  const server = createFakeServer(call =>
    call.path.endsWith('/configmaps') ? { metadata: { resourceVersion: '1' }, items: [large] } : answer(call),
  );
  const operator = operatorOn(server, () => {});
  await operator.synced;
  expect(JSON.stringify([...operator.world.configMaps.all()]).length).toBeLessThan(1_000);
  await operator.stop(0);
});

test('who leads from the start lists once', async () => {
  const server = createFakeServer(answer);
  const operator = operatorOn(server, () => {});
  await operator.lead();
  expect(server.calls.filter(({ path }) => path.endsWith('/queues'))).toHaveLength(1);
  await operator.stop(0);
});
