import { isPaused, type OptaObject } from '../../src/operator/objects.ts';
import { allReady, settle } from '../../test/support/settle.ts';
import {
  bucket,
  environment,
  type Manifest,
  queue,
  startWorld,
  type TestWorld,
  topic,
} from '../../test/support/world.ts';
import { table } from './table.ts';

/** `npm run bench:calls`: what each object costs AWS and the API server, from the gateway's journal. */
interface Case {
  readonly name: string;
  readonly manifest: Manifest;
  /** What has to be there before and is not counted. */
  readonly before?: readonly Manifest[];
  readonly mostCreate?: number;
  readonly mostDrift?: number;
  readonly mostKube?: number;
}

const PLAIN = { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' } };
const LONGER_THAN_DRIFT_MS = 6 * 60_000;

const CASES: readonly Case[] = [
  { name: 'Bucket', manifest: bucket('uploads'), mostCreate: 12, mostDrift: 8, mostKube: 5 },
  {
    name: 'Queue, EnvironmentKey, no dead-letter queue',
    manifest: queue('orders', PLAIN),
    mostCreate: 4,
    mostDrift: 2,
    mostKube: 5,
  },
  {
    name: 'Topic, EnvironmentKey',
    manifest: topic('events', { encryption: 'EnvironmentKey' }),
    mostCreate: 4,
    mostDrift: 2,
    mostKube: 5,
  },
  { name: 'Queue with a key of its own', manifest: queue('orders', { ...PLAIN, encryption: 'OwnKey' }) },
  { name: 'Queue with a dead-letter queue', manifest: queue('orders', { encryption: 'EnvironmentKey' }) },
  { name: 'Queue, defaults (both)', manifest: queue('orders') },
  { name: 'Topic, defaults (a key of its own)', manifest: topic('events') },
  {
    name: 'Topic with a subscription',
    before: [queue('orders', PLAIN)],
    manifest: topic('events', { encryption: 'EnvironmentKey', subscriptions: [{ queue: 'orders' }] }),
  },
  { name: 'Bucket with a replica', manifest: bucket('uploads', { replica: { mode: 'SameRegion' } }) },
  { name: 'OptaEnvironment', manifest: environment() },
];

interface Row {
  readonly of: Case;
  readonly create: number;
  readonly drift: number;
  readonly kube: number;
  readonly restartWrites: number;
  readonly made: string;
  readonly looked: string;
}

async function measure(world: TestWorld, of: Case): Promise<Row> {
  await world.reset();
  const isEnvironment = of.manifest.kind === 'OptaEnvironment';
  if (!isEnvironment) await world.apply(environment());
  for (const manifest of of.before ?? []) await world.apply(manifest);
  const life = world.live();
  await settle(world, life, allReady);
  // From here on the environment makes no calls: all that is counted is the object's.
  if (!isEnvironment) await world.annotate('OptaEnvironment', 'dev', { 'opta.dev/paused': 'true' });
  const isThere = () => life.operator.world.objects(of.manifest.kind).size > 0;
  const ready = (objects: readonly OptaObject[]) =>
    isThere() && allReady(objects.filter(object => object.kind !== 'OptaEnvironment' || isEnvironment));
  await settle(world, life, objects => objects.some(isPaused) || isEnvironment);

  const mark = world.bench.gateway.journal.at(-1)?.id ?? 0;
  const kubeBefore = life.requests;
  await world.apply(of.manifest);
  await settle(world, life, ready);
  const kube = life.requests - kubeBefore;
  const made = callsSince(world, mark);
  const driftMark = world.bench.gateway.journal.at(-1)?.id ?? 0;
  world.clock.advance(LONGER_THAN_DRIFT_MS);
  await settle(
    world,
    life,
    objects => world.bench.gateway.journalSince(driftMark).length > 0 && ready(objects),
  );
  const drift = callsSince(world, driftMark);
  await life.end();

  const second = world.live();
  await settle(world, second, ready);
  const restartWrites = second.writes.length;
  await second.end();
  return {
    of,
    create: made.length,
    drift: drift.length,
    kube,
    restartWrites,
    made: counted(made),
    looked: counted(drift),
  };
}

function callsSince(world: TestWorld, since: number): readonly string[] {
  return world.bench.gateway.journalSince(since).map(entry => `${entry.service}:${entry.operation}`);
}

function counted(operations: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const operation of operations) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  return [...counts]
    .map(([operation, count]) => (count > 1 ? `${count} ${operation}` : operation))
    .join(', ');
}

const world = await startWorld({ log: line => console.error(line), watchCache: true });
const rows: Row[] = [];
try {
  for (const one of CASES) rows.push(await measure(world, one));
} finally {
  await world.stop();
}
const head = ['object', 'create: AWS calls', 'drift check', 'Kubernetes requests', 'writes on restart'];
const limit = (value: number, most: number | undefined) =>
  most === undefined ? String(value) : `${value} (≤ ${most})`;
console.log(
  table(
    head,
    rows.map(row => [
      row.of.name,
      limit(row.create, row.of.mostCreate),
      limit(row.drift, row.of.mostDrift),
      limit(row.kube, row.of.mostKube),
      String(row.restartWrites),
    ]),
  ),
);
for (const row of rows) console.log(`${row.of.name}\n  create: ${row.made}\n  drift check: ${row.looked}`);
const over = rows.filter(
  row =>
    row.create > (row.of.mostCreate ?? Number.POSITIVE_INFINITY) ||
    row.drift > (row.of.mostDrift ?? Number.POSITIVE_INFINITY) ||
    row.kube > (row.of.mostKube ?? Number.POSITIVE_INFINITY) ||
    row.restartWrites > 0,
);
for (const row of over) console.error(`over its bound: ${row.of.name}`);
process.exit(over.length === 0 ? 0 : 1);
