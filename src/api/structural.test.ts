import { expect, test } from 'vitest';
import { z } from 'zod';
import { text } from './fields.ts';
import { structural } from './structural.ts';

const word = z.string().max(9);

test.each<[string, z.ZodType, object]>([
  [
    'a whole number has a format',
    z.int().min(0).max(5),
    { type: 'integer', format: 'int64', minimum: 0, maximum: 5 },
  ],
  [
    'a word is not required',
    z.object({ a: word.optional() }),
    object({ a: { type: 'string', maxLength: 9 } }),
  ],
  [
    'a map',
    z.record(z.string(), word),
    { type: 'object', additionalProperties: { type: 'string', maxLength: 9 } },
  ],
  [
    'rules on the keys of a map go',
    z.record(z.string().regex(/a/).regex(/b/), word),
    { type: 'object', additionalProperties: { type: 'string', maxLength: 9 } },
  ],
  [
    'a map of anything',
    z.record(z.string(), z.unknown()),
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  ],
  [
    'a strict object is not closed',
    z.strictObject({ a: word }),
    { ...object({ a: { type: 'string', maxLength: 9 } }), required: ['a'] },
  ],
  ['a slash is not escaped', z.string().regex(/^a\/b$/), { type: 'string', pattern: '^a/b$' }],
  [
    'a pattern with a message is a rule',
    text({ pattern: /^\p{L}\/$/u, says: 'a letter', max: 9 }, 'Some.'),
    {
      description: 'Some.',
      type: 'string',
      minLength: 1,
      maxLength: 9,
      'x-kubernetes-validations': [{ rule: "self.matches(r'^\\p{L}/$')", message: 'a letter' }],
    },
  ],
])('%s', (_, schema, expected) => {
  expect(structural(schema)).toEqual(expected);
});

test('descriptions and rules survive what is put around them', () => {
  const rule = { rule: 'true', message: 'no' };
  const inner = z.object({ a: word }).meta({ 'x-kubernetes-validations': [rule] });
  const outer = structural(z.object({ inner: inner.describe('Inner.').optional() }));
  expect(outer.properties?.inner).toMatchObject({
    description: 'Inner.',
    'x-kubernetes-validations': [rule],
  });
});

test('words of a status are open to the API server', () => {
  expect(structural(z.enum(['A', 'B']), { openEnums: true })).toEqual({ type: 'string', maxLength: 1024 });
});

test.each<[string, z.ZodType, RegExp]>([
  ['a union', z.object({ a: z.union([word, z.int()]) }), /^a: has no type/],
  ['a tuple', z.object({ a: z.array(z.object({ b: z.tuple([word]) })) }), /^a\[\]\.b\[\]: has no type/],
  ['two patterns', z.object({ a: z.string().regex(/a/).regex(/b/) }), /^a: "allOf"/],
  ['an unknown word', z.object({ a: word.meta({ examples: ['x'] }) }), /^a: "examples"/],
])('%s is refused, with its path', (_, schema, message) => {
  expect(() => structural(schema)).toThrow(message);
});

function object(properties: object) {
  return { type: 'object', properties };
}

test('what may be empty below it is replaced as a whole, where asked; what has a required part is not', () => {
  const parts = z.object({ a: word.optional() });
  const schema = z.object({
    open: parts.optional(),
    map: z.record(z.string(), word),
    full: z.object({ a: word }),
  });
  const { properties = {}, ...own } = structural(schema, { wholeEmpties: true });
  const types = Object.entries(properties).map(([name, one]) => [name, one['x-kubernetes-map-type']]);
  expect(Object.fromEntries(types)).toEqual({ open: 'atomic', map: 'atomic', full: undefined });
  expect(own['x-kubernetes-map-type']).toBeUndefined();
});
