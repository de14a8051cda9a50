import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { AwsView } from '../../support/aws-view.ts';

/** Seconds that a message may take: the emulator delivers before it answers, so this is for one that is lost. */
const WAIT_SECONDS = 1;

/** Publishes, and says whether the queue got just that. */
export async function publishArrives(aws: AwsView, topicArn: string, queueName: string): Promise<boolean> {
  const Message = randomUUID();
  const fifo = topicArn.endsWith('.fifo') ? { MessageGroupId: 'a', MessageDeduplicationId: Message } : {};
  await aws.sns.send(new PublishCommand({ TopicArn: topicArn, Message, ...fifo }));
  return receives(aws, queueName, Message);
}

/** Puts an object, and says whether its event came to the queue, be it by a topic. */
export async function uploadArrives(aws: AwsView, bucket: string, queueName: string): Promise<boolean> {
  const Key = randomUUID();
  await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
  return receives(aws, queueName, Key);
}

/** Puts an object, and says whether the other bucket got its copy. */
export async function copyArrives(aws: AwsView, from: string, to: string): Promise<boolean> {
  const Key = randomUUID();
  await aws.s3.send(new PutObjectCommand({ Bucket: from, Key, Body: 'x' }));
  const { Versions = [] } = await aws.s3.send(new ListObjectVersionsCommand({ Bucket: to, Prefix: Key }));
  return Versions.length > 0;
}

/** Puts an object and deletes it, and says whether the other bucket shows it no more. */
export async function deletionArrives(aws: AwsView, from: string, to: string): Promise<boolean> {
  const Key = randomUUID();
  await aws.s3.send(new PutObjectCommand({ Bucket: from, Key, Body: 'x' }));
  await aws.s3.send(new DeleteObjectCommand({ Bucket: from, Key }));
  const { Versions = [], DeleteMarkers = [] } = await aws.s3.send(
    new ListObjectVersionsCommand({ Bucket: to, Prefix: Key }),
  );
  return Versions.length > 0 && DeleteMarkers.length > 0;
}

async function receives(aws: AwsView, queueName: string, mark: string): Promise<boolean> {
  const { QueueUrl } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: queueName }));
  for (;;) {
    const { Messages = [] } = await aws.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: WAIT_SECONDS, MaxNumberOfMessages: 10 }),
    );
    for (const { ReceiptHandle } of Messages)
      await aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    if (Messages.some(message => message.Body?.includes(mark))) return true;
    if (Messages.length === 0) return false;
  }
}
