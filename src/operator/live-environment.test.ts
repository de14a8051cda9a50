import { expect, test } from 'vitest';
import { environmentKind } from '../kinds/environment/environment.ts';
import type { Kind } from '../kinds/kind.ts';
import { createFakeServer } from '../kube/testing/fake-server.ts';
import { createLiveEnvironments } from './live-environment.ts';
import { resourceOf } from './objects.ts';
import { objectOf } from './testing/objects.ts';

test('who asks while a question is under way shares the next one, which begins after all of them asked', async () => {
  const answers: (() => void)[] = [];
  const server = createFakeServer(
    () => new Promise(resolve => answers.push(() => resolve(objectOf('OptaEnvironment dev')))),
  );
  const live = createLiveEnvironments(server, resourceOf(environmentKind as Kind));
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

test('a question that failed does not fail those who come after', async () => {
  let asked = 0;
  const server = createFakeServer(async () => {
    asked += 1;
    if (asked === 1) throw new Error('no answer');
    return objectOf('OptaEnvironment dev');
  });
  const live = createLiveEnvironments(server, resourceOf(environmentKind as Kind));
  const [first, second] = [live.read('dev'), live.read('dev')];
  await expect(first).rejects.toThrow('no answer');
  expect((await second)?.metadata.name).toBe('dev');
});
