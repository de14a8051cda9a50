import { describe, expect, test } from 'vitest';
import { customResourceDefinitions } from '../../../src/api/crds.ts';
import { ALL_FIELDS } from './all.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Every field of a spec by its path: what a person can write, a list and the members of its items each for itself. */
function pathsOf(schema: Schema, path = ''): readonly string[] {
  const members = (of: Schema, prefix: string) =>
    Object.entries(of.properties ?? {}).flatMap(([name, one]) => pathsOf(one, `${prefix}${name}`));
  if (schema.type === 'object' && schema.properties !== undefined)
    return members(schema, path === '' ? '' : `${path}.`);
  if (schema.type === 'array' && schema.items?.properties !== undefined)
    return [path, ...members(schema.items, `${path}[].`)];
  return [path];
}

const specs = customResourceDefinitions().map(definition => {
  const kind: string = Reflect.get(Object(Reflect.get(Object(definition.spec), 'names')), 'kind');
  const versions: { schema: { openAPIV3Schema: Schema } }[] = Reflect.get(
    Object(definition.spec),
    'versions',
  );
  const spec = versions[0]?.schema.openAPIV3Schema.properties?.spec ?? {};
  return { kind, paths: pathsOf(spec) };
});

describe('every field of a spec has a story, so that none is forgotten', () => {
  test.each(specs)('$kind', ({ kind, paths }) => {
    const told = ALL_FIELDS.find(one => one.kind === kind)?.fields ?? {};
    expect(Object.keys(told).sort()).toEqual([...paths].sort());
  });
});

test('the schemas are read: a list counts, and each member of its items', () => {
  expect(specs.find(one => one.kind === 'Topic')?.paths).toEqual(
    expect.arrayContaining(['subscriptions', 'subscriptions[].filterPolicy', 'displayName']),
  );
});
