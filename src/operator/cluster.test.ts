import { expect, test } from 'vitest';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { apiError, createFakeServer } from '../kube/testing/fake-server.ts';
import { clusterUid } from './cluster.ts';
import { silent } from './testing/objects.ts';

function ask(answers: readonly (object | Error)[]) {
  const rest = [...answers];
  const server = createFakeServer(() => {
    const next = rest.length > 1 ? rest.shift() : rest[0];
    if (next instanceof Error) throw next;
    return next;
  });
  const clock = createFakeClock();
  const ending = new AbortController();
  const common = { transport: server, clock, random: () => 0, log: silent, signal: ending.signal };
  return { server, clock, ending, uid: clusterUid(common) };
}

const kubeSystem = { metadata: { name: 'kube-system', uid: 'the-cluster' } };

test('is asked for until the API server answers', async () => {
  const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  const { server, clock, uid } = ask([apiError(503, 'ServiceUnavailable'), reset, kubeSystem]);
  await clock.advance(60_000);
  expect(await uid).toBe('the-cluster');
  expect(server.calls).toHaveLength(3);
});

test('a refusal is no outage', async () => {
  const { uid } = ask([apiError(403, 'Forbidden')]);
  await expect(uid).rejects.toThrow('403');
});

test('an operator that is stopped asks no more', async () => {
  const { server, clock, ending, uid } = ask([apiError(503, 'ServiceUnavailable')]);
  await clock.advance(0);
  ending.abort();
  expect(await uid).toBeUndefined();
  expect(server.calls).toHaveLength(1);
});
