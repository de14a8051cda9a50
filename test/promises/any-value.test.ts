import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kinds as apis, customResourceDefinitions } from '../../src/api/crds.ts';
import type { Kind as Api } from '../../src/api/define.ts';
import type { Structural } from '../../src/api/structural.ts';
import { examples } from '../../src/api/testing/examples.ts';
import { KINDS } from '../../src/kinds/all.ts';
import { allThere, inputOf, TODAY } from '../../src/kinds/testing/graph.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { pathOf } from '../../src/kube/resources.ts';
import { startWorld, type TestWorld } from '../support/world.ts';

/** Requests that are under way together; the API server has two cores with us. */
const AT_ONCE = 8;
const GONE = Symbol('the field is left out');

type Path = readonly (string | number)[];

/** A field of a spec that is valid otherwise, with a value that somebody may write there. */
interface Case {
  readonly field: string;
  readonly what: string;
  readonly spec: object;
}

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe.each(apis.map(api => [api.kind, api] as const))('%s', (name, api) => {
  test('whatever is written in a field is refused by a sentence that names it, or can be carried out', async () => {
    const cases = casesOf(api);
    const answers = await inTurns(cases, one => answerTo(api, one));
    expect(answers.flatMap(({ problem }) => problem ?? [])).toEqual([]);
    const refused = answers.filter(one => one.isRefused).length;
    const fields = new Set(cases.map(one => one.field)).size;
    console.log(
      `covered: ${cases.length} values in ${fields} fields of ${name}: ${refused} are refused at admission`,
    );
  });
});

interface Answer {
  readonly isRefused: boolean;
  readonly problem?: string;
}

async function answerTo(api: Api, { field, what, spec }: Case): Promise<Answer> {
  const told = `${field}, ${what}: `;
  const metadata = api.namespaced ? { name: 'example', namespace: 'default' } : { name: 'example' };
  let stored: { readonly spec: object };
  try {
    stored = await world.cluster.transport.request<typeof stored>({
      method: 'POST',
      path: pathOf(api, api.namespaced ? { namespace: 'default' } : {}),
      query: { fieldValidation: 'Strict', dryRun: 'All' },
      body: { apiVersion: api.apiVersion, kind: api.kind, metadata, spec },
    });
  } catch (error) {
    const { message } = error as Error;
    // An unknown field is a bad request, and all else is invalid.
    const isJudged = error instanceof ApiError && [400, 422].includes(error.status);
    const [first = ''] = field.split(/[.[]/);
    const names = new RegExp(`\\b${first}\\b`).test(message);
    return { isRefused: true, ...(isJudged && names ? {} : { problem: `${told}${message}` }) };
  }
  const problem = problemIn(api, stored.spec);
  return { isRefused: false, ...(problem === undefined ? {} : { problem: `${told}${problem}` }) };
}

/** What admission takes is read by the operator, and becomes a graph or a sentence with the field in it. */
function problemIn(api: Api, written: object): string | undefined {
  const kind = KINDS.find(one => one.api.kind === api.kind);
  if (kind === undefined) return 'there is no such kind';
  try {
    const spec = api.spec.parse(written) as object;
    const input = inputOf(kind, { spec, name: 'example', namespace: 'default' });
    const problem = kind.check(input, TODAY);
    if (problem !== undefined)
      return /^spec\b/.test(problem.field) ? undefined : `${problem.field}: ${problem.message}`;
    const graph = kind.graph(input);
    const ids = graph.map(node => node.id);
    const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
    for (const node of graph) node.desired(allThere(graph));
    return twice.length === 0 ? undefined : `the graph has two of ${twice.join(', ')}`;
  } catch (error) {
    return String(error);
  }
}

/** Every field that an example of valid specs has, once with each value. */
function casesOf(api: Api): readonly Case[] {
  const crd = customResourceDefinitions().find(one => one.metadata.name === `${api.plural}.${api.group}`);
  const schema = Object(crd).spec.versions[0].schema.openAPIV3Schema.properties.spec as Structural;
  const cases = new Map<string, Case>();
  for (const { spec, says } of examples[api.kind] ?? []) {
    if (says !== undefined) continue;
    for (const [path, of, value] of leavesOf(spec, schema)) {
      const field = nameOf(path, schema);
      for (const [what, other] of valuesFor(of, value)) {
        const key = `${field} ${what}`;
        if (!cases.has(key)) cases.set(key, { field, what, spec: withValue(spec, path, other) });
      }
    }
  }
  return [...cases.values()];
}

function* leavesOf(
  value: unknown,
  schema: Structural | undefined,
  path: Path = [],
): Generator<[Path, Structural | undefined, unknown]> {
  if (path.length > 0) yield [path, schema, value];
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) yield* leavesOf(item, schema?.items, [...path, at]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      yield* leavesOf(item, schema?.properties?.[key] ?? schema?.additionalProperties, [...path, key]);
  }
}

/** `cors[].maxAgeSeconds`, `tags[]`: the same for all items of a list or a map. */
function nameOf(path: Path, schema: Structural): string {
  let at: Structural | undefined = schema;
  let name = '';
  for (const part of path) {
    const property: Structural | undefined = at?.properties?.[part];
    const isFree =
      at?.properties === undefined && at?.items === undefined && at?.additionalProperties === undefined;
    name += property === undefined && !isFree ? '[]' : `.${part}`;
    at = property ?? at?.items ?? at?.additionalProperties;
  }
  return name.slice(1);
}

function withValue(spec: object, path: Path, value: unknown): object {
  const copy = structuredClone(spec);
  const last = path.at(-1) ?? '';
  const parent = path.slice(0, -1).reduce((of, part) => Reflect.get(Object(of), part), copy as unknown);
  if (value !== GONE) Reflect.set(Object(parent), last, value);
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else Reflect.deleteProperty(Object(parent), last);
  return copy;
}

function* valuesFor(schema: Structural | undefined, value: unknown): Generator<[string, unknown]> {
  yield ['left out', GONE];
  yield ['null', null];
  switch (schema?.type ?? typeof value) {
    case 'string':
      return yield* textsFor(String(value), schema);
    case 'integer':
    case 'number':
      return yield* numbersFor(schema);
    case 'boolean':
      for (const other of [true, false, 'true', 1, [], {}]) yield [JSON.stringify(other), other];
      return;
    default:
      return yield* Array.isArray(value) ? listsFor(value) : mapsFor(Object(value));
  }
}

function* textsFor(value: string, schema: Structural | undefined): Generator<[string, unknown]> {
  const letters = (count: number) => 'a'.repeat(count);
  yield* Object.entries({
    empty: '',
    'a space': ' ',
    'with spaces around it': ` ${value} `,
    'in capitals': value.toUpperCase(),
    'in small letters': value.toLowerCase(),
    'with a new line': `${value}\n`,
    'with a quote': `${value}"`,
    'other languages': 'größe-✓',
    'a star': '*',
    'a path': '../x',
    'an ARN': 'arn:aws:iam::123456789012:role/x',
    'a variable': '$' + '{aws:username}',
    '300 characters': letters(300),
    '64 KiB': letters(65_536),
    'a digit': '0',
    'a number': 5,
    'a boolean': true,
    'a list': [value],
    'an object': {},
  });
  for (const word of schema?.enum ?? []) yield [`the word ${word}`, word];
}

function* numbersFor(schema: Structural | undefined): Generator<[string, unknown]> {
  for (const other of [0, -1, 1, 2, 1.5, 2 ** 31, 2 ** 53, '5', true, [], {}])
    yield [JSON.stringify(other), other];
  const { minimum, maximum } = schema ?? {};
  if (minimum !== undefined) {
    yield ['the least', minimum];
    yield ['less than the least', minimum - 1];
  }
  if (maximum !== undefined) {
    yield ['the most', maximum];
    yield ['more than the most', maximum + 1];
  }
}

function* listsFor(value: readonly unknown[]): Generator<[string, unknown]> {
  yield ['empty', []];
  yield ['of nulls', [null]];
  yield ['a text', 'a'];
  yield ['an object', {}];
  if (value.length === 0) return;
  yield ['twice the same', [...value, ...value]];
  yield ['1,000 items', Array.from({ length: 1_000 }, () => value[0])];
}

function* mapsFor(value: object): Generator<[string, unknown]> {
  yield ['empty', {}];
  yield ['a list', []];
  yield ['a text', 'x'];
  yield ['with a field that is unknown', { ...value, fooBar: 1 }];
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  return results;
}
