import type { Clock } from '../engine/clock.ts';
import { TimeoutError } from './errors.ts';

interface Limits {
  method: string;
  path: string;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Runs `work` with a signal that aborts after the call's time-out or when the caller's own signal does. The caller's
 * signal goes on holding after `work` has ended, the time-out does not: an opened watch is ended by its signal only.
 * @throws TimeoutError when the time is over.
 */
export async function withDeadline<T>(
  clock: Clock,
  call: Limits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  call.signal?.throwIfAborted();
  const controller = new AbortController();
  const cancel = clock.setTimeout(() => {
    controller.abort(
      new TimeoutError(`${call.method} ${call.path}: no answer within ${call.timeoutMs / 1000} s`),
    );
  }, call.timeoutMs);
  try {
    return await work(call.signal ? AbortSignal.any([controller.signal, call.signal]) : controller.signal);
  } finally {
    cancel();
  }
}
