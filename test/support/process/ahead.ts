import { systemClock } from '../../../src/engine/clock.ts';
import { AHEAD } from './ahead-signal.ts';

/**
 * Loaded before the operator's own code (`node --import`): time goes as it does, and jumps on when a test says so, as on a
 * machine that slept. What waits five minutes for AWS to settle is then seen in seconds.
 */
interface Timer {
  readonly due: number;
  readonly callback: () => void;
  handle: NodeJS.Timeout;
}

const timers = new Set<Timer>();
let ahead = Number(process.env[AHEAD.variable] ?? 0);
const monotonic = () => performance.now() + ahead;

function run(timer: Timer): void {
  if (!timers.delete(timer)) return;
  timer.callback();
}

function wait(timer: Pick<Timer, 'due'>, go: () => void): NodeJS.Timeout {
  return setTimeout(go, Math.min(2 ** 31 - 1, Math.max(0, timer.due - monotonic())));
}

Object.assign(systemClock, {
  now: () => Date.now() + ahead,
  monotonic,
  setTimeout(callback: () => void, ms: number) {
    const due = monotonic() + Math.max(0, ms);
    const timer: Timer = { due, callback, handle: wait({ due }, () => run(timer)) };
    timers.add(timer);
    return () => {
      clearTimeout(timer.handle);
      timers.delete(timer);
    };
  },
});

process.on(AHEAD.signal, () => {
  ahead += AHEAD.ms;
  // In the order in which they are due, as after a sleep.
  for (const timer of [...timers].sort((a, b) => a.due - b.due)) {
    clearTimeout(timer.handle);
    timer.handle = wait(timer, () => run(timer));
  }
});
