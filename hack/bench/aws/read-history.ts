/** What reads answered before, for stale reads. */

import type { Answer, Call } from './overlay.ts';

const CALLS_KEPT = 2_000;
const VERSIONS_KEPT = 64;
const WRITES_KEPT = 4_096;
const LARGEST_BODY = 65_536;

export interface ReadHistory {
  read(call: Call): Read;
  /** `everyVersion` false keeps the newest answer of each read only, which costs next to nothing. */
  record(read: Read, answer: Answer, now: number, everyVersion: boolean): void;
  /** Something was written in this service. */
  wrote(service: string, now: number): void;
  /**
   * What was answered `seconds` ago, unless it was read before something was written by then; else the oldest answer that is
   * newer. Undefined where neither is known: nothing that was so within these seconds.
   */
  recall(read: Read, seconds: number, now: number): Answer | undefined;
  clear(): void;
}

export interface Read {
  readonly service: string;
  /** Two calls with the same key ask the same. */
  readonly key: string;
}

interface Version {
  readonly at: number;
  /** How often its service was written to before. */
  readonly writes: number;
  readonly answer: Answer;
}

/** It tells of all services. */
const TAGS_OF_ALL = 'tagging';

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
  const writes = new Map<string, Writes>();

  function writesOf(service: string): Writes {
    const known = writes.get(service) ?? createWrites();
    writes.set(service, known);
    return known;
  }

  function record({ service, key }: Read, answer: Answer, now: number, everyVersion: boolean): void {
    if (answer.body.length + key.length > LARGEST_BODY) return;
    const versions = (everyVersion ? calls.get(key) : undefined) ?? [];
    versions.push({ at: now, writes: writesOf(service).until(now), answer });
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

  function recall({ service, key }: Read, seconds: number, now: number): Answer | undefined {
    const versions = calls.get(key) ?? [];
    const then = now - seconds * 1000;
    const last = versions.findLast(version => version.at <= then);
    const wasSo = last !== undefined && last.writes === writesOf(service).until(then);
    return wasSo ? last.answer : versions.find(version => version.at > then)?.answer;
  }

  return {
    read: call => ({ service: call.service, key: keyOf(call) }),
    record,
    wrote(service, now) {
      for (const one of [service, TAGS_OF_ALL]) writesOf(one).add(now);
    },
    recall,
    clear() {
      calls.clear();
      writes.clear();
    },
  };
}

interface Writes {
  add(now: number): void;
  /** How many there were by then. */
  until(then: number): number;
}

function createWrites(): Writes {
  const times: number[] = [];
  let forgotten = 0;
  return {
    add(now) {
      times.push(now);
      if (times.length > WRITES_KEPT) {
        times.shift();
        forgotten += 1;
      }
    },
    until: then => forgotten + times.findLastIndex(at => at <= then) + 1,
  };
}
