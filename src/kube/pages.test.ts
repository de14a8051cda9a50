import { expect, test } from 'vitest';
import { list } from './apply.ts';
import { AnswerTooLongError } from './errors.ts';
import { createFakeServer } from './testing/fake-server.ts';

const things = { group: 'x.io', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };

/** Holds objects of these sizes, in MB; its answers have no more than 32 MB. */
function holding(sizes: readonly number[]) {
  const server = createFakeServer(({ query }) => {
    const start = Number(query?.continue ?? 0);
    const end = start + Number(query?.limit);
    const page = sizes.slice(start, end);
    if (page.reduce((sum, size) => sum + size, 0) > 32) throw new AnswerTooLongError('too long');
    const next = end < sizes.length ? { continue: String(end) } : {};
    const items = page.map((_, i) => ({ metadata: { name: String(start + i) } }));
    return { metadata: { resourceVersion: '5', ...next }, items };
  });
  return {
    listed: async () => (await list(server, things)).map(({ metadata }) => Number(metadata.name)),
    asked: () => server.calls.map(({ query }) => `${query?.continue ?? 'first'}: ${query?.limit}`),
  };
}

function all(sizes: readonly number[]): number[] {
  return sizes.map((_, i) => i);
}

test('a list of 1,200 objects has three pages', async () => {
  const small = Array<number>(1_200).fill(0.01);
  const { listed, asked } = holding(small);
  expect(await listed()).toEqual(all(small));
  expect(asked()).toEqual(['first: 500', '500: 500', '1000: 500']);
});

test('a page that is too long is asked for again with half as many, from the same place; then ever more again', async () => {
  const sizes = [
    ...Array<number>(600).fill(0.01),
    ...Array<number>(10).fill(9),
    ...Array<number>(9_000).fill(0.01),
  ];
  const { listed, asked } = holding(sizes);
  expect(await listed()).toEqual(all(sizes));
  expect(asked().slice(0, 14)).toEqual([
    'first: 500',
    '500: 500',
    '500: 250',
    '500: 125',
    '500: 62',
    '562: 78',
    '562: 39',
    '601: 49',
    '601: 24',
    '601: 12',
    '601: 6',
    '601: 3',
    '604: 4',
    '604: 2',
  ]);
  expect(asked().at(-1)).toMatch(/: 500$/);
  expect(asked().length).toBeLessThan(60);
});

test('objects that are as large as any can be come one by one', async () => {
  const sizes = Array<number>(7).fill(20);
  const { listed, asked } = holding(sizes);
  expect(await listed()).toEqual(all(sizes));
  expect(asked().slice(-3)).toEqual(['5: 2', '5: 1', '6: 2']);
});

test('one that is larger ends it', async () => {
  const { listed, asked } = holding([1, 33]);
  await expect(listed()).rejects.toThrow(AnswerTooLongError);
  expect(asked().slice(-3)).toEqual(['first: 1', '1: 2', '1: 1']);
});
