import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFull, seed } from '../../../hack/vitest/mode.ts';
import { seeded } from '../../../hack/vitest/random.ts';
import { awaitingApproval } from '../../support/approval.ts';
import { audit } from '../../support/audit.ts';
import { type Ledger, ledgerDifference, ledgerOf } from '../../support/ledger.ts';
import { bucket, environment, queue, topic } from '../../support/manifests.ts';
import { createLives, type Trap } from '../../support/process/lives.ts';
import { openRealm, type Realm } from '../../support/process/realm.ts';
import { firstDifference, standing, told } from '../../support/snapshot.ts';
import { type Act, applied, deleted } from '../../support/story.ts';

const KILLS = isFull ? 200 : 20;
const RESTARTS = isFull ? 40 : 5;
/** At one of the next so many writes: what is left of the story comes after it. */
const LATEST_WRITE = 6;
/** New things are not shown by AWS for so long: only what was written down tells a new process of them. In seconds. */
const UNSEEN_SECONDS = 30;
const TIMEOUT_MS = isFull ? 60 * 60_000 : 600_000;

const whole = environment({ encryption: { onDelete: 'Schedule', deletionWindowDays: 7 } });
const subscribed = { subscriptions: [{ queue: 'orders', rawMessageDelivery: true }] };

interface Scene extends Act {
  readonly name: string;
  /** Of all kills, this share falls here. */
  readonly share: number;
}

const SCENES: readonly Scene[] = [
  {
    name: 'created',
    share: 0.4,
    ...applied(
      whole,
      bucket('uploads', { forceDestroy: true }),
      queue('orders'),
      topic('events', subscribed),
    ),
  },
  {
    name: 'changed',
    share: 0.2,
    ...applied(
      bucket('uploads', { forceDestroy: true, versioning: false, tags: { team: 'shop' } }),
      queue('orders', { visibilityTimeoutSeconds: 90, tags: { team: 'shop' } }),
      topic('events', { ...subscribed, displayName: 'Orders', tags: { team: 'shop' } }),
    ),
  },
  { name: 'partly removed', share: 0.1, ...applied(topic('events', {})) },
  ...awaitingApproval(queue('orders', { fifo: true })).map((act, at) => ({
    name: ['a replacement planned', 'replaced'][at] ?? '',
    share: at * 0.1,
    ...act,
  })),
  {
    name: 'deleted',
    share: 0.2,
    ...deleted(bucket('uploads'), queue('orders'), topic('events'), whole),
  },
];

interface Told {
  /** As it stood after each act. */
  readonly ends: readonly string[];
  readonly ledger: Ledger;
  readonly deaths: readonly string[];
}

let realm: Realm;
const random = seeded(seed);
let reference: Told | undefined;
const deaths: string[] = [];

beforeAll(async () => {
  realm = await openRealm();
});
afterAll(async () => {
  const atAws = deaths.filter(what => /: [a-z0-9]+:/.test(what)).length;
  console.log(
    `covered: real kills: ${deaths.filter(isOfOperator).length} of the operator's process, ` +
      `${deaths.filter(what => !isOfOperator(what)).length} of the API server (seed ${seed}), ` +
      `${atAws} at writes to AWS, ${deaths.length - atAws} at writes to Kubernetes, in ${SCENES.length} scenes`,
  );
  await realm?.close();
});

function isOfOperator(what: string): boolean {
  return what.startsWith('operator');
}

/** The whole story, with so many kills; of a scene that ends sooner they are left to the next round. */
async function live(who: Trap['who'], kills: number): Promise<Told> {
  const { world } = realm;
  await world.reset();
  for (const service of ['kms', 'tagging'])
    world.bench.gateway.addFault({ service, fault: { kind: 'notFoundForNew', seconds: UNSEEN_SECONDS } });
  const lives = createLives(realm);
  const ends: string[] = [];
  try {
    for (const { name, share, act, until } of SCENES) {
      let left = Math.ceil(kills * share);
      await act(world);
      await lives.until(until, () => {
        left -= 1;
        if (left < 0) return undefined;
        const write = 1 + Math.floor(random() * LATEST_WRITE);
        return { who, write, at: random() < 0.5 ? 'arrived' : 'applied' };
      });
      const stands = await standing(world);
      expect(audit(stands), [name, ...lives.deaths].join('; ')).toEqual([]);
      ends.push(told(stands));
    }
  } finally {
    await lives.end();
  }
  return { ends, ledger: ledgerOf(world.bench.gateway.journalSince(0)), deaths: lives.deaths };
}

test.each([
  { who: 'operator', kills: KILLS },
  { who: 'API server', kills: RESTARTS },
] as const)(
  'the $who is killed $kills times, and all ends as if nothing had happened',
  async ({ who, kills }) => {
    reference ??= await live(who, 0);
    let left = kills;
    while (left > 0) {
      const told = await live(who, left);
      left -= told.deaths.length;
      deaths.push(...told.deaths);
      const differences = told.ends.flatMap((end, at) => {
        const difference = firstDifference(reference?.ends[at] ?? '', end);
        return difference === undefined ? [] : [`${SCENES[at]?.name}: ${difference}`];
      });
      const all = [...differences, ...ledgerDifference(reference.ledger, told.ledger)];
      expect(all, told.deaths.join('; ')).toEqual([]);
      await nothingIsLeft();
      await oneHolder();
    }
  },
  TIMEOUT_MS,
);

async function nothingIsLeft(): Promise<void> {
  const { aws, objects, configMaps } = await standing(realm.world);
  const { keys, ...rest } = aws;
  expect(rest).toEqual({ queues: {}, topics: {}, subscriptions: {}, aliases: {}, buckets: {}, roles: {} });
  expect(Object.values(keys).map(key => key.state)).toEqual(Object.values(keys).map(() => 'PendingDeletion'));
  expect([...objects, ...configMaps]).toEqual([]);
}

/** Each life had the Lease of the one before at once: it lasts for days, and nobody else ever held it. */
async function oneHolder(): Promise<void> {
  const lease = await realm.world.cluster.transport.request<{ spec: object }>({
    method: 'GET',
    path: '/apis/coordination.k8s.io/v1/namespaces/opta-system/leases/opta-operator-test',
  });
  expect(lease.spec).toMatchObject({
    holderIdentity: 'the-pod',
    leaseTransitions: 0,
    leaseDurationSeconds: 360_000,
  });
}
