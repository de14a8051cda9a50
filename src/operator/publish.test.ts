import { expect, test } from 'vitest';
import type { EventRecorder } from '../kube/events.ts';
import { announceDrift } from './publish.ts';
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
