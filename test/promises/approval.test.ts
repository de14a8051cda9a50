import { GetQueueAttributesCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { publishArrives } from '../security/support/delivery.ts';
import type { Kill } from '../support/life.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { bucket, type Manifest, plainEnvironment, queue, topic } from '../support/world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

const PLAIN = { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' } };
const planOf = async (kind: string, name: string) => (await stage.cluster.get(kind, name)).status?.plan;

async function started(...manifests: readonly Manifest[]): Promise<Acting> {
  await stage.cluster.apply(plainEnvironment(), ...manifests);
  const acting = await stage.operator();
  await acting.until(areReady(plainEnvironment(), ...manifests));
  return acting;
}

function approve(kind: string, name: string, hash: string | undefined): Promise<unknown> {
  return stage.cluster.annotate(kind, name, { 'opta.dev/approve': hash ?? '' });
}

const changes = (mark: number) => stage.writesSince(mark).map(entry => entry.operation);

describe('what AWS cannot change in place', () => {
  test.each([
    ['Queue', 'orders', 'replace queue (with the messages in it)'],
    ['Topic', 'events', 'replace topic'],
  ])(
    'fifo that is set later on a %s waits for a yes and cuts nothing off meanwhile',
    async (kind, name, asks) => {
      const orders = queue('orders', { deadLetter: { mode: 'Disabled' } });
      const events = topic('events', { encryption: 'EnvironmentKey', subscriptions: [{ queue: 'orders' }] });
      const uploads = bucket('uploads', {
        notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }],
      });
      const acting = await started(orders, events, uploads);
      const statusOf = async (of: string, at: string) => (await stage.cluster.get(of, at)).status ?? {};
      const there = async () => {
        const { arn, name: called } = await statusOf(kind, name);
        return { arn, called };
      };
      const before = await there();
      const { arn: topicArn } = await statusOf('Topic', 'events');
      const { name: queueName, url } = await statusOf('Queue', 'orders');
      const arrives = () => publishArrives(stage.world.aws, String(topicArn), String(queueName));
      const mark = stage.mark();
      const written = () =>
        changes(mark).filter(one => !/Message$|^(Publish|Decrypt|GenerateDataKey)$/.test(one));
      await stage.cluster.patch(kind, name, { spec: { fifo: true } });
      await acting.until(look => standing(look(kind, name), 'Synced') === 'Synced=False ApprovalRequired');
      expect(messageOf(await stage.cluster.get(kind, name), 'Synced')).toContain(asks);
      await acting.driftPasses(2);
      // A queue opens itself for what is to come, beside what is there.
      const opened = kind === 'Topic' ? ['PutKeyPolicy', 'SetQueueAttributes'] : [];
      expect([written(), await there(), await arrives()]).toEqual([opened, before, true]);
      expect((await statusOf('Queue', 'orders')).url).toBe(url);
    },
  );
});

describe('ApproveAll', () => {
  const all = { managementPolicy: 'ApproveAll' };

  test('asks once for all steps of a change, also for those that are known only after others', async () => {
    const acting = await started();
    const mark = stage.mark();
    const orders = queue('orders', all);
    await stage.cluster.apply(orders);
    await acting.until(look => standing(look('Queue', 'orders')) === 'Ready=False ApprovalRequired');
    await acting.driftPasses(2);
    expect(changes(mark)).toEqual([]);
    const plan = await planOf('Queue', 'orders');
    expect(plan).toMatchObject({
      hash: expect.stringMatching(/^[0-9a-f]{12}$/),
      sequence: 1,
      generation: 1,
      risk: 'Low',
    });
    expect(plan?.steps?.map(step => [step.action, step.node, step.known])).toEqual([
      ['create', 'key', true],
      ['create', 'alias', false],
      ['create', 'dead-letter', false],
      ['create', 'queue', false],
    ]);
    const object = await stage.cluster.get('Queue', 'orders');
    expect(messageOf(object)).toBe(
      `waits for approval of create key, create alias, create dead-letter, create queue; to approve: kubectl annotate --overwrite -n shop queue.opta.dev/orders opta.dev/approve=${plan?.hash}`,
    );
    const told = (await stage.cluster.events('Queue', 'orders')).filter(
      one => one.reason === 'ApprovalRequired',
    );
    expect(told).toMatchObject([
      { type: 'Normal', count: 1, note: expect.stringContaining(plan?.hash ?? '?') },
    ]);

    await approve('Queue', 'orders', plan?.hash);
    await acting.until(areReady(orders));
    expect(await planOf('Queue', 'orders')).toEqual({ sequence: 1 });
  });

  test('goes at once when it is deleted before anybody agreed: there is nothing to look for', async () => {
    const never = [queue('orders', all), bucket('uploads', all), topic('events', all)];
    const acting = await started();
    await stage.cluster.apply(...never);
    await acting.until(look =>
      never.every(({ kind, name }) => standing(look(kind, name)) === 'Ready=False ApprovalRequired'),
    );
    const at = stage.world.clock.now();
    for (const { kind, name } of never) await stage.cluster.delete(kind, name);
    await acting.until(look => never.every(({ kind, name }) => look(kind, name) === undefined));
    expect(stage.world.clock.now()).toBe(at);
  });

  test('goes on after a restart at any write of an approved change, without another approval', async () => {
    const orders = queue('orders', all);
    const before = await started(queue('audit', PLAIN));
    await before.end();
    const writes: string[] = [];
    const approvedBy: unknown[] = [];
    for (let write = 0; ; write++) {
      await stage.cluster.apply(orders);
      const first = await stage.operator();
      await first.until(look => standing(look('Queue', 'orders')) === 'Ready=False ApprovalRequired');
      await first.end();
      await approve('Queue', 'orders', (await planOf('Queue', 'orders'))?.hash);
      const kill: Kill = { write, point: 'answered' };
      const killed = await stage.operator({ kill });
      await killed.until(areReady(orders));
      const { died } = killed.life;
      writes.push(killed.life.writes.at(-1)?.what ?? '');
      await killed.end();
      approvedBy.push((await planOf('Queue', 'orders'))?.approval?.by);
      const second = await stage.operator();
      await second.until(areReady(orders));
      expect(await planOf('Queue', 'orders')).toMatchObject({ sequence: 1 });
      await stage.cluster.delete('Queue', 'orders');
      await second.until(look => look('Queue', 'orders') === undefined);
      await second.end();
      // The name of a deleted queue is free again after a minute.
      stage.world.clock.advance(120_000);
      if (!died) break;
    }
    expect(writes.length).toBeGreaterThan(8);
    // By the client that set the annotation, here the test's, until it is carried out.
    expect(new Set(approvedBy)).toEqual(new Set([undefined, 'opta-operator']));
    console.log(
      `covered: ${writes.length - 1} restarts in the middle of an approved change, none asked again`,
    );
  });

  test('takes the annotation for one plan: left in place it approves nothing later', async () => {
    const orders = queue('orders', { ...PLAIN, ...all });
    const acting = await started();
    await stage.cluster.apply(orders);
    await acting.until(look => standing(look('Queue', 'orders')) === 'Ready=False ApprovalRequired');
    const first = await planOf('Queue', 'orders');
    await approve('Queue', 'orders', first?.hash);
    await acting.until(areReady(orders));

    // A change, and then the same change back: the plan has the same steps each time, and needs its own approval.
    const url = String((await stage.cluster.get('Queue', 'orders')).status?.url);
    const hashes = [first?.hash];
    for (const seconds of [60, 30, 60, 30]) {
      const mark = stage.mark();
      await stage.cluster.patch('Queue', 'orders', { spec: { visibilityTimeoutSeconds: seconds } });
      await acting.until(
        look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired',
      );
      await acting.driftPasses(1);
      expect(changes(mark)).toEqual([]);
      const plan = await planOf('Queue', 'orders');
      expect(plan?.steps).toMatchObject([
        { node: 'queue', action: 'update', fields: [{ field: 'VisibilityTimeout', to: String(seconds) }] },
      ]);
      expect(hashes).not.toContain(plan?.hash);
      hashes.push(plan?.hash);
      await approve('Queue', 'orders', plan?.hash);
      await acting.until(areReady(orders));
      expect(changes(mark)).toEqual(['SetQueueAttributes']);
    }
    // The very change that was approved last, now made by hand.
    const mark = stage.mark();
    const Attributes = { VisibilityTimeout: '60' };
    await stage.world.aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    await acting.driftPasses(2);
    expect(changes(mark)).toEqual(['SetQueueAttributes']);
    expect(hashes).not.toContain((await planOf('Queue', 'orders'))?.hash);
  });

  test('is not given by another hash, nor by that of a plan whose spec has changed meanwhile', async () => {
    const orders = queue('orders', { ...PLAIN, ...all });
    const acting = await started();
    await stage.cluster.apply(orders);
    await acting.until(look => standing(look('Queue', 'orders')) === 'Ready=False ApprovalRequired');
    const mark = stage.mark();
    const old = (await planOf('Queue', 'orders'))?.hash;
    for (const wrong of ['', 'yes', 'true', '*', old?.slice(0, -1), `${old} ${old}`]) {
      await approve('Queue', 'orders', wrong);
      await acting.driftPasses(1);
    }
    await approve('Queue', 'orders', 'nothing');
    await stage.cluster.patch('Queue', 'orders', { spec: { delaySeconds: 5 } });
    await acting.until(look => look('Queue', 'orders')?.status?.plan?.generation === 2);
    await approve('Queue', 'orders', old);
    await acting.driftPasses(2);
    expect(changes(mark)).toEqual([]);
    expect((await planOf('Queue', 'orders'))?.approval).toBeUndefined();
    await approve('Queue', 'orders', (await planOf('Queue', 'orders'))?.hash);
    await acting.until(areReady(orders));
  });

  test('of a spec and a hash in one write is for the plan of before: it approves nothing', async () => {
    const orders = queue('orders', { ...PLAIN, ...all });
    const acting = await started();
    await stage.cluster.apply(orders);
    await acting.until(look => standing(look('Queue', 'orders')) === 'Ready=False ApprovalRequired');
    const mark = stage.mark();
    const hash = (await planOf('Queue', 'orders'))?.hash ?? '';
    await stage.cluster.patch('Queue', 'orders', {
      metadata: { annotations: { 'opta.dev/approve': hash } },
      spec: { delaySeconds: 900 },
    });
    await acting.driftPasses(2);
    expect(changes(mark)).toEqual([]);
  });
});

test('a key that a queue does not use any more waits for somebody who reads what is lost with it', async () => {
  const acting = await started(queue('orders'));
  await stage.cluster.patch('Queue', 'orders', { spec: { encryption: 'EnvironmentKey' } });
  await acting.until(look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired');
  const orders = await stage.cluster.get('Queue', 'orders');
  expect(messageOf(orders, 'Synced')).toMatch(
    /^remove key \(what is encrypted with it cannot be read from then on: messages that were sent before .*; until it is gone for good, after 30 days or .* can be cancelled\)/,
  );
  await approve('Queue', 'orders', (await planOf('Queue', 'orders'))?.hash);
  await acting.until(areReady(queue('orders')));
});

describe('ApproveHighRisk', () => {
  test('does what is low, and waits with what is not', async () => {
    const policy = { managementPolicy: 'ApproveHighRisk' };
    const acting = await started(queue('orders', { ...PLAIN, ...policy }));
    await stage.cluster.patch('Queue', 'orders', { spec: { visibilityTimeoutSeconds: 60 } });
    await acting.until(areReady(queue('orders')));
    const mark = stage.mark();
    await stage.cluster.patch('Queue', 'orders', { spec: { messageRetentionSeconds: 60 } });
    await acting.until(
      look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired',
    );
    expect(standing(await stage.cluster.get('Queue', 'orders'))).toBe('Ready=True Ready');
    await acting.driftPasses(2);
    expect(changes(mark)).toEqual([]);
    await approve('Queue', 'orders', (await planOf('Queue', 'orders'))?.hash);
    await acting.until(areReady(queue('orders')));
  });

  test('what waits holds up nothing else of the queue: it is closed and opened as ever, under the same hash', async () => {
    const policy = { managementPolicy: 'ApproveHighRisk' };
    const acting = await started(queue('orders', { ...PLAIN, ...policy }));
    const { sqs } = stage.world.aws;
    const QueueUrl = String((await stage.cluster.get('Queue', 'orders')).status?.url);
    const attributes = async () =>
      (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes;
    const { Policy: closed = '', MessageRetentionPeriod: kept } = (await attributes()) ?? {};
    const both = { messageRetentionSeconds: 60, visibilityTimeoutSeconds: 60 };
    await stage.cluster.patch('Queue', 'orders', { spec: both });
    await acting.until(
      look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired',
    );
    const plan = await planOf('Queue', 'orders');
    expect(plan?.steps?.map(step => step.fields?.map(({ field }) => field))).toEqual([
      ['MessageRetentionPeriod'],
    ]);
    expect(await attributes()).toMatchObject({ VisibilityTimeout: '60', MessageRetentionPeriod: kept });

    const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
    const Attributes = { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [open] }) };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    const mark = stage.mark();
    await acting.driftPasses(2);
    expect(changes(mark)).toEqual(['SetQueueAttributes']);
    expect(JSON.parse((await attributes())?.Policy ?? '')).toEqual(JSON.parse(closed));

    const events = topic('events', { encryption: 'EnvironmentKey', subscriptions: [{ queue: 'orders' }] });
    await stage.cluster.apply(events);
    await acting.until(areReady(events));
    expect((await attributes())?.MessageRetentionPeriod).toBe(kept);
    expect(await planOf('Queue', 'orders')).toEqual(plan);
    await approve('Queue', 'orders', plan?.hash);
    await acting.until(areReady(queue('orders')));
    expect((await attributes())?.MessageRetentionPeriod).toBe('60');
  });
});

test('what waits in the dead-letter queue holds up nothing of the queue, which is as usable as it was', async () => {
  const spec = { encryption: 'EnvironmentKey', managementPolicy: 'ApproveHighRisk' };
  const acting = await started(queue('orders', spec));
  const deadLetter = { messageRetentionSeconds: 500_000 };
  await stage.cluster.patch('Queue', 'orders', { spec: { deadLetter, visibilityTimeoutSeconds: 60 } });
  await acting.until(look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False ApprovalRequired');
  const { status } = await stage.cluster.get('Queue', 'orders');
  const { Attributes } = await stage.world.aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: String(status?.url), AttributeNames: ['VisibilityTimeout'] }),
  );
  expect(Attributes).toEqual({ VisibilityTimeout: '60' });
  expect(standing(await stage.cluster.get('Queue', 'orders'))).toBe('Ready=True Ready');
  expect(status?.plan?.steps?.map(({ node }) => node)).toEqual(['dead-letter']);
});

describe('Observe', () => {
  const observe = { managementPolicy: 'Observe' };

  test('writes nothing to AWS, puts no finalizer on, and lets the object go without a call', async () => {
    const acting = await started();
    const mark = stage.mark();
    const shown = [
      queue('orders', observe),
      topic('events', { ...observe, subscriptions: [{ queue: 'orders' }] }),
      bucket('uploads', observe),
    ];
    // One by one: a topic whose queue is not there yet has another plan, which is told as well.
    for (const one of shown) {
      await stage.cluster.apply(one);
      await acting.until(look => standing(look(one.kind, one.name)) === 'Ready=False DriftDetected');
    }
    await acting.driftPasses(3);
    expect(changes(mark)).toEqual([]);
    for (const { kind, name } of shown) {
      const object = await stage.cluster.get(kind, name);
      expect(object.metadata.finalizers).toBeUndefined();
      expect(object.status?.plan?.hash).toBeDefined();
      const told = async () =>
        (await stage.cluster.events(kind, name))
          .filter(one => one.reason === 'DriftDetected')
          .map(one => one.note);
      await expect
        .poll(told)
        .toEqual([expect.stringMatching(/^not changed \(managementPolicy Observe\): create /)]);
      // What it shows cannot be approved either.
      await approve(kind, name, object.status?.plan?.hash);
    }
    await acting.driftPasses(2);
    expect(changes(mark)).toEqual([]);
    for (const { kind, name } of shown) await stage.cluster.delete(kind, name);
    await acting.until(look => shown.every(({ kind, name }) => look(kind, name) === undefined));
    expect(changes(mark)).toEqual([]);
  });

  test('of what was made before keeps it in AWS when it is deleted, without any call, and says so', async () => {
    const made = [queue('orders'), bucket('uploads')];
    const acting = await started(...made);
    for (const { kind, name } of made) await stage.cluster.patch(kind, name, { spec: observe });
    await acting.until(areReady(...made));
    const before = await stage.world.aws.state();
    const { status } = await stage.cluster.get('Bucket', 'uploads');
    const arns = (status?.resources ?? []).map(entry => entry.arn ?? entry.id);
    await acting.end();
    for (const { kind, name } of made) await stage.cluster.delete(kind, name);
    const again = await stage.operator();
    const mark = stage.mark();
    await again.until(look => made.every(({ kind, name }) => look(kind, name) === undefined));
    const calls = stage.world.bench.gateway.journalSince(mark).map(entry => entry.resource);
    expect(calls.filter(resource => /orders|uploads/.test(resource))).toEqual([]);
    expect(await stage.world.aws.state()).toEqual(before);
    await expect
      .poll(async () => (await stage.cluster.events('OptaEnvironment', 'dev')).map(one => one.note))
      .toContain(
        `Bucket shop/uploads was deleted and not removed because of managementPolicy Observe: ${arns.join(', ')}`,
      );
  });
});

describe('a pause', () => {
  const PAUSED = { 'opta.dev/paused': 'true' };
  const RESUMED = { 'opta.dev/paused': null };

  test('stops a new object, a change, a repair and a deletion; each goes on when it ends', async () => {
    const acting = await started();
    const says = async (words: string) =>
      expect(messageOf(await stage.cluster.get('Queue', 'orders'), 'Synced')).toBe(words);
    const paused = 'paused by the annotation opta.dev/paused';
    let mark = stage.mark();
    const nothingHappens = async () => {
      stage.world.clock.advance(3600_000);
      await acting.quiet();
      expect(changes(mark)).toEqual([]);
    };

    await stage.cluster.apply({ ...queue('orders', PLAIN), annotations: PAUSED });
    await nothingHappens();
    await says(paused);
    expect(standing(await stage.cluster.get('Queue', 'orders'))).toBe('Ready=False Paused');
    expect(standing(await stage.cluster.get('Queue', 'orders'), 'Reconciling')).toBe(
      'Reconciling=False Idle',
    );
    await stage.cluster.annotate('Queue', 'orders', RESUMED);
    await acting.until(areReady(queue('orders')));

    await stage.cluster.annotate('Queue', 'orders', PAUSED);
    await stage.cluster.patch('Queue', 'orders', { spec: { delaySeconds: 7 } });
    mark = stage.mark();
    await nothingHappens();
    await says(paused);
    // It can be used as before, and nobody is to wait for more.
    expect(standing(await stage.cluster.get('Queue', 'orders'))).toBe('Ready=True Ready');
    expect(standing(await stage.cluster.get('Queue', 'orders'), 'Reconciling')).toBe(
      'Reconciling=False Idle',
    );
    expect(messageOf(await stage.cluster.get('Queue', 'orders'), 'Ready')).toBe(
      `usable as of generation 1; the current spec is not applied: ${paused}`,
    );
    const url = String((await stage.cluster.get('Queue', 'orders')).status?.url);
    const byHand = { VisibilityTimeout: '7' };
    await stage.world.aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: byHand }));
    mark = stage.mark();
    await nothingHappens();
    await stage.cluster.annotate('Queue', 'orders', RESUMED);
    await acting.until(areReady(queue('orders')));
    expect(changes(mark)).toEqual(['SetQueueAttributes']);

    await stage.cluster.annotate('Queue', 'orders', PAUSED);
    await acting.quiet();
    await stage.cluster.delete('Queue', 'orders');
    mark = stage.mark();
    await acting.until(look => standing(look('Queue', 'orders'), 'Synced') === 'Synced=False Paused');
    await nothingHappens();
    await says(`${paused}; deletion waits`);
    expect(standing(await stage.cluster.get('Queue', 'orders'), 'Reconciling')).toBe(
      'Reconciling=True Paused',
    );
    await stage.cluster.annotate('Queue', 'orders', RESUMED);
    await acting.until(look => look('Queue', 'orders') === undefined);
    expect(changes(mark)).toEqual(['DeleteQueue']);
  });

  test('in the middle of a creation stops it there, and what is there already is not made twice', async () => {
    await (await started()).end();
    const orders = queue('orders');
    await stage.cluster.apply(orders);
    const mark = stage.mark();
    const killed = await stage.operator({ kill: { write: 4, point: 'answered' } });
    await killed.until(areReady(orders));
    expect(killed.life.died).toBe(true);
    await killed.end();
    expect(changes(mark)).toContain('CreateKey');
    await stage.cluster.annotate('Queue', 'orders', PAUSED);
    const middle = stage.mark();
    const acting = await stage.operator();
    stage.world.clock.advance(3600_000);
    await acting.quiet();
    expect(changes(middle)).toEqual([]);
    await stage.cluster.annotate('Queue', 'orders', RESUMED);
    await acting.until(areReady(orders));
    expect(changes(mark).filter(one => one === 'CreateKey')).toHaveLength(1);
  });
});

describe('when an object is looked at', () => {
  test('at once, when it is asked for; the answer is in the status', async () => {
    const acting = await started(queue('orders', PLAIN));
    const before = acting.passesOf('Queue:shop/orders');
    await stage.cluster.annotate('Queue', 'orders', { 'opta.dev/reconcile-requested-at': 'now, please' });
    await acting.until(look => look('Queue', 'orders')?.status?.lastHandledReconcileAt === 'now, please');
    expect(acting.passesOf('Queue:shop/orders')).toBeGreaterThan(before);
  });

  const EVERY: Readonly<Record<string, number>> = { '15m': 15, '10s': 1, '2h': 120, often: 5, '': 5 };
  test('as often as drift-interval says', async () => {
    const acting = await started(queue('orders', PLAIN));
    for (const [asked, everyMinutes] of Object.entries(EVERY)) {
      await stage.cluster.annotate('Queue', 'orders', { 'opta.dev/drift-interval': asked });
      await acting.quiet();
      await expectLooks(acting, asked, everyMinutes);
    }
  });

  async function expectLooks(acting: Acting, asked: string, everyMinutes: number): Promise<void> {
    const key = 'Queue:shop/orders';
    // From a look on, so that what was put off before does not count.
    const first = acting.passesOf(key);
    for (let step = 0; acting.passesOf(key) === first && step < 100; step++) {
      stage.world.clock.advance(everyMinutes * 3_000);
      await acting.quiet();
    }
    const start = acting.passesOf(key);
    stage.world.clock.advance((everyMinutes - 0.2) * 60_000);
    await acting.quiet();
    expect(acting.passesOf(key), asked).toBe(start);
    stage.world.clock.advance(0.4 * 60_000);
    await acting.quiet();
    expect(acting.passesOf(key), asked).toBe(start + 1);
  }
});
