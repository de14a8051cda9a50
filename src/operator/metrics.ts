import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AwsCall } from '../aws/client.ts';
import { findCondition } from '../kube/conditions.ts';
import type { Pass } from '../kube/controller.ts';
import type { Exchange } from '../kube/transport.ts';
import type { OptaObject } from './objects.ts';

/** Names follow controller-runtime's where it has them, so that known dashboards fit. */
export interface Metrics {
  readonly registry: Registry;
  awsCall(call: AwsCall, result: string, ms: number): void;
  pass(pass: Pass): void;
  exchange(exchange: Exchange): void;
  /** Read when scraped. */
  observe(read: {
    depth: () => number;
    running: () => number;
    leading: () => boolean;
    objects: () => Iterable<OptaObject>;
  }): void;
}

/** As controller-runtime calls them (pkg/internal/controller, reconcileHandler); a turn that only waits is no pass. */
const RESULT: Readonly<Record<Pass['outcome'], string | undefined>> = {
  done: 'success',
  requeued: 'requeue_after',
  waits: undefined,
  failed: 'error',
  'timed-out': 'error',
};

/** There is one queue, of all kinds. */
const QUEUE = 'opta-operator';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const calls = new Counter({
    name: 'opta_aws_calls_total',
    help: 'Calls to AWS by service, operation and result (ok, or the class of the error).',
    labelNames: ['service', 'operation', 'result'],
    registers,
  });
  const callSeconds = new Histogram({
    name: 'opta_aws_call_duration_seconds',
    help: 'Time of calls to AWS.',
    labelNames: ['service'],
    buckets: SECONDS,
    registers,
  });
  const passes = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconcile passes by kind and result.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const passSeconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Time of reconcile passes.',
    labelNames: ['controller'],
    buckets: SECONDS,
    registers,
  });
  const waitSeconds = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'Time from being added to being taken by a worker.',
    labelNames: ['name'],
    buckets: SECONDS,
    registers,
  });
  const requests = new Counter({
    name: 'opta_kubernetes_requests_total',
    help: 'Requests to the API server by method and status.',
    labelNames: ['method', 'status'],
    registers,
  });
  return {
    registry,
    awsCall({ service, operation }, result, ms) {
      calls.inc({ service, operation, result });
      callSeconds.observe({ service }, ms / 1000);
    },
    pass({ key, lane, outcome, waitedMs, durationMs }) {
      const result = RESULT[outcome];
      if (result === undefined) return;
      const controller = key.slice(0, key.indexOf(':'));
      passes.inc({ controller, result });
      passSeconds.observe({ controller }, durationMs / 1000);
      waitSeconds.observe({ name: lane }, waitedMs / 1000);
    },
    exchange: ({ method, status }) => requests.inc({ method, status }),
    observe({ depth, running, leading, objects }) {
      const gauges = [
        ['workqueue_depth', 'Objects that wait for a worker.', depth, { name: QUEUE, controller: QUEUE }],
        [
          'controller_runtime_active_workers',
          'Objects that are being worked on.',
          running,
          { controller: QUEUE },
        ],
        ['opta_leader', '1 while this process leads.', () => Number(leading()), {}],
      ] as const;
      for (const [name, help, read, labels] of gauges) {
        new Gauge({
          name,
          help,
          labelNames: Object.keys(labels),
          registers,
          collect() {
            this.set(labels, read());
          },
        });
      }
      new Gauge({
        name: 'opta_objects',
        help: 'Objects by kind and reason of their condition Ready.',
        labelNames: ['kind', 'reason'],
        registers,
        collect() {
          this.reset();
          for (const { kind, status } of objects()) {
            const reason = findCondition(status?.conditions, 'Ready')?.reason ?? 'Unknown';
            this.inc({ kind, reason });
          }
        },
      });
    },
  };
}
