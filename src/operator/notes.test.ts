import { expect, test } from 'vitest';
import { notesOf } from './notes.ts';

const arns = (count: number) =>
  Array.from({ length: count }, (_, n) => `arn:aws:sqs:eu-central-1:111111111111:test-dev-shop-orders-${n}`);

test('what fits is one note', () => {
  expect(notesOf('kept', ['a', 'b'])).toEqual(['kept: a, b']);
  expect(notesOf('kept', ['a', 'b'], '; ')).toEqual(['kept: a; b']);
  expect(notesOf('kept', [])).toEqual([]);
});

test.each([1, 15, 73, 500])(
  'of %i resources each is named in full, in notes that the API server takes',
  count => {
    const notes = notesOf('Bucket shop/uploads was deleted and left in AWS', arns(count));
    for (const note of notes) expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
    expect(notes.flatMap(note => note.match(/arn:[^,]*/g) ?? [])).toEqual(arns(count));
    if (notes.length > 1) expect(notes[0]).toContain(` (1 of ${notes.length}): arn:`);
  },
);

test('room is counted in bytes', () => {
  const notes = notesOf('Ü'.repeat(100), Array(40).fill('ü'.repeat(30)));
  for (const note of notes) expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
});
