import { expect, test } from 'vitest';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../../hack/vitest/mode.ts';
import { seeded } from '../../../hack/vitest/random.ts';
import type { Call, StreamCall, Transport } from '../../../src/kube/transport.ts';
import type { News } from '../../support/news.ts';
import type { Story } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';
import { watched } from './faults.ts';
import { changed, purposeOf, refused, versioned } from './kube-faults.ts';
import type { References } from './references.ts';

/** Of the requests of each sort: as opendatahub-io/operator-chaos has it, which closes half as many watches. */
const SHARE = { conflicts: 0.7, reads: 0.3, lists: 0.2, watches: 0.8 } as const;
/** A watch that is closed early brings fewer than so many events. */
const EVENTS = 3;
const RETRY_AFTER_S = '1';

type Sort = keyof typeof SHARE;

/** An API server that refuses, and others who write, as much as can be: the operator comes to the same end. */
export function harassed(references: References, stories: readonly Story[]): void {
  test.each(isFull ? stories : stories.slice(0, 1))(
    '$name, while most updates conflict, and reads, lists and watches fail all the time',
    async story => {
      const reference = await references.of(story);
      const { world } = references;
      const rough = roughTransport(world);
      const { difference } = await watched(world, reference, rough.options, () => () => []);
      expect(difference).toBeUndefined();
      const { met } = rough;
      console.log(
        `covered: ${story.name} with ${met.conflicts} conflicts, ${met.reads} reads and ${met.lists} lists refused, ${met.watches} watches closed (seed ${seed})`,
      );
      expect(met.conflicts).toBeGreaterThan(0);
    },
    FULL_TIMEOUT_MS,
  );
}

/** One for each sort: how many requests there are of one moves no other. */
function dice(nth: number): () => number {
  return seeded(seed * 10 + nth);
}

function roughTransport(world: TestWorld) {
  const real = world.cluster.operatorTransport;
  const random = { conflicts: dice(1), reads: dice(2), lists: dice(3), watches: dice(4) };
  const met: Record<Sort, number> = { conflicts: 0, reads: 0, lists: 0, watches: 0 };
  /** By path: whether its watch is open. One that is not waits for time. */
  const watches = new Map<string, boolean>();

  function befalls(sort: Sort): boolean {
    const does = random[sort]() < SHARE[sort];
    if (does) met[sort] += 1;
    return does;
  }

  async function request(call: Call): Promise<unknown> {
    const send = () => real.request<unknown>(call);
    const purpose = purposeOf(call);
    if (call.method === 'GET') {
      const sort = purpose === undefined ? 'lists' : 'reads';
      if (!befalls(sort)) return send();
      return sort === 'lists'
        ? refused(call, 429, 'TooManyRequests', RETRY_AFTER_S)
        : refused(call, 500, 'InternalError');
    }
    const isVersioned = purpose !== undefined && versioned(purpose);
    return isVersioned && befalls('conflicts') ? changed.happen(call, send, world) : send();
  }

  async function stream(call: StreamCall, onLine: (line: string) => void): Promise<void> {
    if (!befalls('watches')) return real.stream(call, onLine);
    let left = Math.floor(random.watches() * EVENTS);
    const closing = new AbortController();
    if (left === 0) return;
    const ending = real.stream({ ...call, signal: AbortSignal.any([call.signal, closing.signal]) }, line => {
      if (closing.signal.aborted) return;
      onLine(line);
      left -= 1;
      if (left === 0) closing.abort();
    });
    await ending.catch((error: unknown) => {
      if (!closing.signal.aborted) throw error;
    });
  }

  const transport: Pick<Transport, 'request' | 'stream'> = {
    request: <T>(call: Call) => request(call) as Promise<T>,
    async stream(call, onLine) {
      watches.set(call.path, true);
      await stream(call, onLine).finally(() => watches.set(call.path, false));
    },
  };
  const news: News = {
    ...world.cluster.news,
    isKnownTo: (...asked) => [...watches.values()].includes(false) || world.cluster.news.isKnownTo(...asked),
  };
  return { met, options: { transport, news } };
}
