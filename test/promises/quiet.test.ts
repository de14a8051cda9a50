import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acting, areReady, openStage, type Stage } from '../support/stage.ts';
import { bucket, environment, type Manifest, queue, topic } from '../support/world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

/** Every kind, with every option that it has. */
const EVERYTHING: readonly Manifest[] = [
  environment({ tags: { team: 'platform' }, grants: { publicBuckets: { namespaces: ['shop'] } } }),
  queue('orders', {
    delaySeconds: 1,
    messageRetentionSeconds: 600,
    visibilityTimeoutSeconds: 45,
    receiveWaitTimeSeconds: 5,
    maximumMessageSizeBytes: 2048,
    deadLetter: { maxReceiveCount: 3, messageRetentionSeconds: 700 },
    acceptEventBridge: true,
    tags: { cost: 'a' },
  }),
  queue('audit.v2', { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' } }),
  queue('ledger', { fifo: true, contentBasedDeduplication: true }),
  topic('events', {
    displayName: 'Events',
    subscriptions: [
      {
        queue: 'orders',
        rawMessageDelivery: true,
        filterPolicy: { kind: ['order'], size: [{ numeric: ['>', 10] }] },
      },
      { queue: 'audit.v2', filterPolicyScope: 'MessageBody', filterPolicy: { a: { b: ['c'] } } },
    ],
  }),
  topic('ledger', {
    fifo: true,
    contentBasedDeduplication: true,
    encryption: 'EnvironmentKey',
    subscriptions: [{ queue: 'ledger' }],
  }),
  topic('uploads'),
  bucket('uploads', {
    encryption: 'EnvironmentKey',
    lifecycle: { nonCurrentExpireDays: 120, expireDays: 400, abortMultipartDays: 3 },
    cors: [
      { allowedOrigins: ['https://shop.example'], allowedMethods: ['GET', 'PUT'], maxAgeSeconds: 60 },
      { allowedOrigins: ['*'], allowedMethods: ['HEAD'], exposeHeaders: ['etag'] },
    ],
    policyStatements: [
      {
        sid: 'Cdn',
        effect: 'Allow',
        principals: { services: ['cloudfront.amazonaws.com'] },
        actions: ['s3:GetObject'],
        resources: ['/*'],
        conditions: { StringEquals: { 'aws:SourceAccount': ['111111111111'] } },
      },
    ],
    notifications: [
      { events: ['s3:ObjectCreated:*'], prefix: 'in/', suffix: '.csv', queue: 'orders' },
      { events: ['s3:ObjectRemoved:*'], topic: 'uploads' },
    ],
    tags: { cost: 'b' },
  }),
  bucket('site', {
    publicRead: true,
    versioning: false,
    accessLogs: 'Disabled',
    lifecycle: {
      nonCurrentToInfrequentAccessDays: 0,
      nonCurrentToGlacierDays: 0,
      nonCurrentExpireDays: 0,
      abortMultipartDays: 0,
    },
  }),
];

/** What AWS was asked to change, and what was written to Kubernetes, while nothing had changed. */
async function written(acting: Acting, work: () => Promise<void>) {
  const { cluster } = stage;
  const mark = stage.mark();
  const before = await cluster.versions();
  const from = acting.life.writes.length;
  await work();
  expect(await cluster.versions()).toEqual(before);
  return {
    aws: stage.writesSince(mark).map(entry => `${entry.service}:${entry.operation} ${entry.resource}`),
    kubernetes: acting.life.writes.slice(from).map(write => write.what),
    reads: stage.world.bench.gateway.journalSince(mark).length,
  };
}

const PASSES = 20;

test('ready objects of every kind with every option are looked at again and again, and nothing is written', async () => {
  await stage.cluster.apply(...EVERYTHING);
  const first = await stage.operator();
  await first.until(areReady(...EVERYTHING));
  const { aws, kubernetes, reads } = await written(first, () => first.driftPasses(PASSES));
  expect({ aws, kubernetes }).toEqual({ aws: [], kubernetes: [] });
  expect(reads).toBeGreaterThan(PASSES * EVERYTHING.length);
  console.log(
    `covered: ${PASSES} drift passes over ${EVERYTHING.length} ready objects: 0 writes to AWS, 0 to Kubernetes`,
  );
  await first.end();
});

test('a restarted operator finds everything as it is, and writes nothing', async () => {
  const { versions } = stage.cluster;
  const [mark, before] = [stage.mark(), await versions()];
  const second = await stage.operator();
  await second.driftPasses(1);
  expect(stage.writesSince(mark)).toEqual([]);
  expect(second.life.writes).toEqual([]);
  expect(await versions()).toEqual(before);
  await second.end();
});
