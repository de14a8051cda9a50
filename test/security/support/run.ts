import type { AwsCall } from '../../../src/aws/client.ts';
import { currentLane } from '../../../src/aws/lane.ts';
import { KINDS } from '../../../src/kinds/all.ts';
import type { Kind } from '../../../src/kinds/kind.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { loadKubeContext } from '../../../src/kube/kubeconfig.ts';
import { type Log, silentLog } from '../../../src/kube/log.ts';
import { isAtLeast } from '../../../src/kube/object.ts';
import { createTransport } from '../../../src/kube/transport.ts';
import { createMetrics, type Metrics } from '../../../src/operator/metrics.ts';
import type { OptaObject } from '../../../src/operator/objects.ts';
import { createOperator } from '../../../src/operator/operator.ts';
import type { Settings } from '../../../src/operator/settings.ts';
import { type Life, TEST_SETTINGS, type Write } from '../../support/life.ts';
import { allReady, isTrue, settle } from '../../support/settle.ts';
import { ACCOUNT, type TestWorld } from '../../support/world.ts';

export interface RunOptions {
  /** Default: as shipped. A mutant gives others. */
  readonly kinds?: readonly Kind[];
  readonly log?: Log;
  readonly settings?: Partial<Settings>;
  readonly kubeconfig?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** An operator that runs until `end`; what a test of its output needs to know of it. */
export interface Run extends Life {
  readonly metrics: Metrics;
  /** On whose account calls to AWS waited: `change shop`. */
  readonly waited: ReadonlySet<string>;
  /** Until all is done that can be done now. */
  settle(until?: (objects: readonly OptaObject[]) => boolean): Promise<void>;
  /** One drift interval passes, and every object is looked at. */
  drift(): Promise<void>;
}

/** Published rates are no part of what is tested here, and virtual time does not pass while calls wait. */
const LIMITS = Object.fromEntries(
  ['CreateKey', 'CreateAlias', 'UpdateAlias', 'DeleteAlias', 'EnableKey', 'EnableKeyRotation', 'PutKeyPolicy']
    .concat([
      'TagResource',
      'UntagResource',
      'ScheduleKeyDeletion',
      'CancelKeyDeletion',
      'UpdateKeyDescription',
    ])
    .map(operation => [`kms:${operation}`, 10_000])
    .concat([['tagging:GetResources', 10_000]]),
);

export async function run(world: TestWorld, options: RunOptions = {}): Promise<Run> {
  const writes: Write[] = [];
  const ending = new AbortController();
  const metrics = createMetrics();
  const passes = new Map<string, number>();
  const waited = new Set<string>();
  let busy = 0;
  let requests = 0;

  async function through<T>(what: Write | undefined, send: () => Promise<T>): Promise<T> {
    if (what !== undefined) writes.push(what);
    busy += 1;
    try {
      return await send();
    } finally {
      busy -= 1;
    }
  }

  const transport = createTransport({
    context: await loadKubeContext({ path: options.kubeconfig ?? world.bench.controlPlane.kubeconfig }),
    clock: systemClock,
    onExchange: metrics.exchange,
    intercept(call, send) {
      requests += 1;
      const isWrite = call.method !== 'GET' && !call.path.includes('/events');
      return through(isWrite ? { side: 'kube', what: `${call.method} ${call.path}` } : undefined, send);
    },
  });
  const settings = { ...TEST_SETTINGS, ...options.settings };
  const credentials = options.credentials ?? { accessKeyId: ACCOUNT, secretAccessKey: 'test' };
  const operator = createOperator({
    settings,
    kinds: options.kinds ?? KINDS,
    transport,
    clock: world.clock,
    log: options.log ?? silentLog,
    instance: 'test',
    random: () => 0.5,
    signal: ending.signal,
    onPass(pass) {
      metrics.pass(pass);
      passes.set(pass.key, (passes.get(pass.key) ?? 0) + 1);
    },
    aws: {
      endpoint: world.bench.gateway.url,
      credentials: async () => credentials,
      limits: LIMITS,
      requestTimeoutMs: 15_000,
      hooks: {
        measured: metrics.awsCall,
        around(call: AwsCall, send) {
          const { lane, flow } = currentLane();
          waited.add(`${lane} ${flow}`);
          return through(
            call.mutating ? { side: 'aws', what: `${call.service}:${call.operation}` } : undefined,
            send,
          );
        },
      },
    },
  });
  await operator.lead();

  const self: Run = {
    operator,
    writes,
    died: false,
    metrics,
    waited,
    get requests() {
      return requests;
    },
    get busy() {
      return busy;
    },
    async settle(until = allReady) {
      // What was changed a moment ago may not have come by the watch yet, and would be taken for done.
      const now = await world.objects();
      const has = (seen: readonly OptaObject[], { metadata }: OptaObject) => {
        const one = seen.find(object => object.metadata.uid === metadata.uid);
        if (one === undefined) return metadata.deletionTimestamp !== undefined;
        return isAtLeast(one.metadata.resourceVersion, metadata.resourceVersion);
      };
      await settle(world, self, seen => now.every(object => has(seen, object)) && until(seen));
    },
    async drift() {
      const before = new Map(passes);
      world.clock.advance(settings.driftIntervalMs * 1.1 + 1);
      const everyoneLooked = (objects: readonly OptaObject[]) =>
        objects.every(object => {
          const key = `${object.kind}:${[object.metadata.namespace, object.metadata.name].filter(Boolean).join('/')}`;
          return (passes.get(key) ?? 0) > (before.get(key) ?? 0);
        });
      await settle(world, self, everyoneLooked);
    },
    async end() {
      ending.abort();
      transport.close();
    },
  };
  return self;
}

/** Everything is ready, or waits for somebody, or says why not: nothing comes of waiting longer. */
export function calm(objects: readonly OptaObject[]): boolean {
  return objects.every(object => {
    if (object.metadata.deletionTimestamp !== undefined) return isTrue(object, 'Stalled');
    const ready = object.status?.conditions?.find(one => one.type === 'Ready');
    return ready?.observedGeneration === object.metadata.generation && ready?.reason !== 'Progressing';
  });
}
