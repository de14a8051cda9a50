import fc from 'fast-check';
import { z } from 'zod';
import type { Kind } from '../kind.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Specs of a kind as its schema allows them: every field there or not. Rules across fields are not asked. */
export function specsOf(kind: Kind): fc.Arbitrary<object> {
  const schema = z.toJSONSchema(kind.api.spec, { io: 'input', reused: 'inline' });
  return arbitraryOf(schema as Schema) as fc.Arbitrary<object>;
}

function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: Number(schema.minimum), max: Number(schema.maximum) });
    case 'string':
      return text(schema);
    case 'array':
      return list(schema);
    case 'object':
      return object(schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function text(schema: Schema): fc.Arbitrary<string> {
  const maxLength = Math.min(Number(schema.maxLength ?? 40), 40);
  const patterns = [schema.pattern, ...all(schema).map(one => one.pattern)].filter(
    one => typeof one === 'string',
  );
  // fast-check knows no classes of Unicode and no look-ahead.
  const [pattern] = patterns.filter(one => !/\\p\{|\(\?/.test(one));
  if (pattern === undefined) return fc.string({ minLength: Number(schema.minLength ?? 0), maxLength });
  return fc.stringMatching(new RegExp(pattern), { maxLength: Number(schema.maxLength ?? 200) });
}

function list(schema: Schema): fc.Arbitrary<unknown[]> {
  const items = arbitraryOf((schema.items ?? {}) as Schema);
  const minLength = Number(schema.minItems ?? 0);
  const keys = schema['x-kubernetes-list-map-keys'];
  const selector = (one: unknown) =>
    Array.isArray(keys) ? keys.map(key => Reflect.get(Object(one), key)).join() : JSON.stringify(one);
  return fc.uniqueArray(items, { minLength, maxLength: Math.max(minLength, 3), selector });
}

function object(schema: Schema): fc.Arbitrary<object> {
  const { properties, additionalProperties, propertyNames } = schema;
  if (typeof properties === 'object' && properties !== null) {
    const members = Object.entries(properties).map(
      ([name, one]) => [name, arbitraryOf(one as Schema)] as const,
    );
    const required = Array.isArray(schema.required) ? schema.required : [];
    return fc.record(Object.fromEntries(members), { requiredKeys: required });
  }
  const keys = text((propertyNames ?? {}) as Schema).filter(key => key !== '');
  const minKeys = Number(schema.minProperties ?? 0);
  return fc.dictionary(keys, arbitraryOf((additionalProperties ?? {}) as Schema), {
    minKeys,
    maxKeys: minKeys + 2,
  });
}

function all(schema: Schema): readonly Schema[] {
  return Array.isArray(schema.allOf) ? schema.allOf : [];
}
