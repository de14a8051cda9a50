/** Works something out once for each object, which is never changed, and for as long as that one is in use. */
export function onceFor<K extends object, V>(work: (object: K) => V): (object: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return object => {
    const last = known.get(object) ?? { value: work(object) };
    known.set(object, last);
    return last.value;
  };
}
