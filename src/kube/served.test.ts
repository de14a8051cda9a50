import { expect, test } from 'vitest';
import { get, listIfServed } from './apply.ts';
import { isServed } from './served.ts';
import { apiError, createFakeServer } from './testing/fake-server.ts';

const things = { group: 'x.io', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
const groups = {
  kind: 'APIGroupList',
  groups: [{ name: 'x.io', versions: [{ version: 'v2' }, { version: 'v1' }] }],
};
const none = { kind: 'APIResourceList', resources: [] };
const types = { kind: 'APIResourceList', resources: [{ name: 'things' }, { name: 'things/status' }] };
const notFound = apiError(404, '');

/** What is answered at each path; 404 where nothing is said. */
function server(answers: Readonly<Record<string, unknown>>) {
  return createFakeServer(({ path }) => {
    const answer = answers[path] ?? notFound;
    if (answer instanceof Error) throw answer;
    return answer;
  });
}

test.each<[string, Readonly<Record<string, unknown>>, boolean]>([
  ['is among the types of its version', { '/apis': groups, '/apis/x.io/v1': types }, true],
  ['is not among them', { '/apis': groups, '/apis/x.io/v1': none }, false],
  [
    'has a group without that version',
    { '/apis': { ...groups, groups: [{ name: 'x.io', versions: [{ version: 'v2' }] }] } },
    false,
  ],
  ['has no group', { '/apis': { ...groups, groups: [] } }, false],
])('a type that %s', async (_, answers, expected) => {
  expect(await isServed(server(answers), things)).toBe(expected);
});

test('a type of the core group is looked for there', async () => {
  const core = { ...things, group: '' };
  expect(await isServed(server({ '/api/v1': types }), core)).toBe(true);
});

test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
  ['a proxy that knows no path', {}, /404/],
  ['a page of somebody else', { '/apis': { hello: 'world' } }, /GET \/apis: the answer is no APIGroupList/],
  ['an empty answer', { '/apis': groups, '/apis/x.io/v1': '' }, /is no APIResourceList/],
  ['a right that is missing', { '/apis': apiError(403, 'Forbidden') }, /403/],
])('%s tells nothing: a list that is not found is none for nothing', async (_, answers, error) => {
  await expect(isServed(server(answers), things)).rejects.toThrow(error);
  await expect(listIfServed(server(answers), things)).rejects.toThrow(error);
});

test('a list of what is not installed has nothing in it', async () => {
  expect(await listIfServed(server({ '/apis': groups, '/apis/x.io/v1': none }), things)).toEqual([]);
});

test.each([
  ['of what is installed all the same is not found', notFound],
  ['is forbidden', apiError(403, 'Forbidden')],
])('a list that %s is not taken for nothing', async (_, error) => {
  const answers = { '/apis': groups, '/apis/x.io/v1': types, '/apis/x.io/v1/things': error };
  await expect(listIfServed(server(answers), things)).rejects.toBe(error);
});

const where = { namespace: 'n', name: 'a' };
const A = '/apis/x.io/v1/namespaces/n/things/a';

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['the API server has none', { [A]: apiError(404, 'NotFound') }],
  ['its type is not installed', { '/apis': groups, '/apis/x.io/v1': none }],
])('there is no object where %s', async (_, answers) => {
  expect(await get(server(answers), things, where)).toBeUndefined();
});

test('that a proxy knows no path says of no object that it is gone', async () => {
  await expect(get(server({}), things, where)).rejects.toThrow('404');
  const installed = { '/apis': groups, '/apis/x.io/v1': types };
  await expect(get(server(installed), things, where)).rejects.toBe(notFound);
});
