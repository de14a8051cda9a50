import { expect, test } from 'vitest';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { KINDS } from '../kinds/all.ts';
import { apiError, createFakeServer } from '../kube/testing/fake-server.ts';
import type { OptaObject } from './objects.ts';
import { createOwnWrites } from './own-writes.ts';
import { objectOf, silent } from './testing/objects.ts';
import { createWorld } from './world.ts';

function orders(resourceVersion: string, uid = 'first'): OptaObject {
  return objectOf('Queue shop/orders', { metadata: { resourceVersion, uid } });
}

/** The watch shows version 5; `live`: what the API server has. */
function begin(live: () => unknown) {
  const world = createWorld(KINDS, silent, []);
  world.objects('Queue').put(orders('5'));
  const clock = createFakeClock();
  const server = createFakeServer(live);
  const own = createOwnWrites({ world, transport: server, clock });
  /** How long each look waits for the next, until there is nothing to wait for or `most` looks were taken. */
  async function waits(most: number): Promise<readonly number[]> {
    const taken: number[] = [];
    while (taken.length < most) {
      const ms = await own.wait(orders('5'));
      if (ms === undefined) break;
      taken.push(ms);
      await clock.advance(ms);
    }
    return taken;
  }
  return { world, server, own, waits };
}

const LOOKS = [20, 20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000, 1_000];

test('an object as new as our last write of it, or never written, is not waited for', async () => {
  const { own, waits } = begin(() => undefined);
  expect(await waits(1)).toEqual([]);
  own.wrote(orders('5'));
  expect(await waits(1)).toEqual([]);
});

test.each<[string, unknown, boolean]>([
  ['is what the watch shows', orders('5'), true],
  ['is older than our write: versions went back', orders('6'), true],
  ['is our write: the watch is late', orders('7'), false],
  ['is newer than our write: the watch is late', orders('9'), false],
  ['is another object', orders('3', 'second'), false],
  ['is gone', apiError(404, 'NotFound'), false],
])(
  'a watch that is behind is looked at ever more rarely, then the API server is asked: it %s',
  async (_, live, ends) => {
    const { own, server, waits } = begin(() => {
      if (live instanceof Error) throw live;
      return live;
    });
    own.wrote(orders('7'));
    expect(await waits(LOOKS.length)).toEqual(LOOKS);
    expect(server.calls).toHaveLength(0);
    // Asked again only every few seconds.
    expect(await waits(4)).toEqual(ends ? [] : [1_000, 1_000, 1_000, 1_000]);
    expect(server.calls).toHaveLength(1);
    if (ends) expect(await waits(1)).toEqual([]);
  },
);

test('a question that fails is thrown, and asked again', async () => {
  const answers: unknown[] = [apiError(503, 'ServiceUnavailable'), orders('5')];
  const { own, waits } = begin(() => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  own.wrote(orders('7'));
  await waits(LOOKS.length);
  await expect(waits(1)).rejects.toThrow('503');
  expect(await waits(1)).toEqual([]);
});

test('the answer to a write of an object that has vanished meanwhile is not kept', async () => {
  const { own, world, waits } = begin(() => undefined);
  world.objects('Queue').remove(orders('5'));
  own.wrote(orders('7'));
  expect(await waits(1)).toEqual([]);
  world.objects('Queue').put(orders('8', 'second'));
  own.wrote(orders('7'));
  expect(await waits(1)).toEqual([]);
});
