import type { Clock } from '../engine/clock.ts';
import { currentLane, LANE_ORDER, type Lane } from './lane.ts';
import { type Limits, PUBLISHED_LIMITS, SHARE } from './limits.ts';

/**
 * One limiter per account and region, shared by all objects. Published rates are token buckets by operation; every
 * service has one more, open until AWS throttles: then half of what was sent in the last second, 5 % more each 10 s.
 */
export interface Limiter {
  /** Resolves when the call may start. */
  acquire(service: string, operation: string): Promise<void>;
  throttled(service: string): void;
}

interface Waiter {
  readonly lane: Lane;
  readonly order: number;
  readonly go: () => void;
}

interface Bucket {
  /** Per second; Infinity while open. */
  rate: number;
  tokens: number;
  filledAt: number;
  readonly waiting: Waiter[];
  timer: (() => void) | undefined;
}

const RECOVERY_FACTOR = 1.05;
const RECOVERY_MS = 10_000;
const SLOWEST_PER_SECOND = 1;

export function createLimiter(clock: Clock, overrides: Limits = {}): Limiter {
  const buckets = new Map<string, Bucket>();
  const sent = new Map<string, number[]>();
  const lastRaise = new Map<string, number>();
  let order = 0;

  function bucketOf(key: string, rate: number): Bucket {
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = {
        rate,
        tokens: Math.max(1, rate),
        filledAt: clock.monotonic(),
        waiting: [],
        timer: undefined,
      };
      buckets.set(key, bucket);
    }
    return bucket;
  }

  function fill(bucket: Bucket): void {
    const now = clock.monotonic();
    const burst = Math.max(1, bucket.rate);
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * bucket.rate);
    bucket.filledAt = now;
  }

  function serve(bucket: Bucket): void {
    bucket.timer?.();
    bucket.timer = undefined;
    if (bucket.rate !== Number.POSITIVE_INFINITY) fill(bucket);
    bucket.waiting.sort((a, b) => LANE_ORDER[a.lane] - LANE_ORDER[b.lane] || a.order - b.order);
    while (bucket.waiting.length > 0 && (bucket.rate === Number.POSITIVE_INFINITY || bucket.tokens >= 1)) {
      if (bucket.rate !== Number.POSITIVE_INFINITY) bucket.tokens -= 1;
      bucket.waiting.shift()?.go();
    }
    if (bucket.waiting.length === 0) return;
    bucket.timer = clock.setTimeout(
      () => serve(bucket),
      Math.ceil(((1 - bucket.tokens) / bucket.rate) * 1000),
    );
  }

  function take(bucket: Bucket): Promise<void> | undefined {
    if (bucket.rate === Number.POSITIVE_INFINITY) return undefined;
    fill(bucket);
    if (bucket.waiting.length === 0 && bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return undefined;
    }
    return new Promise(resolve => {
      bucket.waiting.push({ lane: currentLane(), order: order++, go: resolve });
      serve(bucket);
    });
  }

  function recover(service: string, bucket: Bucket): void {
    if (bucket.rate === Number.POSITIVE_INFINITY) return;
    const now = clock.monotonic();
    const steps = Math.floor((now - (lastRaise.get(service) ?? now)) / RECOVERY_MS);
    if (steps < 1) return;
    lastRaise.set(service, now);
    bucket.rate *= RECOVERY_FACTOR ** steps;
  }

  function sentLastSecond(service: string): number {
    const now = clock.monotonic();
    const times = (sent.get(service) ?? []).filter(at => now - at < 1000);
    sent.set(service, times);
    return times.length;
  }

  return {
    async acquire(service, operation) {
      const name = `${service}:${operation}`;
      const published =
        overrides[name] ??
        (PUBLISHED_LIMITS[name] === undefined ? undefined : PUBLISHED_LIMITS[name] * SHARE);
      if (published !== undefined) await take(bucketOf(name, published));
      const adaptive = bucketOf(service, Number.POSITIVE_INFINITY);
      recover(service, adaptive);
      await take(adaptive);
      const times = sent.get(service) ?? [];
      times.push(clock.monotonic());
      sent.set(service, times.length > 4096 ? times.slice(-2048) : times);
    },
    throttled(service) {
      const bucket = bucketOf(service, Number.POSITIVE_INFINITY);
      const measured = Math.min(bucket.rate, sentLastSecond(service));
      bucket.rate = Math.max(SLOWEST_PER_SECOND, measured / 2);
      bucket.tokens = 0;
      bucket.filledAt = clock.monotonic();
      lastRaise.set(service, clock.monotonic());
    },
  };
}
