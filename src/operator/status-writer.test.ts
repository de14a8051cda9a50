import { expect, test } from 'vitest';
import { StaleObject } from '../engine/errors.ts';
import type { Entry } from '../engine/inventory.ts';
import type { EngineState } from '../engine/pass.ts';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { apiError, createFakeServer } from '../kube/testing/fake-server.ts';
import type { Status } from './objects.ts';
import { createStatusWriter } from './status-writer.ts';
import { objectOf, silent } from './testing/objects.ts';
import { entryOf } from './testing/results.ts';

const QUEUES = { group: 'opta.dev', version: 'v1alpha1', plural: 'queues', kind: 'Queue', namespaced: true };
const state: EngineState = { resources: [], defaults: {} };

test.each<[string, number, Error]>([
  ['failed', 50, apiError(500, 'InternalError')],
  ['asked for time', 7_000, apiError(429, 'TooManyRequests', 7)],
])(
  'an id that AWS made is stored although the API server %s: it is written again %i ms later',
  async (_, waitMs, error) => {
    const object = objectOf('Queue shop/orders');
    const errors = [error];
    const clock = createFakeClock();
    const server = createFakeServer(() => {
      const failure = errors.shift();
      if (failure) throw failure;
      return object;
    });
    const writer = createStatusWriter({
      transport: server,
      resource: QUEUES,
      object,
      clock,
      log: silent,
      installation: 'opta',
      onWrite: () => {},
      onGone: () => {},
    });
    const saved = writer.save(state, 'must');
    await clock.advance(waitMs - 1);
    expect(server.calls).toHaveLength(1);
    await clock.advance(1);
    await saved;
    expect(server.calls).toHaveLength(2);
  },
);

const queue = entryOf('queue', { id: 'q' });
const made: EngineState = { resources: [queue, entryOf('key', { id: 'k' })], defaults: {} };
test.each<[string, unknown, string, readonly string[]]>([
  ['is the same', objectOf('Queue shop/orders'), 'PATCH GET GET PATCH', []],
  [
    'is another one, and what was made is told',
    objectOf('Queue shop/orders', { metadata: { uid: 'second' } }),
    'PATCH GET GET',
    ['key'],
  ],
  ['is gone, and what was made is told', apiError(404, 'NotFound'), 'PATCH GET GET', ['key']],
])(
  'an object that was changed meanwhile is read until the API server answers: it %s',
  async (_, answer, asked, orphans) => {
    const object = objectOf('Queue shop/orders', { status: { resources: [queue] } });
    const told: string[] = [];
    const answers = [apiError(409, 'Conflict'), apiError(503, 'ServiceUnavailable'), answer, object];
    const clock = createFakeClock();
    const server = createFakeServer(() => {
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return next;
    });
    const writer = createStatusWriter({
      transport: server,
      resource: QUEUES,
      object,
      clock,
      log: silent,
      installation: 'opta',
      onWrite: () => {},
      onGone: (_gone, made) => void told.push(...made.map(entry => entry.node)),
    });
    const saved = expect(writer.save(made, 'must')).rejects.toBeInstanceOf(StaleObject);
    await clock.advance(1_000);
    await saved;
    expect(server.calls.map(({ method }) => method).join(' ')).toBe(asked);
    expect(told).toEqual(orphans);
  },
);

test('a pass that is aborted stores what AWS has made, and nothing else', async () => {
  const object = objectOf('Queue shop/orders');
  const server = createFakeServer(() => object);
  const writer = createStatusWriter({
    transport: server,
    resource: QUEUES,
    object,
    clock: createFakeClock(),
    log: silent,
    installation: 'opta',
    onWrite: () => {},
    onGone: () => {},
    signal: AbortSignal.abort(new Error('the operator is stopping')),
  });
  await expect(writer.save(state, 'guarded')).rejects.toThrow('the operator is stopping');
  await expect(writer.publish({})).rejects.toThrow('the operator is stopping');
  expect(server.calls).toEqual([]);
  await writer.save(state, 'must');
  expect(server.calls).toHaveLength(1);
});

test.each<[string, Status, readonly Entry[], string | undefined]>([
  ['nothing was on record', {}, [entryOf('queue', { name: 'opta-dev-orders' })], 'opta'],
  ['nothing is', {}, [], undefined],
  ['nothing is any more', { resources: [queue], installation: 'opta' }, [], undefined],
  ['it says so', { resources: [queue], installation: 'other' }, [queue], 'other'],
  ['a name shows it', { resources: [entryOf('queue', { name: 'opta-dev-orders' })] }, [queue], 'opta'],
  ['an alias shows it', { resources: [entryOf('alias', { name: 'alias/opta-dev-key' })] }, [queue], 'opta'],
  [
    'an ARN shows it',
    { resources: [entryOf('queue', { arn: 'arn:aws:sqs:eu-central-1:1:opta-dev-orders' })] },
    [queue],
    'opta',
  ],
  [
    'names are of another one',
    { resources: [entryOf('queue', { name: 'optas-dev-orders' })] },
    [queue],
    undefined,
  ],
])('a status says whose it is where %s', async (_, before, resources, installation) => {
  const object = objectOf('Queue shop/orders', { status: before });
  const server = createFakeServer(() => object);
  const writer = createStatusWriter({
    transport: server,
    resource: QUEUES,
    object,
    clock: createFakeClock(),
    log: silent,
    installation: 'opta',
    onWrite: () => {},
    onGone: () => {},
  });
  await writer.publish({ observedGeneration: 7, resources });
  const body = Object(server.calls[0]?.body);
  expect(body.status.installation).toBe(installation);
});
