import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListNodegroupsCommand,
} from '@aws-sdk/client-eks';
import { GetObjectCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { OptaObject } from '../../src/operator/objects.ts';
import { DUMMY_KEYS } from '../bench/bench.ts';

const ARRIVES_WITHIN_MS = 20_000;

export interface Aws {
  readonly endpoint: string;
  readonly region: string;
}

function clientOptions({ endpoint, region }: Aws) {
  return { endpoint, region, credentials: DUMMY_KEYS };
}

/** Publishes to the Topic and waits for that very message in the Queue. Throws if it does not come. */
export async function sendThrough(aws: Aws, topic: OptaObject, queue: OptaObject): Promise<string> {
  const sns = new SNSClient(clientOptions(aws));
  const sqs = new SQSClient({ ...clientOptions(aws), useQueueUrlAsEndpoint: false });
  const [topicArn, queueUrl] = [output(topic, 'arn'), output(queue, 'url')];
  const sent = JSON.stringify({ order: 4711, at: new Date().toISOString() });
  try {
    await sns.send(new PublishCommand({ TopicArn: topicArn, Message: sent }));
    const deadline = Date.now() + ARRIVES_WITHIN_MS;
    while (Date.now() < deadline) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 2 }),
      );
      for (const { Body, ReceiptHandle } of Messages) {
        await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
        if (Body === sent) return sent;
      }
    }
    throw new Error(`the message published to ${topicArn} did not come to ${queueUrl}`);
  } finally {
    sns.destroy();
    sqs.destroy();
  }
}

/** Puts an object into the Bucket and reads it back; returns its key. The object stays. */
export async function putAndGet(aws: Aws, bucket: OptaObject): Promise<string> {
  const s3 = new S3Client({ ...clientOptions(aws), forcePathStyle: true });
  const at = { Bucket: output(bucket, 'name'), Key: 'hello.txt' };
  const body = 'Hello from the demo.\n';
  try {
    await s3.send(new HeadBucketCommand({ Bucket: at.Bucket }));
    await s3.send(new PutObjectCommand({ ...at, Body: body }));
    const read = await s3.send(new GetObjectCommand(at));
    if ((await read.Body?.transformToString()) !== body)
      throw new Error(`${at.Key} reads differently than written`);
    return `s3://${at.Bucket}/${at.Key}`;
  } finally {
    s3.destroy();
  }
}

/** The environment's cluster as EKS has it, in words. Throws if it is not there. */
export async function clusterIn(aws: Aws, environment: OptaObject): Promise<string> {
  const eks = new EKSClient(clientOptions(aws));
  try {
    const { name } = (environment.status?.cluster ?? {}) as { name?: string };
    const { cluster } = await eks.send(new DescribeClusterCommand({ name }));
    const { nodegroups = [] } = await eks.send(new ListNodegroupsCommand({ clusterName: name }));
    const nodegroupName = nodegroups[0];
    const { nodegroup } = await eks.send(new DescribeNodegroupCommand({ clusterName: name, nodegroupName }));
    if (cluster?.status !== 'ACTIVE' || nodegroup?.status !== 'ACTIVE')
      throw new Error(`cluster ${name} is ${cluster?.status}, its nodes are ${nodegroup?.status}`);
    return `${name}, Kubernetes ${cluster.version}, ${nodegroup.scalingConfig?.desiredSize} nodes`;
  } finally {
    eks.destroy();
  }
}

function output(object: OptaObject, name: string): string {
  const value = object.status?.[name];
  if (typeof value !== 'string')
    throw new Error(`${object.kind} ${object.metadata.name} has no status.${name}`);
  return value;
}
