import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isFull } from '../../../hack/vitest/mode.ts';
import { audit } from '../../support/audit.ts';
import { type AwsView, createAwsView } from '../../support/aws-view.ts';
import {
  bucket,
  environment,
  type Manifest,
  plainQueue,
  queue,
  REGION,
  topic,
} from '../../support/manifests.ts';
import { openRealm, type Process, type Realm } from '../../support/process/realm.ts';
import { allReady } from '../../support/settle.ts';
import { standing } from '../../support/snapshot.ts';

/** Of keys that are no account of their own: two operators in one account are told apart by their keys. */
const ACCOUNT = '123456789012';
/** As short as calls allow that may take 15 s, and given up no sooner than it ends. */
const LEASE_MS = 25_000;
const LONGEST_CALL_MS = 15_000;
const LEASE = ['--lease-duration', '25s', '--renew-deadline', '24s', '--retry-period', '1s'];
const LEASE_PATH = '/apis/coordination.k8s.io/v1/namespaces/opta-system/leases/opta-operator-test';
const TIMEOUT_MS = 600_000;
const patient = { timeout: 240_000, interval: 100 };

let realm: Realm;
let aws: AwsView;
let leader: Process;
const frozen: string[] = [];

beforeAll(async () => {
  realm = await openRealm();
  aws = createAwsView(realm.world.bench.gateway, ACCOUNT, REGION);
  leader = await started('a');
  await vi.waitUntil(() => leader.party.leases > 0, patient);
  await realm.world.apply(environment({ accountId: ACCOUNT }), queue('orders'));
  await ready('dev', 'orders');
});
afterAll(async () => {
  console.log(`covered: leaders that were frozen past their lease and woke: ${frozen.join(', ')}`);
  aws?.close();
  await realm?.close();
});

/** A process that leads, or stands by with its first lists in. */
async function started(identity: string): Promise<Process> {
  const accessKeyId = `AKIATESTTESTTEST${identity.toUpperCase()}`;
  const one = await realm.start({ identity, accessKeyId, flags: LEASE });
  await vi.waitUntil(() => isReady(one), patient);
  return one;
}

async function isReady({ url, how, logPath }: Process): Promise<boolean> {
  if (how !== undefined) throw new Error(`an operator ended (${how}), see ${logPath}`);
  const answer = await fetch(`${url}/readyz`).catch(() => undefined);
  return answer?.status === 200;
}

/** Everything is, and these are there. */
async function ready(...names: readonly string[]): Promise<void> {
  await vi.waitUntil(async () => {
    const objects = await realm.world.objects();
    return allReady(objects) && names.every(name => objects.some(one => one.metadata.name === name));
  }, patient);
}

/** Is called once, in the very moment of the leader's first write that ends so. */
function at(write: string, act: (one: Process) => void): void {
  const one = leader;
  one.party.onWrite = (what, when) => {
    if (what.endsWith(write) && when === 'applied') {
      one.party.onWrite = undefined;
      act(one);
    }
    return true;
  };
}

/** Does what makes the leader do this write, and gives the leader once that has happened to it. */
async function caught(
  write: string,
  signal: 'SIGKILL' | 'SIGSTOP',
  act: () => Promise<unknown>,
): Promise<Process> {
  let one: Process | undefined;
  at(write, process => {
    process.signal(signal);
    one = process;
  });
  await act();
  await vi.waitUntil(() => one !== undefined, patient);
  if (one === undefined) throw new Error('it was not caught');
  return one;
}

/** The standby leads once the former leader's lease has ended, not before. */
async function takesOver(standby: Process, former: Process): Promise<void> {
  await vi.waitUntil(() => standby.party.leases > 0, patient);
  expect(standby.party.firstLeaseAt - former.party.lastLeaseAt).toBeGreaterThanOrEqual(LEASE_MS);
  leader = standby;
}

async function nothingIsTwice(): Promise<void> {
  expect(audit(await standing({ ...realm.world, aws }))).toEqual([]);
}

test(
  'the standby writes nothing, and goes on where the leader was killed',
  async () => {
    const standby = await started('b');
    await realm.world.apply(queue('orders', { visibilityTimeoutSeconds: 45 }));
    await ready();
    expect(leader.party.writes.length).toBeGreaterThan(0);
    expect([standby.party.writes, standby.party.leases]).toEqual([[], 0]);

    const former = await caught('sqs:CreateQueue', 'SIGKILL', () => realm.world.apply(plainQueue('mails')));
    await takesOver(standby, former);
    await ready('mails');
    await nothingIsTwice();
  },
  TIMEOUT_MS,
);

interface Sleep {
  /** The leader freezes when AWS or the API server has done this, before it hears of it. */
  readonly write: string;
  readonly manifest: Manifest;
  /** It is made before, and the write is of its removal. */
  readonly ofRemoval?: true;
  /** It is deleted while the leader sleeps. */
  readonly deletedMeanwhile?: true;
}

const SLEEPS: readonly Sleep[] = [
  { write: 's3:CreateBucket', manifest: bucket('uploads') },
  { write: 'kms:CreateKey', manifest: queue('later') },
];
const MORE_SLEEPS: readonly Sleep[] = [
  { write: 'sqs:CreateQueue', manifest: plainQueue('plain') },
  { write: 'sns:CreateTopic', manifest: topic('news') },
  { write: 'sns:Subscribe', manifest: topic('events', { subscriptions: [{ queue: 'orders' }] }) },
  { write: 's3:PutBucketPolicy', manifest: bucket('reports') },
  { write: '/queues/told/status', manifest: plainQueue('told') },
  { write: 's3:DeleteBucket', manifest: bucket('scratch', { deletionPolicy: 'Delete' }), ofRemoval: true },
  { write: 'sqs:DeleteQueue', manifest: plainQueue('brief', { deletionPolicy: 'Delete' }), ofRemoval: true },
  {
    write: 'sqs:CreateQueue',
    manifest: plainQueue('revoked', { deletionPolicy: 'Delete' }),
    deletedMeanwhile: true,
  },
];

async function isThere({ kind, name }: Manifest): Promise<boolean> {
  return (await realm.world.objects()).some(one => one.kind === kind && one.metadata.name === name);
}

test.each((isFull ? [...SLEEPS, ...MORE_SLEEPS] : SLEEPS).map((sleep, index) => ({ ...sleep, index })))(
  'a leader that slept past its lease, from $write of $manifest.name on, writes nothing when it wakes',
  async ({ write, manifest, ofRemoval, deletedMeanwhile, index }) => {
    const { world } = realm;
    const make = () => world.apply(manifest);
    const unmake = () => world.delete(manifest.kind, manifest.name);
    if (ofRemoval === true) {
      await make();
      await ready(manifest.name);
    }
    const standby = await started(`s${index}`);
    const former = await caught(write, 'SIGSTOP', ofRemoval === true ? unmake : make);
    if (deletedMeanwhile === true) await unmake();
    await takesOver(standby, former);
    if (ofRemoval === true || deletedMeanwhile === true)
      await vi.waitUntil(async () => !(await isThere(manifest)), patient);
    else await ready(manifest.name);
    const before = [...former.party.writes];

    former.signal('SIGCONT');
    expect(await former.ended).toBe('exit code 1');
    expect(former.party.writes).toEqual(before);
    await ready();
    await nothingIsTwice();
    frozen.push(`${write} of ${manifest.name}`);
  },
  TIMEOUT_MS,
);

test(
  'a leader that cannot renew its lease starts no write that could end after it',
  async () => {
    const standby = await started('e');
    const former = leader;
    former.party.cannotRenew = true;
    await vi.waitUntil(
      () => performance.now() > former.party.lastLeaseAt + LEASE_MS - LONGEST_CALL_MS,
      patient,
    );
    const before = [...former.party.writes];
    await realm.world.apply(queue('orders', { visibilityTimeoutSeconds: 90 }));

    expect(await former.ended).toBe('exit code 1');
    expect(former.party.writes).toEqual(before);
    await takesOver(standby, former);
    await ready();
    await nothingIsTwice();
  },
  TIMEOUT_MS,
);

test(
  'a Lease that is deleted makes no second leader beside one that does not know yet',
  async () => {
    const former = leader;
    former.party.cannotRenew = true;
    await realm.world.cluster.transport.request({ method: 'DELETE', path: LEASE_PATH });
    const next = await started('f');
    await realm.world.apply(queue('orders', { visibilityTimeoutSeconds: 75 }));

    expect(await former.ended).toBe('exit code 1');
    await takesOver(next, former);
    await ready();
    await nothingIsTwice();
  },
  TIMEOUT_MS,
);
