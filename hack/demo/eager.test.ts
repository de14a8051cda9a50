import { expect, test } from 'vitest';
import type { Call } from '../../src/kube/transport.ts';
import { lookOften } from './eager.ts';

const metadata = { name: 'dev', uid: 'u', resourceVersion: '1', generation: 1 };
const object = { apiVersion: 'opta.dev/v1alpha1', kind: 'OptaEnvironment', metadata };
const ready = {
  ...object,
  status: { conditions: [{ type: 'Ready', status: 'True', observedGeneration: 1 }] },
};

test('a passing error is no end of it', async () => {
  const asked: Call[] = [];
  const request = async <T>(call: Call) => {
    asked.push(call);
    if (asked.length === 1) throw new Error('connection refused');
    return structuredClone(ready) as T;
  };
  await lookOften({ request }, object, new AbortController().signal);
  expect(asked).toHaveLength(2);
});

test('it ends with the signal, whatever fails then', async () => {
  const ending = new AbortController();
  const request = async () => {
    ending.abort();
    throw new Error('connection refused');
  };
  await lookOften({ request }, object, ending.signal);
  expect(ending.signal.aborted).toBe(true);
});
