import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { ApiError } from './errors.ts';
import type { KubeObject } from './object.ts';
import { startReflector } from './reflector.ts';
import { createStore } from './store.ts';
import { apiError, createFakeServer, type FakeWatch } from './testing/fake-server.ts';
import type { Call } from './transport.ts';

const things = { group: 'x.io', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };

function thing(name: string, resourceVersion: string) {
  return { metadata: { name, namespace: 'shop', uid: name, resourceVersion } };
}

const tooLarge = new ApiError({
  status: 504,
  reason: 'Timeout',
  message: 'Too large resource version: 5, current: 2',
  details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
});

function listOf(resourceVersion: string, names: string[] = [], next?: string) {
  const items = names.map(name => thing(name, resourceVersion));
  return { metadata: { resourceVersion, ...(next ? { continue: next } : {}) }, items };
}

function reflect(answer: (call: Call) => unknown, random = () => 0) {
  const clock = createFakeClock();
  const server = createFakeServer(answer);
  const store = createStore<KubeObject>();
  const stop = new AbortController();
  const reflector = startReflector({
    transport: server,
    clock,
    resource: things,
    store,
    signal: stop.signal,
    labelSelector: 'app=x',
    random,
  });
  const lists = () => server.calls.map(({ query }) => query?.continue ?? query?.resourceVersion ?? 'newest');
  const watches = () => server.watches.map(({ call }) => call.query?.resourceVersion);
  const names = () => [...store.all()].map(({ metadata }) => metadata.name);
  return { clock, server, store, stop, reflector, lists, watches, names };
}

describe('listing', () => {
  test('goes through the pages, and the store changes only when all are there', async () => {
    const pages = [listOf('5', ['a'], 'p2'), listOf('5', ['b'], 'p3'), listOf('5', ['c'])];
    const sizes: number[] = [];
    const { clock, lists, names, server, store, watches } = reflect(async () => {
      await Promise.resolve();
      sizes.push(store.size);
      return pages.shift();
    });
    await clock.advance(0);
    expect(lists()).toEqual(['newest', 'p2', 'p3']);
    expect(server.calls[1]?.query).toMatchObject({ limit: 500, labelSelector: 'app=x', continue: 'p2' });
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(sizes).toEqual([0, 0, 0]);
    expect(watches()).toEqual(['5']);
    expect(store.get('shop/a')).toMatchObject({ apiVersion: 'x.io/v1', kind: 'Thing' });
  });

  test('asks for what is not older than what it saw, and so only where it has seen something', async () => {
    const answers = [listOf('5', ['a']), listOf('9', ['a'], 'p2'), listOf('9', ['b'])];
    const { clock, server } = reflect(() => answers.shift());
    await clock.advance(0);
    server.watch().fail(apiError(403, 'Forbidden'));
    await clock.advance(800);
    const asked = server.calls.map(({ query }) => [
      query?.resourceVersion,
      query?.resourceVersionMatch,
      query?.continue,
    ]);
    expect(asked).toEqual([
      [undefined, undefined, undefined],
      ['5', 'NotOlderThan', undefined],
      [undefined, undefined, 'p2'],
    ]);
  });

  test('starts again from the newest when its pages have expired', async () => {
    const answers = [listOf('5', ['a'], 'p2'), apiError(410, 'Expired'), listOf('9', ['b'])];
    const { clock, lists, names } = reflect(() => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    });
    await clock.advance(1_000);
    expect(lists()).toEqual(['newest', 'p2', 'newest']);
    expect(names()).toEqual(['b']);
  });

  test('is tried again for ever, ever more slowly, and never rejects', async () => {
    const at: number[] = [];
    const { clock, stop, reflector } = reflect(async () => {
      await Promise.resolve();
      at.push(clock.monotonic());
      throw apiError(403, 'Forbidden');
    });
    await clock.advance(200_000);
    expect(at.slice(0, 8)).toEqual([0, 800, 2_400, 5_600, 12_000, 24_800, 50_400, 80_400]);
    stop.abort();
    await reflector.ended;
  });
});

test('what is kept of an object is all that the store has of it, listed or heard of', async () => {
  const server = createFakeServer(() => listOf('5', ['a']));
  const store = createStore<KubeObject>();
  const stop = new AbortController();
  const options = {
    transport: server,
    clock: createFakeClock(),
    resource: things,
    store,
    signal: stop.signal,
  };
  startReflector({ ...options, keep: object => ({ ...object, kind: 'Brief' }) });
  await store.synced;
  await expect.poll(() => server.watches.length).toBe(1);
  server.watch().send('ADDED', thing('b', '6'));
  expect([...store.all()].map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Brief a',
    'Brief b',
  ]);
  stop.abort();
});

describe('watching', () => {
  test('takes every event, and goes on from the last one when the server ends the watch', async () => {
    const { clock, server, store, names, watches, lists } = reflect(() => listOf('5', ['a']));
    await clock.advance(0);
    expect(server.watch().call.query).toEqual({
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: 300,
      resourceVersion: '5',
      labelSelector: 'app=x',
    });
    server.watch().send('ADDED', thing('b', '6'));
    server.watch().send('MODIFIED', thing('a', '7'));
    server.watch().send('DELETED', thing('b', '8'));
    expect(names()).toEqual(['a']);
    server.watch().send('BOOKMARK', { metadata: { resourceVersion: '20' } });
    expect(store.resourceVersion).toBe('20');
    server.watch().end();
    await clock.advance(0);
    expect(watches()).toEqual(['5', '20']);
    expect(lists()).toEqual(['newest']);
  });

  test('lists anew when the server has forgotten where it was', async () => {
    let version = 5;
    const { clock, server, lists, watches, names } = reflect(() => listOf(String(version), [`a${version}`]));
    await clock.advance(0);
    version = 90;
    server.watch().send('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' });
    await clock.advance(800);
    expect(lists()).toEqual(['newest', 'newest']);
    expect(watches()).toEqual(['5', '90']);
    expect(names()).toEqual(['a90']);
  });

  test.each([
    ['500', apiError(500, 'InternalError'), 800, 0],
    ['429 with a time to wait', apiError(429, 'TooManyRequests', 7), 7_000, 0],
    ['a refused connection', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 800, 0],
    ['a reset', Object.assign(new Error('reset'), { code: 'ECONNRESET' }), 800, 0],
    ['403', apiError(403, 'Forbidden'), 800, 1],
    ['a server with another storage', tooLarge, 800, 1],
    ['504 for another reason', apiError(504, 'Timeout'), 800, 0],
  ])('after %s it goes on, with a new list only where needed', async (_name, error, waitMs, moreLists) => {
    const { clock, server, lists } = reflect(() => listOf('5'));
    await clock.advance(0);
    server.watch().fail(error);
    await clock.advance(waitMs - 1);
    expect([lists().length, server.watches.length]).toEqual([1, 1]);
    await clock.advance(1);
    expect([lists().length, server.watches.length]).toEqual([1 + moreLists, 2]);
  });

  test('a line that cannot be read means a new list', async () => {
    const { clock, server, lists } = reflect(() => listOf('5'));
    await clock.advance(0);
    server.watch().line('{"type":"ADDED","obj');
    await clock.advance(800);
    expect(lists()).toEqual(['newest', '5']);
  });

  test('a watch that ends at once without an event does not spin', async () => {
    const { clock, server } = reflect(() => listOf('5'));
    await clock.advance(0);
    server.watch().end();
    await clock.advance(799);
    expect(server.watches).toHaveLength(1);
    await clock.advance(1);
    expect(server.watches).toHaveLength(2);
  });

  test('a half-open watch is given up five seconds after the server should have ended it', async () => {
    const { clock, server, watches, reflector } = reflect(
      () => listOf('5'),
      () => 0.5,
    );
    await clock.advance(0);
    expect(server.watch().call.query?.timeoutSeconds).toBe(450);
    await clock.advance(454_999);
    expect(watches()).toEqual(['5']);
    expect(reflector.lastHeardAt).toBe(0);
    await clock.advance(1);
    expect(watches()).toEqual(['5', '5']);
  });

  test('the back-off starts again after two minutes of health', async () => {
    const { clock, server } = reflect(() => listOf('5'));
    await clock.advance(0);
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    for (const waitMs of [800, 1_600, 3_200]) {
      server.watch().fail(reset);
      await clock.advance(waitMs);
    }
    await clock.advance(120_001);
    const before = server.watches.length;
    server.watch().fail(reset);
    await clock.advance(800);
    expect(server.watches).toHaveLength(before + 1);
  });
});

describe('a watch that was silent', () => {
  const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });

  test('from a version that an API server with a restored storage has yet to reach: what is there now is listed', async () => {
    const answers: unknown[] = [listOf('5', ['new']), tooLarge, listOf('2', ['old'])];
    const { clock, server, store, lists, names, watches } = reflect(() => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    });
    await clock.advance(300_000);
    server.watch().end();
    await clock.advance(800);
    expect(lists()).toEqual(['newest', '5', 'newest']);
    expect([names(), store.resourceVersion, watches()]).toEqual([['old'], '2', ['5', '2']]);
    server.watch().send('ADDED', thing('again', '3'));
    expect([names(), store.resourceVersion]).toEqual([['old', 'again'], '3']);
  });

  test('is no word of the API server, also when it ends as it is due: the list after it is', async () => {
    let fails = true;
    const { clock, server, reflector } = reflect(() => {
      if (clock.monotonic() > 0 && fails) throw reset;
      return listOf('5');
    });
    await clock.advance(300_000);
    server.watch().end();
    await clock.advance(700);
    expect(reflector.lastHeardAt).toBe(0);
    fails = false;
    await clock.advance(100);
    expect(reflector.lastHeardAt).toBe(300_800);
  });

  test.each([
    ['ends', (watch: FakeWatch) => watch.end()],
    ['is cut', (watch: FakeWatch) => watch.fail(reset)],
  ])('in pieces, as something between %s it each minute, is followed by a list too', async (_, stop) => {
    const { clock, server, lists, watches } = reflect(() => listOf('5'));
    await clock.advance(0);
    for (let minute = 1; minute <= 4; minute += 1) {
      await clock.advance(60_000);
      stop(server.watch());
    }
    await clock.advance(10_000);
    expect(lists()).toEqual(['newest', '5']);
    expect(watches()).toEqual(['5', '5', '5', '5', '5']);
  });

  test('is none where a bookmark comes each minute', async () => {
    const { clock, server, lists, reflector } = reflect(() => listOf('5'));
    for (let minute = 1; minute <= 60; minute += 1) {
      await clock.advance(60_000);
      server.watch().send('BOOKMARK', { metadata: { resourceVersion: '6' } });
      if (minute % 5 === 0) server.watch().end();
    }
    await clock.advance(0);
    expect(server.watches).toHaveLength(13);
    expect([lists(), reflector.lastHeardAt]).toEqual([['newest'], clock.monotonic()]);
  });

  test.each([
    ['there are no bookmarks', (watch: FakeWatch) => watch.end(), 600_000],
    ['no watch ends in time', () => {}, 605_000],
  ])('leaves a list two minutes before a watchdog of 15 minutes where %s', async (_, end, endsAfterMs) => {
    const { clock, server, reflector } = reflect(
      () => listOf('5'),
      () => 1,
    );
    await clock.advance(0);
    let longest = 0;
    async function pass(ms: number): Promise<void> {
      await clock.advance(ms - 1);
      longest = Math.max(longest, clock.monotonic() - reflector.lastHeardAt);
      await clock.advance(1);
    }
    // The last event comes at all times of a watch.
    for (let at = 10_000; at < endsAfterMs; at += 10_000) {
      const watch = server.watch();
      await pass(at);
      watch.send('MODIFIED', thing('a', '6'));
      await pass(endsAfterMs - at);
      end(watch);
      await clock.advance(0);
      expect(server.watch()).not.toBe(watch);
    }
    expect(longest).toBeLessThan(13.1 * 60_000);
  });
});

describe('a type without a list', () => {
  const list = '/apis/x.io/v1/things';
  const types = (...names: string[]) => ({
    kind: 'APIResourceList',
    resources: names.map(name => ({ name })),
  });
  const groups = { kind: 'APIGroupList', groups: [{ name: 'x.io', versions: [{ version: 'v1' }] }] };

  /** What is answered at each path; 404 where nothing is said. */
  function reflectFrom(answers: Record<string, unknown>) {
    return reflect(({ path }) => {
      const answer = answers[path] ?? apiError(404, '');
      if (answer instanceof Error) throw answer;
      return answer;
    });
  }

  test('because it is not installed is empty, complete, and looked for further on', async () => {
    const answers: Record<string, unknown> = { '/apis': groups, '/apis/x.io/v1': types('others') };
    const { clock, names, reflector, store } = reflectFrom(answers);
    expect(reflector.unlisted).toBe('/apis/x.io/v1/things: the first list is not in yet');
    await clock.advance(0);
    expect([store.isSynced, reflector.unlisted]).toEqual([true, 'things.x.io is not installed']);
    answers[list] = listOf('5', ['a']);
    await clock.advance(800);
    expect([names(), reflector.unlisted]).toEqual([['a'], undefined]);
  });

  test('because it is no longer installed has no objects any more', async () => {
    const answers: Record<string, unknown> = { '/apis': groups, '/apis/x.io/v1': types() };
    answers[list] = listOf('5', ['a']);
    const { clock, names, server } = reflectFrom(answers);
    await clock.advance(0);
    expect(names()).toEqual(['a']);
    delete answers[list];
    server.watch().fail(apiError(404, ''));
    await clock.advance(800);
    expect(names()).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['is forbidden', { [list]: apiError(403, 'Forbidden') }, '403 Forbidden'],
    ['is not found, though it is installed', { '/apis': groups, '/apis/x.io/v1': types('things') }, '404 '],
    ['is not found by a proxy, which knows nothing else either', {}, '404 '],
  ])('that %s keeps what is known, and is told', async (_, then, told) => {
    const answers: Record<string, unknown> = { [list]: listOf('5', ['a']) };
    const { clock, names, reflector, server, store } = reflectFrom(answers);
    await clock.advance(0);
    delete answers[list];
    Object.assign(answers, then);
    server.watch().fail(apiError(403, 'Forbidden'));
    await clock.advance(800);
    expect([names(), reflector.unlisted]).toEqual([['a'], told]);

    const fresh = reflectFrom(then);
    await fresh.clock.advance(0);
    expect([fresh.store.isSynced, fresh.reflector.unlisted]).toEqual([false, told]);
    expect(store.isSynced).toBe(true);
  });

  test('is heard of with each refusal: only silence is deaf', async () => {
    const { clock, reflector } = reflectFrom({ [list]: apiError(403, 'Forbidden') });
    await clock.advance(20 * 60_000);
    expect(clock.monotonic() - reflector.lastHeardAt).toBeLessThan(61_000);
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    const deaf = reflectFrom({ [list]: reset });
    await deaf.clock.advance(20 * 60_000);
    expect(deaf.reflector.lastHeardAt).toBe(0);
  });
});

describe('a list that is asked for', () => {
  test('comes at once in place of a watch, which is heard no more', async () => {
    let version = 5;
    const { clock, server, reflector, lists, watches, names } = reflect(() =>
      listOf(String(version), [`a${version}`]),
    );
    await clock.advance(0);
    const old = server.watch();
    version = 9;
    await reflector.relist();
    expect([names(), lists()]).toEqual([['a9'], ['newest', 'newest']]);
    old.send('ADDED', thing('a5', '6'));
    await clock.advance(0);
    expect([names(), watches(), clock.monotonic()]).toEqual([['a9'], ['5', '9'], 0]);
  });

  test('comes at once in place of a back-off', async () => {
    const { clock, server, reflector, lists, watches } = reflect(() => listOf('5'));
    await clock.advance(0);
    server.watch().fail(apiError(500, 'InternalError'));
    await clock.advance(0);
    await reflector.relist();
    await clock.advance(0);
    expect([lists().length, watches(), clock.monotonic()]).toEqual([2, ['5', '5'], 0]);
  });

  test('is not the one that is under way, but the first one where none was', async () => {
    const first = Promise.withResolvers<object>();
    const answers = [first.promise, listOf('9', ['new'])];
    const { clock, reflector, names } = reflect(() => answers.shift());
    await clock.advance(0);
    const listed = reflector.relist();
    first.resolve(listOf('5', ['old']));
    await listed;
    expect(names()).toEqual(['new']);

    const fresh = reflect(() => listOf('5', ['a']));
    await fresh.reflector.relist();
    expect([fresh.names(), fresh.lists()]).toEqual([['a'], ['newest']]);
  });

  test('is tried again until it is in; who waits for it is let go when all ends', async () => {
    let fails = true;
    const { clock, reflector, names, stop } = reflect(() => {
      if (fails) throw apiError(500, 'InternalError');
      return listOf('5', ['a']);
    });
    const listed = reflector.relist();
    await clock.advance(100);
    fails = false;
    await clock.advance(700);
    await listed;
    expect(names()).toEqual(['a']);
    fails = true;
    const never = reflector.relist();
    await clock.advance(0);
    stop.abort();
    await never;
    await reflector.relist();
  });
});

test('it ends with its signal wherever it is, and opens nothing afterwards', async () => {
  const answer = Promise.withResolvers<object>();
  const listing = reflect(() => answer.promise);
  await listing.clock.advance(0);
  listing.stop.abort();
  answer.resolve(listOf('5', ['a']));
  await listing.reflector.ended;
  expect(listing.server.watches).toHaveLength(0);

  const watching = reflect(() => listOf('5'));
  await watching.clock.advance(0);
  watching.stop.abort();
  await watching.reflector.ended;

  const waiting = reflect(() => {
    throw apiError(500, 'InternalError');
  });
  await waiting.clock.advance(0);
  waiting.stop.abort();
  await waiting.reflector.ended;
  expect([watching.clock.pending, waiting.clock.pending]).toEqual([0, 0]);
});

test('a listener that throws does not disturb it', async () => {
  const { clock, server, store, names } = reflect(() => listOf('5'));
  await clock.advance(0);
  store.onChange(() => {
    throw new Error('broken');
  });
  server.watch().send('ADDED', thing('a', '6'));
  server.watch().send('ADDED', thing('b', '7'));
  await clock.advance(0);
  expect(names()).toEqual(['a', 'b']);
  expect(server.watches).toHaveLength(1);
});
