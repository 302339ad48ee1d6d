// A view of a map whose values are read when they are asked for. A targets file may hold a hundred thousand entries of which a
// verification looks at two: keeping an object for each would double what the collector has to walk.

/** `read` must be pure, and must not throw for what stands in `source`: whoever makes the view has read every value once. */
export function mapped<Raw, Value>(source: ReadonlyMap<string, Raw>, read: (name: string, raw: Raw) => Value): ReadonlyMap<string, Value> {
  function* entries(): MapIterator<[string, Value]> {
    for (const [name, raw] of source) yield [name, read(name, raw)];
  }
  function* values(): MapIterator<Value> {
    for (const [name, raw] of source) yield read(name, raw);
  }
  const view: ReadonlyMap<string, Value> = {
    get size() {
      return source.size;
    },
    has: (name) => source.has(name),
    get(name) {
      const raw = source.get(name);
      return raw === undefined ? undefined : read(name, raw);
    },
    forEach(act) {
      for (const [name, raw] of source) act(read(name, raw), name, view);
    },
    keys: () => source.keys(),
    values,
    entries,
    [Symbol.iterator]: entries,
  };
  return view;
}
