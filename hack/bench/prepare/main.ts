import { ensureEmulators } from '../aws/python-process.ts';
import { ensureControlPlane } from '../kubernetes/build.ts';

// A signal to the process group ends the compiler or pip; this process then removes what they left, and fails.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true;
  });
}

const log = (line: string) => console.log(line);
try {
  // One after the other: both use all cores.
  for (const ensure of [ensureControlPlane, ensureEmulators]) {
    await ensure({ log });
    if (interrupted) throw new Error('interrupted');
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
