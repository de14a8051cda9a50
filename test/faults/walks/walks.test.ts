import { afterAll, beforeAll, expect, test } from 'vitest';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../../hack/vitest/mode.ts';
import { environment, NAMESPACE, plainQueue, queue } from '../../support/manifests.ts';
import { startWorld, type TestWorld } from '../../support/world.ts';
import { bucketFields } from '../fields/bucket.ts';
import { environmentFields } from '../fields/environment.ts';
import type { Fields, KindFields } from '../fields/field.ts';
import { queueFields } from '../fields/queue.ts';
import { topicFields } from '../fields/topic.ts';
import { type Walked, walk } from './walk.ts';

const WALKS = isFull ? 200 : 1;
const ROUNDS = isFull ? 15 : 6;

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const done = new Map<string, number>();
afterAll(() => {
  const told = [...done].map(([what, count]) => `${count} ${what}`).join(', ');
  console.log(`covered: ${WALKS} walks of ${ROUNDS} rounds (seed ${seed}): ${told}`);
});

function without({ fields, ...of }: KindFields, ...left: readonly string[]): KindFields {
  const kept = Object.entries(fields).filter(([path]) => !left.includes(path));
  return { ...of, fields: Object.fromEntries(kept) satisfies Fields };
}

const changing = [
  environmentFields,
  queueFields,
  topicFields,
  // What is left out keeps the default that it got first, beside what else was written then.
  without(bucketFields, 'lifecycle.nonCurrentToInfrequentAccessDays', 'lifecycle.nonCurrentToGlacierDays'),
].map(of => ({
  ...of,
  // Under Observe nothing is carried out.
  fields: { ...of.fields, managementPolicy: { values: ['ApproveHighRisk', 'ApproveAll', 'Apply'] } },
}));

test.each(Array.from({ length: WALKS }, (_, n) => ({ walked: seed + n })))(
  'objects change by chance while calls fail and operators die: AWS is as the specs say, seed $walked',
  async ({ walked }) => {
    const result: Walked = await walk(world, {
      seed: walked,
      rounds: ROUNDS,
      beginning: [
        environment({ grants: { publicBuckets: { namespaces: [NAMESPACE] }, principals: ['222222222222'] } }),
        queue('orders'),
        plainQueue('mail'),
        ...['events', 'news'].map(name => ({ kind: 'Topic', name, spec: {} })),
        bucketFields.manifest({}),
      ],
      changing,
    });
    for (const [what, count] of Object.entries(result.done)) done.set(what, (done.get(what) ?? 0) + count);
    expect(result.problem).toBeUndefined();
  },
  FULL_TIMEOUT_MS,
);
