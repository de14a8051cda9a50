/** Rules by which calls go wrong, and which of them a given call meets. */

import type { Call } from './overlay.ts';

/** `status`, `code`, `message` replace what the service itself would answer. */
interface ErrorFault {
  kind: 'throttle' | 'serverError' | 'accessDenied';
  status?: number;
  code?: string;
  message?: string;
}

/**
 * - `resetBefore`: connection reset, nothing forwarded. `resetAfter`: forwarded and applied, then reset before any byte
 *   of the answer. `resetInBody`: headers and half the body, then cut (as `resetAfter` where the answer has no body).
 * - `hang`: no answer; after `seconds` the connection is reset. `applied` forwards the call first.
 * - `delay`: `ms` before the call is forwarded.
 * - `notFoundForNew`: calls about a resource created through the gateway less than `seconds` ago answer NotFound, and so do
 *   writes that refer to one; lists leave it out.
 * - `untaggedForNew`: reads of the tags of such a resource (queues, topics, buckets) answer that it has none.
 * - `staleReads`: reads answer what they answered `seconds` ago, or their oldest answer known if that is newer. What was read
 *   before something was written in the service, more than `seconds` ago, is answered no more.
 * - `overlayState`: an answer's field (dotted `path`; in XML the element or entry named last) is `value`, until `seconds`
 *   after the resource's creation, or after the rule was added for a resource older than the gateway.
 * - `pageSize`: lists answer at most `n` items a page.
 */
export type Fault =
  | ErrorFault
  | { kind: 'resetBefore' | 'resetAfter' | 'resetInBody' }
  | { kind: 'hang'; seconds?: number; applied?: boolean }
  | { kind: 'delay'; ms: number }
  | { kind: 'notFoundForNew'; seconds: number }
  | { kind: 'untaggedForNew'; seconds: number }
  | { kind: 'staleReads'; seconds: number }
  | { kind: 'overlayState'; path: string; value: unknown; seconds: number }
  | { kind: 'pageSize'; n: number };

export interface FaultRule {
  service?: string;
  /** The SDK's name, or the source of a regular expression between slashes: `/^Put/`. */
  operation?: string;
  resource?: string;
  accountId?: string;
  region?: string;
  /** Only calls that change something (true) or that do not (false). */
  mutating?: boolean;
  /** Fires first on the nth matching call, counted from 1. */
  nth?: number;
  /** Between 0 and 1, drawn from a generator of the rule's own. */
  probability?: number;
  seed?: number;
  /** How often it fires, 0 for ever. Default 1, but 0 for the kinds that last: those with a time window, and pageSize. */
  times?: number;
  fault: Fault;
}

export interface ActiveRule {
  id: string;
  rule: FaultRule;
  /** Matching calls so far. */
  seen: number;
  fired: number;
  /** Gateway's clock, ms. */
  addedAt: number;
}

export interface Faults {
  /** Throws TypeError for a rule that cannot be one. */
  add(rule: FaultRule, now: number): string;
  /** Without an id: all. */
  clear(id?: string): void;
  list(): ActiveRule[];
  /**
   * The rules that fire on this call, counted as fired: any delays and answer changes, and at most one that ends it.
   * `applies` says whether a rule would have an effect on the call at all.
   */
  take(call: Call, mutating: boolean, applies: (active: ActiveRule) => boolean): ActiveRule[];
}

const KINDS = new Set([
  'throttle',
  'serverError',
  'accessDenied',
  'resetBefore',
  'resetAfter',
  'resetInBody',
  'hang',
  'delay',
  'notFoundForNew',
  'untaggedForNew',
  'staleReads',
  'overlayState',
  'pageSize',
]);

/** Faults beside which others may act on the same call. */
const COMPOSABLE = new Set(['delay', 'overlayState', 'pageSize', 'staleReads']);
const LASTING = new Set(['notFoundForNew', 'untaggedForNew', 'overlayState', 'pageSize', 'staleReads']);

interface Prepared extends ActiveRule {
  isOperation: (name: string) => boolean;
  random: () => number;
}

/** mulberry32: small, seeded, the same sequence everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function operationTest(operation: string | undefined): (name: string) => boolean {
  if (operation === undefined) return () => true;
  const source = /^\/(.*)\/$/.exec(operation)?.[1];
  if (source === undefined) return name => name === operation;
  const pattern = new RegExp(source);
  return name => pattern.test(name);
}

function matches(entry: Prepared, call: Call, mutating: boolean): boolean {
  const { service, resource, accountId, region } = entry.rule;
  if (service !== undefined && service !== call.service) return false;
  if (!entry.isOperation(call.operation)) return false;
  if (resource !== undefined && resource !== call.resource) return false;
  if (accountId !== undefined && accountId !== call.accountId) return false;
  if (region !== undefined && region !== call.region) return false;
  return entry.rule.mutating === undefined || entry.rule.mutating === mutating;
}

function spent({ rule, fired }: ActiveRule): boolean {
  const times = rule.times ?? (LASTING.has(rule.fault.kind) ? 0 : 1);
  return times !== 0 && fired >= times;
}

export function createFaults(): Faults {
  let rules: Prepared[] = [];
  let last = 0;

  function add(rule: FaultRule, now: number): string {
    if (!KINDS.has(rule.fault?.kind))
      throw new TypeError(`fault.kind must be one of ${[...KINDS].join(', ')}`);
    last += 1;
    const isOperation = operationTest(rule.operation);
    const random = generator(rule.seed ?? 1);
    rules.push({ id: String(last), rule, seen: 0, fired: 0, addedAt: now, isOperation, random });
    return String(last);
  }

  function take(call: Call, mutating: boolean, applies: (active: ActiveRule) => boolean): ActiveRule[] {
    if (rules.length === 0) return [];
    const firing: ActiveRule[] = [];
    let ended = false;
    for (const entry of rules) {
      if (spent(entry) || !matches(entry, call, mutating) || !applies(entry)) continue;
      entry.seen += 1;
      if (entry.seen < (entry.rule.nth ?? 1)) continue;
      if (entry.rule.probability !== undefined && entry.random() >= entry.rule.probability) continue;
      const composable = COMPOSABLE.has(entry.rule.fault.kind);
      if (!composable && ended) continue;
      ended ||= !composable;
      entry.fired += 1;
      firing.push(entry);
    }
    return firing;
  }

  return {
    add,
    take,
    clear: id => {
      rules = id === undefined ? [] : rules.filter(entry => entry.id !== id);
    },
    list: () => rules.map(({ id, rule, seen, fired, addedAt }) => ({ id, rule, seen, fired, addedAt })),
  };
}
