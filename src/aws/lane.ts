import { AsyncLocalStorage } from 'node:async_hooks';

/** Who waits first when calls have to wait: deletions, then what a person changed, then drift checks. */
export type Lane = 'delete' | 'change' | 'drift';

/** On whose account a call waits. `flow`: calls of one lane are served by turns among flows, a namespace each. */
export interface Waiting {
  readonly lane: Lane;
  readonly flow: string;
  /** When it aborts nothing waits any longer, and no call is begun. */
  readonly signal?: AbortSignal;
}

const current = new AsyncLocalStorage<Waiting>();

export function inLane<T>(lane: Lane, run: () => Promise<T>, flow = ''): Promise<T> {
  return current.run({ ...currentLane(), lane, flow }, run);
}

/** For what others join while it waits: they may be in more of a hurry than a look for drift. */
export function inLaneOfMany<T>(run: () => Promise<T>): Promise<T> {
  const { lane, flow } = currentLane();
  return inLane(lane === 'drift' ? 'change' : lane, run, flow);
}

/** Calls within are begun only until the signal aborts; one that is under way then goes on to its answer. */
export function untilAborted<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  return current.run({ ...currentLane(), signal }, run);
}

export function currentLane(): Waiting {
  return current.getStore() ?? { lane: 'change', flow: '' };
}

/** Whose turn it is, again and again; where nobody of that lane waits, the first lane that somebody waits in. */
export const TURNS: readonly Lane[] = [
  'delete',
  'change',
  'delete',
  'delete',
  'change',
  'delete',
  'delete',
  'change',
  'delete',
  'drift',
];

export const LANES: readonly Lane[] = ['delete', 'change', 'drift'];
