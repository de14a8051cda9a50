import { prepareBench } from '../bench/prepare.ts';

/** Builds what tests with a control plane or an emulator need before the first of them, so that no time-out counts it. */
export default async function prepare(): Promise<void> {
  try {
    await prepareBench({ log: line => console.log(line) });
  } catch (error) {
    // Unit tests run without; the others fail with this reason each.
    console.error(`the test bench is not ready: ${error instanceof Error ? error.message : error}`);
  }
}
