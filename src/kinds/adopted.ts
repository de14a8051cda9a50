import type { Entry } from '../engine/inventory.ts';
import type { Kind, KindInput, Problem } from './kind.ts';

interface Adopting {
  readonly adopt?: { readonly name?: string | undefined } | undefined;
}

/** An object, as far as it tells what it took into care. */
export interface AdoptionOf {
  readonly adopting: Kind['adopting'];
  readonly spec: Adopting;
  readonly resources: readonly Pick<Entry, 'node' | 'epoch' | 'id' | 'name'>[];
  readonly input: KindInput<unknown>;
}

/** The resource that the object adopted, where its spec says nothing of it any more. */
export function adoptedBefore(of: AdoptionOf): string | undefined {
  const was = nameOnRecord(of);
  if (of.spec.adopt !== undefined || was === undefined || isSame(was, of.adopting?.nameOf(of.input)))
    return undefined;
  return was;
}

/**
 * Why the resource of the object cannot be another one: what it has made would be forgotten in AWS, and what it has adopted
 * would be written to as if it were its own. Undefined while nothing was made, or where it is the same.
 */
export function adoptionChange(of: AdoptionOf): Problem | undefined {
  const { adopting, spec, input } = of;
  const was = nameOnRecord(of);
  const left = adoptedBefore(of);
  const problem = (message: string): Problem => ({ field: 'spec.adopt', reason: 'InvalidSpec', message });
  if (left !== undefined) {
    return problem(
      `cannot be left out: this object takes care of ${left}, which was there before it. Write adopt: {name: ${left}} again. ` +
        'Until then nothing of this object is changed in AWS',
    );
  }
  if (spec.adopt === undefined || was === undefined) return undefined;
  const asked = spec.adopt.name;
  if (asked === undefined ? isSame(was, adopting?.nameOf(input)) : asked === was) return undefined;
  return problem(
    `this object has ${was} already, which would be left in AWS without anybody's care. To take over another one, delete ` +
      'this object (deletionPolicy: Retain keeps what it has) and make it again with adopt. Until adopt is as it was ' +
      'nothing of this object is changed in AWS',
  );
}

function nameOnRecord({ adopting, resources }: AdoptionOf): string | undefined {
  return resources.findLast(one => one.node === adopting?.node && one.id !== undefined)?.name;
}

/** But for the end that AWS asks of what is first in, first out: that is another one of the same object. */
function isSame(a: string, b: string | undefined): boolean {
  return a.replace(/\.fifo$/, '') === b?.replace(/\.fifo$/, '');
}
