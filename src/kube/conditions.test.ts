import { expect, test } from 'vitest';
import { type Condition, type ConditionNow, findCondition, mergeConditions } from './conditions.ts';

const then = '2026-01-01T00:00:00Z';
const now = '2026-01-02T00:00:00Z';

function ready(status: 'True' | 'False', message = 'm', observedGeneration = 1): ConditionNow {
  return { type: 'Ready', status, reason: 'R', message, observedGeneration };
}

const rows: { name: string; former: Condition[]; current: ConditionNow[]; merged: Condition[] }[] = [
  {
    name: 'a new one gets the time',
    former: [],
    current: [ready('True')],
    merged: [{ ...ready('True'), lastTransitionTime: now }],
  },
  {
    name: 'another message, reason or generation keeps the time',
    former: [{ ...ready('True'), lastTransitionTime: then }],
    current: [{ ...ready('True', 'other', 2), reason: 'S' }],
    merged: [{ ...ready('True', 'other', 2), reason: 'S', lastTransitionTime: then }],
  },
  {
    name: 'another status moves the time',
    former: [{ ...ready('True'), lastTransitionTime: then }],
    current: [ready('False')],
    merged: [{ ...ready('False'), lastTransitionTime: now }],
  },
  {
    name: 'what is not named stays, sorted by type',
    former: [{ ...ready('True'), type: 'Synced', lastTransitionTime: then }],
    current: [ready('True'), { ...ready('True'), type: 'A' }],
    merged: [
      { ...ready('True'), type: 'A', lastTransitionTime: now },
      { ...ready('True'), lastTransitionTime: now },
      { ...ready('True'), type: 'Synced', lastTransitionTime: then },
    ],
  },
];

test.each(rows)('$name', ({ former, current, merged }) => {
  const before = structuredClone(former);
  expect(mergeConditions(former, current, now)).toEqual(merged);
  expect(former).toEqual(before);
});

test('a message is cut at 32768, and not within a character', () => {
  const cut = (message: string) =>
    findCondition(mergeConditions([], [ready('True', message)], now), 'Ready')?.message;
  expect(cut('x'.repeat(32_768))).toHaveLength(32_768);
  expect(cut('x'.repeat(32_769))).toHaveLength(32_768);
  expect(cut(`${'x'.repeat(32_766)}😀😀`)).toBe(`${'x'.repeat(32_766)}…`);
});
