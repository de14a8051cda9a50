import { readFile } from 'node:fs/promises';
import { systemClock } from '../../src/engine/clock.ts';
import { startReflector } from '../../src/kube/reflector.ts';
import { createStore } from '../../src/kube/store.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { environment } from '../../test/support/manifests.ts';
import { startBench } from '../bench/bench.ts';
import { adminTransport, applyObject, install, resourceOfKind } from '../bench/install.ts';
import { startOperator } from '../demo/operator.ts';
import { recorder, replay } from './replay.ts';
import { table } from './table.ts';

/** `npm run bench:load`: many objects at once, with a slow AWS, against what the emulator alone can answer. */
const DELAY_MS = 30;
/** Seconds that the operator may add to what the emulator alone takes. */
const ALLOWED_MORE_SECONDS = 2.5;
const MOST_RSS_MB = 200;
const POSTS_AT_ONCE = 8;
const GIVE_UP_MS = 120_000;
/** The emulator has no rates of its own; an account would be granted these. */
const LIMITS = ['kms:CreateKey', 'kms:CreateAlias', 'kms:EnableKeyRotation', 'tagging:GetResources'].flatMap(
  name => ['--aws-limit', `${name}=10000`],
);

interface Load {
  readonly name: string;
  readonly kind: string;
  readonly count: number;
  readonly spec: object;
}

const LOADS: readonly Load[] = [
  {
    name: '300 Queues, EnvironmentKey, no dead-letter queue',
    kind: 'Queue',
    count: 300,
    spec: { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' } },
  },
  { name: '300 Queues, defaults (key and dead-letter queue)', kind: 'Queue', count: 300, spec: {} },
  { name: '100 Buckets', kind: 'Bucket', count: 100, spec: {} },
];

interface Result {
  readonly load: Load;
  readonly seconds: number;
  readonly calls: number;
  readonly aloneSeconds: number;
  readonly rssMb: number;
  readonly cpuSeconds: number;
}

async function measure(load: Load): Promise<Result> {
  const recorded = recorder();
  const bench = await startBench({ log: line => console.error(line), overlays: recorded.overlays });
  const transport = await adminTransport(bench.controlPlane.kubeconfig);
  try {
    await install(transport);
    await applyObject(transport, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'load', labels: { 'opta.dev/environment': 'load' } },
    });
    const operator = await startOperator(bench, line => console.error(line), LIMITS);
    try {
      const whole = environment({ accountId: '123456789012' }).spec;
      await create(transport, 'OptaEnvironment', 'load', whole);
      await untilReady(transport, 'OptaEnvironment', 1);
      const cpuBefore = await cpuSeconds(operator.pid);
      bench.gateway.addFault({ fault: { kind: 'delay', ms: DELAY_MS }, times: 0 });
      recorded.begin();
      const from = bench.gateway.journal.length;
      const started = performance.now();
      const ready = untilReady(transport, load.kind, load.count);
      const names = Array.from({ length: load.count }, (_, index) => `load-${index}`);
      await atOnce(POSTS_AT_ONCE, names, name =>
        create(transport, load.kind, name, { environment: 'load', ...load.spec }),
      );
      await ready;
      const seconds = (performance.now() - started) / 1000;
      const calls = bench.gateway.journal.length - from;
      const cpu = (await cpuSeconds(operator.pid)) - cpuBefore;
      const rssMb = await peakRssMb(operator.pid);
      await operator.stop();
      bench.gateway.clearFaults();
      await bench.gateway.reset();
      const aloneSeconds = await replay(bench.emulatorUrl, recorded.calls());
      return { load, seconds, calls, aloneSeconds, rssMb, cpuSeconds: cpu };
    } finally {
      await operator.stop();
    }
  } finally {
    transport.close();
    await bench.stop();
  }
}

function create(transport: Transport, kind: string, name: string, spec: object): Promise<unknown> {
  const metadata = kind === 'OptaEnvironment' ? { name } : { name, namespace: 'load' };
  return transport.request({
    method: 'POST',
    path:
      kind === 'OptaEnvironment'
        ? '/apis/opta.dev/v1alpha1/optaenvironments'
        : `/apis/opta.dev/v1alpha1/namespaces/load/${resourceOfKind(kind).plural}`,
    body: { apiVersion: 'opta.dev/v1alpha1', kind, metadata, spec },
  });
}

/** Resolves when a watch has seen so many objects Ready. */
async function untilReady(transport: Transport, kind: string, count: number): Promise<void> {
  const ending = new AbortController();
  const store = createStore<OptaObject>();
  startReflector({
    transport,
    clock: systemClock,
    resource: resourceOfKind(kind),
    store,
    signal: ending.signal,
  });
  const ready = new Set<string>();
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`only ${ready.size} of ${count} are Ready`)),
        GIVE_UP_MS,
      );
      store.onChange(({ key, after }) => {
        if (after?.status?.conditions?.some(one => one.type === 'Ready' && one.status === 'True') !== true)
          return;
        ready.add(key);
        if (ready.size < count) return;
        clearTimeout(timer);
        resolve();
      });
    });
  } finally {
    ending.abort();
  }
}

async function atOnce<T>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest = [...items];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
    }),
  );
}

async function peakRssMb(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1] ?? 0) / 1024;
}

/** User and system time; a clock tick is 10 ms on Linux. */
async function cpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const wanted = process.argv[2];
const results: Result[] = [];
for (const load of LOADS) {
  if (wanted === undefined || load.name.includes(wanted)) results.push(await measure(load));
}
console.log(
  table(
    [
      'load',
      'all Ready, s',
      'emulator alone, s',
      'more, s',
      'AWS calls',
      'emulator, calls/s',
      'peak RSS, MB',
      'CPU, s',
    ],
    results.map(one => [
      one.load.name,
      one.seconds.toFixed(2),
      one.aloneSeconds.toFixed(2),
      `${(one.seconds - one.aloneSeconds).toFixed(2)} (≤ ${ALLOWED_MORE_SECONDS})`,
      String(one.calls),
      (one.calls / one.aloneSeconds).toFixed(0),
      `${one.rssMb.toFixed(0)} (≤ ${MOST_RSS_MB})`,
      one.cpuSeconds.toFixed(2),
    ]),
  ),
);
const failed = results.filter(
  one => one.seconds - one.aloneSeconds > ALLOWED_MORE_SECONDS || one.rssMb > MOST_RSS_MB,
);
for (const one of failed) console.error(`over its bound: ${one.load.name}`);
process.exit(failed.length === 0 ? 0 : 1);
