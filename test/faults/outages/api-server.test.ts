import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFull, seed } from '../../../hack/vitest/mode.ts';
import { sample, seeded } from '../../../hack/vitest/random.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import type { Call, Transport } from '../../../src/kube/transport.ts';
import { begin, goOn, type Reference, undisturbed, verdict } from '../../support/story.ts';
import { startWorld, type TestWorld } from '../../support/world.ts';
import { ENVIRONMENT_STORIES, QUEUE_STORIES } from '../stories/all.ts';

/** In virtual time: longer than anything is tried again at once. */
const OUTAGE_MS = 2 * 60_000;
/** New keys are not shown by AWS for so long: what could not be written down is not found at once either. */
const UNSEEN_SECONDS = 30;
/** Outages of a story, where not each one begins at each write. */
const SAMPLE = 3;
const TIMEOUT_MS = isFull ? 60 * 60_000 : 300_000;

const STORIES = [...ENVIRONMENT_STORIES, ...QUEUE_STORIES].filter(({ name }) =>
  [
    'OptaEnvironment: created together with all that is in it, and deleted before that',
    'Queue: replaced by one that is first in, first out',
  ].includes(name),
);

interface Outage {
  readonly name: string;
  /** Whether a write takes effect all the same. */
  readonly isApplied: boolean;
  error(): Error;
}

function answer(status: number, reason: string, retryAfterSeconds?: number): () => ApiError {
  return () => new ApiError({ status, reason, message: `${status} ${reason}`, retryAfterSeconds });
}

const OUTAGES: readonly Outage[] = [
  { name: 'answers 503', isApplied: false, error: answer(503, 'ServiceUnavailable') },
  { name: 'answers 429 and a time to wait', isApplied: false, error: answer(429, 'TooManyRequests', 7) },
  { name: 'does as it is told, and answers 504', isApplied: true, error: answer(504, 'Timeout') },
  {
    name: 'does as it is told, and breaks the connection',
    isApplied: true,
    error: () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  },
];

let world: TestWorld;
let outages = 0;
let failed = 0;

beforeAll(async () => {
  world = await startWorld({ watchCache: true });
});
afterAll(async () => {
  console.log(
    `covered: outages of the API server: ${outages} of ${OUTAGE_MS / 60_000} minutes each, in ${STORIES.length} stories ` +
      `(${isFull ? 'each at each write' : `seed ${seed}`}), ${failed} requests failed`,
  );
  await world?.stop();
});

const random = seeded(seed);

test.each(STORIES)(
  '$name: an API server that fails for two minutes delays it, and nothing else',
  async story => {
    const reference = await undisturbed(world, story);
    const all = OUTAGES.flatMap(outage =>
      [...reference.writes.entries()].map(([place, { what }]) => ({ outage, place, what })),
    );
    const differences: string[] = [];
    for (const { outage, place, what } of isFull ? all : sample(all, SAMPLE, random)) {
      const difference = await disturbed(reference, outage, place);
      outages += 1;
      if (difference !== undefined)
        differences.push(`${outage.name}, from write ${place} (${what}): ${difference}`);
    }
    expect(differences).toEqual([]);
  },
  TIMEOUT_MS,
);

/** The story, with an outage of the API server that begins at this write of the operator. */
async function disturbed(reference: Reference, outage: Outage, place: number): Promise<string | undefined> {
  const run = await begin(world, reference.story);
  for (const service of ['kms', 'tagging'])
    world.bench.gateway.addFault({ service, fault: { kind: 'notFoundForNew', seconds: UNSEEN_SECONDS } });
  let endsAt = Number.POSITIVE_INFINITY;
  let writes = () => 0;
  const isOn = () => {
    if (endsAt === Number.POSITIVE_INFINITY && writes() > place) endsAt = world.clock.monotonic() + OUTAGE_MS;
    return endsAt < Number.POSITIVE_INFINITY && world.clock.monotonic() < endsAt;
  };
  const { operatorTransport } = world.cluster;
  const transport: Pick<Transport, 'request' | 'stream'> = {
    stream: operatorTransport.stream,
    async request<T>(call: Call): Promise<T> {
      if (!isOn()) return operatorTransport.request<T>(call);
      failed += 1;
      if (outage.isApplied && call.method !== 'GET') await operatorTransport.request<T>(call);
      throw outage.error();
    },
  };
  const life = world.live({ transport });
  writes = () => life.writes.length;
  try {
    if (!(await goOn(world, run, life))) return 'it died';
  } finally {
    await life.end();
  }
  return verdict(world, reference, run);
}
