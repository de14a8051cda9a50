import { array, assert, constantFrom, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from './inventory.ts';
import { entry, found, type Planning, planOf } from './testing/planning.ts';
import { madeAfter, usersByNode } from './uses.ts';

const NODES = ['a', 'b', 'c', 'd', 'e', 'f'];
const node = constantFrom(...NODES);
const entries = array(record({ node, after: array(node, { maxLength: 3 }) }), { maxLength: 9 });
type Entries = readonly { readonly node: string; readonly after: readonly string[] }[];

/** Step by step. */
function leads(all: Entries, from: string, to: string, past: readonly string[] = []): boolean {
  if (from === to) return true;
  const next = all.filter(one => one.node === from).flatMap(one => one.after);
  return next.some(one => !past.includes(one) && leads(all, one, to, [...past, from]));
}

describe('the order on record', () => {
  test('users go first, and none of two waits where each was made after the other', () => {
    assert(
      property(entries, all => {
        for (const of of NODES) {
          const users = all.filter(one => one.node !== of && one.after.includes(of)).map(one => one.node);
          const first = [...new Set(users)].filter(user => !leads(all, of, user));
          expect(usersByNode(all)(of)).toEqual(first);
        }
      }),
    );
  });

  test('what leads to some of them is all that was made after one, and these', () => {
    assert(
      property(entries, array(node, { maxLength: 3 }), (all, to) => {
        const leading = NODES.filter(one => to.some(of => leads(all, one, of)));
        expect([...madeAfter(all, to)].sort()).toEqual(leading);
      }),
    );
  });

  test('is followed through a chain of any length', () => {
    const chain = Array.from({ length: 50_000 }, (_, at) => ({ node: `${at}`, after: [`${at + 1}`] }));
    expect(usersByNode(chain)('7')).toEqual(['6']);
    expect(madeAfter(chain, ['49999']).size).toBe(50_000);
  });
});

/** Who may write a status may write as many as it holds: the process must not stand still over them. */
describe('a plan over many entries', () => {
  interface Row {
    readonly what: string;
    readonly deletion: NonNullable<Planning['deletion']>;
    readonly after: (at: number, count: number) => readonly number[];
  }
  const ROWS: readonly Row[] = (['None', 'Remove'] as const).flatMap((deletion): readonly Row[] => [
    { what: 'in a chain', deletion, after: at => [at + 1] },
    { what: 'in a circle', deletion, after: (at, count) => [(at + 1) % count] },
    { what: 'of one node', deletion, after: () => [0] },
  ]);

  /** How often their members are read. */
  function reads(inventory: readonly Entry[], of: Omit<Planning, 'inventory'>): number {
    let all = 0;
    const counted = inventory.map(one => {
      return new Proxy(one, {
        get(target, member) {
          all += 1;
          return Reflect.get(target, member);
        },
      });
    });
    expect(planOf({ ...of, inventory: counted }).nodes).toHaveLength(inventory.length);
    return all;
  }

  test.each(ROWS)('$what reads each as often as of few ($deletion)', ({ deletion, after }) => {
    function readsOf(count: number): number {
      const inventory = Array.from({ length: count }, (_, at) =>
        entry('box', `n${at}`, { after: after(at, count).map(to => `n${to}`) }),
      );
      const looks = inventory.map(one => [`${one.node}@1`, [found('box', one.node)]] as const);
      return reads(inventory, { spec: [], deletion, looks: Object.fromEntries(looks) });
    }
    expect(readsOf(300)).toBeLessThanOrEqual(20 * readsOf(30));
  });

  test('each of those that may be made already is asked once for one that waits for them', () => {
    function readsOf(count: number): number {
      const names = Array.from({ length: count }, (_, at) => `n${at}`);
      const inventory = names.map(name => entry('box', name, { unmade: true, after: names }));
      const spec = names.map(id => ({ id, type: 'box' as const, fields: {} }));
      return reads(inventory, { spec, deletion: 'Remove' });
    }
    expect(readsOf(9)).toBeLessThanOrEqual(27 * readsOf(3));
  });
});
