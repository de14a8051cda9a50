import { describe, expect, test } from 'vitest';
import type { KindCondition } from '../kinds/kind.ts';
import { mergeConditions } from '../kube/conditions.ts';
import type { EventNote, EventRecorder } from '../kube/events.ts';
import { announce, announceDrift, announceWarnings } from './announce.ts';
import { objectOf } from './testing/objects.ts';
import { stepOf } from './testing/results.ts';

/** One step with so many fields that differ. */
function corrected(count: number): readonly string[] {
  const changes = Array.from({ length: count }, (_, n) => ({ field: `f${n}`, from: 'a', to: 'b' }));
  const notes: string[] = [];
  const record: EventRecorder['record'] = (_, { note }) => void notes.push(note);
  const step = stepOf('bucket', 'update', { changes: changes.map(one => ({ ...one, risk: 'Low' })) });
  announceDrift({ events: { record, stop: async () => {} } }, objectOf('Bucket shop/uploads'), [step]);
  return notes;
}

test('a few differences that were corrected have a note each', () => {
  expect(corrected(2)).toEqual(['corrected: bucket.f0: a → b', 'corrected: bucket.f1: a → b']);
  expect(corrected(10)).toHaveLength(10);
});

test('many are all told, in notes that an object may have at once', () => {
  const notes = corrected(200);
  expect(notes.length).toBeLessThan(10);
  const fields = notes.flatMap(note => note.match(/bucket\.f\d+: a → b/g) ?? []);
  expect(new Set(fields).size).toBe(200);
});

describe('a condition that warns', () => {
  const at = '2027-01-01T00:00:00Z';
  const warning = (message: string, more: Partial<KindCondition> = {}): KindCondition => ({
    type: 'SupportEnding',
    status: 'True',
    reason: 'SupportEnds',
    message,
    warns: true,
    ...more,
  });
  const quiet = { status: 'False', reason: 'Supported' } as const;

  /** What is told of `now` where the status has `before`; of Synced as `synced` has it. */
  function told(before: KindCondition | undefined, now: KindCondition, synced = 'AWS is as the spec says') {
    const events: EventNote[] = [];
    const record: EventRecorder['record'] = (_, event) => void events.push(event);
    const { warns: _, ...condition } = before ?? warning('');
    const conditions = before === undefined ? [] : [{ ...condition, lastTransitionTime: at }];
    const object = objectOf('OptaEnvironment dev', { status: { conditions } });
    announceWarnings({ events: { record, stop: async () => {} } }, object, [now], {
      syncedReason: synced === now.message ? 'ChangeBlocked' : 'Synced',
      syncedMessage: synced,
    });
    return events;
  }

  test.each<[string, KindCondition | undefined, KindCondition, boolean]>([
    ['is told when it comes', undefined, warning('in 90 days'), true],
    ['is told when it turns', warning('later', quiet), warning('in 90 days'), true],
    ['is told anew when it says something else', warning('in 90 days'), warning('in 30 days'), true],
    ['is told once', warning('in 90 days'), warning('in 90 days'), false],
    [
      'is told once, however long it is',
      warning('a'.repeat(32_767).concat('…')),
      warning('a'.repeat(40_000)),
      false,
    ],
  ])('%s', (_, before, now, isTold) => {
    const event = { type: 'Warning', reason: 'SupportEnds', action: 'Look', note: now.message };
    expect(told(before, now)).toEqual(isTold ? [event] : []);
  });

  test('is silent where it warns of nothing, and where Synced tells it', () => {
    const { warns: _, ...harmless } = warning('later', quiet);
    expect(told(warning('in 90 days'), harmless)).toEqual([]);
    expect(told(undefined, warning('in extended support'), 'in extended support')).toEqual([]);
  });
});

test.each([
  ['short', 'queue.VisibilityTimeout: 77 → 30'],
  ['too long for a condition', 'a'.repeat(40_000)],
])('a difference that stays, and is %s, is told once', (_, message) => {
  const events: EventNote[] = [];
  const record: EventRecorder['record'] = (_about, event) => void events.push(event);
  const of = { ready: false, stalled: false, reconciling: false, synced: false } as const;
  const summary = {
    ...of,
    readyReason: 'ApprovalRequired',
    readyMessage: message,
    syncedReason: 'ApprovalRequired',
    syncedMessage: message,
  } as const;
  const context = { events: { record, stop: async () => {} } };
  announce(context, objectOf('Queue shop/orders'), summary);
  expect(events.map(({ note }) => note)).toEqual([message]);
  const told = { reason: 'ApprovalRequired', message, status: 'False' } as const;
  const conditions = mergeConditions(
    [],
    [
      { ...told, type: 'Ready' },
      { ...told, type: 'Synced' },
    ],
    '2027-01-01T00:00:00Z',
  );
  announce(context, objectOf('Queue shop/orders', { status: { conditions } }), summary);
  expect(events).toHaveLength(1);
});

test('so is trouble', () => {
  const notes: string[] = [];
  const record: EventRecorder['record'] = (_, { note }) => void notes.push(note);
  const message = 'a'.repeat(40_000);
  const conditions = mergeConditions(
    [],
    [{ type: 'Ready', reason: 'Denied', message, status: 'False' }],
    '2027-01-01T00:00:00Z',
  );
  announce(
    { events: { record, stop: async () => {} } },
    objectOf('Queue shop/orders', { status: { conditions } }),
    {
      ...{ ready: false, stalled: true, reconciling: false, synced: false },
      readyReason: 'Denied',
      readyMessage: message,
      syncedReason: 'Synced',
      syncedMessage: '',
    },
  );
  expect(notes).toEqual([]);
});

test.each<[string, readonly string[], readonly string[], boolean]>([
  ['nothing was', [], ['a', 'b'], true],
  ['it becomes less', ['a', 'b', 'c'], ['b', 'c'], false],
  ['it becomes more', ['a'], ['a', 'b'], true],
  ['it is something else', ['a', 'b'], ['c'], true],
])('what is in the way of a deletion is told: %s', (_, was, is, isTold) => {
  const notes: string[] = [];
  const record: EventRecorder['record'] = (_about, { note }) => void notes.push(note);
  const blocked = (names: readonly string[]) =>
    names.map(resource => ({ node: '', resource, reason: 'is there' }));
  const reason = 'DeletionBlocked';
  const told = { reason, message: `still used by ${was}`, status: 'False' } as const;
  const now = '2027-01-01T00:00:00Z';
  const conditions = was.length === 0 ? [] : mergeConditions([], [{ ...told, type: 'Synced' }], now);
  const object = objectOf('OptaEnvironment dev', { status: { conditions, blockedBy: blocked(was) } });
  const message = `still used by ${is}`;
  const summary = {
    ...({ ready: 'unchanged', stalled: false, reconciling: true, synced: false } as const),
    ...({
      readyReason: reason,
      readyMessage: message,
      syncedReason: reason,
      syncedMessage: message,
    } as const),
  };
  announce({ events: { record, stop: async () => {} } }, object, summary, blocked(is));
  expect(notes).toEqual(isTold ? [message] : []);
});
