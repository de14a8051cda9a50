import { startMotoNursery } from '../bench/aws/moto.ts';
import { prepareBench } from '../bench/prepare.ts';

/**
 * Builds what tests with a control plane or an emulator need before the first of them, so that no time-out counts it.
 * Returns the way to end what was started for all of them.
 */
export default async function prepare(): Promise<(() => Promise<void>) | undefined> {
  const log = (line: string) => console.log(line);
  try {
    await prepareBench({ log });
    const nursery = await startMotoNursery({ log });
    return () => nursery.stop();
  } catch (error) {
    // Unit tests run without; the others fail with this reason each.
    console.error(`the test bench is not ready: ${error instanceof Error ? error.message : error}`);
  }
  return undefined;
}
