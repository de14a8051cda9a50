import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINISTACK } from '../bench/aws/ministack.ts';
import { MOTO } from '../bench/aws/moto.ts';
import { startNursery } from '../bench/aws/nursery.ts';
import { prepareBench } from '../bench/prepare.ts';
import { TEST_RUN_DIRECTORY } from './run-directory.ts';

/**
 * Builds what tests with a control plane or an emulator need before the first of them, so that no time-out counts it.
 * Returns the way to end what was started for all of them.
 */
export default async function prepare(): Promise<(() => Promise<void>) | undefined> {
  const log = (line: string) => console.log(line);
  try {
    await prepareBench({ log });
    const nurseries = await Promise.all([MINISTACK, MOTO].map(program => startNursery(program, { log })));
    const directory = await mkdtemp(join(tmpdir(), 'opta-tests-'));
    process.env[TEST_RUN_DIRECTORY] = directory;
    return async () => {
      await Promise.all(nurseries.map(one => one.stop()));
      // What test processes left running ends with them, which may be just now.
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    };
  } catch (error) {
    // Unit tests run without; the others fail with this reason each.
    console.error(`the test bench is not ready: ${error instanceof Error ? error.message : error}`);
  }
  return undefined;
}
