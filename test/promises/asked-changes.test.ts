import { SetTopicAttributesCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Acting, areReady, openStage, type Stage, standing } from '../support/stage.ts';
import { environment, queue, topic } from '../support/world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

const MADE = [environment(), queue('orders')];
const SENDER = topic('events', { displayName: 'Events', subscriptions: [{ queue: 'orders' }] });

async function started(): Promise<Acting> {
  await stage.cluster.apply(...MADE);
  const acting = await stage.operator();
  await acting.until(areReady(...MADE));
  return acting;
}

/** `Warning DriftDetected` and the like, with the notes. */
async function told(kind = 'Queue', name = 'orders'): Promise<string> {
  const events = await stage.cluster.events(kind, name);
  return events.map(one => `${one.type} ${one.reason} ${one.note}`).join('\n');
}

async function waitLonger(): Promise<void> {
  const { status } = await stage.cluster.get('Queue', 'orders');
  const Attributes = { VisibilityTimeout: '77' };
  const command = new SetQueueAttributesCommand({ QueueUrl: String(status?.url), Attributes });
  await stage.world.aws.sqs.send(command);
}

test('what a Topic that subscribes asks of a Queue is told as a change, not as drift', async () => {
  const acting = await started();
  await stage.cluster.apply(SENDER);
  await acting.until(areReady(...MADE, SENDER));
  await expect.poll(() => told()).toMatch(/Normal Changed .*queue\.Policy: .*AllowTopicEvents/);
  expect(await told()).toMatch(/Normal Changed .*key\.policy: .*AllowTopicEvents/);
  expect(await told()).not.toContain('DriftDetected');
});

test('other tags of the environment are told as a change of each object, not as drift', async () => {
  const acting = await started();
  await stage.cluster.patch('OptaEnvironment', 'dev', { spec: { tags: { team: 'payments' } } });
  await acting.quiet();
  await expect.poll(() => told()).toContain('tags[team]: (none) → payments');
  expect(await told()).toMatch(/^Normal Changed .*queue\.tags\[team\]: /m);
  expect(await told()).not.toContain('DriftDetected');
});

test('what somebody changed by hand is told as drift also beside what another object asks for', async () => {
  const acting = await started();
  await waitLonger();
  await stage.cluster.apply(SENDER);
  await acting.until(areReady(...MADE, SENDER));
  await expect
    .poll(() => told())
    .toContain('Warning DriftDetected corrected: queue.VisibilityTimeout: 77 → 30');
  expect(await told()).toMatch(/Normal Changed .*queue\.Policy: /);
});

test('what was changed by hand while no operator ran is told as drift by the first pass of the next', async () => {
  const acting = await started();
  await acting.end();
  await waitLonger();
  const again = await stage.operator();
  await again.quiet();
  await expect
    .poll(() => told())
    .toContain('Warning DriftDetected corrected: queue.VisibilityTimeout: 77 → 30');
});

test('what was changed by hand is told as drift also while a part of the spec cannot be carried out', async () => {
  const early = topic('early', { displayName: 'Early', subscriptions: [{ queue: 'missing' }] });
  await stage.cluster.apply(environment(), early);
  const acting = await stage.operator();
  await acting.quiet();
  const { status, metadata } = await stage.cluster.get('Topic', 'early');
  expect(status?.syncedGeneration).toBeUndefined();
  const TopicArn = String(status?.arn);
  const change = { TopicArn, AttributeName: 'DisplayName', AttributeValue: 'Theirs' };
  await stage.world.aws.sns.send(new SetTopicAttributesCommand(change));
  await acting.driftPasses(1);
  expect((await stage.cluster.get('Topic', 'early')).metadata.generation).toBe(metadata.generation);
  const drift = 'Warning DriftDetected corrected: topic.DisplayName: Theirs → Early';
  await expect.poll(() => told('Topic', 'early')).toContain(drift);
  expect(await told('Topic', 'early')).not.toContain(' Changed ');
});

test('what was corrected is told also of a pass that a pause cuts off', async () => {
  await stage.cluster.apply(...MADE, SENDER);
  let isPausing = false;
  const acting = await stage.operator({
    async around({ operation }, send) {
      const answer = await send();
      if (isPausing && operation === 'SetTopicAttributes')
        await stage.cluster.annotate('Topic', 'events', { 'opta.dev/paused': 'true' });
      return answer;
    },
  });
  await acting.until(areReady(...MADE, SENDER));
  await acting.quiet();
  const { status } = await stage.cluster.get('Topic', 'events');
  const change = { TopicArn: String(status?.arn), AttributeName: 'DisplayName', AttributeValue: 'Theirs' };
  await stage.world.aws.sns.send(new SetTopicAttributesCommand(change));
  const SubscriptionArn = status?.resources?.find(({ node }) => node === 'subscription/orders')?.id;
  await stage.world.aws.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  isPausing = true;
  const mark = stage.mark();
  await acting.driftPasses(1);
  await acting.until(look => standing(look('Topic', 'events'), 'Synced').endsWith(' Paused'));
  expect(stage.writesSince(mark).map(({ operation }) => operation)).toEqual(['SetTopicAttributes']);
  const drift = 'Warning DriftDetected corrected: topic.DisplayName: Theirs → Events';
  await expect.poll(() => told('Topic', 'events')).toContain(drift);
});

test.each<readonly [string, () => Promise<void>, readonly string[]]>([
  [
    'was paused',
    async () => {
      await stage.cluster.annotate('Queue', 'orders', { 'opta.dev/paused': 'true' });
    },
    [],
  ],
  [
    'was forced away and is another one',
    async () => {
      await stage.cluster.delete('Queue', 'orders');
      await stage.cluster.patch('Queue', 'orders', { metadata: { finalizers: [] } });
      await stage.cluster.apply(queue('orders'));
    },
    // What that one leaves open it takes as it is.
    ['TagResource', 'TagQueue'],
  ],
])('nothing is lost by a pass whose object %s meanwhile', async (_, change, expected) => {
  await stage.cluster.apply(...MADE);
  let isChanging = false;
  const acting = await stage.operator({
    async around({ operation }, send) {
      const answer = await send();
      if (isChanging && operation === 'GetQueueAttributes') {
        isChanging = false;
        await change();
      }
      return answer;
    },
  });
  await acting.until(areReady(...MADE));
  await acting.quiet();
  const { status } = await stage.cluster.get('Queue', 'orders');
  // Back to what the spec says is shorter: what is older goes.
  const Attributes = { MessageRetentionPeriod: '1209600' };
  const command = new SetQueueAttributesCommand({ QueueUrl: String(status?.url), Attributes });
  await stage.world.aws.sqs.send(command);
  isChanging = true;
  const mark = stage.mark();
  await acting.driftPasses(1);
  await acting.quiet();
  const writes = stage.writesSince(mark).map(({ operation }) => operation);
  expect([...new Set(writes)]).toEqual(expected);
});
