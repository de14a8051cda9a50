import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bucket, environment, queue } from '../support/manifests.ts';
import { pass } from '../support/settle.ts';
import { areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';

const HOUR_MS = 60 * 60_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterEach(() => stage.clear());
afterAll(() => stage?.close());

test('an operator with another --installation touches nothing, makes nothing and lets nothing go', async () => {
  const made = [environment(), queue('orders'), bucket('uploads')];
  await stage.cluster.apply(...made);
  const first = await stage.operator();
  await first.until(areReady(...made));
  await first.end();
  const mark = stage.mark();

  const second = await stage.operator({ settings: { installation: 'second' } });
  await stage.cluster.apply(queue('invoices'));
  await stage.cluster.delete('Queue', 'orders');
  await pass({ ...stage.world, objects: stage.cluster.objects }, second.life, HOUR_MS);
  expect(stage.writesSince(mark)).toEqual([]);
  for (const [kind, name] of [
    ['OptaEnvironment', 'dev'],
    ['Queue', 'orders'],
    ['Queue', 'invoices'],
    ['Bucket', 'uploads'],
  ] as const) {
    const object = await stage.cluster.get(kind, name);
    expect(standing(object)).toBe('Ready=False Conflict');
    expect(messageOf(object)).toMatch(
      / was made by the installation test, and this operator is the installation second: nothing is looked for or changed/,
    );
  }
  await second.end();

  const again = await stage.operator();
  const left = areReady(environment(), queue('invoices'), bucket('uploads'));
  await again.until(look => left(look) && look('Queue', 'orders') === undefined);
  expect(stage.writesSince(mark).filter(one => /^Create/.test(one.operation))).toHaveLength(4);
});

test('nor does it let an environment go under its objects, or anything that is paused', async () => {
  const made = [environment(), queue('orders')];
  await stage.cluster.apply(...made);
  const first = await stage.operator();
  await first.until(areReady(...made));
  await first.end();
  const mark = stage.mark();

  const environmentAt = ['OptaEnvironment', 'dev'] as const;
  const orders = ['Queue', 'orders'] as const;
  const second = await stage.operator({ settings: { installation: 'second' } });
  const synced = async () => messageOf(await stage.cluster.get(...environmentAt), 'Synced');
  const wait = () => pass({ ...stage.world, objects: stage.cluster.objects }, second.life, HOUR_MS);
  await stage.cluster.annotate(...environmentAt, { 'opta.dev/paused': 'true' });
  await abandon(...environmentAt);
  await wait();
  expect(await synced()).toMatch(/^paused .*; deletion waits$/);
  await stage.cluster.annotate(...environmentAt, { 'opta.dev/paused': null });
  await wait();
  expect(await synced()).toMatch(/^still used by Queue shop\/orders/);

  await abandon(...orders);
  await second.until(look => look(...orders) === undefined && look(...environmentAt) === undefined);
  expect(stage.writesSince(mark)).toEqual([]);
});

async function abandon(kind: string, at: string): Promise<void> {
  const { metadata } = await stage.cluster.get(kind, at);
  await stage.cluster.annotate(kind, at, { 'opta.dev/abandon': metadata.uid ?? '' });
  await stage.cluster.delete(kind, at);
}
