import { type Answer, type BenchContext, type Call, type Overlay, textField } from '../overlay.ts';
import { publishToAllowed } from './delivery.ts';
import { encryptActions, encryptionContext, keyProblem } from './key-use.ts';
import { callerOf, placeOf, topicAttributes } from './questions.ts';
import { snsSubscriptionOverlays } from './sns-subscription.ts';
import { snsTopicOverlays } from './sns-topic.ts';

const publish: Overlay = {
  service: 'sns',
  operation: ['Publish', 'PublishBatch'],
  source:
    'SNS developer guide, "Subscribing an Amazon SQS queue to an Amazon SNS topic" and "Managing Amazon SNS encryption keys and costs"',
  async before(call, bench) {
    const topicArn = textField(call, 'TopicArn') || textField(call, 'TargetArn');
    const topic = topicArn.includes(':sns:') ? await topicAttributes(bench, topicArn) : undefined;
    if (!topic) return undefined;
    const problem = await ownKeyProblem(call, bench, topicArn, topic.KmsMasterKeyId);
    return problem ?? publishToAllowed(bench, topicArn, () => bench.forward(call));
  },
};

async function ownKeyProblem(
  call: Call,
  bench: BenchContext,
  topicArn: string,
  key: string | undefined,
): Promise<Answer | undefined> {
  if (!key) return undefined;
  const problem = await keyProblem(bench, {
    key,
    place: placeOf(topicArn, call),
    principal: callerOf(call),
    actions: encryptActions,
    context: {
      'kms:ViaService': `sns.${call.region}.amazonaws.com`,
      'kms:CallerAccount': call.accountId,
      ...encryptionContext(topicArn),
    },
  });
  if (!problem) return undefined;
  const message = `The key ${key} of ${topicArn} cannot be used: ${problem}.`;
  return bench.error(call, { status: 400, code: `KMS${problem}`, message });
}

export const snsOverlays: Overlay[] = [...snsTopicOverlays, ...snsSubscriptionOverlays, publish];
