import { isDeepStrictEqual } from 'node:util';
import { type Entry, isReserved } from '../engine/inventory.ts';
import type { DefaultField } from '../engine/pass.ts';
import { isUnset, valueAt } from './defaults.ts';
import type { KindInput, Problem } from './kind.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * A field that stays as it was when something was made by it, also where that was its default. The API server compares
 * what is written before and after; only the record of what was chosen tells that one who writes a field for the first time
 * changes it. The record is beside the defaults in the status.
 */
export interface FixedField<Spec = unknown> {
  /** Its path: `network.cidr`. */
  readonly field: string;
  /** What is made by it: before that is in the inventory it is free. */
  readonly node: string;
  /** How it is asked for, defaults included; undefined where that is not decided. */
  value(input: KindInput<Spec>): unknown;
  /** What leaving it out means, where AWS cannot be asked what it was: only then is it the same as the record. */
  unset?(input: KindInput<Spec>): unknown;
}

/** An object, as far as it tells what is fixed of it. */
export interface FixedOf {
  readonly fixed: readonly FixedField[] | undefined;
  /** As it is written, without defaults. */
  readonly spec: object;
  readonly resources: readonly Pick<Entry, 'node' | 'id' | 'pending' | 'attempts'>[];
  readonly input: (defaults: Values) => KindInput<unknown>;
}

/**
 * The defaults of the status with the record of what is fixed; of what is not made there is none, and what is written is no default.
 * `chosen`: what defaults the kind has. What is gone again was made with a default of its time: another one in its place has today's.
 */
export function withFixed(
  { fixed = [], spec, resources, input }: FixedOf,
  defaults: Values,
  chosen: readonly Pick<DefaultField, 'field' | 'fixedBy'>[],
): Values {
  const all = { ...defaults };
  for (const { field, fixedBy } of chosen)
    if (fixedBy !== undefined && isGone(fixedBy, resources)) delete all[field];
  for (const one of fixed) {
    if (isMade(one, resources)) {
      const value = one.field in all ? undefined : one.value(input(all));
      if (value !== undefined) all[one.field] = value;
    } else if (one.unset !== undefined || !isUnset(spec, one.field)) delete all[one.field];
  }
  return all;
}

/** What the spec asks to be otherwise than it was made; `defaults` with the record. */
export function fixedProblem(
  { fixed = [], spec, resources, input }: FixedOf,
  defaults: Values,
): Problem | undefined {
  for (const one of fixed) {
    const was = defaults[one.field];
    if (was === undefined || !isMade(one, resources)) continue;
    const written = valueAt(spec, one.field);
    const asked = written === undefined ? one.unset?.(input(defaults)) : written;
    if (asked === undefined || isDeepStrictEqual(asked, was)) continue;
    const way = written === undefined ? 'write that again' : 'leave it out, or write that';
    return {
      field: `spec.${one.field}`,
      reason: 'InvalidSpec',
      message: `cannot be changed any more: ${one.node} was made with ${JSON.stringify(was)}; ${way}. Until then nothing of this object is changed in AWS`,
    };
  }
  return undefined;
}

function isMade({ node }: FixedField, resources: FixedOf['resources']): boolean {
  return resources.some(one => one.node === node && !isReserved(one));
}

/** It was there, and was seen to be gone: the number of the next one is all that is left of it. */
function isGone(node: string, resources: FixedOf['resources']): boolean {
  const entries = resources.filter(one => one.node === node);
  return entries.length > 0 && entries.every(isReserved);
}
