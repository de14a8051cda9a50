import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  currentEpoch,
  dropEntry,
  type Entry,
  entriesOf,
  entryAt,
  forgetEntry,
  isReserved,
  mergeInventories,
  newEntry,
  nextEpoch,
  putEntry,
  recorded,
} from './inventory.ts';

function entry(node: string, epoch: number, of: Partial<Entry> = {}): Entry {
  return { node, epoch, type: 'x', after: [], ...of };
}

const reserved = (node: string, epoch: number) => entry(node, epoch, { attempts: 0 });

describe('epochs', () => {
  test.each([
    ['nothing yet', [], 1, 1],
    ['another node', [entry('b', 4)], 1, 1],
    ['one', [entry('a', 1)], 1, 2],
    ['two, in any order', [entry('a', 2), entry('a', 1)], 2, 3],
    ['reserved, since a token is used up', [reserved('a', 2)], 2, 2],
    ['one in use and one set aside', [entry('a', 1), entry('a', 2, { setAside: true })], 1, 3],
    ['one that is set aside', [entry('a', 2, { setAside: true })], 3, 3],
    ['one in use and one reserved', [entry('a', 1), reserved('a', 3)], 1, 3],
  ])('%s: now %#', (_, inventory, now, next) => {
    expect([currentEpoch(inventory, 'a'), nextEpoch(inventory, 'a')]).toEqual([now, next]);
  });

  test.each([
    [reserved('a', 2), true],
    [entry('a', 2), false],
    [entry('a', 2, { attempts: 1 }), false],
    [entry('a', 2, { attempts: 0, id: 'i' }), false],
    [entry('a', 2, { attempts: 0, pending: { attempt: '1', at: '' } }), false],
  ])('reserved: %j is %s', (one, is) => {
    expect(isReserved(one)).toBe(is);
  });
});

describe('entries', () => {
  const two = [entry('a', 1), entry('b', 1)];

  test('are put in place or at the end, found and dropped, and nothing is changed in place', () => {
    expect(putEntry(two, entry('a', 1, { id: 'i' }))).toEqual([entry('a', 1, { id: 'i' }), entry('b', 1)]);
    expect(putEntry(two, entry('a', 2))).toEqual([...two, entry('a', 2)]);
    expect(entriesOf([entry('a', 2), ...two], 'a').map(one => one.epoch)).toEqual([1, 2]);
    expect(entryAt(two, 'b', 1)).toBe(two[1]);
    expect(entryAt(two, 'b', 2)).toBeUndefined();
    expect(dropEntry(two, 'a', 1)).toEqual([entry('b', 1)]);
    expect(dropEntry(two, 'a', 2)).toEqual(two);
  });

  test('a new one has the name of its epoch and the order of its node', () => {
    const node = { id: 'a', type: 'x', dependsOn: ['key'], desired: () => ({}) };
    expect(newEntry(node, 2)).toEqual(entry('a', 2, { after: ['key'] }));
    expect(newEntry({ ...node, name: epoch => `a-${epoch}` }, 2).name).toBe('a-2');
  });

  const found = { id: 'i', arn: 'arn:i', name: 'n', tags: {}, state: {} };
  const now = Date.parse('2026-01-01T00:00:00Z');
  const open = entry('a', 1, { attempts: 1, pending: { attempt: '1', at: '' }, keys: ['k'] });
  const known = { id: 'i', arn: 'arn:i', name: 'n' };
  test.each([
    [
      'the answer to a create ends it',
      open,
      entry('a', 1, { attempts: 1, keys: ['k'], ...known, createdAt: '2026-01-01T00:00:00.000Z' }),
    ],
    [
      'what is known keeps its time',
      entry('a', 1, { id: 'i', createdAt: 'before' }),
      entry('a', 1, { ...known, createdAt: 'before' }),
    ],
    ['what was known without a time gets none', entry('a', 1, { id: 'i' }), entry('a', 1, known)],
  ])('recorded: %s', (_, before, after) => {
    expect(recorded(before, found, now)).toEqual(after);
  });
});

describe('forgetting', () => {
  test.each([
    ['a name serves again', [entry('a', 1)], entry('a', 1), false, []],
    ['a token never does', [entry('a', 1)], entry('a', 1), true, [reserved('a', 2)]],
    ['a newer epoch is there already', [entry('a', 1), entry('a', 2)], entry('a', 1), true, [entry('a', 2)]],
    [
      'a later one is reserved already',
      [entry('a', 1), reserved('a', 3)],
      entry('a', 1),
      true,
      [reserved('a', 3)],
    ],
    [
      'the newest of two',
      [entry('a', 1), entry('a', 2)],
      entry('a', 2),
      true,
      [entry('a', 1), reserved('a', 3)],
    ],
    ['what is not there', [entry('b', 1)], entry('a', 1), true, [entry('b', 1)]],
  ])('%s', (_, inventory, gone, usesToken, left) => {
    expect(forgetEntry(inventory, gone, usesToken)).toEqual(left);
  });
});

describe('two inventories of one object as one', () => {
  const pending = { attempt: '2', at: 'then' };
  test.each([
    ['ours alone', [], [entry('a', 1, { id: 'i' })], [entry('a', 1, { id: 'i' })]],
    ['theirs alone', [entry('a', 1, { id: 'i' })], [], [entry('a', 1, { id: 'i' })]],
    ['an id that only we know', [entry('a', 1)], [entry('a', 1, { id: 'i' })], [entry('a', 1, { id: 'i' })]],
    [
      'an id that only they know',
      [entry('a', 1, { id: 'i' })],
      [entry('a', 1)],
      [entry('a', 1, { id: 'i' })],
    ],
    [
      'an id ends the open create',
      [entry('a', 1, { attempts: 2, pending })],
      [entry('a', 1, { attempts: 2, id: 'i' })],
      [entry('a', 1, { attempts: 2, id: 'i' })],
    ],
    [
      'an open create that only they know stays open',
      [entry('a', 1, { attempts: 2, pending })],
      [entry('a', 1, { attempts: 1 })],
      [entry('a', 1, { attempts: 2, pending })],
    ],
    [
      'the order of both',
      [entry('a', 1, { after: ['x'] })],
      [entry('a', 1, { after: ['y'] })],
      [entry('a', 1, { after: ['y', 'x'] })],
    ],
    [
      'the keys of both',
      [entry('a', 1, { keys: ['k'] })],
      [entry('a', 1, { keys: ['j'] })],
      [entry('a', 1, { keys: ['j', 'k'] })],
    ],
    ['epochs side by side', [entry('a', 1)], [entry('a', 2)], [entry('a', 2), entry('a', 1)]],
  ])('%s', (_, theirs, ours, merged) => {
    expect(mergeInventories(theirs, ours)).toEqual(merged);
  });

  test('no id, no epoch, no attempt, no key and no order is ever lost', () => {
    const some = fc.record(
      {
        node: fc.constantFrom('a', 'b'),
        epoch: fc.integer({ min: 1, max: 3 }),
        type: fc.constant('x'),
        after: fc.uniqueArray(fc.constantFrom('p', 'q')),
        id: fc.constantFrom('i', 'j'),
        attempts: fc.integer({ min: 1, max: 3 }),
        keys: fc.uniqueArray(fc.constantFrom('k', 'l')),
        pending: fc.record({ attempt: fc.constantFrom('1', '2'), at: fc.constant('then') }),
      },
      { requiredKeys: ['node', 'epoch', 'type', 'after'] },
    );
    const inventory = fc.uniqueArray(some, { selector: one => `${one.node}@${one.epoch}` });
    fc.assert(
      fc.property(inventory, inventory, (theirs, ours) => {
        const merged = mergeInventories(theirs as Entry[], ours as Entry[]);
        for (const one of [...theirs, ...ours] as Entry[]) {
          const kept = entryAt(merged, one.node, one.epoch);
          expect(kept).toBeDefined();
          if (one.id !== undefined) expect(kept?.id).toBeDefined();
          if (one.pending !== undefined) expect(kept?.pending ?? kept?.id).toBeDefined();
          expect(kept?.attempts ?? 0).toBeGreaterThanOrEqual(one.attempts ?? 0);
          expect(kept?.keys ?? []).toEqual(expect.arrayContaining([...(one.keys ?? [])]));
          expect(kept?.after).toEqual(expect.arrayContaining([...one.after]));
        }
        for (const one of ours as Entry[])
          if (one.id !== undefined) expect(entryAt(merged, one.node, one.epoch)?.id).toBe(one.id);
      }),
    );
  });
});
