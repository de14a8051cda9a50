import { AsyncLocalStorage } from 'node:async_hooks';

/** Who waits first when calls have to wait: deletions, then what a person changed, then drift checks. */
export type Lane = 'delete' | 'change' | 'drift';

/** On whose account a call waits. `flow`: calls of one lane are served by turns among flows, a namespace each. */
export interface Waiting {
  readonly lane: Lane;
  readonly flow: string;
}

const current = new AsyncLocalStorage<Waiting>();

export function inLane<T>(lane: Lane, run: () => Promise<T>, flow = ''): Promise<T> {
  return current.run({ lane, flow }, run);
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
