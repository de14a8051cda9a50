import { afterAll, beforeAll, expect, test } from 'vitest';
import { awaitingApproval } from '../../support/approval.ts';
import { audit } from '../../support/audit.ts';
import { type Ledger, ledgerDifference, ledgerOf } from '../../support/ledger.ts';
import { bucket, environment, queue, topic } from '../../support/manifests.ts';
import { isFull, seed } from '../../support/mode.ts';
import { createLives } from '../../support/process/lives.ts';
import { openRealm, type Realm } from '../../support/process/realm.ts';
import { seeded } from '../../support/random.ts';
import { firstDifference, standing, told } from '../../support/snapshot.ts';
import { type Act, applied, deleted } from '../../support/story.ts';

const KILLS = isFull ? 200 : 20;
/** A life is killed at one of its first so many writes: what is left of the story is left to the next. */
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
const deaths: string[] = [];

beforeAll(async () => {
  realm = await openRealm();
});
afterAll(async () => {
  const sides = deaths.filter(what => /^[a-z0-9]+:/.test(what)).length;
  console.log(
    `covered: real kills: ${deaths.length} of the operator's process (seed ${seed}), ${sides} at writes to AWS, ` +
      `${deaths.length - sides} at writes to the API server, in ${SCENES.length} scenes`,
  );
  await realm?.close();
});

/** The whole story, with so many kills; of a scene that ends sooner they are left to the next round. */
async function live(kills: number, random: () => number): Promise<Told> {
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
        return { write: 1 + Math.floor(random() * LATEST_WRITE), at: random() < 0.5 ? 'arrived' : 'applied' };
      });
      const stands = await standing(world);
      expect(audit(stands), name).toEqual([]);
      ends.push(told(stands));
    }
  } finally {
    await lives.end();
  }
  return { ends, ledger: ledgerOf(world.bench.gateway.journalSince(0)), deaths: lives.deaths };
}

test(
  `the operator is killed ${KILLS} times, and all ends as if nothing had happened`,
  async () => {
    const random = seeded(seed);
    const reference = await live(0, random);
    while (deaths.length < KILLS) {
      const told = await live(KILLS - deaths.length, random);
      deaths.push(...told.deaths);
      const differences = told.ends.flatMap((end, at) => {
        const difference = firstDifference(reference.ends[at] ?? '', end);
        return difference === undefined ? [] : [`${SCENES[at]?.name}: ${difference}`];
      });
      expect([...differences, ...ledgerDifference(reference.ledger, told.ledger)]).toEqual([]);
      await nothingIsLeft();
      await oneHolder();
    }
  },
  TIMEOUT_MS,
);

async function nothingIsLeft(): Promise<void> {
  const { aws, objects, configMaps } = await standing(realm.world);
  const { keys, ...rest } = aws;
  expect(rest).toEqual({ queues: {}, topics: {}, subscriptions: {}, aliases: {}, buckets: {} });
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
