import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { applyObject, resourceOfKind } from '../../../hack/bench/install.ts';
import { remove } from '../../../hack/bench/kubernetes/objects.ts';
import type { Entry } from '../../../src/engine/inventory.ts';
import { get } from '../../../src/kube/apply.ts';
import type { Log } from '../../../src/kube/log.ts';
import type { OptaObject } from '../../../src/operator/objects.ts';
import { allReady } from '../../support/settle.ts';
import {
  ACCOUNT,
  bucket,
  environment,
  queue,
  REGION,
  startWorld,
  type TestWorld,
  topic,
} from '../../support/world.ts';
import { calm, type Run, run } from './run.ts';
import { type Tenant, tenant } from './tenant.ts';

/** A world with neighbours: another team in the namespace bank, what people made by hand, and somebody in shop. */
export let world: TestWorld;
export let operator: Run;
export let mallory: Tenant;
/** Warnings and errors in the operator's log. */
export const told: { fields: Record<string, unknown>; message: string }[] = [];
const log: Log = {
  debug: () => {},
  info: () => {},
  warn: (fields, message) => void told.push({ fields: { ...fields }, message }),
  error: (fields, message) => void told.push({ fields: { ...fields }, message }),
};

/** What a status could name: every resource of the others, by its type. */
export interface Foreign {
  readonly title: string;
  readonly queue: Partial<Entry>;
  readonly topic: Partial<Entry>;
  readonly bucket: Partial<Entry>;
  readonly key: Partial<Entry>;
  readonly alias: Partial<Entry>;
}
/** Of what a status names. */
export type Sort = keyof Omit<Foreign, 'title'> | 'subscription';

export let theirs: Foreign;
export let byHand: Foreign;
export let subscription: Partial<Entry>;

/** Registers the making and the end of it all for one file of tests. */
export function withNeighbours(): void {
  beforeAll(async () => {
    world = await startWorld();
    mallory = await tenant(world);
    operator = await run(world, { log });
    await applyObject(world.cluster.transport, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'bank', labels: { 'opta.dev/environment': 'dev' } },
    });
    await world.apply(environment());
    const created = [{ events: ['s3:ObjectCreated:*'], queue: 'vault' }];
    for (const manifest of [
      queue('vault'),
      topic('news', { subscriptions: [{ queue: 'vault' }] }),
      bucket('ledger', { notifications: created }),
    ])
      await world.apply({ ...manifest, namespace: 'bank' });
    await operator.settle();
    theirs = { title: 'another team’s', ...(await entriesOfBank()) };
    byHand = { title: 'what somebody made by hand', ...(await madeByHand()) };
  });
  afterAll(async () => {
    mallory?.close();
    await operator?.end();
    await world?.stop();
  });

  /** What a test that failed left must not fail the next one; what others left is there for those after them. */
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await clear();
  });
}

/** Takes away what is left in shop. */
export async function clear(): Promise<void> {
  const left = (await world.objects()).filter(object => /^shop/.test(object.metadata.namespace ?? ''));
  for (const object of left) await remove(world.cluster.transport, resourceOfKind(object.kind), object);
  if (left.length > 0) await operator.settle(calm);
}

async function entriesOfBank(): Promise<Omit<Foreign, 'title'>> {
  const [vault, news, ledger] = await Promise.all(
    [
      ['Queue', 'vault'],
      ['Topic', 'news'],
      ['Bucket', 'ledger'],
    ].map(([kind = '', name = '']) =>
      get<OptaObject>(world.cluster.transport, resourceOfKind(kind), { namespace: 'bank', name }),
    ),
  );
  const entry = (object: OptaObject | undefined, node: string): Partial<Entry> => {
    const found = object?.status?.resources?.find(one => one.node === node);
    if (found === undefined) throw new Error(`the bank has no ${node}`);
    const { id, arn, name } = found;
    return {
      ...(id === undefined ? {} : { id }),
      ...(arn === undefined ? {} : { arn }),
      ...(name === undefined ? {} : { name }),
    };
  };
  subscription = entry(news, 'subscription/vault');
  return {
    queue: entry(vault, 'queue'),
    topic: entry(news, 'topic'),
    bucket: entry(ledger, 'bucket'),
    key: entry(vault, 'key'),
    alias: entry(vault, 'alias'),
  };
}

async function madeByHand(): Promise<Omit<Foreign, 'title'>> {
  const { sqs, sns, s3, kms } = world.aws;
  const name = 'made-by-hand';
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  await kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyMetadata?.KeyId }));
  return {
    queue: { id: QueueUrl, name, arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}` },
    topic: { id: TopicArn, name, arn: TopicArn },
    bucket: { id: name, name, arn: `arn:aws:s3:::${name}` },
    key: { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' },
    alias: { id: `alias/${name}`, name: `alias/${name}` },
  };
}

/** By sort, and there by name or id. */
export type Others = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** All of AWS that is not of the namespace shop. */
export async function foreign(): Promise<Others> {
  const state = await world.aws.state();
  const others = <T extends object>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([, one]) => !isOfShop(one)));
  const notShop = (all: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !key.includes('-shop-')));
  return {
    queues: others(state.queues),
    topics: others(state.topics),
    keys: others(state.keys),
    buckets: others(state.buckets),
    aliases: notShop(state.aliases),
    subscriptions: notShop(state.subscriptions),
  };
}

function isOfShop(one: object): boolean {
  const tags: unknown = Reflect.get(one, 'tags');
  return typeof tags === 'object' && tags !== null && Reflect.get(tags, 'opta.dev/namespace') === 'shop';
}

/** What shop has in AWS; a key that is to be deleted is gone. */
export async function ofShop(): Promise<readonly string[]> {
  const state = await world.aws.state();
  const all = [state.queues, state.topics, state.buckets, state.keys].flatMap(Object.entries<object>);
  const mine = all.filter(([, one]) => isOfShop(one) && Reflect.get(one, 'state') !== 'PendingDeletion');
  const named = [...Object.keys(state.aliases), ...Object.keys(state.subscriptions)].filter(key =>
    key.includes('-shop-'),
  );
  return [...mine.map(([key]) => key), ...named];
}

let serial = 0;

/** A name that no test had: names in AWS and ConfigMaps take a while to be free again. */
export function newName(): string {
  serial += 1;
  return `mine-${serial}`;
}

export async function mine(kind: string, spec: object = {}, until = allReady): Promise<string> {
  const name = newName();
  await mallory.create(kind, name, spec);
  await operator.settle(until);
  return name;
}

const CHANGE: Readonly<Record<string, object>> = {
  Queue: { delaySeconds: 7 },
  Topic: { displayName: 'Changed' },
  Bucket: { versioning: false },
};

/** An object of shop, and what is done to it. */
export interface Victim {
  readonly kind: string;
  readonly name: string;
  attack(): Promise<unknown>;
}

/** The attacks, then a drift check, a change and the deletion: each of them could touch what the statuses name. */
export async function carriedThrough(victims: readonly Victim[]): Promise<void> {
  for (const { attack, kind, name } of victims) {
    await attack();
    await mallory.annotate(kind, name, { 'opta.dev/reconcile-requested-at': 'now' });
  }
  await operator.settle(calm);
  await operator.drift();
  for (const { kind, name } of victims) await mallory.change(kind, name, CHANGE[kind] ?? {});
  await operator.settle(calm);
  for (const { kind, name } of victims) await mallory.delete(kind, name);
  await operator.settle(calm);
}

/** Of what is others', what an entry of this sort names. */
export function partsOf(
  others: Others,
  sort: Sort,
  { id, arn, name }: Partial<Entry>,
): readonly (readonly [string, unknown])[] {
  const all = Object.entries(others[sort === 'alias' ? 'aliases' : `${sort}s`] ?? {});
  // There is one, which is told by its ends.
  return sort === 'subscription' ? all : all.filter(([key]) => [id, arn, name].includes(key));
}

export async function resourcesOf(kind: string, name: string): Promise<readonly Entry[]> {
  return (await world.get(kind, name))?.status?.resources ?? [];
}
