import { expect, test } from 'vitest';
import type { StoredPlan, StoredStep } from '../engine/approval.ts';
import type { Entry } from '../engine/inventory.ts';
import type { Condition } from '../kube/conditions.ts';
import { StatusCondition, StatusPlan, StatusResource, statusOf } from './status.ts';

const time = '2026-01-02T03:04:05.678Z';

// Required: a field that the engine gets later fails here until the schema has it.
const entry: Required<Entry> = {
  node: 'queue',
  epoch: 1,
  type: 'sqs/queue',
  id: 'id',
  arn: 'arn',
  name: 'name',
  state: 'Ready',
  message: 'message',
  createdAt: time,
  after: ['key'],
  keys: ['tags[team]'],
  attempts: 2,
  setAside: true,
  stray: true,
  former: ['sg-1'],
  adopted: true,
  revivesUntil: time,
  pending: { attempt: '2', at: time },
};

const step: Required<StoredStep> = {
  node: 'queue',
  epoch: 1,
  action: 'take up',
  id: 'https://sqs/orders',
  loss: 'with the messages in it',
  fields: [{ field: 'DelaySeconds', from: '0', to: '5' }],
  risk: 'Low',
  known: true,
  approved: true,
};

const plan: Required<StoredPlan> = {
  hash: 'abc',
  sequence: 1,
  risk: 'High',
  steps: [step],
  createdAt: time,
  approval: { hash: 'abc', by: 'someone', at: time },
  generation: 3,
};

const condition: Required<Condition> = {
  type: 'Ready',
  status: 'True',
  reason: 'Ready',
  message: '',
  lastTransitionTime: time,
  observedGeneration: 3,
};

// What the API server does not know it drops, and zod likewise.
test('the schema has every field that the engine writes', () => {
  expect(StatusResource.parse(entry)).toEqual(entry);
  expect(StatusPlan.parse(plan)).toEqual(plan);
  expect(StatusCondition.parse(condition)).toEqual(condition);
});

test('the engine reads what the schema says', () => {
  const read: { entry: Entry; plan: StoredPlan; condition: Condition } = {
    entry: StatusResource.parse(entry),
    plan: StatusPlan.parse(plan),
    condition: StatusCondition.parse(condition),
  };
  expect(read).toEqual({ entry, plan, condition });
});

/** Who may write a status writes no more than a pass goes through in no time. */
test.each([
  ['resources', (count: number) => ({ resources: Array.from({ length: count }, () => entry) }), 2_000],
  ['after', (count: number) => ({ resources: [{ ...entry, after: Array(count).fill('key') }] }), 500],
  [
    'referrers',
    (count: number) => ({ referrers: Array(count).fill({ kind: 'Topic', name: 'events' }) }),
    1_000,
  ],
] as const)('%s have room, and an end', (_, of, most) => {
  const status = statusOf({});
  expect(status.safeParse(of(most)).success).toBe(true);
  expect(status.safeParse(of(most + 1)).success).toBe(false);
});
