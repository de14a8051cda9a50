import type { DefaultField } from '../engine/pass.ts';

/** True when the spec leaves the field out; `field` is its path: `deadLetter.mode`. */
export function isUnset(spec: object, field: string): boolean {
  return valueAt(spec, field) === undefined;
}

/** Only the defaults that the spec leaves room for. */
export function unsetOf(spec: object, fields: readonly DefaultField[]): readonly DefaultField[] {
  return fields.filter(one => isUnset(spec, one.field));
}

/** The spec with defaults, by path, where it says nothing. Neither is changed. */
export function withDefaults<Spec extends object>(
  spec: Spec,
  defaults: Readonly<Record<string, unknown>>,
): Spec {
  const filled = structuredClone(spec);
  for (const [field, value] of Object.entries(defaults)) {
    if (!isUnset(filled, field)) continue;
    const parts = field.split('.');
    const last = parts.pop();
    if (last === undefined) continue;
    let place: object = filled;
    for (const part of parts) {
      const next: unknown = Reflect.get(place, part);
      const inner = typeof next === 'object' && next !== null ? next : {};
      Reflect.set(place, part, inner);
      place = inner;
    }
    Reflect.set(place, last, value);
  }
  return filled;
}

function valueAt(value: unknown, field: string): unknown {
  let current = value;
  for (const part of field.split('.')) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, part);
  }
  return current;
}
