/** Every call that the gateway saw, in the order in which it was answered. */

import { isMutating } from './operations.ts';
import { type Answer, type Call, OBSERVER_HEADER } from './overlay.ts';
import { requestTags } from './request-tags.ts';
import { errorCodeOf } from './wire.ts';

export interface JournalEntry {
  /** Rises by one with each entry, so `since` misses none. */
  id: number;
  /** Milliseconds since 1970 by the gateway's clock: when the call arrived. */
  at: number;
  durationMs: number;
  service: string;
  region: string;
  accountId: string;
  operation: string;
  mutating: boolean;
  resource: string;
  /** Tags that the request sets. */
  tags?: Record<string, string>;
  /** 0 where the client got no answer. */
  status: number;
  /** What the service answered, where the client got no answer: the call was carried out all the same. */
  lost?: number;
  errorCode?: string;
  /** It came from an observer, not from what is tested. */
  observer?: true;
  /** Kinds of the faults that fired, joined by a plus sign. */
  fault?: string;
  requestId: string;
}

export interface Journal {
  entries: JournalEntry[];
  /** `lost`: what was answered and does not reach the client. */
  add(
    call: Call,
    at: number,
    durationMs: number,
    answer: Answer | undefined,
    faults: string[],
    lost?: Answer,
  ): JournalEntry;
  since(id: number): JournalEntry[];
  clear(): void;
}

/** @param kept how many of the newest entries stay; a tenth more are held before the oldest go. */
export function createJournal(kept = 200_000): Journal {
  const entries: JournalEntry[] = [];
  let last = 0;

  function add(
    call: Call,
    at: number,
    durationMs: number,
    answer: Answer | undefined,
    faults: string[],
    lost?: Answer,
  ): JournalEntry {
    last += 1;
    const mutating = isMutating(call.service, call.operation);
    const tags = mutating ? requestTags(call) : undefined;
    const errorCode = answer && errorCodeOf(call, answer);
    const entry: JournalEntry = {
      id: last,
      at,
      durationMs,
      service: call.service,
      region: call.region,
      accountId: call.accountId,
      operation: call.operation,
      mutating,
      resource: call.resource,
      ...(tags && { tags }),
      status: answer?.status ?? 0,
      ...(lost !== undefined && { lost: lost.status }),
      ...(errorCode !== undefined && { errorCode }),
      ...(call.headers[OBSERVER_HEADER] !== undefined && { observer: true as const }),
      ...(faults.length > 0 && { fault: faults.join('+') }),
      requestId: answer?.headers['x-amzn-requestid'] ?? answer?.headers['x-amz-request-id'] ?? call.requestId,
    };
    entries.push(entry);
    if (entries.length > kept * 1.1) entries.splice(0, entries.length - kept);
    return entry;
  }

  function since(id: number): JournalEntry[] {
    const first = entries[0];
    return first === undefined ? [] : entries.slice(Math.max(0, id - first.id + 1));
  }

  return { entries, add, since, clear: () => void entries.splice(0) };
}
