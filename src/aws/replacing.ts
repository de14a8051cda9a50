import type { Change } from '../engine/adaptor.ts';

/** Of fields that AWS cannot change in place: a difference means another resource instead. */
export function replacing<F extends string>(
  fields: readonly F[],
  desired: Readonly<Record<F, unknown>>,
  state: Readonly<Record<F, unknown>>,
): Change[] {
  return fields
    .filter(field => state[field] !== desired[field])
    .map(field => ({ field, from: state[field], to: desired[field], risk: 'High', replace: true }));
}
