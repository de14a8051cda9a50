import { GetKeyPolicyCommand, PutKeyPolicyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { GetTopicAttributesCommand, SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AwsState } from '../support/aws-view.ts';
import type { Cluster } from '../support/cluster.ts';
import { kindsWith, WITH_LESS } from '../support/release.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { bucket, environment, type Manifest, plainEnvironment, queue, topic } from '../support/world.ts';
import { EVERYTHING } from './everything.ts';

/** What specs say, and what they leave to the defaults of the operator's time. */
const MANIFESTS: readonly Manifest[] = [...EVERYTHING, queue('plain'), topic('plain'), bucket('plain')];

let stage: Stage;
let rebuilt: Cluster;
let asItWas: AwsState;
beforeAll(async () => {
  stage = await openStage();
  await stage.cluster.apply(...MANIFESTS);
  const first = await stage.operator();
  await first.until(areReady(...MANIFESTS));
  await first.end();
  asItWas = await stage.world.aws.state();
  rebuilt = await stage.anotherCluster();
  await rebuilt.apply(...MANIFESTS);
});
afterAll(() => stage?.close());

/** Tags that say which cluster and which object of it. */
function withoutOwner(state: AwsState): unknown {
  return JSON.parse(
    JSON.stringify(state).replaceAll(/"opta\.dev\/(uid|cluster)":"[^"]*"/g, '"opta.dev/$1":"…"'),
  );
}

test('a rebuilt cluster that is not said to follow the old one is refused, and writes nothing', async () => {
  const mark = stage.mark();
  const acting = await stage.operator({ in: rebuilt, kinds: kindsWith(WITH_LESS) });
  await acting.until(look => standing(look('OptaEnvironment', 'dev')) === 'Ready=False Conflict');
  await acting.driftPasses(1);
  expect(messageOf(await rebuilt.get('OptaEnvironment', 'dev'))).toContain(
    `it belongs to the cluster with UID "${stage.cluster.uid}"; if that cluster is gone, name its UID`,
  );
  expect(stage.writesSince(mark)).toEqual([]);
  expect(await stage.world.aws.state()).toEqual(asItWas);

  // Nor is what is deleted taken for gone without a word.
  const arn = String((await stage.cluster.get('Queue', 'plain')).status?.arn);
  await rebuilt.delete('Queue', 'plain');
  await acting.until(look => look('Queue', 'plain') === undefined);
  expect(stage.writesSince(mark)).toEqual([]);
  const events = await rebuilt.events('OptaEnvironment', 'dev');
  const told = events.filter(one => one.reason === 'Retained').map(one => one.note ?? '');
  expect(told.join()).toContain(`${arn} (it belongs to the cluster with UID "${stage.cluster.uid}"`);
  await acting.end();
  await rebuilt.apply(queue('plain'));
});

test('named as the one that is gone, its resources are taken up: only the tags of ownership change', async () => {
  const mark = stage.mark();
  // What cannot be read at first is not taken for absent, nor its settings for the defaults.
  stage.world.bench.gateway.addFault({
    mutating: false,
    probability: 0.3,
    times: 60,
    fault: { kind: 'serverError' },
  });
  const acting: Acting = await stage.operator({
    in: rebuilt,
    settings: { takeOverFrom: [stage.cluster.uid] },
    kinds: kindsWith(WITH_LESS),
  });
  await acting.until(areReady(...MANIFESTS));
  await acting.driftPasses(2);
  const calls = new Set(stage.writesSince(mark).map(entry => `${entry.service}:${entry.operation}`));
  expect([...calls].sort()).toEqual([
    'iam:TagPolicy',
    'iam:TagRole',
    'kms:TagResource',
    's3:PutBucketTagging',
    'sns:TagResource',
    'sqs:TagQueue',
  ]);
  const now = await stage.world.aws.state();
  expect(withoutOwner(now)).toEqual(withoutOwner(asItWas));
  expect(JSON.stringify(now)).not.toContain(stage.cluster.uid);
  expect(JSON.stringify(now)).toContain(rebuilt.uid);

  const after = stage.mark();
  await acting.driftPasses(1);
  expect(stage.writesSince(after)).toEqual([]);
  await acting.end();
  console.log(
    `covered: ${MANIFESTS.length} objects in a rebuilt cluster under other defaults: 0 creates, 0 deletes, only tags`,
  );
});

test('keys that somebody scheduled for deletion meanwhile are brought back, and no other is made or used', async () => {
  const { aws } = stage.world;
  const before = await aws.state();
  for (const KeyId of Object.keys(before.keys))
    await aws.kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  // Empty, and as good as another one.
  const third = stage.cluster;
  await third.clear();
  await third.apply(...MANIFESTS);
  const mark = stage.mark();
  const acting = await stage.operator({
    in: third,
    settings: { takeOverFrom: [rebuilt.uid] },
    kinds: kindsWith(WITH_LESS),
  });
  await acting.until(areReady(...MANIFESTS));
  await acting.driftPasses(1);
  const calls = stage.writesSince(mark).map(entry => entry.operation);
  expect([...new Set(calls.filter(one => !/Tag/.test(one)))].sort()).toEqual([
    'CancelKeyDeletion',
    'EnableKey',
  ]);
  expect(withoutOwner(await aws.state())).toEqual(withoutOwner(before));
});

test('a replacement that waits for a yes waits for it in a rebuilt cluster too: nothing is made, and no queue or topic is left', async () => {
  await stage.clear();
  await rebuilt.clear();
  const { aws } = stage.world;
  const made = [
    plainEnvironment(),
    queue('orders'),
    topic('events', { subscriptions: [{ queue: 'orders' }] }),
  ];
  const wanted = made.map(one =>
    one.kind === 'OptaEnvironment' ? one : { ...one, spec: { ...one.spec, fifo: true } },
  );
  const replaced = wanted.filter(one => one.kind !== 'OptaEnvironment');
  const isAsked: Parameters<Acting['until']>[0] = look =>
    replaced.every(
      ({ kind, name }) => standing(look(kind, name), 'Synced') === 'Synced=False ApprovalRequired',
    );
  await stage.cluster.apply(...made);
  const first = await stage.operator();
  await first.until(areReady(...made));
  await stage.cluster.apply(...wanted);
  await first.until(isAsked);
  await first.end();
  const before = await aws.state();
  const steps = (cluster: Cluster) =>
    Promise.all(
      replaced.map(async ({ kind, name }) =>
        (await cluster.get(kind, name)).status?.plan?.steps?.map(step => `${step.action} ${step.node}`),
      ),
    );
  const asked = await steps(stage.cluster);

  await rebuilt.apply(...wanted);
  const mark = stage.mark();
  const acting = await stage.operator({
    in: rebuilt,
    settings: { takeOverFrom: [stage.cluster.uid] },
    kinds: kindsWith(WITH_LESS),
  });
  await acting.until(isAsked);
  expect(stage.writesSince(mark).filter(one => !/Tag/.test(one.operation))).toEqual([]);
  expect(withoutOwner(await aws.state())).toEqual(withoutOwner(before));
  expect(await steps(rebuilt)).toEqual(asked);
  expect(asked.flat()).toEqual(
    expect.arrayContaining(['replace queue', 'replace dead-letter', 'replace topic']),
  );

  for (const { kind, name } of replaced) {
    const { status } = await rebuilt.get(kind, name);
    await rebuilt.annotate(kind, name, { 'opta.dev/approve': status?.plan?.hash ?? '' });
  }
  await acting.until(areReady(...wanted));
  const { queues, topics, subscriptions, keys } = await aws.state();
  const names = [...Object.keys(queues), ...Object.keys(topics)];
  expect([names.length, names.filter(name => !name.endsWith('.fifo'))]).toEqual([3, []]);
  expect(Object.keys(subscriptions)).toHaveLength(1);
  expect(Object.keys(keys)).toEqual(Object.keys(before.keys));
});

test('a bucket that everybody may read stays without a key, though one of today would have one by default', async () => {
  await stage.clear();
  await rebuilt.clear();
  const home = environment({
    logBucket: { mode: 'Disabled' },
    grants: { publicBuckets: { namespaces: ['shop'] } },
  });
  const site = bucket('site', { publicRead: true });
  await stage.cluster.apply(home, site);
  const first = await stage.operator();
  await first.until(areReady(home, site));
  await first.end();
  const before = await stage.world.aws.state();

  // The key is known before the bucket is looked for.
  await rebuilt.apply(home);
  const mark = stage.mark();
  const acting = await stage.operator({
    in: rebuilt,
    settings: { takeOverFrom: [stage.cluster.uid] },
    kinds: kindsWith(WITH_LESS),
  });
  await acting.until(areReady(home));
  await rebuilt.apply(site);
  await acting.until(areReady(home, site));
  expect(stage.writesSince(mark).filter(one => !/Tag/.test(one.operation))).toEqual([]);
  expect(withoutOwner(await stage.world.aws.state())).toEqual(withoutOwner(before));
});

describe('who is let in by a queue, a topic and their keys stays so in a rebuilt cluster before its own object is there', () => {
  const home = plainEnvironment();
  const receivers = [queue('orders'), topic('news')];
  const events = topic('events', { subscriptions: [{ queue: 'orders' }] });
  const notify = { events: ['s3:ObjectCreated:*'] };
  const uploads = bucket('uploads', { notifications: [{ ...notify, topic: 'news' }] });
  const photos = bucket('photos', { notifications: [{ ...notify, queue: 'orders' }] });
  const senders = [events, uploads, photos];

  /** As it is in AWS, and a cluster after it that has only who is sent to. */
  async function rebuild(): Promise<{ before: AwsState; acting: Acting; mark: number }> {
    await stage.clear();
    await rebuilt.clear();
    await stage.cluster.apply(home, ...receivers, ...senders);
    const first = await stage.operator();
    await first.until(areReady(home, ...receivers, ...senders));
    await first.end();
    const before = await stage.world.aws.state();
    await rebuilt.apply(home, ...receivers);
    const mark = stage.mark();
    const refused = await stage.operator({ in: rebuilt });
    await refused.until(look =>
      receivers.every(({ kind, name }) => standing(look(kind, name)) === 'Ready=False Conflict'),
    );
    await refused.end();
    const takeOverFrom = [stage.cluster.uid];
    const acting = await stage.operator({ in: rebuilt, settings: { takeOverFrom } });
    await acting.until(areReady(home, ...receivers));
    await acting.driftPasses(2);
    expect(stage.writesSince(mark).filter(one => !/Tag/.test(one.operation))).toEqual([]);
    for (const { kind, name } of receivers)
      expect(await told(kind, name)).toContain('still lets in arn:aws:');
    return { before, acting, mark };
  }
  async function told(kind: string, name: string): Promise<string | undefined> {
    const { conditions = [] } = (await rebuilt.get(kind, name)).status ?? {};
    return conditions.find(one => one.type === 'SendersKnown')?.message;
  }

  test('and goes by that once it is', async () => {
    const { before, acting, mark } = await rebuild();
    expect(await told('Queue', 'orders')).toMatch(/-photos-.*-events-/);
    await rebuilt.apply(events);
    await acting.until(areReady(events));
    await acting.driftPasses(1);
    expect(await told('Queue', 'orders')).toMatch(/lets in [^ ]*-photos-[^ ]* whose/);
    await rebuilt.apply(...senders);
    await acting.until(areReady(...senders));
    await acting.driftPasses(1);
    expect(stage.writesSince(mark).filter(one => !/Tag/.test(one.operation))).toEqual([]);
    expect(withoutOwner(await stage.world.aws.state())).toEqual(withoutOwner(before));
    for (const { kind, name } of receivers) expect(await told(kind, name)).toBeUndefined();

    await rebuilt.delete('Topic', 'events');
    await acting.until(look => look('Topic', 'events') === undefined);
    await acting.driftPasses(1);
    expect(JSON.stringify((await stage.world.aws.state()).queues)).not.toContain('sns.amazonaws.com');
  });

  test('and no longer once that names it no more', async () => {
    const { acting } = await rebuild();
    const silent = [topic('events'), bucket('uploads'), bucket('photos')];
    await rebuilt.apply(...silent);
    await acting.until(areReady(...silent));
    await acting.driftPasses(2);
    const { queues, topics, keys } = await stage.world.aws.state();
    for (const service of ['sns.amazonaws.com', 's3.amazonaws.com']) {
      expect(JSON.stringify([queues, topics])).not.toContain(service);
      expect(Object.values(keys).filter(one => JSON.stringify(one).includes(service))).toHaveLength(1);
    }
    for (const { kind, name } of receivers) expect(await told(kind, name)).toBeUndefined();
  });

  test('and is told of for as long as its statement is there, where none ever comes', async () => {
    const { acting } = await rebuild();
    await acting.driftPasses(3);
    await acting.end();
    const takeOverFrom = [stage.cluster.uid];
    const again = await stage.operator({ in: rebuilt, settings: { takeOverFrom } });
    await again.driftPasses(1);
    expect(await told('Topic', 'news')).toMatch(/-uploads-/);

    const { sns, kms } = stage.world.aws;
    const { arn, keyArn } = (await rebuilt.get('Topic', 'news')).status ?? {};
    const TopicArn = String(arn);
    const without = (policy = '') => {
      const document = JSON.parse(policy);
      const isOurs = ({ Principal }: { Principal: object }) => !JSON.stringify(Principal).includes('s3.');
      return JSON.stringify({ ...document, Statement: document.Statement.filter(isOurs) });
    };
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    const AttributeValue = without(Attributes?.Policy);
    await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }));
    const ofKey = { KeyId: String(keyArn), PolicyName: 'default' };
    const { Policy } = await kms.send(new GetKeyPolicyCommand(ofKey));
    await kms.send(new PutKeyPolicyCommand({ ...ofKey, Policy: without(Policy) }));
    const mark = stage.mark();
    await again.driftPasses(2);
    expect(stage.writesSince(mark)).toEqual([]);
    expect(await told('Topic', 'news')).toBeUndefined();
  });
});
