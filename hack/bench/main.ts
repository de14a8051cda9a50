import { startBench } from './bench.ts';
import { endingSignal } from './ending.ts';
import { adminTransport, install } from './install.ts';
import { operatorAccess } from './operator.ts';
import { prepareBench } from './prepare.ts';

/** `npm run bench`: everything in the foreground, one JSON line when ready, and nothing left behind. */
const signal = endingSignal();
const log = (line: string) => console.error(line);

try {
  await run();
} catch (error) {
  // Ended before it was ready: as a shell reports an interrupt.
  process.exitCode = signal.aborted ? 130 : 1;
  if (!signal.aborted) log(error instanceof Error ? error.message : String(error));
}

async function run(): Promise<void> {
  await prepareBench({ log, signal });
  const bench = await startBench({ log, signal });
  try {
    const { kubeconfig } = bench.controlPlane;
    const transport = await adminTransport(kubeconfig);
    await install(transport).finally(() => transport.close());
    const operator = await operatorAccess(bench, log);
    signal.throwIfAborted();
    const { url: awsEndpoint, controlUrl: control } = bench.gateway;
    const ready = { kubeconfig, awsEndpoint, control, operatorKubeconfig: operator.kubeconfig };
    console.log(JSON.stringify(ready));
    await ended();
    operator.stop();
  } finally {
    await bench.stop();
  }
}

async function ended(): Promise<void> {
  // A signal handler alone does not keep a process alive.
  const alive = setInterval(() => {}, 60_000);
  await new Promise(resolve => signal.addEventListener('abort', resolve));
  clearInterval(alive);
}
