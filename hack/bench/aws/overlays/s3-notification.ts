/**
 * Event notifications, all in the gateway: the emulator sends them past every policy, so it is told of none.
 * Sources: S3 user guide, "Amazon S3 Event Notifications", "Granting permissions to publish event notification messages
 * to a destination", "Configuring event notifications using object key name filtering", "Event message structure"; S3 API, PutBucketNotificationConfiguration.
 */
import { type BenchContext, type Call, type Overlay, xmlInput } from '../overlay.ts';
import { deliveryProblem, publishToAllowed, type Sender } from './delivery.ts';
import { askSns, placeOf } from './questions.ts';
import { eventMessage, eventNames, eventsOf, filteredKey, testEvent } from './s3-event.ts';
import {
  covers,
  type Notification,
  overlapOf,
  parseNotification,
  writeNotification,
} from './s3-notification-document.ts';
import { askBucket, bucketOf, bucketOwner } from './s3-questions.ts';

const source =
  'S3 user guide, "Granting permissions to publish event notification messages to a destination"';

function remembered({ state }: BenchContext, bucket: string): Notification {
  const kept = state.get(`s3:notification:${bucket}`);
  return typeof kept === 'string' ? parseNotification(kept) : { targets: [], eventBridge: false };
}

async function senderOf(bench: BenchContext, bucket: string, call: Call): Promise<Sender> {
  const sourceAccount = (await bucketOwner(bench, bucket, call)) ?? call.accountId;
  return { service: 's3.amazonaws.com', sourceArn: `arn:aws:s3:::${bucket}`, sourceAccount };
}

const put: Overlay = {
  service: 's3',
  operation: 'PutBucketNotificationConfiguration',
  source,
  async before(call, bench) {
    const bucket = bucketOf(call);
    const head = await askBucket(bench, bucket, '', call);
    if (head.status !== 200) return undefined;
    if (/<(CloudFunction|LambdaFunction)Configuration>/.test(xmlInput(call)))
      return bench.error(call, {
        status: 501,
        code: 'NotImplemented',
        message: 'The bench has no Lambda functions',
      });
    const notification = parseNotification(xmlInput(call));
    const sender = await senderOf(bench, bucket, call);
    const invalid = (message: string) => bench.error(call, { status: 400, code: 'InvalidArgument', message });
    const overlap = overlapOf(notification.targets);
    if (overlap) return invalid(overlap);
    if (call.headers['x-amz-skip-destination-validation'] !== 'true') {
      for (const { arn } of notification.targets) {
        const problem = arn.endsWith('.fifo') ? 'Fifo' : await deliveryProblem(bench, arn, sender);
        if (problem) return invalid('Unable to validate the following destination configurations');
      }
      for (const { arn } of notification.targets) await deliver(bench, arn, testEvent(bench, bucket));
    }
    bench.state.set(`s3:notification:${bucket}`, writeNotification(notification));
    return { status: 200, headers: { 'x-amz-request-id': call.requestId }, body: Buffer.alloc(0) };
  },
};

const get: Overlay = {
  service: 's3',
  operation: 'GetBucketNotificationConfiguration',
  source: 'S3 API, GetBucketNotificationConfiguration',
  async before(call, bench) {
    const bucket = bucketOf(call);
    if ((await askBucket(bench, bucket, '', call)).status !== 200) return undefined;
    return bench.success(call, writeNotification(remembered(bench, bucket)));
  },
};

const objects: Overlay = {
  service: 's3',
  operation: Object.keys(eventNames),
  source: 'S3 user guide, "Supported event types for SQS, SNS, and Lambda" and "Event message structure"',
  async after(call, answer, bench) {
    if (answer.status >= 300) return undefined;
    const bucket = bucketOf(call);
    const { targets } = remembered(bench, bucket);
    if (targets.length === 0) return undefined;
    const sender = await senderOf(bench, bucket, call);
    for (const event of eventsOf(call, answer)) {
      const key = filteredKey(event.key);
      for (const target of targets) {
        if (!key.startsWith(target.prefix) || !key.endsWith(target.suffix)) continue;
        if (!target.events.some(pattern => covers(pattern, `s3:${event.name}`))) continue;
        // Permissions may have gone since; S3 then drops the event and tells nobody.
        if (await deliveryProblem(bench, target.arn, sender)) continue;
        await deliver(bench, target.arn, eventMessage(call, bench, bucket, target.id, event));
      }
    }
    return undefined;
  },
};

async function deliver(bench: BenchContext, arn: string, message: string): Promise<void> {
  const { region, accountId } = placeOf(arn, { region: '', accountId: '' });
  if (arn.split(':')[2] === 'sqs') {
    const QueueUrl = `https://sqs.${region}.amazonaws.com/${accountId}/${arn.split(':')[5]}`;
    const input = { QueueUrl, MessageBody: message };
    await bench.forward({ service: 'sqs', region, accountId, operation: 'SendMessage', input });
    return;
  }
  const input = { TopicArn: arn, Message: message, Subject: 'Amazon S3 Notification' };
  await publishToAllowed(bench, arn, () => askSns(bench, arn, 'Publish', input));
}

export const s3NotificationOverlays: Overlay[] = [put, get, objects];
