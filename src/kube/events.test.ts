import { expect, test } from 'vitest';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { ApiError } from './errors.ts';
import { createEventRecorder, type EventNote } from './events.ts';
import { silentLog } from './log.ts';
import { apiError, createFakeServer } from './testing/fake-server.ts';
import type { Call } from './transport.ts';

const drift: EventNote = { type: 'Warning', reason: 'Drifted', action: 'Update', note: 'size: 1 to 2' };

function thing(name: string) {
  return {
    apiVersion: 'x.io/v1',
    kind: 'Thing',
    metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1' },
  };
}

function recorderWith(answer: (call: Call) => unknown = () => ({}), log = silentLog) {
  const clock = createFakeClock();
  const server = createFakeServer(answer);
  const recorder = createEventRecorder({
    transport: server,
    clock,
    controller: 'opta.dev/operator',
    instance: 'pod',
    log,
  });
  const sent = () =>
    server.calls.map(
      ({ method, body }) => `${method} ${JSON.stringify(body).match(/"count":(\d+)/)?.[1] ?? 1}`,
    );
  return { clock, server, recorder, sent };
}

test('an event names its object, reporter and time', async () => {
  const { clock, server, recorder } = recorderWith();
  recorder.record(thing('a'), drift);
  await clock.advance(0);
  expect(server.calls).toMatchObject([
    {
      method: 'POST',
      path: '/apis/events.k8s.io/v1/namespaces/shop/events',
      body: {
        metadata: { name: expect.stringMatching(/^a\.[0-9a-f]{16}$/), namespace: 'shop' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'opta.dev/operator',
        reportingInstance: 'pod',
        regarding: { apiVersion: 'x.io/v1', kind: 'Thing', namespace: 'shop', name: 'a', uid: 'a' },
        ...drift,
      },
    },
  ]);
});

test('the same again is counted on the same event, for as long as the series goes on', async () => {
  const { clock, recorder, sent } = recorderWith();
  recorder.record(thing('a'), drift);
  await clock.advance(300_000);
  recorder.record(thing('a'), drift);
  await clock.advance(300_000);
  recorder.record(thing('a'), { ...drift, note: 'other' });
  recorder.record(thing('b'), drift);
  await clock.advance(100_000);
  recorder.record(thing('a'), drift);
  await clock.advance(0);
  expect(sent()).toEqual(['POST 1', 'PATCH 2', 'POST 1', 'POST 1', 'POST 1']);
});

test('the same is counted 14 times at once and then once each five minutes, and the rest of the count when it ends', async () => {
  const { clock, recorder, sent } = recorderWith();
  for (let i = 0; i < 40; i += 1) {
    recorder.record(thing('a'), drift);
    await clock.advance(10);
  }
  expect(sent()).toHaveLength(15);
  await clock.advance(300_000);
  recorder.record(thing('a'), drift);
  recorder.record(thing('a'), drift);
  await recorder.stop(1_000);
  expect(sent().slice(15)).toEqual(['PATCH 41', 'PATCH 42']);
});

test('what was told often leaves room for what is new', async () => {
  const { clock, recorder, sent } = recorderWith();
  for (let i = 0; i < 40; i += 1) {
    recorder.record(thing('a'), drift);
    await clock.advance(10);
  }
  for (let i = 0; i < 10; i += 1) recorder.record(thing('a'), { ...drift, note: `new ${i}` });
  await clock.advance(0);
  expect(sent().slice(15)).toEqual(Array(10).fill('POST 1'));
});

/** How often each note was written first. */
function notesIn(calls: readonly Call[]): readonly string[] {
  const posts = calls.filter(({ method }) => method === 'POST');
  return posts.map(({ body }) => JSON.stringify(body).match(/"note":"([^"]*)"/)?.[1] ?? '');
}
const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix} ${i}`);

test('of many new things 25 are told at once and the rest one each five minutes, in order and none twice', async () => {
  const { clock, recorder, server } = recorderWith();
  const notes = numbered('field', 30);
  for (const note of notes) recorder.record(thing('a'), { ...drift, note });
  await clock.advance(0);
  expect(notesIn(server.calls)).toEqual(notes.slice(0, 25));
  // Longer than a series lasts, and it waits still.
  await clock.advance(800_000);
  recorder.record(thing('a'), { ...drift, note: 'field 29' });
  await clock.advance(60 * 60_000);
  expect(notesIn(server.calls)).toEqual(notes);
  expect(clock.pending).toBe(0);
});

test('of too many that wait the oldest are dropped, and that is logged: news of days ago are none', async () => {
  const dropped: unknown[] = [];
  const log = { ...silentLog, warn: (fields: unknown) => void dropped.push(fields) };
  const { clock, recorder, server } = recorderWith(undefined, log);
  const notes = numbered('field', 60);
  for (const note of notes) recorder.record(thing('a'), { ...drift, note });
  await clock.advance(24 * 60 * 60_000);
  expect(notesIn(server.calls)).toEqual([...notes.slice(0, 25), ...notes.slice(35)]);
  expect(dropped).toHaveLength(10);
});

test('what waits is not overtaken by what comes later', async () => {
  const { clock, recorder, server } = recorderWith();
  for (const note of numbered('field', 25)) recorder.record(thing('a'), { ...drift, note });
  await clock.advance(200_000);
  recorder.record(thing('a'), { ...drift, note: 'first' });
  await clock.advance(200_000);
  recorder.record(thing('a'), { ...drift, note: 'second' });
  await clock.advance(60 * 60_000);
  expect(notesIn(server.calls).slice(25)).toEqual(['first', 'second']);
});

test('what still waits is told when the operator stops, and before what is only counted', async () => {
  const { clock, recorder, server, sent } = recorderWith();
  for (const note of numbered('field', 40)) recorder.record(thing('a'), { ...drift, note });
  await clock.advance(0);
  recorder.record(thing('a'), { ...drift, note: 'field 0' });
  await recorder.stop(1_000);
  expect(notesIn(server.calls)).toEqual(numbered('field', 40));
  expect(sent().slice(25)).toEqual([...Array(15).fill('POST 1'), 'PATCH 2']);
  expect(clock.pending).toBe(0);
});

test('last words are all written, whatever was told before, and outlast an API server that starts anew', async () => {
  let isDown = false;
  const { clock, recorder, server } = recorderWith(() => {
    if (isDown) throw apiError(503, 'ServiceUnavailable');
    return {};
  });
  const notes = numbered('kept', 100);
  for (const note of notes) recorder.record(thing('a'), { ...drift, note, isLastWord: true });
  await clock.advance(0);
  expect(notesIn(server.calls)).toEqual(notes);
  expect(JSON.stringify(server.calls)).not.toContain('isLastWord');

  isDown = true;
  recorder.record(thing('a'), { ...drift, note: 'the last', isLastWord: true });
  await clock.advance(45_000);
  isDown = false;
  const before = server.calls.length;
  await clock.advance(2_000);
  expect(notesIn(server.calls.slice(before))).toEqual(['the last']);
});

test('what is dropped is in the log', async () => {
  const logged: unknown[] = [];
  const { clock, recorder } = recorderWith(
    () => {
      throw apiError(403, 'Forbidden');
    },
    { ...silentLog, warn: data => void logged.push(data) },
  );
  recorder.record(thing('a'), drift);
  await clock.advance(0);
  expect(logged).toEqual([{ about: 'Thing shop/a', reason: 'Drifted', error: '403 Forbidden' }]);
});

test('of what a namespace that is being deleted does not take nothing is logged', async () => {
  const dropped: unknown[] = [];
  const log = { ...silentLog, warn: (fields: unknown) => void dropped.push(fields) };
  const details = { causes: [{ reason: 'NamespaceTerminating' }] };
  const { clock, recorder, sent } = recorderWith(() => {
    throw new ApiError({ status: 403, reason: 'Forbidden', message: 'is being terminated', details });
  }, log);
  recorder.record(thing('a'), drift);
  await clock.advance(60_000);
  expect([sent(), dropped]).toEqual([['POST 1'], []]);
});

test('what fails for a moment is tried again, what is refused is dropped, and nothing throws', async () => {
  const errors = [apiError(500, 'InternalError'), apiError(503, 'ServiceUnavailable')];
  const { clock, recorder, sent } = recorderWith(() => {
    const error = errors.shift();
    if (error) throw error;
    return {};
  });
  recorder.record(thing('a'), drift);
  await clock.advance(10_000);
  expect(sent()).toEqual(['POST 1', 'POST 1', 'POST 1']);
  errors.push(apiError(403, 'Forbidden'));
  recorder.record(thing('b'), drift);
  await clock.advance(10_000);
  expect(sent()).toHaveLength(4);
});

test('an event is written later where the API server asks for time, and that long later', async () => {
  const errors = [apiError(429, 'TooManyRequests', 30)];
  const { clock, recorder, sent } = recorderWith(() => {
    const error = errors.shift();
    if (error) throw error;
    return {};
  });
  recorder.record(thing('a'), drift);
  await clock.advance(29_000);
  expect(sent()).toEqual(['POST 1']);
  await clock.advance(1_000);
  expect(sent()).toEqual(['POST 1', 'POST 1']);
});

test('an event whose answer was lost is known to be there, and counted further', async () => {
  const errors = [
    Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
    apiError(409, 'AlreadyExists'),
  ];
  const { clock, recorder, sent } = recorderWith(() => {
    const error = errors.shift();
    if (error) throw error;
    return {};
  });
  recorder.record(thing('a'), drift);
  await clock.advance(10_000);
  recorder.record(thing('a'), drift);
  await clock.advance(10_000);
  expect(sent()).toEqual(['POST 1', 'POST 1', 'PATCH 2']);
});

test('a series whose event has expired starts a new one', async () => {
  let isExpired = false;
  const { clock, recorder, sent } = recorderWith(({ method }) => {
    if (method === 'PATCH' && isExpired) throw apiError(404, 'NotFound');
    return {};
  });
  recorder.record(thing('a'), drift);
  await clock.advance(10);
  isExpired = true;
  recorder.record(thing('a'), drift);
  await clock.advance(10);
  expect(sent()).toEqual(['POST 1', 'PATCH 2', 'POST 2']);
});

test('stopping does not wait longer than told', async () => {
  const { clock, recorder } = recorderWith(() => {
    throw apiError(500, 'InternalError');
  });
  recorder.record(thing('a'), drift);
  let ended = false;
  void recorder.stop(1_000).then(() => {
    ended = true;
  });
  await clock.advance(999);
  expect(ended).toBe(false);
  await clock.advance(1);
  expect(ended).toBe(true);
  recorder.record(thing('a'), drift);
  expect(clock.pending).toBe(0);
});

test('a note is cut to 1 kB of UTF-8, in its middle and not within a character', async () => {
  const { clock, server, recorder } = recorderWith();
  recorder.record(thing('a'), { ...drift, note: `x${'ü'.repeat(1_000)}to approve: y` });
  await clock.advance(0);
  const note = JSON.stringify(server.calls[0]?.body).match(/"note":"([^"]*)"/)?.[1] ?? '';
  expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
  expect(note).toMatch(/^xü+…ü+to approve: y$/);
});
