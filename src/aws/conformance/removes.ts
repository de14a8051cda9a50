import { expect, test } from 'vitest';
import { asCloudError } from '../../engine/errors.ts';
import type { Harness } from './harness.ts';

/** What is removed is gone, and removing it again says so at the most. */
export function removes<D, S, P>({ adaptor, cases, find, made }: Harness<D, S, P>): void {
  test('remove, and remove again', async () => {
    const at = await made();
    const options = { desired: at.desired, owner: at.world.owner };
    await adaptor.remove(at.world.scope, at.found, options);
    await cases.finish?.(at.world, at.parts);
    for (const id of [undefined, at.found.id]) {
      const left = await find(at, [], id);
      expect(left.filter(one => adaptor.isRemoved?.(one.state) !== true)).toEqual([]);
    }
    const again = adaptor.remove(at.world.scope, at.found, options);
    expect(await again.catch(error => asCloudError(error).class)).toBeOneOf([undefined, 'NotFound']);
  });
}
