import { type Entry, entriesOf } from './inventory.ts';
import type { PlanInput } from './plan.ts';
import { spreadingMs, untrustedMs } from './settling.ts';

export function losesData(input: PlanInput, { type }: Entry): boolean {
  const { holdsData, lossOnRemoval } = input.adaptor(type);
  return holdsData || lossOnRemoval !== undefined;
}

/**
 * What was changed to do without a key or a queue may still use it where AWS does not know of that yet: messages would be refused,
 * or sent to what is gone. In ms; 0: it may not.
 */
export function mayUseForMs(input: PlanInput, leaving: Entry, user: Entry): number {
  // Of an object that is deleted the users go first.
  if (input.deletion !== 'None' || !losesData(input, leaving)) return 0;
  return spreadingMs(input, input.adaptor(user.type), user);
}

/** When to look again, in ms, at what only the time keeps from being left. */
export function leftAfterMs(input: PlanInput, leaving: Entry, users: readonly string[]): number | undefined {
  const entries = users.flatMap(user => entriesOf(input.inventory, user));
  const untrusted = untrustedMs(input, users);
  const waits = entries.map(user => mayUseForMs(input, leaving, user)).filter(ms => ms > 0);
  const all = untrusted === undefined ? waits : [untrusted, ...waits];
  return all.length === 0 ? undefined : Math.min(...all);
}
