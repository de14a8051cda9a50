import { describe, expect, test } from 'vitest';
import { keptDefaults, withDefaults } from './defaults.ts';
import type { Kind } from './kind.ts';
import { queueKind } from './queue.ts';
import { allThere, at, inputOf, TODAY } from './testing/graph.ts';

const kind = queueKind as Kind;

describe('a message keeps its age when it moves, so the dead-letter queue keeps it no shorter', () => {
  /** Besides what is written: what was chosen once, or found in AWS. */
  test.each<[string, object, Record<string, unknown>, boolean]>([
    ['as it is by itself', {}, {}, true],
    ['shorter than the default', { deadLetter: { messageRetentionSeconds: 3600 } }, {}, false],
    ['as long as the default', { deadLetter: { messageRetentionSeconds: 345_600 } }, {}, true],
    [
      'shorter than what the queue was adopted with',
      { deadLetter: { messageRetentionSeconds: 345_600 } },
      { messageRetentionSeconds: 345_601 },
      false,
    ],
    [
      'as short as what the queue was adopted with',
      { deadLetter: { messageRetentionSeconds: 3600 } },
      { messageRetentionSeconds: 3600 },
      true,
    ],
    [
      'as it was adopted, shorter than what is written',
      { messageRetentionSeconds: 7200 },
      { 'deadLetter.messageRetentionSeconds': 3600 },
      false,
    ],
    ['of fifo', { fifo: true, deadLetter: { messageRetentionSeconds: 60 } }, {}, true],
    [
      'not there',
      { messageRetentionSeconds: 7200 },
      { 'deadLetter.mode': 'Disabled', 'deadLetter.messageRetentionSeconds': 3600 },
      true,
    ],
  ])('%s', (_, written, chosen, ok) => {
    const input = inputOf(kind, { spec: withDefaults(written, chosen) });
    const problem = kind.check({ ...input, spec: withDefaults(written, chosen) }, TODAY);
    expect(problem === undefined).toBe(ok);
    if (problem !== undefined)
      expect(problem).toMatchObject({
        field: 'spec.deadLetter.messageRetentionSeconds',
        reason: 'InvalidSpec',
        message: expect.stringMatching(
          /^it is \d+, and the queue itself keeps a message for \d+: one that moves/,
        ),
      });
    // What is found in AWS is found after the check.
    const graph = kind.graph(input);
    const node = graph.find(one => one.id === 'dead-letter');
    const waiting = node !== undefined && 'waitingFor' in Object(node.desired(allThere(graph)));
    expect(waiting).toBe(!ok);
  });
});

test.each<[string, object, string | undefined]>([
  ['written', { deadLetter: { mode: 'Disabled' } }, ''],
  ['found in AWS', {}, undefined],
])('no dead letters, as it is %s: where they go is %j', (_, written, expected) => {
  const chosen = withDefaults(written, { 'deadLetter.mode': 'Disabled' });
  const graph = kind.graph({ ...inputOf(kind, { spec: written }), spec: chosen });
  const desired = graph.find(one => one.id === 'queue')?.desired(allThere(graph));
  expect(at(desired, 'attributes.RedrivePolicy')).toBe(expected);
});

test.each<[string, object, string | undefined]>([
  ['how often a message is received first', { deadLetter: { maxReceiveCount: 3 } }, 'Enabled'],
  ['how long they are kept', { deadLetter: { messageRetentionSeconds: 345_600 } }, 'Enabled'],
  ['nothing', {}, 'Disabled'],
  ['nothing in so many words', { deadLetter: {} }, 'Disabled'],
  ['that there are none', { deadLetter: { mode: 'Disabled' } }, 'Disabled'],
])('a queue that was adopted without dead letters, of which the spec says %s: %s', (_, written, mode) => {
  const stored = { 'deadLetter.mode': 'Disabled', 'deadLetter.maxReceiveCount': 5, delaySeconds: 7 };
  const kept = keptDefaults(kind, written, stored);
  expect(kept).toEqual({ ...stored, 'deadLetter.mode': mode });
  expect(keptDefaults(kind, written, {})).toEqual({});
});
