import { DeleteObjectCommand, ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ListQueueTagsCommand, UntagQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { forgetRoles, registerRole } from '../../hack/bench/aws/overlays/roles.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { isTrue, pass } from '../support/settle.ts';
import {
  type Acting,
  areReady,
  type Lookup,
  messageOf,
  openStage,
  type Stage,
  standing,
} from '../support/stage.ts';
import { trickWatch } from '../support/tricked-watch.ts';
import {
  ACCOUNT,
  bucket,
  ENVIRONMENT,
  environment,
  type Manifest,
  plainEnvironment,
  queue,
  topic,
} from '../support/world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

const aws = () => stage.world.aws;
const PLAIN = { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' } };
const NO_LOGS = { logBucket: { mode: 'Disabled' } } as const;
const ORDERS = ['Queue', 'orders'] as const;
const UPLOADS = ['Bucket', 'uploads'] as const;

async function started(first: Manifest, ...manifests: readonly Manifest[]): Promise<Acting> {
  await stage.cluster.apply(first, ...manifests);
  const acting = await stage.operator();
  await acting.until(areReady(first, ...manifests));
  return acting;
}

async function arnsOf(kind: string, name: string): Promise<readonly string[]> {
  const { status } = await stage.cluster.get(kind, name);
  return (status?.resources ?? []).flatMap(entry => entry.arn ?? entry.id ?? []);
}

const DELETES = /^(Delete|ScheduleKeyDeletion|Unsubscribe)/;

const deletes = (mark: number) =>
  stage
    .writesSince(mark)
    .map(entry => entry.operation)
    .filter(operation => DELETES.test(operation));

const hasGone = (kind: string, name: string) => (look: (kind: string, at: string) => unknown) =>
  look(kind, name) === undefined;

/** A copy that lacks the members of this name, wherever they are. */
function without(names: readonly string[], value: object): unknown {
  return JSON.parse(JSON.stringify(value), (key, member: unknown) =>
    names.includes(key) ? undefined : member,
  );
}

describe('what happens once a pass has looked at AWS is heeded all the same', () => {
  interface Overtaken {
    readonly made: Manifest;
    /** What the pass is about. */
    begin(): Promise<unknown>;
    /** The last call that tells what is to be taken away. */
    readonly look: string;
    meanwhile(): Promise<unknown>;
    until(look: Lookup): boolean;
  }

  async function overtake({ made, begin, look, meanwhile, until }: Overtaken): Promise<readonly string[]> {
    const first = await started(plainEnvironment(), queue('orders', PLAIN), made);
    await first.end();
    await begin();
    const mark = stage.mark();
    let isOvertaken = false;
    const acting = await stage.operator({
      async around(call, send) {
        if (call.operation === look && !isOvertaken) {
          isOvertaken = true;
          await meanwhile();
        }
        return send();
      },
    });
    await acting.until(until);
    await acting.driftPasses(1);
    expect(isOvertaken).toBe(true);
    return stage.writesSince(mark).map(entry => entry.operation);
  }

  const EVENTS = ['Topic', 'events'] as const;
  const events = topic('events', {
    subscriptions: [{ queue: 'orders' }],
    encryption: 'EnvironmentKey',
    deletionPolicy: 'Retain',
  });
  const SUBSCRIPTION = { made: events, look: 'GetSubscriptionAttributes' } as const;
  const unsubscribe = () => stage.cluster.patch(...EVENTS, { spec: { subscriptions: null } });
  const subscribe = () => stage.cluster.patch(...EVENTS, { spec: { subscriptions: [{ queue: 'orders' }] } });
  const pause = (kind: string, name: string) =>
    stage.cluster.annotate(kind, name, { 'opta.dev/paused': 'true' });
  const isPaused = (kind: string, name: string) => (look: Lookup) =>
    standing(look(kind, name), 'Synced').endsWith(' Paused');

  async function makeAnew(): Promise<void> {
    await stage.cluster.patch(...EVENTS, { metadata: { finalizers: null } });
    await stage.cluster.delete(...EVENTS);
    await stage.cluster.apply(events);
    // As old as the one before it, by its generation.
    await stage.cluster.patch(...EVENTS, { spec: { tags: { made: 'anew' } } });
  }

  test.each<[string, Overtaken]>([
    [
      'a pause, while the object is deleted',
      {
        made: topic('events', { ...events.spec, encryption: 'OwnKey', deletionPolicy: 'Delete' }),
        look: 'GetSubscriptionAttributes',
        begin: () => stage.cluster.delete(...EVENTS),
        meanwhile: () => pause(...EVENTS),
        until: isPaused(...EVENTS),
      },
    ],
    [
      'another object of this name, which has what the old one gave up',
      { ...SUBSCRIPTION, begin: unsubscribe, meanwhile: makeAnew, until: areReady(events) },
    ],
    [
      'the spec as it was before',
      { ...SUBSCRIPTION, begin: unsubscribe, meanwhile: subscribe, until: areReady(events) },
    ],
    [
      'a deletion that keeps all that there is',
      {
        ...SUBSCRIPTION,
        begin: unsubscribe,
        meanwhile: () => stage.cluster.delete(...EVENTS),
        until: hasGone(...EVENTS),
      },
    ],
  ])('before a removal: %s', async (_, of) => {
    const written = await overtake(of);
    expect(written.filter(operation => DELETES.test(operation))).toEqual([]);
  });

  const RETENTION = {
    made: queue('orders', PLAIN),
    look: 'GetQueueAttributes',
    begin: () => stage.cluster.patch(...ORDERS, { spec: { messageRetentionSeconds: 600 } }),
  } as const;
  const uploads = bucket('uploads', { accessLogs: 'Disabled' });
  const expire = (expireDays: number | null) =>
    stage.cluster.patch(...UPLOADS, { spec: { lifecycle: { expireDays } } });

  test.each<[string, string, Overtaken]>([
    [
      'a shorter retention is taken back',
      'SetQueueAttributes',
      {
        ...RETENTION,
        meanwhile: () => stage.cluster.patch(...ORDERS, { spec: { messageRetentionSeconds: null } }),
        until: areReady(RETENTION.made),
      },
    ],
    [
      'a pause',
      'SetQueueAttributes',
      { ...RETENTION, meanwhile: () => pause(...ORDERS), until: isPaused(...ORDERS) },
    ],
    [
      'a rule by which objects go is taken back',
      'PutBucketLifecycleConfiguration',
      {
        made: uploads,
        look: 'GetBucketLifecycleConfiguration',
        begin: () => expire(1),
        meanwhile: () => expire(null),
        until: areReady(uploads),
      },
    ],
  ])('before an update that takes data with it: %s', async (_, write, of) => {
    expect(await overtake(of)).not.toContain(write);
  });
});

describe('a permission that was withdrawn', () => {
  const PUBLIC = bucket('uploads', { publicRead: true });
  const GRANTED = environment({ ...NO_LOGS, grants: { publicBuckets: { namespaces: ['shop'] } } });

  test('stops changes and says what is missing, and never a deletion: a grant', async () => {
    const acting = await started(GRANTED, PUBLIC);
    await stage.cluster.apply(plainEnvironment());
    await acting.until(look => standing(look(...UPLOADS)) === 'Ready=False NotGranted');
    const object = await stage.cluster.get(...UPLOADS);
    expect(messageOf(object)).toMatch(
      /^spec\.publicRead: the environment dev does not grant public buckets to namespace shop; an administrator adds it to spec\.grants\.publicBuckets\.namespaces/,
    );
    await stage.cluster.delete(...UPLOADS);
    await acting.until(hasGone(...UPLOADS));
  });

  test('or the label of a namespace', async () => {
    const acting = await started(plainEnvironment(), queue('orders', PLAIN));
    await stage.cluster.namespace('shop', {});
    await acting.until(look => standing(look(...ORDERS)) === 'Ready=False NamespaceNotAllowed');
    expect(messageOf(await stage.cluster.get(...ORDERS))).toContain(
      'kubectl label namespace shop opta.dev/environment=dev',
    );
    const mark = stage.mark();
    await stage.cluster.patch(...ORDERS, { spec: { delaySeconds: 3 } });
    await acting.quiet();
    expect(stage.writesSince(mark)).toEqual([]);
    await stage.cluster.delete(...ORDERS);
    await acting.until(hasGone(...ORDERS));
    expect(deletes(mark)).toEqual(['DeleteQueue']);
    await stage.cluster.namespace('shop', { 'opta.dev/environment': ENVIRONMENT });
  });
});

test.each(['after the deletion', 'before it'])(
  'a Bucket whose own statement keeps its objects goes when forceDestroy is set %s',
  async order => {
    const keep = { sid: 'Keep', effect: 'Deny', principals: { aws: ['*'] }, actions: ['s3:DeleteObject*'] };
    const acting = await started(plainEnvironment(), bucket('uploads', { policyStatements: [keep] }));
    const { name: Bucket = '' } = (await stage.cluster.get(...UPLOADS)).status as { name?: string };
    // Deleted by a call of its own.
    await aws().s3.send(new PutObjectCommand({ Bucket, Key: 'e\u0001', Body: '1' }));
    const destroy = () => stage.cluster.patch(...UPLOADS, { spec: { forceDestroy: true } });
    if (order === 'before it') {
      await destroy();
      await acting.until(look => standing(look(...UPLOADS)) === 'Ready=False InvalidSpec');
    }
    await stage.cluster.delete(...UPLOADS);
    if (order === 'after the deletion') {
      await acting.until(look => standing(look(...UPLOADS), 'Synced').endsWith(' DeletionBlocked'));
      expect(messageOf(await stage.cluster.get(...UPLOADS), 'Synced')).toContain('spec.forceDestroy: true');
      await destroy();
    }
    await acting.until(hasGone(...UPLOADS));
  },
);

/** As people do who tire of a namespace that stays Terminating: what is in it stays, in a namespace that is not there. */
async function endByForce(name: string): Promise<void> {
  const { transport } = stage.cluster;
  await stage.cluster.deleteNamespace(name);
  const path = `/api/v1/namespaces/${name}`;
  const found = await transport.request<object>({ method: 'GET', path });
  await transport.request({
    method: 'PUT',
    path: `${path}/finalize`,
    body: { ...found, spec: { finalizers: [] } },
  });
}

test('an object that was left in a namespace which is gone is deleted when that is there again', async () => {
  const labels = { 'opta.dev/environment': ENVIRONMENT };
  const left = { ...queue('orders', PLAIN), namespace: 'gone' };
  await stage.cluster.namespace('gone', labels);
  const first = await started(plainEnvironment(), left);
  await first.end();
  await stage.cluster.delete('Queue', 'gone/orders');
  await endByForce('gone');
  await stage.cluster.delete('OptaEnvironment', ENVIRONMENT);

  const acting = await stage.operator();
  const again = 'namespace gone does not exist: create it again so that the deletion can go on';
  await acting.until(look => messageOf(look('OptaEnvironment', ENVIRONMENT), 'Synced').includes(again));
  // The API server takes no write of it.
  await expect(stage.cluster.annotate('Queue', 'gone/orders', { a: 'b' })).rejects.toThrow(
    'namespaces "gone" not found',
  );
  const place = { ...stage.world, objects: stage.cluster.objects };
  await pass(place, acting.life, 2 * 60_000);
  const before = acting.passesOf('Queue:gone/orders');
  await pass(place, acting.life, 2 * 60 * 60_000);
  expect(acting.passesOf('Queue:gone/orders') - before).toBeLessThanOrEqual(9);

  await stage.cluster.namespace('gone', labels);
  await acting.until(hasGone('OptaEnvironment', ENVIRONMENT));
  await endByForce('gone');
});

describe('an environment that is not there any more', () => {
  async function orphaned(): Promise<Acting> {
    const acting = await started(plainEnvironment(), queue('orders'));
    await acting.end();
    await stage.cluster.patch('OptaEnvironment', ENVIRONMENT, { metadata: { finalizers: null } });
    await stage.cluster.delete('OptaEnvironment', ENVIRONMENT);
    const again = await stage.operator();
    await again.until(look => standing(look(...ORDERS)) === 'Ready=False EnvironmentMissing');
    return again;
  }

  test('makes a deletion wait; abandon with the right uid lets the object go, and names what stays', async () => {
    const acting = await orphaned();
    const arns = await arnsOf(...ORDERS);
    const { uid } = (await stage.cluster.get(...ORDERS)).metadata;
    const before = await aws().state();
    // Not before it is deleted.
    await stage.cluster.annotate(...ORDERS, { 'opta.dev/abandon': uid });
    await acting.quiet();
    await stage.cluster.annotate(...ORDERS, { 'opta.dev/abandon': null });
    await stage.cluster.delete(...ORDERS);
    await acting.until(look => messageOf(look(...ORDERS)).includes('opta.dev/abandon'));
    const held = await stage.cluster.get(...ORDERS);
    expect(standing(held)).toBe('Ready=False EnvironmentMissing');
    expect(messageOf(held)).toContain(
      `OptaEnvironment dev does not exist; without it nothing can be removed from AWS`,
    );
    expect(messageOf(held)).toContain(`opta.dev/abandon=${uid}`);
    for (const arn of arns) expect(messageOf(held)).toContain(arn);

    for (const wrong of ['true', uid.slice(1), '00000000-0000-0000-0000-000000000000']) {
      await stage.cluster.annotate(...ORDERS, { 'opta.dev/abandon': wrong });
      stage.world.clock.advance(30 * 60_000);
      await acting.quiet();
      expect(await stage.cluster.find(...ORDERS)).toBeDefined();
    }
    await stage.cluster.annotate(...ORDERS, { 'opta.dev/abandon': uid });
    await acting.until(hasGone(...ORDERS));
    expect(await aws().state()).toEqual(before);
    const told = (await stage.cluster.events(...ORDERS)).find(one => one.reason === 'Retained');
    for (const arn of arns) expect(told?.note).toContain(arn);
  });

  test('made again, lets the deletion go on', async () => {
    const acting = await orphaned();
    await stage.cluster.delete(...ORDERS);
    await acting.quiet();
    const mark = stage.mark();
    await stage.cluster.apply(plainEnvironment());
    await acting.until(hasGone(...ORDERS));
    expect(deletes(mark).sort()).toEqual([
      'DeleteAlias',
      'DeleteQueue',
      'DeleteQueue',
      'ScheduleKeyDeletion',
    ]);
  });

  test('made again in another region, looks for nothing there and forgets nothing', async () => {
    const acting = await orphaned();
    const before = await aws().state();
    const mark = stage.mark();
    await stage.cluster.apply(environment({ ...NO_LOGS, region: 'eu-west-1' }));
    await acting.until(look => standing(look(...ORDERS)) === 'Ready=False InvalidSpec');
    await stage.cluster.delete(...ORDERS);
    await acting.until(look => messageOf(look(...ORDERS)).includes('or annotate opta.dev/abandon='));
    const held = await stage.cluster.get(...ORDERS);
    expect(messageOf(held)).toContain(`was made in account ${ACCOUNT}, region eu-central-1`);
    expect(deletes(mark)).toEqual([]);
    expect((await aws().state()).queues).toEqual(before.queues);

    await acting.end();
    await stage.cluster.patch('OptaEnvironment', ENVIRONMENT, { metadata: { finalizers: null } });
    await stage.cluster.delete('OptaEnvironment', ENVIRONMENT);
    await stage.cluster.apply(plainEnvironment());
    const again = await stage.operator();
    await again.until(hasGone(...ORDERS));
    expect((await aws().state()).queues).toEqual({});
  });
});

describe('a role that cannot be assumed any more', () => {
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/opta`;
  const trust = () => registerRole(stage.world.bench.gateway, { arn: '*' });

  test('makes a deletion wait as Denied; it goes on with the role, or ends by abandon', async () => {
    trust();
    const first = await started(
      environment({ ...NO_LOGS, roleArn }),
      queue('orders', PLAIN),
      queue('audit', PLAIN),
    );
    const before = await aws().state();
    // A session that was opened before lasts an hour of the machine's own time, so it is opened anew.
    await first.end();
    forgetRoles(stage.world.bench.gateway);
    const acting = await stage.operator();
    await acting.until(look => standing(look(...ORDERS)) === 'Ready=False Denied');
    await stage.cluster.delete(...ORDERS);
    await stage.cluster.delete('Queue', 'audit');
    stage.world.clock.advance(3600_000);
    await acting.until(look => standing(look(...ORDERS)) === 'Ready=False Denied');
    expect(messageOf(await stage.cluster.get(...ORDERS))).toMatch(/AssumeRole.*AccessDenied/);
    expect((await aws().state()).queues).toEqual(before.queues);

    const { uid } = (await stage.cluster.get('Queue', 'audit')).metadata;
    const [arn = ''] = await arnsOf('Queue', 'audit');
    await stage.cluster.annotate('Queue', 'audit', { 'opta.dev/abandon': uid });
    await acting.until(hasGone('Queue', 'audit'));
    expect((await aws().state()).queues).toEqual(before.queues);
    const told = await stage.cluster.events('OptaEnvironment', ENVIRONMENT);
    expect(told.find(one => one.reason === 'Retained')?.note).toContain(arn);

    trust();
    await acting.until(hasGone(...ORDERS));
    expect(Object.keys((await aws().state()).queues)).toEqual([arn.slice(arn.lastIndexOf(':') + 1)]);
  });

  test('a single right that is missing is named, and the deletion waits for it', async () => {
    const acting = await started(plainEnvironment(), queue('orders', PLAIN));
    const { gateway } = stage.world.bench;
    const fault = { kind: 'accessDenied' } as const;
    const rule = gateway.addFault({ service: 'sqs', operation: 'DeleteQueue', times: 0, fault });
    await stage.cluster.delete(...ORDERS);
    await acting.until(look => standing(look(...ORDERS)) === 'Ready=False Denied');
    const held = await stage.cluster.get(...ORDERS);
    expect(messageOf(held)).toContain('AWS refused SQS:DeleteQueue');
    expect(standing(held, 'Stalled')).toBe('Stalled=True Denied');
    gateway.clearFaults(rule);
    await acting.until(hasGone(...ORDERS));
  });
});

describe('deletionPolicy', () => {
  test('Retain keeps everything, tagged, named in status and event; it is not taken up again by itself', async () => {
    const kept = [
      queue('orders', { deletionPolicy: 'Retain' }),
      topic('events', { deletionPolicy: 'Retain', subscriptions: [{ queue: 'orders' }] }),
      bucket('uploads', {
        deletionPolicy: 'Retain',
        notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }],
      }),
    ];
    const acting = await started(plainEnvironment(), ...kept);
    const arns = await Promise.all(kept.map(({ kind, name }) => arnsOf(kind, name)));
    const before = await aws().state();
    const mark = stage.mark();
    // Somebody else's finalizer, so that the last status can be read.
    for (const { kind, name } of kept) {
      const { finalizers = [] } = (await stage.cluster.get(kind, name)).metadata;
      await stage.cluster.patch(kind, name, {
        metadata: { finalizers: [...finalizers, 'example.com/wait'] },
      });
      await stage.cluster.delete(kind, name);
    }
    await acting.until(look =>
      kept.every(({ kind, name }) => look(kind, name)?.metadata.finalizers?.length === 1),
    );
    expect(deletes(mark)).toEqual([]);
    const untagged = (state: object) => without(['opta.dev/retained'], state);
    const now = await aws().state();
    expect(untagged(now)).toEqual(untagged(before));
    const told = (await stage.cluster.events('OptaEnvironment', ENVIRONMENT)).filter(
      one => one.reason === 'Retained',
    );
    for (const [at, { kind, name }] of kept.entries()) {
      const { status } = await stage.cluster.get(kind, name);
      expect(status?.resources?.map(entry => entry.state)).toEqual(status?.resources?.map(() => 'Kept'));
      const note = told.find(one => one.note.startsWith(`${kind} shop/${name} was deleted and left`))?.note;
      for (const arn of arns[at] ?? []) {
        expect(note).toContain(arn);
        expect(messageOf(await stage.cluster.get(kind, name), 'Synced')).toContain(arn);
      }
      await stage.cluster.patch(kind, name, { metadata: { finalizers: null } });
    }
    expect(JSON.stringify(now).match(/"opta\.dev\/retained"/g)).toHaveLength(6);

    // The same manifests again: nothing is taken up unasked.
    await acting.until(look => kept.every(({ kind, name }) => look(kind, name) === undefined));
    await stage.cluster.apply(...kept);
    await acting.until(look =>
      kept.every(({ kind, name }) => standing(look(kind, name)) === 'Ready=False Conflict'),
    );
    await acting.driftPasses(2);
    expect(await aws().state()).toEqual(now);
    expect(messageOf(await stage.cluster.get(...ORDERS))).toContain('To take it up again, set spec.adopt');
  });

  test('what was kept is taken up by adopt with a grant, after approval, with all that belongs to it', async () => {
    const orders = queue('orders', { deletionPolicy: 'Retain' });
    const acting = await started(plainEnvironment(), orders);
    const before = await aws().state();
    const name = String((await stage.cluster.get(...ORDERS)).status?.name);
    await stage.cluster.delete(...ORDERS);
    await acting.until(hasGone(...ORDERS));

    await stage.cluster.apply(queue('orders', { adopt: {} }));
    await acting.until(look => standing(look(...ORDERS)) === 'Ready=False NotGranted');
    expect(messageOf(await stage.cluster.get(...ORDERS))).toContain(
      `spec.adopt: the environment dev does not grant Queue in namespace shop the resource ${name}`,
    );

    const mark = stage.mark();
    await stage.cluster.apply(
      environment({ ...NO_LOGS, grants: { adopt: [{ namespace: 'shop', kind: 'Queue', ids: [name] }] } }),
    );
    await acting.until(look => standing(look(...ORDERS)) === 'Ready=False ApprovalRequired');
    expect(stage.writesSince(mark)).toEqual([]);
    const { status } = await stage.cluster.get(...ORDERS);
    expect(status?.plan?.steps?.map(step => [step.action, step.node])).toEqual([
      ['adopt', 'key'],
      ['adopt', 'alias'],
      ['adopt', 'dead-letter'],
      ['adopt', 'queue'],
    ]);
    await stage.cluster.annotate(...ORDERS, { 'opta.dev/approve': status?.plan?.hash ?? '' });
    await acting.until(areReady(orders));
    expect(without(['opta.dev/uid', 'opta.dev/adopted'], await aws().state())).toEqual(
      without(['opta.dev/uid'], before),
    );

    // What was adopted is kept by default.
    await stage.cluster.delete(...ORDERS);
    await acting.until(hasGone(...ORDERS));
    expect(Object.keys((await aws().state()).queues)).toEqual(Object.keys(before.queues));
  });

  test('what one object kept is adopted by another: that is how things are renamed', async () => {
    const acting = await started(plainEnvironment(), queue('orders', { ...PLAIN, deletionPolicy: 'Retain' }));
    const url = String((await stage.cluster.get(...ORDERS)).status?.url);
    const name = url.slice(url.lastIndexOf('/') + 1);
    await stage.cluster.delete(...ORDERS);
    await acting.until(hasGone(...ORDERS));
    await stage.cluster.apply(
      environment({ ...NO_LOGS, grants: { adopt: [{ namespace: 'shop', kind: 'Queue', ids: [name] }] } }),
      queue('purchases', { ...PLAIN, adopt: { name } }),
    );
    await acting.until(look => standing(look('Queue', 'purchases')) === 'Ready=False ApprovalRequired');
    const { status } = await stage.cluster.get('Queue', 'purchases');
    await stage.cluster.annotate('Queue', 'purchases', { 'opta.dev/approve': status?.plan?.hash ?? '' });
    await acting.until(areReady(queue('purchases')));
    const { Tags = {} } = await aws().sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
    expect(Tags).toMatchObject({ 'opta.dev/name': 'purchases' });
    expect(Tags['opta.dev/retained']).toBeUndefined();
  });

  test('what lost its tags is left alone, and its key with it; both are named, and why', async () => {
    const acting = await started(plainEnvironment(), queue('orders', { deadLetter: { mode: 'Disabled' } }));
    const { status } = await stage.cluster.get(...ORDERS);
    const QueueUrl = String(status?.url);
    const arns = await arnsOf(...ORDERS);
    const { Tags = {} } = await aws().sqs.send(new ListQueueTagsCommand({ QueueUrl }));
    await acting.end();
    await aws().sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: Object.keys(Tags) }));
    const mark = stage.mark();
    await stage.cluster.delete(...ORDERS);
    const again = await stage.operator();
    await again.until(hasGone(...ORDERS));
    expect(deletes(mark)).toEqual([]);
    const [key] = Object.values((await aws().state()).keys).filter(
      one => one.tags['opta.dev/name'] === 'orders',
    );
    expect(key).toMatchObject({ state: 'Enabled' });
    expect(key?.tags['opta.dev/retained']).toBeDefined();
    const told = await stage.cluster.events('OptaEnvironment', ENVIRONMENT);
    const note = told.find(one => one.reason === 'Retained')?.note ?? '';
    expect(arns.filter(arn => !note.includes(arn))).toEqual([]);
    expect(note).toContain("not removed, because it is not this object's any more: it has no opta.dev tags");
  });

  test('Retain that is set while a deletion is held up counts at once', async () => {
    const acting = await started(plainEnvironment(), bucket('uploads'));
    const Bucket = String((await stage.cluster.get(...UPLOADS)).status?.name);
    await aws().s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
    await stage.cluster.delete(...UPLOADS);
    await acting.until(look => standing(look(...UPLOADS)) === 'Ready=False DeletionBlocked');
    await stage.cluster.patch(...UPLOADS, { spec: { deletionPolicy: 'Retain' } });
    await acting.until(hasGone(...UPLOADS));
    expect((await aws().state()).buckets[Bucket]).toMatchObject({
      tags: { 'opta.dev/retained': expect.any(String) },
    });
  });

  test('Delete that is set while a deletion waits counts too', async () => {
    const acting = await started(plainEnvironment(), queue('orders', { ...PLAIN, deletionPolicy: 'Retain' }));
    await stage.cluster.annotate(...ORDERS, { 'opta.dev/paused': 'true' });
    await acting.quiet();
    await stage.cluster.delete(...ORDERS);
    await stage.cluster.patch(...ORDERS, {
      spec: { deletionPolicy: 'Delete' },
      metadata: { annotations: { 'opta.dev/paused': null } },
    });
    await acting.until(hasGone(...ORDERS));
    expect((await aws().state()).queues).toEqual({});
  });
});

test('what is removed while the finalizer of somebody else holds the object is told so, and no orphan after a restart', async () => {
  const acting = await started(environment(), queue('orders'));
  const arns = await arnsOf(...ORDERS);
  await stage.cluster.patch(...ORDERS, { metadata: { finalizers: ['opta.dev/aws', 'example.com/hold'] } });
  await stage.cluster.delete(...ORDERS);
  await acting.until(look => look(...ORDERS)?.metadata.finalizers?.length === 1);
  const held = await stage.cluster.get(...ORDERS);
  expect(standing(held, 'Synced')).toBe('Synced=False Deleting');
  expect(messageOf(held, 'Synced')).toBe(
    'removed from AWS; the object waits for others, by its finalizers: example.com/hold',
  );
  expect(JSON.stringify(held.status?.resources ?? [])).not.toContain('arn:');
  await acting.end();
  const again = await stage.operator();
  await again.quiet();
  await stage.cluster.patch(...ORDERS, { metadata: { finalizers: null } });
  await again.until(hasGone(...ORDERS));
  await again.end();
  const events = await stage.cluster.events('OptaEnvironment', ENVIRONMENT);
  expect(events.filter(({ reason }) => reason === 'Orphaned')).toEqual([]);
  expect(arns.length).toBeGreaterThan(1);
});

describe('an environment that is deleted', () => {
  const DEV = ['OptaEnvironment', ENVIRONMENT] as const;

  test('does not take logs with it, and says how they go', async () => {
    const acting = await started(environment());
    const Bucket = String((await stage.cluster.get(...DEV)).status?.logBucket);
    await aws().s3.send(new PutObjectCommand({ Bucket, Key: 'shop/uploads/log', Body: 'x' }));
    await stage.cluster.delete(...DEV);
    await acting.until(look => standing(look(...DEV)) === 'Ready=False DeletionBlocked');
    expect(messageOf(await stage.cluster.get(...DEV))).toContain(
      `bucket ${Bucket} still holds 1 object version: a bucket with objects is not deleted; ` +
        'empty it with all versions of its objects, as Empty in the console of S3 does',
    );
    for (const { Key, VersionId } of (await aws().s3.send(new ListObjectVersionsCommand({ Bucket })))
      .Versions ?? [])
      await aws().s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    await acting.until(hasGone(...DEV));
  });

  test('does not wait for what its namespace may not have in it, but for what it was served', async () => {
    const acting = await started(plainEnvironment(), queue('orders', PLAIN));
    await stage.cluster.namespace('shop', {});
    await acting.until(look => standing(look(...ORDERS)) === 'Ready=False NamespaceNotAllowed');
    await stage.cluster.apply(queue('squatter', PLAIN));
    await acting.until(look => standing(look('Queue', 'squatter')) === 'Ready=False NamespaceNotAllowed');
    await stage.cluster.delete(...DEV);
    await acting.until(look => standing(look(...DEV), 'Synced') === 'Synced=False DeletionBlocked');
    expect((await stage.cluster.get(...DEV)).status?.blockedBy).toEqual([
      {
        node: '',
        resource: 'Queue shop/orders',
        reason: 'may have resources in AWS, which go by this environment',
      },
    ]);
    await stage.cluster.delete(...ORDERS);
    await acting.until(hasGone(...DEV));
    expect(standing(await stage.cluster.get('Queue', 'squatter'))).toContain('Ready=False ');
    await stage.cluster.delete('Queue', 'squatter');
    await stage.cluster.namespace('shop', { 'opta.dev/environment': ENVIRONMENT });
  });

  test('waits for its objects, and lists them in status and event', async () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map(name => queue(name, PLAIN));
    const shown = queue('shown', { ...PLAIN, managementPolicy: 'Observe' });
    const acting = await started(plainEnvironment(), ...many);
    await stage.cluster.apply(shown);
    await acting.quiet();
    const mark = stage.mark();
    await stage.cluster.delete(...DEV);
    await acting.until(look => standing(look(...DEV), 'Synced') === 'Synced=False DeletionBlocked');
    const held = await stage.cluster.get(...DEV);
    const message =
      'still used by Queue shop/a, Queue shop/b, Queue shop/c, Queue shop/d, Queue shop/e and 2 more; the environment goes when they are deleted';
    expect(messageOf(held, 'Synced')).toBe(message);
    // What is in it can be used as before.
    expect(standing(held)).toBe('Ready=True Ready');
    expect(held.status?.blockedBy?.map(one => one.resource)).toEqual([
      ...many.map(({ name }) => `Queue shop/${name}`),
      'Queue shop/shown',
    ]);
    expect((await stage.cluster.events(...DEV)).map(one => [one.reason, one.note])).toContainEqual([
      'DeletionBlocked',
      message,
    ]);
    expect(stage.writesSince(mark)).toEqual([]);

    // Nothing new is made in it.
    await stage.cluster.apply(queue('late', PLAIN));
    await acting.until(look => standing(look('Queue', 'late')) === 'Ready=False EnvironmentDeleting');
    expect((await stage.cluster.get('Queue', 'late')).metadata.finalizers).toBeUndefined();
    for (const { name } of [...many, shown, queue('late')]) await stage.cluster.delete('Queue', name);
    await acting.until(hasGone(...DEV));
  });

  test('keeps its key and alias, tagged; adopt takes them up again', async () => {
    const acting = await started(environment());
    const before = await aws().state();
    const [keyArn = ''] = await arnsOf(...DEV);
    await stage.cluster.delete(...DEV);
    await acting.until(hasGone(...DEV));
    const after = await aws().state();
    expect(Object.values(after.keys)).toEqual([
      expect.objectContaining({
        state: 'Enabled',
        tags: expect.objectContaining({ 'opta.dev/retained': expect.any(String) }),
      }),
    ]);
    expect(after.aliases).toEqual(before.aliases);
    expect(after.buckets).toEqual({});
    const told = (await stage.cluster.events(...DEV)).find(one => one.reason === 'Retained');
    expect(told?.note).toContain(keyArn);

    await stage.cluster.apply(environment());
    await acting.until(look => standing(look(...DEV)) === 'Ready=False Conflict');
    expect(messageOf(await stage.cluster.get(...DEV))).toContain('set spec.adopt');
    await stage.cluster.apply(environment({ adopt: {} }));
    await acting.until(look => standing(look(...DEV)) === 'Ready=False ApprovalRequired');
    const { status } = await stage.cluster.get(...DEV);
    await stage.cluster.annotate(...DEV, { 'opta.dev/approve': status?.plan?.hash ?? '' });
    await acting.until(areReady(environment()));
    expect(await arnsOf(...DEV)).toContain(keyArn);
    expect(Object.keys((await aws().state()).keys)).toEqual(Object.keys(before.keys));
  });

  test('schedules its key for deletion only where the spec says so, with its window', async () => {
    const encryption = { onDelete: 'Schedule', deletionWindowDays: 9 };
    const acting = await started(environment({ ...NO_LOGS, encryption }));
    await stage.cluster.delete(...DEV);
    await acting.until(hasGone(...DEV));
    const after = await aws().state();
    expect(Object.values(after.keys).map(key => key.state)).toEqual(['PendingDeletion']);
    expect(after.aliases).toEqual({});
  });

  test('waits for what its objects kept in AWS, which needs its key; Retain leaves them all', async () => {
    const encryption = { onDelete: 'Schedule', deletionWindowDays: 7 };
    const kept = queue('orders', { ...PLAIN, deletionPolicy: 'Retain' });
    const acting = await started(environment({ ...NO_LOGS, encryption }), kept, queue('gone'));
    const [arn = ''] = await arnsOf(...ORDERS);
    for (const name of ['orders', 'gone']) await stage.cluster.delete('Queue', name);
    await acting.until(look => hasGone(...ORDERS)(look) && hasGone('Queue', 'gone')(look));
    const mark = stage.mark();
    await stage.cluster.delete(...DEV);
    await acting.until(look => standing(look(...DEV), 'Synced') === 'Synced=False DeletionBlocked');
    await acting.quiet();
    const held = await stage.cluster.get(...DEV);
    expect(messageOf(held, 'Synced')).toContain(
      `still in AWS: ${arn} (kept by Queue shop/orders). Delete them there`,
    );
    expect(held.status?.blockedBy).toEqual([
      { node: '', resource: arn, reason: 'was kept when Queue shop/orders was deleted' },
    ]);
    expect(stage.writesSince(mark)).toEqual([]);
    await stage.cluster.patch(...DEV, { spec: { deletionPolicy: 'Retain' } });
    await acting.until(hasGone(...DEV));
    expect(deletes(mark)).toEqual([]);
  });

  test('and an object that is made at the same moment never miss each other', async () => {
    const dev = environment({ ...NO_LOGS, encryption: { onDelete: 'Schedule', deletionWindowDays: 7 } });
    const acting = await started(dev);
    const outcomes: string[] = [];
    for (let round = 0; round < 8; round++) {
      const mark = stage.mark();
      const deleteLater = async () => {
        // A little later each round, by as many questions to the API server.
        for (let asked = 0; asked < round; asked++) await stage.cluster.find(...DEV);
        await stage.cluster.delete(...DEV);
      };
      await Promise.all([stage.cluster.apply(queue('orders', PLAIN)), deleteLater()]);
      const refused = ['Ready=False EnvironmentDeleting', 'Ready=False EnvironmentMissing'];
      await acting.until(
        look => isTrue(look(...ORDERS), 'Ready') || refused.includes(standing(look(...ORDERS))),
      );
      const made = stage.writesSince(mark).some(entry => entry.operation === 'CreateQueue');
      const { finalizers } = (await stage.cluster.get(...ORDERS)).metadata;
      // Made: then the environment waits for it. Not made: then it has no finalizer that would need an environment.
      if (made) expect(await stage.cluster.find(...DEV)).toBeDefined();
      else expect(finalizers).toBeUndefined();
      outcomes.push(made ? 'made' : 'refused');
      await stage.cluster.delete(...ORDERS);
      await acting.until(look => hasGone(...ORDERS)(look) && hasGone(...DEV)(look));
      expect((await aws().state()).queues).toEqual({});
      await stage.cluster.apply(dev);
      await acting.until(areReady(dev));
    }
    console.log(
      `covered: ${outcomes.length} environments deleted at the moment an object was made in them (${outcomes.join(', ')})`,
    );
  });

  test('is not used by an operator that has not heard of it yet', async () => {
    const dev = environment({ ...NO_LOGS, encryption: { onDelete: 'Schedule', deletionWindowDays: 7 } });
    const deaf = trickWatch(stage.cluster.operatorTransport, '/apis/opta.dev/v1alpha1/optaenvironments');
    await stage.cluster.apply(dev);
    const acting = await stage.operator({ transport: deaf.transport });
    await acting.until(areReady(dev));
    deaf.hold();
    // As the leader before it may have done.
    await stage.cluster.patch(...DEV, { metadata: { finalizers: null } });
    await stage.cluster.delete(...DEV);
    const mark = stage.mark();
    await stage.cluster.apply(queue('orders', PLAIN));
    await acting.until(look => look(...ORDERS) !== undefined);
    expect(stage.writesSince(mark)).toEqual([]);
    const orders = await stage.cluster.get(...ORDERS);
    expect(orders.metadata.finalizers).toBeUndefined();
    expect(standing(orders)).toBe('Ready=False EnvironmentMissing');
    // It does not try again and again.
    expect(acting.passesOf('Queue:shop/orders')).toBeLessThan(5);
  });

  test.each([
    ['and the watch of environments is late', { isDeaf: true, isDeleted: false }],
    ['and the environment was seen to go', { isDeaf: false, isDeleted: false }],
    ['and the object was deleted meanwhile', { isDeaf: false, isDeleted: true }],
  ])('is seen by an object whose question for it was not answered %s', async (_, { isDeaf, isDeleted }) => {
    const dev = environment({ ...NO_LOGS, encryption: { onDelete: 'Schedule', deletionWindowDays: 7 } });
    const path = '/apis/opta.dev/v1alpha1/optaenvironments';
    const watch = trickWatch(stage.cluster.operatorTransport, path);
    let unanswered = 0;
    const transport: typeof watch.transport = {
      ...watch.transport,
      async request(call) {
        if (unanswered === 0 || call.method !== 'GET' || call.path !== `${path}/${ENVIRONMENT}`)
          return watch.transport.request(call);
        unanswered -= 1;
        if (isDeaf) watch.hold();
        await stage.cluster.delete(...DEV);
        await stage.cluster.patch(...DEV, { metadata: { finalizers: null } });
        if (isDeleted) await stage.cluster.delete(...ORDERS);
        throw new ApiError({ status: 503, reason: 'ServiceUnavailable', message: '503' });
      },
    };
    await stage.cluster.apply(dev);
    const acting = await stage.operator({ transport });
    await acting.until(areReady(dev));
    const mark = stage.mark();
    unanswered = 1;
    await stage.cluster.apply(queue('orders', PLAIN));
    await acting.until(
      look =>
        unanswered === 0 &&
        (isDeleted
          ? hasGone(...ORDERS)(look)
          : standing(look(...ORDERS)) === 'Ready=False EnvironmentMissing'),
    );
    expect(stage.writesSince(mark)).toEqual([]);
    expect((await stage.cluster.find(...ORDERS))?.metadata.finalizers).toBeUndefined();
  });

  test.each([
    ['had made nothing', 'PATCH /apis/opta.dev/v1alpha1/namespaces/shop/queues/orders'],
    ['had made its queue', 'sqs:CreateQueue'],
  ])('is seen by an object whose finalizer an operator put on that died: it %s', async (_, write) => {
    const first = await started(plainEnvironment());
    await first.end();
    const dying = await stage.operator({ kill: { write, point: 'answered' } });
    await stage.cluster.apply(queue('orders', PLAIN));
    await expect.poll(() => dying.life.died, { timeout: 60_000 }).toBe(true);
    await dying.end();
    // As if it had listed its objects before this one was made.
    await stage.cluster.patch(...DEV, { metadata: { finalizers: ['opta.dev/aws', 'example.com/hold'] } });
    await stage.cluster.delete(...DEV);
    const before = await aws().state();
    const again = await stage.operator();
    await again.until(look => standing(look(...ORDERS)) === 'Ready=False EnvironmentDeleting');
    expect(await aws().state()).toEqual(before);
    // What that one made may be on no record: the finalizer stays until somebody has looked.
    await stage.cluster.delete(...ORDERS);
    await again.until(hasGone(...ORDERS));
    expect((await aws().state()).queues).toEqual({});
    await stage.cluster.patch(...DEV, { metadata: { finalizers: null } });
    await again.until(hasGone(...DEV));
  });
});

describe('a namespace that is deleted', () => {
  test('takes its objects with it, and what they have in AWS', async () => {
    await stage.cluster.namespace('pop-up', { 'opta.dev/environment': ENVIRONMENT });
    const inside = [
      queue('orders'),
      topic('events', { subscriptions: [{ queue: 'orders' }] }),
      bucket('uploads', { notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }] }),
    ].map(one => ({ ...one, namespace: 'pop-up' }));
    const acting = await started(plainEnvironment(), ...inside);
    await stage.cluster.deleteNamespace('pop-up');
    await expect
      .poll(
        async () => {
          stage.world.clock.advance(15_000);
          await acting.quiet();
          stage.world.clock.skip();
          return (await stage.cluster.objects()).map(one => one.kind);
        },
        { timeout: 170_000 },
      )
      .toEqual(['OptaEnvironment']);
    const { queues, topics, subscriptions, buckets } = await aws().state();
    expect({ queues, topics, subscriptions, buckets: Object.keys(buckets) }).toEqual({
      queues: {},
      topics: {},
      subscriptions: {},
      buckets: [],
    });
  }, 180_000); // The namespace controller takes its time, which is the machine's.
});
