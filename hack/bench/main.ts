import { startBench } from './bench.ts';
import { adminTransport, install } from './install.ts';

/** `npm run bench`: everything in the foreground, one JSON line when ready, and nothing left behind. */
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());

const bench = await startBench({ log: line => console.error(line) });
try {
  const transport = await adminTransport(bench.controlPlane.kubeconfig);
  await install(transport);
  transport.close();
  if (!ending.signal.aborted) {
    const { kubeconfig } = bench.controlPlane;
    console.log(
      JSON.stringify({ kubeconfig, awsEndpoint: bench.gateway.url, control: bench.gateway.controlUrl }),
    );
    await new Promise<void>(resolve => {
      // A signal handler alone does not keep a process alive.
      const alive = setInterval(() => {}, 60_000);
      ending.signal.addEventListener('abort', () => {
        clearInterval(alive);
        resolve();
      });
    });
  }
} finally {
  await bench.stop();
}
