import { afterAll, beforeAll, describe } from 'vitest';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import type { Cases } from './cases.ts';
import { changes } from './changes.ts';
import { creates } from './creates.ts';
import { createHarness } from './harness.ts';
import { owners } from './owners.ts';
import { removes } from './removes.ts';
import { type AwsBench, startAwsBench } from './world.ts';

/** Registers what every adaptor must do, one test each, against the emulated AWS. `more` adds the adaptor's own tests. */
export function conformance<D, S, P>(
  adaptor: AwsAdaptor<D, S>,
  cases: Cases<D, S, P>,
  more: (bench: () => AwsBench) => void = () => {},
): void {
  describe(`${adaptor.type} conforms`, () => {
    let bench: AwsBench;
    beforeAll(async () => {
      bench = await startAwsBench();
    });
    afterAll(() => bench?.stop());
    const harness = createHarness(adaptor, cases, () => bench);
    creates(harness);
    owners(harness);
    changes(harness);
    removes(harness);
    more(() => bench);
  });
}
