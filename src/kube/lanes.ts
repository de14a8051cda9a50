/** User changes come before what is only looked at again. */
export type Lane = 'user' | 'resync';

/** Keys that wait for a worker. */
export interface Lanes {
  /** Puts a key at the end of its group; one that waits in the slower lane moves to the faster. */
  add(key: string, lane: Lane): void;
  take(): { key: string; lane: Lane } | undefined;
  readonly size: number;
}

/** After so many user changes in a row one resync goes first, so that a busy tenant cannot stop everybody's drift checks. */
const userTurns = 16;

/** Two lanes; within a lane the groups (namespaces) take turns, and within a group it is first come, first served. */
export function createLanes(groupOf: (key: string) => string): Lanes {
  const groups = { user: new Map<string, Set<string>>(), resync: new Map<string, Set<string>>() };
  const laneOf = new Map<string, Lane>();
  let turns = 0;

  function removeFrom(lane: Lane, key: string): void {
    const group = groupOf(key);
    const keys = groups[lane].get(group);
    keys?.delete(key);
    if (keys?.size === 0) groups[lane].delete(group);
  }

  function first(lane: Lane): { key: string; lane: Lane } | undefined {
    for (const [group, keys] of groups[lane]) {
      for (const key of keys) {
        keys.delete(key);
        groups[lane].delete(group);
        // Behind the others: a Map keeps the order of insertion.
        if (keys.size > 0) groups[lane].set(group, keys);
        laneOf.delete(key);
        return { key, lane };
      }
    }
    return undefined;
  }

  return {
    add(key, lane) {
      const waiting = laneOf.get(key);
      if (waiting === lane || waiting === 'user') return;
      if (waiting) removeFrom(waiting, key);
      laneOf.set(key, lane);
      const group = groupOf(key);
      const keys = groups[lane].get(group);
      if (keys) keys.add(key);
      else groups[lane].set(group, new Set([key]));
    },
    take() {
      const resyncFirst = turns >= userTurns;
      const taken = resyncFirst ? (first('resync') ?? first('user')) : (first('user') ?? first('resync'));
      turns = taken?.lane === 'user' ? turns + 1 : 0;
      return taken;
    },
    get size() {
      return laneOf.size;
    },
  };
}
