/** What reads answered before, for stale reads. */

import type { Answer, Call } from './overlay.ts';

const CALLS_KEPT = 2_000;
const VERSIONS_KEPT = 64;
const LARGEST_BODY = 65_536;

export interface ReadHistory {
  /** Two calls with the same key ask the same. */
  keyOf(call: Call): string;
  /** `everyVersion` false keeps the newest answer of each read only, which costs next to nothing. */
  record(key: string, answer: Answer, now: number, everyVersion: boolean): void;
  /** The newest answer at least `seconds` old, else the oldest known; undefined where the call is new. */
  recall(key: string, seconds: number, now: number): Answer | undefined;
  clear(): void;
}

interface Version {
  at: number;
  answer: Answer;
}

function keyOf(call: Call): string {
  const body = call.body.length > 0 ? call.body.toString('latin1') : '';
  return [
    call.service,
    call.accountId,
    call.region,
    call.method,
    call.path,
    call.query.toString(),
    body,
  ].join('\n');
}

export function createReadHistory(): ReadHistory {
  const calls = new Map<string, Version[]>();

  function record(key: string, answer: Answer, now: number, everyVersion: boolean): void {
    if (answer.body.length + key.length > LARGEST_BODY) return;
    const versions = (everyVersion ? calls.get(key) : undefined) ?? [];
    versions.push({ at: now, answer });
    if (versions.length > VERSIONS_KEPT) versions.shift();
    // Set anew, so that the map's order is that of last use.
    calls.delete(key);
    calls.set(key, versions);
    if (calls.size <= CALLS_KEPT) return;
    for (const oldest of calls.keys()) {
      calls.delete(oldest);
      break;
    }
  }

  function recall(key: string, seconds: number, now: number): Answer | undefined {
    const versions = calls.get(key) ?? [];
    const old = versions.findLast(version => version.at <= now - seconds * 1000);
    return (old ?? versions[0])?.answer;
  }

  return { keyOf, record, recall, clear: () => calls.clear() };
}
