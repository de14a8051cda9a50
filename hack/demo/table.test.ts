import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { OptaObject } from '../../src/operator/objects.ts';
import { isReady, tableOf, whyNotReady } from './table.ts';

function queue(generation: number, ready?: { status: string; observedGeneration: number }): OptaObject {
  const base = { lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'Progressing', message: 'key is made' };
  const object = {
    apiVersion: 'opta.dev/v1alpha1',
    kind: 'Queue',
    metadata: { namespace: 'shop', name: 'orders', uid: 'u', resourceVersion: '1', generation },
    spec: {},
  } satisfies OptaObject;
  if (ready === undefined) return object;
  const status = ready.status === 'True' ? ('True' as const) : ('False' as const);
  return { ...object, status: { conditions: [{ ...base, ...ready, type: 'Ready', status }] } };
}

test.each([
  ['no status', queue(1), false, 'no status yet'],
  ['not Ready', queue(1, { status: 'False', observedGeneration: 1 }), false, 'Progressing: key is made'],
  [
    'Ready for an older spec',
    queue(2, { status: 'True', observedGeneration: 1 }),
    false,
    'Progressing: key is made',
  ],
  ['Ready', queue(2, { status: 'True', observedGeneration: 2 }), true, 'Progressing: key is made'],
])('%s', (_name, object, ready, why) => {
  expect(isReady(object)).toBe(ready);
  expect(whyNotReady(object)).toBe(why);
});

test('the table says what an object waits for, and no more than fits', () => {
  const waiting = queue(1, { status: 'False', observedGeneration: 1 });
  const ready = queue(1, { status: 'True', observedGeneration: 1 });
  const lines = tableOf([waiting, ready], 20).map(line => stripVTControlCharacters(line));
  expect(lines).toEqual([
    '  OBJECT             READY  SYNCED  RECONCILING  STALLED  REASON       IN AWS',
    '  Queue shop/orders  False  -       -            -        Progressing  -',
    '    Progressing: ke…',
    '  Queue shop/orders  True   -       -            -        Progressing  -',
  ]);
});
