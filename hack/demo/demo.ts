import { styleText } from 'node:util';
import type { KubeObject } from '../../src/kube/object.ts';
import { setPace } from '../bench/aws/overlays/pace.ts';
import { startBench } from '../bench/bench.ts';
import { adminTransport, install } from '../bench/install.ts';
import { logTail } from '../bench/kubernetes/program.ts';
import { prepareBench } from '../bench/prepare.ts';
import { startBenchDns } from './dns.ts';
import { lookOften } from './eager.ts';
import { followUntilReady } from './follow.ts';
import { guideOf } from './guide.ts';
import { type RunningOperator, startOperator } from './operator.ts';
import { clusterIn, putAndGet, sendThrough } from './proof.ts';
import { applySamples } from './samples.ts';
import type { Screen } from './screen.ts';

export interface Demo {
  readonly screen: Screen;
  /** End after the proof. */
  readonly once: boolean;
  readonly signal: AbortSignal;
}

const READY_WITHIN_MS = 180_000;
/** What takes AWS minutes takes the demo's a fiftieth of that. */
const PACE = 0.02;
/** Of the bench's keys. */
const ACCOUNT = '123456789012';

/** The demo from start to end; rejects with why it failed, or with the signal's reason. It always cleans up. */
export async function runDemo({ screen, once, signal }: Demo): Promise<void> {
  const log = (line: string) => screen.progress(line);
  const began = Date.now();
  const failure = new AbortController();
  const stops: (() => Promise<void>)[] = [];
  try {
    screen.line(styleText('bold', 'opta-operator demo') + styleText('dim', ': no cloud, no Docker'));
    screen.line();
    await prepareBench({ log, signal });
    screen.progress('starting a Kubernetes control plane and an AWS emulator');
    const bench = await startBench({ log, signal });
    stops.push(() => bench.stop());
    setPace(bench.gateway, PACE);
    screen.done(`Kubernetes at ${bench.controlPlane.server}, AWS at ${bench.gateway.url}`);

    const admin = await adminTransport(bench.controlPlane.kubeconfig);
    stops.push(async () => admin.close());
    await install(admin);
    screen.done('custom resources, ServiceAccount and rights installed');

    screen.progress('starting the operator');
    const dns = await startBenchDns(bench.gateway, ACCOUNT);
    stops.push(() => dns.stop());
    // By its identity one that is started again goes on at once, as a restarted container does.
    const flags = ['--dns-server', dns.address, '--identity', 'demo'];
    let operator = await startOperator(bench, log, flags);
    stops.push(() => operator.stop());
    screen.done(`operator runs as its ServiceAccount (process ${operator.pid})`);
    signal.throwIfAborted();

    const applied = Date.now();
    const samples = await applySamples(admin);
    screen.done('deploy/samples applied');
    screen.line();
    const either = AbortSignal.any([signal, failure.signal]);
    const eager = lookOften(admin, one(samples, 'OptaEnvironment'), either);
    stops.push(() => eager);
    const follow = { transport: admin, objects: samples, screen, timeoutMs: READY_WITHIN_MS, signal: either };
    const objects = await Promise.race([followUntilReady(follow), failOnEnd(operator)]).catch(error => {
      throw signal.aborted ? error : withLog(error, operator);
    });
    screen.line();
    const made = objects.reduce((sum, object) => sum + (object.status?.resources?.length ?? 0), 0);
    screen.done(`all Ready after ${seconds(applied)}, with ${made} AWS resources`);

    const aws = { endpoint: bench.gateway.url, region: bench.environment.AWS_REGION ?? '' };
    screen.done(`EKS has the cluster ${await clusterIn(aws, one(objects, 'OptaEnvironment'))}`);
    const message = await sendThrough(aws, one(objects, 'Topic'), one(objects, 'Queue'));
    screen.done(`published to the Topic, received from the Queue: ${message}`);
    screen.done(`written to the Bucket and read back: ${await putAndGet(aws, one(objects, 'Bucket'))}`);
    screen.done(styleText('bold', `it works (${seconds(began)} in all)`));
    if (once) return;

    for (const line of guideOf(bench, operator)) screen.line(line);
    screen.line();
    screen.line('Ctrl-C ends everything and leaves nothing behind.');
    for (;;) {
      const how = await Promise.race([aborted(signal), operator.ended]);
      if (how === undefined) break;
      await operator.stop();
      operator = await startOperator(bench, log, flags);
      screen.done(
        `the operator ended (${how}); started again, process ${operator.pid}, metrics at ${operator.url}/metrics`,
      );
    }
    screen.line();
  } finally {
    screen.progress('cleaning up');
    failure.abort();
    for (const stop of stops.reverse())
      await stop().catch((error: unknown) => screen.line(`  while cleaning up: ${error}`));
    screen.done('cleaned up');
  }
}

function one<T extends KubeObject>(objects: readonly T[], kind: string): T {
  const found = objects.find(object => object.kind === kind);
  if (found === undefined) throw new Error(`deploy/samples has no ${kind}`);
  return found;
}

async function failOnEnd(operator: RunningOperator): Promise<never> {
  throw new Error(`the operator ended by itself (${await operator.ended})`);
}

function withLog(error: unknown, { logPath }: RunningOperator): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(`${message}\n\nThe end of the operator's log:\n${logTail(logPath)}`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise(resolve => signal.addEventListener('abort', resolve));
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
