/** What happens to one call: faults, overlays, the emulator, and the way back. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Accounts } from './accounts.ts';
import type { Creations } from './creations.ts';
import { faultError, notFound, notImplemented } from './fault-errors.ts';
import type { ActiveRule, Faults } from './faults.ts';
import type { Forwarder } from './forward.ts';
import { isMutating } from './operations.ts';

import {
  type Answer,
  type BenchContext,
  type Call,
  OBSERVER_HEADER,
  type Overlay,
  overlayMatches,
} from './overlay.ts';
import { isPaged } from './paged-lists.ts';
import { hasBenchToken, ignoredLimit, startPage } from './paging.ts';

import type { Read, ReadHistory } from './read-history.ts';
import { isSearch, withoutNew } from './searches.ts';
import { withField } from './state-overlay.ts';
import { subjectsOf } from './subjects.ts';
import { untagged } from './untagged.ts';
import { errorAnswer } from './wire.ts';

export interface Outcome {
  /** What the emulator, an overlay or a fault answered; undefined where nobody was asked. */
  answer?: Answer;
  delivery: 'whole' | 'half' | 'reset' | 'hang';
  /** For how long a hanging call stays open; undefined for ever. */
  hangSeconds?: number | undefined;
  /** Kinds of the faults that fired. */
  faults: string[];
}

export interface PipelineParts {
  accounts: Accounts;
  overlays: Overlay[];
  forwarder: Forwarder;
  faults: Faults;
  creations: Creations;
  history: ReadHistory;
  bench: BenchContext;
}

/** `reset`: the bench begins anew, so a call that is not carried out yet never is. */
export function createPipeline(parts: PipelineParts): (call: Call, reset: AbortSignal) => Promise<Outcome> {
  const { accounts, overlays, forwarder, faults, creations, history, bench } = parts;

  /** `read`: undefined of a call that writes. */
  function applies({ rule, addedAt }: ActiveRule, call: Call, read: Read | undefined): boolean {
    const mutating = read === undefined;
    const { fault } = rule;
    switch (fault.kind) {
      case 'pageSize':
        return isPaged(call);
      case 'staleReads':
        return read !== undefined && history.recall(read, fault.seconds, bench.now()) !== undefined;
      case 'overlayState':
        return !mutating && bench.now() < (creations.createdAt(call) ?? addedAt) + fault.seconds * 1000;
      case 'notFoundForNew':
        if (!mutating && isSearch(call)) return true;
        return unseen(call, mutating, fault.seconds) !== undefined;
      case 'untaggedForNew':
        return isNew(call, call.resource, fault.seconds) && untagged(call) !== undefined;
      default:
        return true;
    }
  }

  function isNew(call: Call, resource: string, seconds: number): boolean {
    const since = creations.createdAt(call, resource);
    return since !== undefined && bench.now() < since + seconds * 1000;
  }

  /**
   * What is told of the first new resource that the call is about. Amazon EC2 Developer Guide, "Eventual consistency in the
   * Amazon EC2 API": "The result of an API command you run that affects your Amazon EC2 resources might not be immediately
   * visible to all subsequent commands you run". So too AWS KMS Developer Guide, "AWS KMS eventual consistency".
   */
  function unseen(call: Call, mutating: boolean, seconds: number): Answer | undefined {
    const subjects = mutating ? subjectsOf(call) : [call.resource];
    const subject = subjects.find(one => isNew(call, one, seconds));
    return subject === undefined ? undefined : notFound(call, subject);
  }

  async function throughOverlays(call: Call): Promise<Answer> {
    const matching = overlays.filter(overlay => overlayMatches(overlay, call));
    let next = () => beforeAndAfter(call, matching);
    for (const { around } of matching.toReversed()) {
      const inner = next;
      if (around !== undefined) next = () => around(call, bench, inner);
    }
    return next();
  }

  async function beforeAndAfter(call: Call, matching: Overlay[]): Promise<Answer> {
    for (const overlay of matching) {
      const answer = await overlay.before?.(call, bench);
      if (answer !== undefined) return answer;
    }
    let answer = await forwarder.call(call);
    for (const overlay of matching) answer = (await overlay.after?.(call, answer, bench)) ?? answer;
    return answer;
  }

  async function answerOf(call: Call, fired: ActiveRule[]): Promise<Answer> {
    const sizes = fired.map(({ rule: { fault } }) =>
      fault.kind === 'pageSize' ? fault.n : Number.POSITIVE_INFINITY,
    );
    const size = Math.min(...sizes, ignoredLimit(call));
    const page = Number.isFinite(size) || hasBenchToken(call) ? startPage(call, size) : undefined;
    try {
      const answer = await throughOverlays(call);
      creations.observe(call, answer, bench.now());
      if (call.service === 'sts') accounts.learn(answer);
      return page === undefined ? answer : page.cut(answer);
    } catch (error) {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      console.error(`bench: ${call.service}:${call.operation} failed in the gateway, not in AWS: ${detail}`);
      return errorAnswer(call, { status: 501, code: 'BenchFailed', message: detail });
    }
  }

  return async (call, reset) => {
    const mutating = isMutating(call.service, call.operation);
    const read = mutating ? undefined : history.read(call);
    const isObserver = call.headers[OBSERVER_HEADER] !== undefined;
    const fired = isObserver ? [] : faults.take(call, mutating, active => applies(active, call, read));
    const kinds = fired.map(active => active.rule.fault.kind);
    let stale: Answer | undefined;
    for (const { rule } of fired) {
      const { fault } = rule;
      if (fault.kind === 'delay') await sleep(fault.ms, undefined, { signal: reset }).catch(() => {});
      // Taken before the call itself is recorded.
      if (fault.kind === 'staleReads' && read !== undefined)
        stale = history.recall(read, fault.seconds, bench.now());
    }
    if (reset.aborted) return { delivery: 'reset', faults: kinds };
    const ending = fired.find(({ rule: { fault } }) => ENDING.has(fault.kind))?.rule.fault;
    switch (ending?.kind) {
      case 'throttle':
      case 'serverError':
      case 'accessDenied':
        return { answer: faultError(call, ending.kind, ending), delivery: 'whole', faults: kinds };
      case 'notFoundForNew':
        // A list is answered without what is new.
        if (!mutating && isSearch(call)) break;
        return {
          answer: unseen(call, mutating, ending.seconds) ?? notImplemented(call, 'no NotFound'),
          delivery: 'whole',
          faults: kinds,
        };
      case 'untaggedForNew':
        return {
          answer: untagged(call) ?? notImplemented(call, 'no tags'),
          delivery: 'whole',
          faults: kinds,
        };
      case 'resetBefore':
        return { delivery: 'reset', faults: kinds };
      case 'hang':
        if (!ending.applied) return { delivery: 'hang', hangSeconds: ending.seconds, faults: kinds };
    }
    const fresh = await answerOf(call, fired);
    const staleRule = faults.list().some(({ rule }) => rule.fault.kind === 'staleReads');
    if (read !== undefined) history.record(read, fresh, bench.now(), staleRule);
    else if (fresh.status < 400) history.wrote(call.service, bench.now());
    let answer = stale ?? fresh;
    if (ending?.kind === 'notFoundForNew')
      answer = withoutNew(call, answer, id => isNew(call, id, ending.seconds));
    for (const { rule } of fired) {
      if (rule.fault.kind === 'overlayState') answer = withField(answer, rule.fault.path, rule.fault.value);
    }
    if (ending?.kind === 'hang')
      return { answer, delivery: 'hang', hangSeconds: ending.seconds, faults: kinds };
    if (ending?.kind === 'resetAfter') return { answer, delivery: 'reset', faults: kinds };
    if (ending?.kind === 'resetInBody') return { answer, delivery: 'half', faults: kinds };
    return { answer, delivery: 'whole', faults: kinds };
  };
}

const ENDING = new Set([
  'throttle',
  'serverError',
  'accessDenied',
  'notFoundForNew',
  'untaggedForNew',
  'resetBefore',
  'resetAfter',
  'resetInBody',
  'hang',
]);
