import { expect, test } from 'vitest';
import type { EngineState } from '../engine/pass.ts';
import { createFakeClock } from '../kube/testing/fake-clock.ts';
import { apiError, createFakeServer } from '../kube/testing/fake-server.ts';
import { createStatusWriter } from './status-writer.ts';
import { objectOf, silent } from './testing/objects.ts';

const QUEUES = { group: 'opta.dev', version: 'v1alpha1', plural: 'queues', kind: 'Queue', namespaced: true };
const state: EngineState = { resources: [], defaults: {} };

test.each<[string, Error, number]>([
  ['failed', apiError(500, 'InternalError'), 50],
  ['asked for time', apiError(429, 'TooManyRequests', 7), 7_000],
])(
  'an id that AWS made is stored although the API server %s: it is written again %s ms later',
  async (_, error, waitMs) => {
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
      onWrite: () => {},
    });
    const saved = writer.save(state, 'must');
    await clock.advance(waitMs - 1);
    expect(server.calls).toHaveLength(1);
    await clock.advance(1);
    await saved;
    expect(server.calls).toHaveLength(2);
  },
);
