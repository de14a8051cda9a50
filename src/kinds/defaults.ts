import { z } from 'zod';
import { onceFor } from '../engine/once-for.ts';
import type { DefaultField } from '../engine/pass.ts';
import type { Kind } from './kind.ts';

type Values = Readonly<Record<string, unknown>>;

/** True when the spec leaves the field out; `field` is its path: `deadLetter.mode`. */
export function isUnset(spec: object, field: string): boolean {
  return valueAt(spec, field) === undefined;
}

/** Only the defaults that the spec leaves room for. */
export function unsetOf(spec: object, fields: readonly DefaultField[]): readonly DefaultField[] {
  return fields.filter(one => isUnset(spec, one.field));
}

/**
 * Those that the spec writes, with what it writes. `fields`: of a spec that writes none. What lets others in is none of them: it
 * holds only while it is written.
 */
export function writtenOf(spec: object, fields: readonly DefaultField[]): readonly DefaultField[] {
  return fields
    .filter(one => one.opens !== true && !isUnset(spec, one.field))
    .map(one => ({ ...one, value: valueAt(spec, one.field) }));
}

/** The fields that have a default: the same for every spec and on every day, which decide on values alone. */
export const defaultFields: (
  kind: Pick<Kind, 'defaults'>,
) => readonly Pick<DefaultField, 'field' | 'fixedBy'>[] = onceFor(kind => kind.defaults({}, 0));

/**
 * The defaults of a status that mean something: of fields that have one, with a value that the spec could have as well.
 * A status may be written by others, and what admission refuses in a spec must not come in this way.
 */
export function trustedDefaults(
  kind: Pick<Kind, 'api' | 'defaults' | 'fixed'>,
  stored: Values | undefined,
): Values {
  const trusted: Record<string, unknown> = {};
  if (stored === undefined) return trusted;
  for (const { field } of [...defaultFields(kind), ...(kind.fixed ?? [])]) {
    if (!Object.hasOwn(stored, field)) continue;
    if (isValueOf(kind.api.spec, field, stored[field])) trusted[field] = stored[field];
  }
  return trusted;
}

/** What was chosen once and stays: what the spec has since left no room for is computed anew. */
export function keptDefaults(
  kind: Pick<Kind, 'api' | 'defaults' | 'fixed' | 'settled'>,
  spec: object,
  stored: Values | undefined,
): Values {
  const trusted = trustedDefaults(kind, stored);
  return kind.settled?.(spec, trusted) ?? trusted;
}

/** Bounds are left to AWS: what was adopted may be further out than the schema goes. */
function isValueOf(spec: z.ZodType, field: string, value: unknown): boolean {
  const result = schemaAt(spec, field)?.safeParse(value);
  return result?.error?.issues.every(({ code }) => code === 'too_big' || code === 'too_small') ?? !!result;
}

function schemaAt(spec: z.ZodType, field: string): z.ZodType | undefined {
  let schema: unknown = spec;
  for (const part of field.split('.')) {
    while (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) schema = schema.unwrap();
    schema = schema instanceof z.ZodObject ? ownMember(schema.shape, part) : undefined;
  }
  return schema instanceof z.ZodType ? schema : undefined;
}

/** The spec with defaults, by path, where it says nothing. Neither is changed. */
export function withDefaults<Spec extends object>(spec: Spec, defaults: Values): Spec {
  let filled = spec;
  for (const [field, value] of Object.entries(defaults)) {
    if (isUnset(filled, field)) filled = withValue(filled, field.split('.'), value);
  }
  return filled;
}

/** A copy along the path only: what else is in a spec may be too deep to be copied. */
function withValue<T extends object>(object: T, [part = '', ...rest]: readonly string[], value: unknown): T {
  const before = ownMember(object, part);
  const inner = typeof before === 'object' && before !== null ? before : {};
  return { ...object, [part]: rest.length === 0 ? value : withValue(inner, rest, value) };
}

export function valueAt(value: unknown, field: string): unknown {
  let current = value;
  for (const part of field.split('.')) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = ownMember(current, part);
  }
  return current;
}

/** A path is a text of a status: `__proto__` in it is a name like any other, and nobody's prototype. */
function ownMember(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}
