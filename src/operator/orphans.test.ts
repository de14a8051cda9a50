import { beforeEach, expect, test } from 'vitest';
import { KINDS } from '../kinds/all.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { OptaObject } from './objects.ts';
import { reportOrphans } from './orphans.ts';
import { objectOf, silent } from './testing/objects.ts';
import { createWorld } from './world.ts';

const resources = [
  { node: 'topic', epoch: 1, type: 'sns/topic', arn: 'arn:t', after: [] },
  { node: 'access', epoch: 1, type: 'sns/publisher-access', name: 'opta-events', after: [] },
  { node: 'key', epoch: 1, type: 'kms/key', id: 'k', state: 'Kept' as const, after: [] },
];
const dev = objectOf('OptaEnvironment dev');
const spec = { environment: 'dev' };

let logged: unknown[];
let told: unknown[];
let last: unknown[];

beforeEach(() => {
  logged = [];
  told = [];
  last = [];
});

function report(object: OptaObject): void {
  const world = createWorld(KINDS, silent, []);
  world.objects('OptaEnvironment').put(dev);
  const log = { ...silent, warn: (data: unknown) => void logged.push(data) };
  const record: EventRecorder['record'] = (about, event) => {
    told.push([about.metadata.name, event.reason, event.note]);
    last.push(event.isLastWord);
  };
  reportOrphans(object, { world, events: { record, stop: async () => {} }, log });
}

test('what an object had that was forced off its finalizer is named, in the log and on its environment', () => {
  report(objectOf('Topic shop/events', { spec, status: { resources } }));
  expect(logged).toEqual([
    { object: 'Topic shop/events', resources: ['arn:t', 'sns/publisher-access opta-events'] },
  ]);
  const note = expect.stringContaining('Topic shop/events vanished without being deleted by the operator');
  expect(told).toEqual([['dev', 'Orphaned', note]]);
});

test('what nobody says again is told in full, whatever else was told', () => {
  const many = Array.from({ length: 40 }, (_, n) => ({
    node: `n${n}`,
    epoch: 1,
    type: 'sns/topic',
    arn: `arn:aws:sns:eu-central-1:111111111111:shop-events-${n}`,
    after: [],
  }));
  report(objectOf('Topic shop/events', { spec, status: { resources: many } }));
  expect(last).toEqual([true, true, true]);
  expect(told.flatMap(one => String(one).match(/shop-events-\d+/g) ?? [])).toEqual(
    many.map(one => one.arn.slice(-`shop-events-${one.node.slice(1)}`.length)),
  );
});

test('a create whose answer nobody knows is named by what it is found by', () => {
  const pending = { attempt: '1', at: '2026-01-01T00:00:00Z' };
  const begun = { node: 'key', epoch: 1, type: 'kms/key', pending, attempts: 1, after: [] };
  const never = { node: 'other', epoch: 1, type: 'kms/key', attempts: 0, after: [] };
  report(objectOf('Topic shop/events', { spec, status: { resources: [begun, never] } }));
  expect(told).toEqual([['dev', 'Orphaned', expect.stringContaining('opta.dev/node=key')]]);
});

test('an object without resources leaves nothing to tell', () => {
  report(objectOf('Topic shop/events', { spec }));
  expect([logged, told]).toEqual([[], []]);
});

test('without its environment the log tells all the same', () => {
  report(objectOf('Topic shop/events', { spec: { environment: 'gone' }, status: { resources } }));
  expect([logged.length, told.length]).toEqual([1, 0]);
});
