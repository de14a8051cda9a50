import { PutPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PARTS } from '../../src/aws/s3/parts.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { approve } from '../support/approval.ts';
import { rounds } from '../support/rounds.ts';
import {
  bucket,
  environment,
  type Manifest,
  queue,
  startWorld,
  type TestWorld,
  topic,
} from '../support/world.ts';
import { BUCKET_MUTANTS } from './support/bucket-mutants.ts';
import { type Asked, type Check, keyPolicies, s16, s17, s18, s19 } from './support/checks.ts';
import { byHand } from './support/hand.ts';
import { LOST_MUTANTS, WAYS } from './support/lost-mutants.ts';
import { MESSAGE_MUTANTS_AT_FIRST, messageMutants } from './support/message-mutants.ts';
import { areCaught, mutantRounds, type ObjectMutant, type Problem } from './support/mutants.ts';
import { kindsThatErr, type Mistake } from './support/mutate.ts';
import { replicas } from './support/replica-checks.ts';
import { type Run, run } from './support/run.ts';
import { readSecurity } from './support/state.ts';

/**
 * A check that no mistake can break proves nothing. One operator lives on among objects of all sorts, and makes mistakes in
 * what it tells AWS: some at a time, in different things, and the check of each promise must say so in the words of that
 * mistake.
 */
let world: TestWorld;
let operator: Run;
let made: readonly Mistake[] = [];
/** What another queue must not have. */
let keyOfOrders = '';

const created = (target: 'queue' | 'topic', name: string) => [
  { events: ['s3:ObjectCreated:*'], [target]: name },
];
const subscribed = (name: string) => ({ subscriptions: [{ queue: name }] });
const replica = { mode: 'SameRegion' };

const OBJECTS: readonly Manifest[] = [
  environment(),
  queue('orders'),
  topic('events', subscribed('orders')),
  queue('shared', { encryption: 'EnvironmentKey' }),
  topic('notices', subscribed('shared')),
  queue('inbox'),
  bucket('uploads', { notifications: created('queue', 'inbox') }),
  queue('other'),
  topic('news', subscribed('other')),
  bucket('scans', { notifications: created('topic', 'news') }),
  bucket('copied', { replica }),
  bucket('sealed', { replica, encryption: 'EnvironmentKey' }),
];
const asked: Asked = { environmentKey: ['sealed', 'shared'] };

const ROWS = new Map<Check, string>([
  [s16, 'S16'],
  [s17, 'S17'],
  [s18, 'S18'],
  [s19, 'S19'],
  [keyPolicies, 'S30'],
  [replicas, 'A13'],
]);

async function problems(): Promise<readonly Problem<Check>[]> {
  const state = await readSecurity(world.aws);
  return [...ROWS.keys()].flatMap(check => check(state, asked).map(problem => ({ check, problem })));
}

/** Ready, or it says whom it waits for: mistakes may keep that from coming. */
function told(objects: readonly OptaObject[]): boolean {
  return objects.every(object => {
    const ready = object.status?.conditions?.find(one => one.type === 'Ready');
    if (ready?.observedGeneration !== object.metadata.generation) return false;
    return ready?.reason !== 'Progressing' || /does not let it in yet/.test(ready.message);
  });
}

/** They are made by the next looks at all objects; a person agrees to what comes of them. */
async function make(mistakes: readonly Mistake[]): Promise<void> {
  made = mistakes;
  await operator.drift();
  await operator.settle(told);
  for (const { kind, metadata } of await world.objects()) await approve(world, kind, metadata.name);
  await operator.settle(told);
}

beforeAll(async () => {
  world = await startWorld();
  operator = await run(world, { kinds: kindsThatErr(() => made) });
  for (const manifest of OBJECTS) await world.apply(manifest);
  await operator.settle();
  keyOfOrders = byHand(world.aws, await readSecurity(world.aws)).keyOf('Queue', 'orders').arn;
});
afterAll(async () => {
  vi.restoreAllMocks();
  await operator?.end();
  await world?.stop();
});

function nothingIsWrong(): void {
  test.each([...ROWS].map(([check, row]) => ({ check, row })))('$row holds', async ({ check }) => {
    expect(check(await readSecurity(world.aws), asked)).toEqual([]);
  });
  test.each(WAYS)('%s comes', async (_, arrives) => {
    const hand = byHand(world.aws, await readSecurity(world.aws));
    expect(await arrives(world.aws, hand)).toBe(true);
  });
}

describe('without a mistake', nothingIsWrong);

function areCaughtAfter(err: () => Promise<void>, mutants: readonly ObjectMutant[]): void {
  const said = () => err().then(problems);
  areCaught(mutants, check => ROWS.get(check), said);
}

const MUTANTS = [...BUCKET_MUTANTS, ...messageMutants(() => keyOfOrders)];

describe.each(mutantRounds(MUTANTS))('the checks catch, $n', ({ rows: mutants }) => {
  areCaughtAfter(() => make(mutants), mutants);
});

describe.each(rounds(LOST_MUTANTS, one => [one.way]))('it is lost where, $n', ({ rows: mutants }) => {
  beforeAll(() => make(mutants));
  test.each(mutants)('$what', async ({ way }) => {
    const hand = byHand(world.aws, await readSecurity(world.aws));
    expect(await way(world.aws, hand)).toBe(false);
  });
  test('and not any more without that', async () => {
    await make([]);
    const hand = byHand(world.aws, await readSecurity(world.aws));
    for (const { what, way } of mutants) expect(await way(world.aws, hand), what).toBe(true);
  });
});

describe('once there is no mistake any more', nothingIsWrong);

/** Writes another block of public access, and is blind for it. */
function threeOfFour(): void {
  const publicAccess = PARTS.find(one => one.field === 'publicAccess');
  if (publicAccess === undefined) throw new Error('no part is about public access');
  const { read, write } = publicAccess;
  const isBlind = ({ Bucket }: { readonly Bucket: string }) => Bucket.includes('-blind-');
  vi.spyOn(publicAccess, 'read').mockImplementation(async (scope, target) =>
    isBlind(target) ? 'Blocked' : read(scope, target),
  );
  vi.spyOn(publicAccess, 'write').mockImplementation(async (scope, target, ...rest) => {
    if (!isBlind(target)) return write(scope, target, ...rest);
    const PublicAccessBlockConfiguration = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: false,
    };
    return scope.s3.send(new PutPublicAccessBlockCommand({ ...target, PublicAccessBlockConfiguration }));
  });
}

/** In the operator's own parts, where no graph says it. */
const BLIND: ObjectMutant = {
  check: s16,
  what: 'three of the four blocks',
  of: 'Bucket blind',
  touches: [],
  mistake: nodes => nodes,
  says: /-blind-\w{6}: RestrictPublicBuckets is false/,
};

describe('from the beginning, the checks catch', () => {
  const mutants = [BLIND, ...MESSAGE_MUTANTS_AT_FIRST];
  areCaughtAfter(async () => {
    threeOfFour();
    made = mutants;
    for (const of of new Set(mutants.map(one => one.of))) {
      const [kind = '', name = ''] = of.split(' ');
      await world.apply({ kind, name, spec: {} });
    }
    await operator.settle(told);
  }, mutants);
});
