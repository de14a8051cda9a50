import type { Clock } from '../engine/clock.ts';
import { CloudError } from '../engine/errors.ts';
import { currentLane } from './lane.ts';
import { type Limits, PUBLISHED_LIMITS, SHARE } from './limits.ts';
import { createWaitingLine, type WaitingLine } from './waiting-line.ts';

/**
 * One limiter per account and region, shared by all objects. Published rates are token buckets by operation, or of a
 * service's operations together; every
 * service has one more, open until AWS throttles: then half of what was sent in the last second, and 5 % more each second.
 */
export interface Limiter {
  /** Resolves when the call may start. Throws CloudError when its pass is aborted. */
  acquire(service: string, operation: string): Promise<void>;
  throttled(service: string): void;
}

interface Bucket {
  /** Per second; Infinity while open. */
  rate: number;
  tokens: number;
  filledAt: number;
  /** Its rate grows again after it was halved. */
  readonly recovers: boolean;
  readonly waiting: WaitingLine;
  timer: (() => void) | undefined;
}

/**
 * From the slowest rate on, 3,000 calls that wait are through in two minutes. The adaptive mode of AWS's own clients is back
 * within seconds (AWS SDK for JavaScript, DefaultRateLimiter of @smithy/core: a cubic curve).
 */
const GROWTH_PER_SECOND = 1.05;
const SLOWEST_PER_SECOND = 1;
/** Answers to calls that were sent before the rate was halved say nothing about the halved rate. */
const HALVED_AT_MOST_EVERY_MS = 1_000;

/** `granted`: rates that an account was granted, in place of the published ones. */
export function createLimiter(clock: Clock, granted: Limits = {}): Limiter {
  const buckets = new Map<string, Bucket>();
  const sent = new Map<string, number[]>();
  const halvedAt = new Map<string, number>();

  function bucketOf(key: string, rate: number): Bucket {
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = {
        rate,
        recovers: rate === Number.POSITIVE_INFINITY,
        tokens: burstOf(rate),
        filledAt: clock.monotonic(),
        waiting: createWaitingLine(),
        timer: undefined,
      };
      buckets.set(key, bucket);
    }
    return bucket;
  }

  function fill(bucket: Bucket): void {
    const now = clock.monotonic();
    const seconds = (now - bucket.filledAt) / 1000;
    if (bucket.recovers) bucket.rate *= GROWTH_PER_SECOND ** seconds;
    bucket.tokens = Math.min(burstOf(bucket.rate), bucket.tokens + seconds * bucket.rate);
    bucket.filledAt = now;
  }

  function serve(bucket: Bucket): void {
    bucket.timer?.();
    bucket.timer = undefined;
    fill(bucket);
    while (bucket.waiting.length > 0 && bucket.tokens >= 1) {
      bucket.tokens -= 1;
      bucket.waiting.next()?.();
    }
    if (bucket.waiting.length === 0) return;
    const waitMs = Math.ceil(((1 - bucket.tokens) / bucket.rate) * 1000);
    bucket.timer = clock.setTimeout(() => serve(bucket), Math.max(1, waitMs));
  }

  function take(bucket: Bucket): Promise<void> | undefined {
    if (bucket.rate === Number.POSITIVE_INFINITY) return undefined;
    fill(bucket);
    if (bucket.waiting.length === 0 && bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const who = currentLane();
      const leave = bucket.waiting.add(who, () => {
        who.signal?.removeEventListener('abort', giveUp);
        resolve();
      });
      function giveUp(): void {
        leave();
        reject(unsent(who.signal));
      }
      who.signal?.addEventListener('abort', giveUp, { once: true });
      if (bucket.timer === undefined) serve(bucket);
    });
  }

  function sentLastSecond(service: string): number {
    const now = clock.monotonic();
    const times = (sent.get(service) ?? []).filter(at => now - at < 1000);
    sent.set(service, times);
    return times.length;
  }

  return {
    async acquire(service, operation) {
      const { signal } = currentLane();
      if (signal?.aborted) throw unsent(signal);
      for (const name of new Set([`${service}:${operation}`, `${service}:*`])) {
        const published = granted[name] ?? PUBLISHED_LIMITS[name];
        if (published !== undefined) await take(bucketOf(name, published * SHARE));
      }
      const adaptive = bucketOf(service, Number.POSITIVE_INFINITY);
      await take(adaptive);
      const times = sent.get(service) ?? [];
      times.push(clock.monotonic());
      sent.set(service, times.length > 4096 ? times.slice(-2048) : times);
    },
    throttled(service) {
      const now = clock.monotonic();
      if (now - (halvedAt.get(service) ?? Number.NEGATIVE_INFINITY) < HALVED_AT_MOST_EVERY_MS) return;
      halvedAt.set(service, now);
      const bucket = bucketOf(service, Number.POSITIVE_INFINITY);
      const measured = Math.min(bucket.rate, sentLastSecond(service));
      bucket.rate = Math.max(SLOWEST_PER_SECOND, measured / 2);
      bucket.tokens = 0;
      bucket.filledAt = now;
    },
  };
}

/** Nothing was asked of AWS, so nothing is in doubt. */
function unsent(signal: AbortSignal | undefined): CloudError {
  const why = signal?.reason instanceof Error ? signal.reason.message : 'the pass was aborted';
  return new CloudError('Transient', `not asked of AWS: ${why}`, { refused: true, cause: signal?.reason });
}

/** What was saved up and what comes in are together no more than the whole rate, in any second. */
function burstOf(rate: number): number {
  return Math.max(1, (rate / SHARE) * (1 - SHARE));
}
