import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { approve } from '../support/approval.ts';
import { type Acting, areReady, openStage, type Stage, standing } from '../support/stage.ts';
import { environment, type Manifest, queue, topic } from '../support/world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

const ORDERS = queue('orders', { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' } });
const GRANTS = { adopt: [{ namespace: 'shop', kind: 'Topic', ids: ['legacy'] }] };
const SUBSCRIBED = { subscriptions: [{ queue: 'orders' }] };
const RAW = { subscriptions: [{ queue: 'orders', rawMessageDelivery: true }] };

function events(spec: object) {
  return topic('events', { encryption: 'EnvironmentKey', ...spec });
}

async function started(...manifests: readonly Manifest[]): Promise<Acting> {
  await stage.cluster.apply(environment({ grants: GRANTS }), ORDERS, ...manifests);
  const acting = await stage.operator();
  await acting.until(areReady(ORDERS, ...manifests));
  return acting;
}

async function subscribedByHand(TopicArn: string, RawMessageDelivery = 'true'): Promise<string> {
  const command = new SubscribeCommand({
    TopicArn,
    Protocol: 'sqs',
    Endpoint: String((await stage.cluster.get('Queue', 'orders')).status?.arn),
    ReturnSubscriptionArn: true,
    Attributes: { RawMessageDelivery },
  });
  const { SubscriptionArn = '' } = await stage.world.aws.sns.send(command);
  return SubscriptionArn;
}

async function isRaw(SubscriptionArn: string): Promise<string | undefined> {
  const { Attributes } = await stage.world.aws.sns.send(
    new GetSubscriptionAttributesCommand({ SubscriptionArn }),
  );
  return Attributes?.RawMessageDelivery;
}

/** A spec that has been carried out, and looked at long after. */
async function applied(acting: Acting, spec: object): Promise<void> {
  await stage.cluster.apply(events(spec));
  await acting.until(areReady(events(spec)));
  await acting.driftPasses(2);
}

test('an adopted topic delivers as its users know it: the plan does not say raw, and it stays', async () => {
  const acting = await started();
  const { TopicArn = '' } = await stage.world.aws.sns.send(new CreateTopicCommand({ Name: 'legacy' }));
  const arn = await subscribedByHand(TopicArn);
  const adopted = { adopt: { name: 'legacy' } };
  await stage.cluster.apply(events({ ...adopted, ...SUBSCRIBED }));
  await acting.until(look => standing(look('Topic', 'events'), 'Synced') === 'Synced=False ApprovalRequired');
  const { plan } = (await stage.cluster.get('Topic', 'events')).status ?? {};
  expect(plan?.steps?.map(step => step.node)).not.toContain('subscription/orders');
  await approve(stage.world, 'Topic', 'events');
  await acting.until(areReady(events({})));
  await acting.driftPasses(2);
  expect(await isRaw(arn)).toBe('true');

  await applied(acting, { ...adopted, ...RAW });
  expect(await isRaw(arn)).toBe('true');
  await applied(acting, { ...adopted, ...SUBSCRIBED });
  expect(await isRaw(arn)).toBe('false');
});

test('what was subscribed by hand to a topic of ours and is in its spec later stays as it is', async () => {
  const acting = await started(events({}));
  const arn = await subscribedByHand(String((await stage.cluster.get('Topic', 'events')).status?.arn));
  await applied(acting, SUBSCRIBED);
  expect((await stage.cluster.get('Topic', 'events')).status?.subscriptions).toEqual([
    { queue: 'orders', arn, state: 'Subscribed' },
  ]);
  expect(await isRaw(arn)).toBe('true');
});

test('what was subscribed by hand as we would do it is ours to keep so', async () => {
  const acting = await started(events({}));
  const topicArn = String((await stage.cluster.get('Topic', 'events')).status?.arn);
  const SubscriptionArn = await subscribedByHand(topicArn, 'false');
  await applied(acting, SUBSCRIBED);
  const change = { SubscriptionArn, AttributeName: 'RawMessageDelivery', AttributeValue: 'true' };
  await stage.world.aws.sns.send(new SetSubscriptionAttributesCommand(change));
  await acting.driftPasses(1);
  expect(await isRaw(SubscriptionArn)).toBe('false');
});

test('what we subscribed is not raw unless the spec says so, whoever sets it and however late', async () => {
  const acting = await started(events(SUBSCRIBED));
  await acting.driftPasses(2);
  const { subscriptions } = (await stage.cluster.get('Topic', 'events')).status ?? {};
  const [SubscriptionArn = ''] = Object(subscriptions).map((one: { arn?: string }) => one.arn);
  async function setByHand() {
    const change = { SubscriptionArn, AttributeName: 'RawMessageDelivery', AttributeValue: 'true' };
    await stage.world.aws.sns.send(new SetSubscriptionAttributesCommand(change));
    await acting.driftPasses(1);
    return isRaw(SubscriptionArn);
  }
  expect([await setByHand(), await setByHand()]).toEqual(['false', 'false']);
  await applied(acting, RAW);
  expect(await isRaw(SubscriptionArn)).toBe('true');
  await applied(acting, SUBSCRIBED);
  expect([await isRaw(SubscriptionArn), await setByHand()]).toEqual(['false', 'false']);
});
