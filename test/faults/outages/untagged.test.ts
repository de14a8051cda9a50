import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault, FaultRule } from '../../../hack/bench/aws/faults.ts';
import { refuseTagsWithCreates } from '../../../hack/bench/aws/overlays/s3-bucket.ts';
import { isFull } from '../../../hack/vitest/mode.ts';
import { hasFinalizer } from '../../../src/operator/objects.ts';
import { audit } from '../../support/audit.ts';
import { bucket, environment, type Manifest, plainQueue, topic } from '../../support/manifests.ts';
import { createWitness } from '../../support/readiness.ts';
import { firstDifference, standing, told } from '../../support/snapshot.ts';
import {
  type Act,
  applied,
  begin,
  deleted,
  goOn,
  type Reference,
  type Story,
  undisturbed,
} from '../../support/story.ts';
import { startWorld, type TestWorld } from '../../support/world.ts';

/** Less than any of these takes to settle. */
const LAG_SECONDS = 40;
const UNSEEN_SECONDS = 15;
const TIMEOUT_MS = 300_000;
const TAG_READS = '/^(ListQueueTags|ListTagsForResource|GetBucketTagging)$/';

const THINGS = [
  { made: 'sqs:CreateQueue', manifest: plainQueue('orders') },
  { made: 'sns:CreateTopic', manifest: topic('events', { encryption: 'EnvironmentKey' }) },
  {
    made: 's3:CreateBucket',
    manifest: bucket('uploads', { encryption: 'EnvironmentKey', accessLogs: 'Disabled' }),
  },
] as const;

/** How AWS shows what it made a moment ago. */
const LAGS: Readonly<Record<string, readonly { operation?: string; fault: Fault }[]>> = {
  'without its tags': [{ fault: { kind: 'untaggedForNew', seconds: LAG_SECONDS } }],
  'with tags that are not found': [
    { operation: TAG_READS, fault: { kind: 'notFoundForNew', seconds: LAG_SECONDS } },
  ],
  'not at all, and then without its tags': [
    { fault: { kind: 'notFoundForNew', seconds: UNSEEN_SECONDS } },
    { fault: { kind: 'untaggedForNew', seconds: LAG_SECONDS } },
  ],
};

const UNTAGGED: readonly FaultRule[] = [
  { operation: 'PutBucketTagging', times: 2, fault: { kind: 'serverError' } },
];

type Mishap = 'nothing else' | 'a lost answer' | 'a crash before the answer' | 'a crash after it';
const MISHAPS: readonly Mishap[] = [
  'nothing else',
  'a lost answer',
  'a crash before the answer',
  'a crash after it',
];

/** All of them with FULL, else each lag and each mishap once. */
const CASES = Object.entries(LAGS).flatMap(([lag, rules], at) =>
  MISHAPS.filter(mishap => isFull || at === 0 || mishap === 'nothing else').map(mishap => ({
    lag,
    rules,
    mishap,
  })),
);

let world: TestWorld;
let lives = 0;
beforeAll(async () => {
  world = await startWorld();
}, TIMEOUT_MS);
afterAll(async () => {
  console.log(`covered: resources whose tags came late: ${lives} stories`);
  await world?.stop();
});

/** Not until it is there: what comes next comes while it is being made. */
function begun(manifest: Manifest, made: string): Act {
  let isMade = false;
  return {
    async act(at) {
      isMade = false;
      await applied(manifest).act(at);
    },
    until(objects) {
      const [, operation] = made.split(':');
      isMade ||= world.bench.gateway.journal.some(
        call => call.operation === operation && (call.lost ?? call.status) === 200,
      );
      return isMade && objects.some(one => one.kind === manifest.kind && hasFinalizer(one));
    },
  };
}

const STORIES: readonly { readonly made: string; readonly story: Story }[] = THINGS.flatMap(
  ({ made, manifest }) => {
    const before = [applied(environment())];
    return [
      { made, story: { name: `${manifest.kind}: created`, before, acts: [applied(manifest)] } },
      {
        made,
        story: {
          name: `${manifest.kind}: created, and deleted at once`,
          before,
          acts: [begun(manifest, made), deleted(manifest)],
        },
      },
    ];
  },
);

describe.each(STORIES)('$story.name', ({ made, story }) => {
  let reference: Reference;
  beforeAll(async () => {
    reference = await undisturbed(world, story);
  }, TIMEOUT_MS);

  test.each(CASES)(
    'AWS shows it $lag for a while, and there is $mishap: nobody is called, and it ends well',
    async ({ rules, mishap }) => {
      expect(await disturbed(reference, made, rules, mishap)).toBeUndefined();
    },
    TIMEOUT_MS,
  );

  if (made !== 's3:CreateBucket') return;

  test(
    'S3 takes no tags with the create, and fails the call that follows: nobody is called, and it ends well',
    async () => {
      expect(await disturbed(reference, made, UNTAGGED, 'nothing else')).toBeUndefined();
    },
    TIMEOUT_MS,
  );
});

async function disturbed(
  reference: Reference,
  made: string,
  lags: readonly FaultRule[],
  mishap: Mishap,
): Promise<string | undefined> {
  const { gateway } = world.bench;
  const run = await begin(world, reference.story);
  const [service = '', operation = ''] = made.split(':');
  if (lags === UNTAGGED) refuseTagsWithCreates(gateway.bench);
  for (const rule of lags) gateway.addFault({ service, ...rule });
  if (mishap === 'a lost answer') gateway.addFault({ service, operation, fault: { kind: 'resetAfter' } });
  const point = mishap === 'a crash before the answer' ? 'applied' : 'answered';
  const kill = mishap.startsWith('a crash') ? { kill: { write: made, point } as const } : {};
  const witness = await createWitness(world, reference, run, () => true);
  const seeing = { onKubeWrite: witness.see };
  for (let options: object = { ...kill, ...seeing }, turn = 0; turn < 2; options = seeing, turn++) {
    const life = world.live(options);
    lives += 1;
    try {
      if (await goOn(world, run, life)) break;
    } finally {
      await life.end();
    }
  }
  gateway.clearFaults();
  const stands = await standing(world);
  const difference = firstDifference(withoutPlans(reference.end), withoutPlans(told(stands)));
  const problems = [...witness.lies, ...audit(stands), ...[difference ?? []].flat()];
  return problems.length === 0 ? undefined : problems.join('\n');
}

/** Who finds all as it should be has planned nothing. */
function withoutPlans(text: string): string {
  return text.replaceAll(/^ *"plan": \{\},\n/gm, '');
}
