/** What overlays ask of the emulator: one function a question, undefined where the thing does not exist. */
import { isObject } from '../../policy/document.ts';
import type { Principal } from '../../policy/principal.ts';
import type { Answer, BenchContext, Call, EmulatorRequest } from '../overlay.ts';
import { unescapeXml, xmlElements, xmlText } from '../xml.ts';

/** Region and account a question is asked in. */
export interface Place {
  region: string;
  accountId: string;
}

export interface Key {
  arn: string;
  keyId: string;
  /** `Enabled`, `Disabled`, `PendingDeletion`... */
  state: string;
  /** AWS managed keys can be used by no other service ("AWS managed keys", KMS developer guide). */
  managedByAws: boolean;
}

export interface Subscription {
  arn: string;
  protocol: string;
  endpoint: string;
}

/** Answer of a JSON service; undefined where it is an error. */
export async function askJson(
  bench: BenchContext,
  request: EmulatorRequest,
): Promise<Record<string, unknown> | undefined> {
  const answer = await bench.forward(request);
  return answer.status === 200 ? jsonBody(answer) : undefined;
}

export function jsonBody(answer: Answer): Record<string, unknown> {
  const body: unknown = answer.body.length > 0 ? JSON.parse(answer.body.toString('utf8')) : {};
  return isObject(body) ? body : {};
}

/** The same answer with another body. */
export function withBody(answer: Answer, body: Record<string, unknown> | string): Answer {
  return { ...answer, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
}

/** Region and account in an ARN, for what an ARN leaves open those of the asker. */
export function placeOf(arn: string, asker: Place): Place {
  const [, , , region, accountId] = arn.split(':');
  return { region: region || asker.region, accountId: accountId || asker.accountId };
}

/** Key by id, ARN, alias name or alias ARN. */
export async function findKey(
  bench: BenchContext,
  reference: string,
  asker: Place,
): Promise<Key | undefined> {
  const place = reference.startsWith('arn:') ? placeOf(reference, asker) : asker;
  if (/(^|:)alias\/aws\//.test(reference)) return awsManagedKey(reference, place);
  const found = await askJson(bench, {
    service: 'kms',
    region: place.region,
    accountId: place.accountId,
    operation: 'DescribeKey',
    input: { KeyId: reference },
  });
  const metadata = found?.KeyMetadata;
  if (!isObject(metadata)) return undefined;
  return {
    arn: String(metadata.Arn),
    keyId: String(metadata.KeyId),
    state: String(metadata.KeyState),
    managedByAws: metadata.KeyManager === 'AWS',
  };
}

function awsManagedKey(reference: string, { region, accountId }: Place): Key {
  const keyId = reference.slice(reference.indexOf('alias/'));
  return { arn: `arn:aws:kms:${region}:${accountId}:${keyId}`, keyId, state: 'Enabled', managedByAws: true };
}

export async function keyPolicy(bench: BenchContext, key: Key): Promise<string | undefined> {
  const [, , , region = '', accountId = ''] = key.arn.split(':');
  const found = await askJson(bench, {
    service: 'kms',
    region,
    accountId,
    operation: 'GetKeyPolicy',
    input: { KeyId: key.keyId },
  });
  return typeof found?.Policy === 'string' ? found.Policy : undefined;
}

/** Attributes as stored, of a queue named by its ARN. */
export async function queueAttributes(
  bench: BenchContext,
  arn: string,
): Promise<Record<string, string> | undefined> {
  const [, , , region = '', accountId = '', name = ''] = arn.split(':');
  const found = await askJson(bench, {
    service: 'sqs',
    region,
    accountId,
    operation: 'GetQueueAttributes',
    input: { QueueUrl: `https://sqs.${region}.amazonaws.com/${accountId}/${name}`, AttributeNames: ['All'] },
  });
  const attributes = found?.Attributes;
  if (!isObject(attributes)) return undefined;
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)]));
}

export async function topicAttributes(
  bench: BenchContext,
  arn: string,
): Promise<Record<string, string> | undefined> {
  const answer = await askSns(bench, arn, 'GetTopicAttributes', { TopicArn: arn });
  return answer.status === 200 ? xmlMap(answer.body.toString('utf8')) : undefined;
}

export async function subscriptionAttributes(
  bench: BenchContext,
  arn: string,
): Promise<Record<string, string> | undefined> {
  const answer = await askSns(bench, arn, 'GetSubscriptionAttributes', { SubscriptionArn: arn });
  return answer.status === 200 ? xmlMap(answer.body.toString('utf8')) : undefined;
}

export async function topicSubscriptions(bench: BenchContext, topicArn: string): Promise<Subscription[]> {
  const subscriptions: Subscription[] = [];
  let token: string | undefined = '';
  while (token !== undefined) {
    const input: Record<string, unknown> = { TopicArn: topicArn, ...(token && { NextToken: token }) };
    const answer = await askSns(bench, topicArn, 'ListSubscriptionsByTopic', input);
    if (answer.status !== 200) return subscriptions;
    const text = answer.body.toString('utf8');
    for (const member of xmlElements(text, 'member')) {
      const field = (name: string) => unescapeXml(xmlText(member, name) ?? '');
      subscriptions.push({
        arn: field('SubscriptionArn'),
        protocol: field('Protocol'),
        endpoint: field('Endpoint'),
      });
    }
    token = xmlText(text, 'NextToken') || undefined;
  }
  return subscriptions;
}

/** A call to SNS in the region and account of the ARN. */
export function askSns(
  bench: BenchContext,
  arn: string,
  operation: string,
  input: Record<string, unknown>,
): Promise<Answer> {
  const [, , , region = '', accountId = ''] = arn.split(':');
  return bench.forward({ service: 'sns', region, accountId, operation, input });
}

/** `<entry><key>..</key><value>..</value></entry>` of a query answer. */
export function xmlMap(document: string): Record<string, string> {
  const map: Record<string, string> = {};
  for (const entry of xmlElements(document, 'entry')) {
    map[unescapeXml(xmlText(entry, 'key') ?? '')] = unescapeXml(xmlText(entry, 'value') ?? '');
  }
  return map;
}

/** Who makes the call: the role session whose key it carries, else the root user of its account. */
export function callerOf({ accountId, callerArn }: Call): Principal {
  return { type: 'aws', arn: callerArn || `arn:aws:iam::${accountId}:root`, accountId };
}
