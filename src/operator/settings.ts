import { MOMENT_MS } from '../engine/settling.ts';

/** What an administrator decides about an operator; flags and environment variables of `main.ts`. */
export interface Settings {
  /** Unique in the AWS account: the key of tags, names and IAM paths. */
  readonly installation: string;
  /** Cluster UIDs whose resources may be taken up: clusters that are gone. */
  readonly takeOverFrom: readonly string[];
  /** Watched namespaces; empty: all. */
  readonly namespaces: readonly string[];
  /** OptaEnvironments that this operator serves; empty: all. */
  readonly environmentSelector: string;
  /** How often every object is compared with AWS, in ms; ±10 %. */
  readonly driftIntervalMs: number;
  /** Objects worked on at once. */
  readonly concurrency: number;
}

export const DEFAULTS = {
  driftIntervalMs: 5 * 60_000,
  /** An annotation cannot ask for more often than this: reads cost the account's rates. */
  shortestDriftIntervalMs: 60_000,
  /** Passes wait for AWS nearly all of their time. */
  concurrency: 64,
} as const;

/** `90s`, `15m`, `2h`; undefined when it is none of these. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d{1,6})(s|m|h)$/.exec(text.trim());
  if (match === null) return undefined;
  const unit = { s: 1_000, m: 60_000, h: 3_600_000 }[match[2] as 's' | 'm' | 'h'];
  return Number(match[1]) * unit;
}

/** ±10 %, so that objects which were made together are not read together for ever. */
export function jittered(ms: number, random: () => number): number {
  return Math.round(ms * (0.9 + random() * 0.2));
}

/** Times in an interval at which objects are looked at together. */
const SLOTS = 10;

/**
 * Up to 10 % more: at one of ten times in an interval, so that one list of a type serves all that are due about then. Not
 * sooner, but for a moment (`isTrusted`): what an earlier process wrote has settled by then.
 */
export function together(ms: number, nowMs: number): number {
  const slot = ms / SLOTS;
  return Math.ceil(Math.ceil((nowMs + ms - MOMENT_MS) / slot) * slot - nowMs);
}
