import { setTimeout as delay } from 'node:timers/promises';
import { currentLane } from '../../../src/aws/lane.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import type { Kind } from '../../../src/kinds/kind.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import { loadKubeContext } from '../../../src/kube/kubeconfig.ts';
import { type Log, silentLog } from '../../../src/kube/log.ts';
import { isAtLeast } from '../../../src/kube/object.ts';
import { type Call, createTransport, type Transport } from '../../../src/kube/transport.ts';
import { createMetrics, type Metrics } from '../../../src/operator/metrics.ts';
import type { OptaObject } from '../../../src/operator/objects.ts';
import type { Settings } from '../../../src/operator/settings.ts';
import { type Life, TEST_SETTINGS } from '../../support/life.ts';
import { allReady, isTrue, settle } from '../../support/settle.ts';
import type { TestWorld } from '../../support/world.ts';

/** Turns of 5 ms: of a machine that is busy with much else. */
const LONGEST_LAG_TURNS = 12_000;
/** After so many the watch that owes something may have broken: it is opened again when time has moved on. */
const BROKEN_TURNS = 300;

/** Waits for the watches to bring what a tenant wrote, who tells nobody of it: else the former state is taken for the end. */
async function caughtUp(world: TestWorld, life: Life): Promise<void> {
  const { world: known } = life.operator;
  for (let turn = 0; turn < LONGEST_LAG_TURNS; turn++) {
    // Asked again each time: what goes meanwhile is never seen.
    const stored = await world.objects();
    const seen = known.kinds.flatMap(kind => [...known.objects(kind.api.kind).all()]);
    const isKnown = ({ metadata }: OptaObject) =>
      seen.some(
        one =>
          one.metadata.uid === metadata.uid &&
          isAtLeast(one.metadata.resourceVersion, metadata.resourceVersion),
      );
    if (stored.every(isKnown) && seen.length <= stored.length) return;
    if (turn % BROKEN_TURNS === BROKEN_TURNS - 1) world.clock.skip();
    await delay(5);
  }
  throw new Error('the watches do not bring what was written');
}

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
export interface Run extends Pick<Life, 'operator' | 'writes'> {
  readonly metrics: Metrics;
  /** On whose account calls to AWS waited: `change shop`. */
  readonly waited: ReadonlySet<string>;
  /** Until all is done that can be done now. */
  settle(until?: (objects: readonly OptaObject[]) => boolean): Promise<void>;
  /** One drift interval passes, and every object is looked at. */
  drift(): Promise<void>;
  end(): Promise<void>;
}

export async function run(world: TestWorld, options: RunOptions = {}): Promise<Run> {
  const metrics = createMetrics();
  const passes = new Map<string, number>();
  const waited = new Set<string>();
  const { kubeconfig, credentials, settings, kinds, log = silentLog } = options;
  const own =
    kubeconfig === undefined
      ? undefined
      : createTransport({ context: await loadKubeContext({ path: kubeconfig }), clock: systemClock });
  const life = world.live({
    transport: world.cluster.news.listen(measured(own ?? world.cluster.operatorTransport, metrics)),
    log,
    hooks: {
      measured(call, result, ms) {
        const { lane, flow } = currentLane();
        waited.add(`${lane} ${flow}`);
        metrics.awsCall(call, result, ms);
      },
    },
    onPass(pass) {
      metrics.pass(pass);
      passes.set(pass.key, (passes.get(pass.key) ?? 0) + 1);
    },
    ...(settings === undefined ? {} : { settings }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  await settle(world, life, () => life.isLeading);
  return {
    operator: life.operator,
    writes: life.writes,
    metrics,
    waited,
    async settle(until = allReady) {
      await caughtUp(world, life);
      await settle(world, life, until);
    },
    async drift() {
      const before = new Map(passes);
      world.clock.advance((settings?.driftIntervalMs ?? TEST_SETTINGS.driftIntervalMs) * 1.1 + 1);
      const everyoneLooked = (objects: readonly OptaObject[]) =>
        objects.every(object => {
          const key = `${object.kind}:${[object.metadata.namespace, object.metadata.name].filter(Boolean).join('/')}`;
          return (passes.get(key) ?? 0) > (before.get(key) ?? 0);
        });
      await settle(world, life, everyoneLooked);
    },
    async end() {
      await life.end();
      own?.close();
    },
  };
}

/** The operator's own transport tells of each exchange; this one is shared by operators, and tells this one's metrics. */
function measured(transport: Transport, metrics: Metrics): Transport {
  return {
    ...transport,
    async request<T>(call: Call): Promise<T> {
      const startedAt = performance.now();
      const told = (status: number) =>
        metrics.exchange({
          method: call.method,
          path: call.path,
          status,
          durationMs: performance.now() - startedAt,
        });
      try {
        const answer = await transport.request<T>(call);
        told(200);
        return answer;
      } catch (error) {
        told(error instanceof ApiError ? error.status : 0);
        throw error;
      }
    },
  };
}

/** Everything is ready, or waits for somebody, or says why not: nothing comes of waiting longer. */
export function calm(objects: readonly OptaObject[]): boolean {
  return objects.every(object => {
    if (object.metadata.deletionTimestamp !== undefined) return isTrue(object, 'Stalled');
    const ready = object.status?.conditions?.find(one => one.type === 'Ready');
    return ready?.observedGeneration === object.metadata.generation && ready?.reason !== 'Progressing';
  });
}
