import { describe, expect, test } from 'vitest';
import type { KubeObject } from './object.ts';
import { type Change, createStore } from './store.ts';

interface Thing extends KubeObject {
  spec: { target: string };
}

function thing(name: string, resourceVersion: string, target = 't', uid = `uid-${name}`): Thing {
  const metadata = { name, namespace: 'shop', uid, resourceVersion };
  return { apiVersion: 'v1', kind: 'Thing', metadata, spec: { target } };
}

function storeWithChanges() {
  const store = createStore<Thing>();
  const changes: string[] = [];
  store.onChange(({ key, before, after }: Change<Thing>) => {
    changes.push(
      `${key} ${before?.metadata.resourceVersion ?? '-'}>${after?.metadata.resourceVersion ?? '-'}`,
    );
  });
  async function heard(): Promise<string[]> {
    await Promise.resolve();
    return changes.splice(0);
  }
  return { store, heard };
}

describe('changes', () => {
  test('are told for every real difference of a relist, and only those', async () => {
    const { store, heard } = storeWithChanges();
    store.replace([thing('a', '1'), thing('b', '2'), thing('c', '3')], '10');
    expect(await heard()).toEqual(['shop/a ->1', 'shop/b ->2', 'shop/c ->3']);
    store.replace([thing('a', '1'), thing('b', '12'), thing('d', '13')], '13');
    expect(await heard()).toEqual(['shop/c 3>-', 'shop/b 2>12', 'shop/d ->13']);
  });

  test('tell of another object of the same name also at the same resourceVersion', async () => {
    const { store, heard } = storeWithChanges();
    store.put(thing('a', '1'));
    await heard();
    store.put(thing('a', '1', 't', 'another'));
    expect(await heard()).toEqual(['shop/a 1>1']);
  });

  test('come after the store has them, not inside the call', async () => {
    const { store, heard } = storeWithChanges();
    store.put(thing('a', '1'));
    store.remove(thing('a', '2'));
    store.remove(thing('never', '3'));
    expect(store.size).toBe(0);
    expect(await heard()).toEqual(['shop/a ->1', 'shop/a 1>-']);
  });

  test('reach the other listeners when one throws', async () => {
    const store = createStore<Thing>();
    const heard: string[] = [];
    store.onChange(() => {
      throw new Error('broken');
    });
    const stop = store.onChange(({ key }) => heard.push(key));
    store.put(thing('a', '1'));
    await Promise.resolve();
    stop();
    store.put(thing('b', '1'));
    await Promise.resolve();
    expect(heard).toEqual(['shop/a']);
  });
});

describe('an index', () => {
  test('follows puts, changes, removals and relists', () => {
    const { store } = storeWithChanges();
    store.put(thing('a', '1', 'x'));
    store.index('target', ({ spec }) => [spec.target]);
    store.put(thing('b', '2', 'x'));
    const named = (key: string) => store.byIndex('target', key).map(({ metadata }) => metadata.name);
    expect(named('x')).toEqual(['a', 'b']);
    store.put(thing('a', '3', 'y'));
    expect([named('x'), named('y')]).toEqual([['b'], ['a']]);
    store.remove(thing('b', '4'));
    expect(named('x')).toEqual([]);
    store.replace([thing('c', '5', 'y')], '5');
    expect(named('y')).toEqual(['c']);
  });

  test('that was never made is an error, not an empty answer', () => {
    expect(() => storeWithChanges().store.byIndex('typo', 'x')).toThrow('no index typo');
  });
});

describe('being synced', () => {
  test('comes with the first list, after its changes were told', async () => {
    const { store } = storeWithChanges();
    const order: string[] = [];
    store.onChange(() => order.push('change'));
    const done = store.synced.then(() => order.push('synced'));
    store.put(thing('a', '1'));
    expect(store.isSynced).toBe(false);
    store.replace([thing('a', '1')], '1');
    expect(store.isSynced).toBe(true);
    await done;
    expect(order).toEqual(['change', 'synced']);
  });

  test('waits for every namespace, and one namespace does not empty another', () => {
    const store = createStore<Thing>({ namespaces: ['shop', 'office'] });
    store.replace([thing('a', '1')], '1', 'shop');
    expect(store.isSynced).toBe(false);
    store.replace([], '2', 'office');
    expect(store.isSynced).toBe(true);
    expect(store.size).toBe(1);
  });
});

test('resourceVersion is the newest heard of, and starts again with a full list', () => {
  const { store } = storeWithChanges();
  store.put(thing('a', '9'));
  store.put(thing('b', '10'));
  store.advance('8');
  expect(store.resourceVersion).toBe('10');
  store.replace([], '5');
  expect(store.resourceVersion).toBe('5');
});
