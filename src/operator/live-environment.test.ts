import { expect, test } from 'vitest';
import { environmentKind } from '../kinds/environment/environment.ts';
import type { Kind } from '../kinds/kind.ts';
import { ApiError } from '../kube/errors.ts';
import { createFakeServer } from '../kube/testing/fake-server.ts';
import { createLiveEnvironments } from './live-environment.ts';
import { type OptaObject, resourceOf } from './objects.ts';
import { objectOf } from './testing/objects.ts';

test('who asks while a question is under way shares the next one, which begins after all of them asked', async () => {
  const answers: (() => void)[] = [];
  const server = createFakeServer(
    () => new Promise(resolve => answers.push(() => resolve(objectOf('OptaEnvironment dev')))),
  );
  const live = createLiveEnvironments(server, resourceOf(environmentKind as Kind), () => undefined);
  const first = live.read('dev');
  const [second, third] = [live.read('dev'), live.read('dev')];
  const other = live.read('other');
  expect(server.calls).toHaveLength(2);
  for (const answer of answers.splice(0)) answer();
  await Promise.all([first, other]);
  await new Promise(resolve => setImmediate(resolve));
  expect(server.calls).toHaveLength(3);
  for (const answer of answers.splice(0)) answer();
  expect((await second)?.metadata.name).toBe('dev');
  expect(await third).toBe(await second);
});

test.each([
  ['has none and stays', {}, 1],
  ['has ours', { finalizers: ['opta.dev/aws'] }, 0],
  ['is being deleted: the API server takes none any more', { deletionTimestamp: '2026-01-01T00:00:00Z' }, 0],
])('a finalizer is put on an environment that %s: %d times', async (_, metadata, times) => {
  const server = createFakeServer(() => objectOf('OptaEnvironment dev', { metadata }));
  const live = createLiveEnvironments(server, resourceOf(environmentKind as Kind), () => undefined);
  let held = 0;
  await live.held('dev', async environment => {
    held += 1;
    return environment;
  });
  expect(held).toBe(times);
});

const DEV = (uid: string, resourceVersion: string) => {
  const object = objectOf('OptaEnvironment dev');
  return { ...object, metadata: { ...object.metadata, uid, resourceVersion } };
};

test.each([
  ['nothing was asked', undefined, DEV('a', '5'), 'a 5'],
  ['the watch is behind', DEV('a', '7'), DEV('a', '5'), 'a 7'],
  ['the watch has caught up', DEV('a', '7'), DEV('a', '7'), 'a 7'],
  ['the watch is further', DEV('a', '7'), DEV('a', '9'), 'a 9'],
  ['it is gone, which the watch has not heard of', 'gone', DEV('a', '5'), undefined],
  ['it is gone and made anew', 'gone', DEV('b', '9'), 'b 9'],
  ['the watch knows that it is gone', DEV('a', '7'), undefined, undefined],
] as const)('the latest of an environment where %s', async (_, live, watched, latest) => {
  const server = createFakeServer(async () => {
    if (live === 'gone') throw new ApiError({ status: 404, reason: 'NotFound', message: 'gone' });
    return live;
  });
  const shows = [DEV('a', '5'), watched];
  const environments = createLiveEnvironments(server, resourceOf(environmentKind as Kind), () => shows[0]);
  if (live !== undefined) await environments.read('dev');
  shows.shift();
  const { uid, resourceVersion } = environments.latest('dev')?.metadata ?? {};
  expect(uid && `${uid} ${resourceVersion}`).toBe(latest);
});

test.each([
  ['an answer', DEV('a', '7'), DEV('a', '8')],
  ['that it is gone', 'gone', undefined],
] as const)('the watch is right that goes back behind %s it had caught up with', async (_, live, then) => {
  const server = createFakeServer(async () => {
    if (live === 'gone') throw new ApiError({ status: 404, reason: 'NotFound', message: 'gone' });
    return live;
  });
  let shown: OptaObject | undefined = DEV('a', '5');
  const environments = createLiveEnvironments(server, resourceOf(environmentKind as Kind), () => shown);
  await environments.read('dev');
  shown = then;
  expect(environments.latest('dev')).toBe(then);
  shown = DEV('a', '3');
  expect(environments.latest('dev')).toBe(shown);
});

test('answers are kept while the watch is behind them, not of environments that are gone or never were', async () => {
  const shown = new Map([['dev', DEV('a', '5')]]);
  const server = createFakeServer(async ({ path }) => {
    if (path.endsWith('/dev')) return DEV('a', '7');
    throw new ApiError({ status: 404, reason: 'NotFound', message: 'gone' });
  });
  const resource = resourceOf(environmentKind as Kind);
  const live = createLiveEnvironments(server, resource, name => shown.get(name));
  for (const name of ['dev', 'typo', 'other']) await live.read(name);
  expect(live.size).toBe(1);
  shown.set('dev', DEV('a', '7'));
  await live.read('typo');
  expect(live.size).toBe(0);
  shown.set('dev', DEV('a', '6'));
  await live.read('dev');
  shown.delete('dev');
  await live.read('typo');
  expect(live.size).toBe(0);
});
