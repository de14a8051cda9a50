import { hostname } from 'node:os';
import { createNameServerLookup } from './aws/route53/name-servers.ts';
import { systemClock } from './engine/clock.ts';
import { KINDS } from './kinds/all.ts';
import { loadKubeContext } from './kube/kubeconfig.ts';
import { holdLease } from './kube/lease.ts';
import { messageOf } from './kube/log.ts';
import { createTransport } from './kube/transport.ts';
import { serveHttp } from './operator/http.ts';
import { createLog } from './operator/log.ts';
import { createMetrics } from './operator/metrics.ts';
import { createOperator } from './operator/operator.ts';
import { LONGEST_CALL_MS, type Options, readOptions, USAGE } from './operator/options.ts';

/** A watch that was not heard for so long is broken, though reflectors end silent watches themselves; in ms. */
const DEAF_MS = 15 * 60_000;
/** For the last events. */
const STOP_GRACE_MS = 2_000;

async function main(options: Options): Promise<void> {
  const log = createLog(options.logLevel);
  const metrics = createMetrics();
  const context = await loadKubeContext();
  const transport = createTransport({ context, clock: systemClock, log, onExchange: metrics.exchange });
  const lease = holdLease({
    transport,
    clock: systemClock,
    namespace: options.leaseNamespace,
    name: options.leaseName,
    identity: options.identity,
    durationMs: options.leaseDurationMs,
    renewDeadlineMs: options.renewDeadlineMs,
    retryMs: options.retryMs,
    isUnused: () => operator.isUnused(),
    log,
  });
  transport.before.push(call => lease.guard(call.timeoutMs));
  const operator = createOperator({
    settings: options,
    kinds: KINDS,
    transport,
    clock: systemClock,
    log,
    instance: options.instance,
    onPass: metrics.pass,
    aws: {
      limits: options.awsLimits,
      nameServersOf: createNameServerLookup(
        options.dnsServers.length === 0 ? {} : { servers: options.dnsServers },
      ),
      requestTimeoutMs: LONGEST_CALL_MS,
      hooks: { guard: () => lease.guard(LONGEST_CALL_MS), measured: metrics.awsCall },
    },
  });
  metrics.observe({
    depth: () => operator.queue.depth,
    running: () => operator.queue.running,
    leading: () => lease.isHeld,
    objects: () => operator.world.kinds.flatMap(({ api }) => [...operator.world.objects(api.kind).all()]),
  });

  const server = await serveHttp(
    options.httpPort,
    options.httpHost,
    {
      live: () =>
        systemClock.monotonic() - operator.lastHeardAt() > DEAF_MS
          ? 'the API server was not heard for 15 minutes'
          : undefined,
      ready() {
        const problems = [...operator.unlisted(), ...operator.outdated()];
        return problems.length === 0 ? undefined : problems.join('\n');
      },
    },
    metrics.registry,
  );
  log.info({ installation: options.installation, identity: options.identity }, 'opta-operator started');

  async function stop(reason: string, code: number): Promise<never> {
    log.info({ reason }, 'opta-operator stops');
    await operator.stop(STOP_GRACE_MS);
    await lease.release();
    server.close();
    transport.close();
    process.exit(code);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(signal, 0));
  // Without the lease nothing may be written any more: the process ends, and a new one asks again.
  void lease.lost.then(() => process.exit(1));

  await lease.acquired;
  log.info({ lease: `${options.leaseNamespace}/${options.leaseName}` }, 'this process leads');
  await operator.lead();
}

let options: Options;
try {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    process.exit(0);
  }
  options = readOptions(process.argv.slice(2), process.env, hostname());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error('opta-operator --help lists the flags');
  process.exit(2);
}
main(options).catch(error => {
  // What a person can mend is said without a stack, which a fault of ours needs.
  if (Object(error).syscall === 'listen')
    console.error(`${messageOf(error)}: choose another address by --http-port and --http-host`);
  else console.error(error);
  process.exit(1);
});
