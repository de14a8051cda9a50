import type { Change } from '../engine/adaptor.ts';

type Attributes = Readonly<Record<string, string | undefined>>;

/** Optional attributes that we once set and that the spec does not ask for any more. `unset`: what AWS shows of one that is not set. */
export function dropped(
  optional: readonly string[],
  of: { readonly desired: Attributes; readonly shown: Attributes; readonly recorded: readonly string[] },
  unset: Attributes = {},
): readonly Change[] {
  return optional.flatMap(field => {
    const from = of.shown[field];
    const isUnset = from === undefined || from === '' || from === unset[field];
    if (isUnset || of.desired[field] !== undefined || !of.recorded.includes(field)) return [];
    return [{ field, from, to: undefined, risk: 'Low' }];
  });
}
