import type { Entry } from '../engine/inventory.ts';
import type { Adopting, Kind, KindInput, Problem } from './kind.ts';

/** An object, as far as it tells what it took into care. */
export interface AdoptionOf {
  readonly adopting: Kind['adopting'];
  readonly spec: Adopting;
  readonly resources: readonly Entry[];
  readonly input: KindInput<unknown>;
}

/** What `spec.adopt` is about, as it was made or taken into care; undefined while it was not. */
export function entryOnRecord({ adopting, resources }: AdoptionOf): Entry | undefined {
  return resources.findLast(one => one.node === adopting?.node && one.id !== undefined);
}

/** What is on record is another resource than the spec means. */
export function isAnother(of: AdoptionOf): boolean {
  const was = entryOnRecord(of)?.name;
  if (was === undefined) return false;
  const asked = of.spec.adopt?.name;
  return asked === undefined ? !isSame(was, of.adopting?.nameOf(of.input)) : asked !== was;
}

/**
 * Why it cannot be: what the object has made would be forgotten in AWS, and what it has adopted would be written to as if it
 * were its own.
 */
export function anotherProblem(of: AdoptionOf): Problem {
  const was = entryOnRecord(of)?.name;
  const message =
    of.spec.adopt === undefined
      ? `cannot be left out: this object takes care of ${was}, which was there before it. Write adopt: {name: ${was}} again`
      : `this object has ${was} already, which would be left in AWS without anybody's care. To take over another one, delete ` +
        'this object (deletionPolicy: Retain keeps what it has) and make it again with adopt, or put adopt back as it was';
  return {
    field: 'spec.adopt',
    reason: 'InvalidSpec',
    message: `${message}. Until then nothing of this object is changed in AWS`,
  };
}

/** But for the end that AWS asks of what is first in, first out: that is another one of the same object. */
function isSame(a: string, b: string | undefined): boolean {
  return a.replace(/\.fifo$/, '') === b?.replace(/\.fifo$/, '');
}
