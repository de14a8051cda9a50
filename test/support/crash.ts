import type { OptaObject } from '../../src/operator/objects.ts';
import { type Kill, type Life, type Point, startLife, type Write } from './life.ts';
import { allReady, settle } from './settle.ts';
import { snapshot } from './snapshot.ts';
import type { TestWorld } from './world.ts';

/** A story that must end the same however often the operator dies in it. */
export interface Scenario {
  readonly name: string;
  /** What is there and Ready before; done without a crash. */
  before?(world: TestWorld): Promise<void>;
  /** The change whose carrying out is disturbed; made while no operator runs. */
  change(world: TestWorld): Promise<void>;
  /** When it is carried out. */
  done(objects: readonly OptaObject[]): boolean;
}

export interface Reference {
  readonly scenario: Scenario;
  readonly writes: readonly Write[];
  readonly end: string;
  /** Successful creates by operation: none may come twice. */
  readonly creates: string;
}

/** Lives of one chain: more than any story has writes, so a story that does not move on is found. */
const LONGEST_CHAIN = 80;

/** The story undisturbed: its writes are the points of the matrix. */
export async function undisturbed(world: TestWorld, scenario: Scenario): Promise<Reference> {
  const from = await begin(world, scenario);
  const life = await live(world);
  await settle(world, life, scenario.done);
  await life.end();
  return {
    scenario,
    writes: [...life.writes],
    end: await snapshot(world),
    creates: createsSince(world, from),
  };
}

/** The operator dies once, at one write, and is started anew. Returns what differs, or undefined. */
export async function crashOnce(
  world: TestWorld,
  reference: Reference,
  kill: Kill,
): Promise<string | undefined> {
  const { scenario } = reference;
  const from = await begin(world, scenario);
  const first = await live(world, kill);
  await settleAndEnd(world, first, scenario.done);
  await settleAndEnd(world, await live(world), scenario.done);
  return compare(world, reference, from);
}

/** The operator dies at each write in turn: every life gets one write further than the one before. */
export async function crashChain(
  world: TestWorld,
  reference: Reference,
  point: Point,
): Promise<{ lives: number; difference: string | undefined }> {
  const { scenario } = reference;
  const from = await begin(world, scenario);
  // A write that was not sent is sent first in the next life, which dies at the one after it; where a life has to write
  // something again before it comes so far (the intent of a create), it is let one write further.
  const first = point === 'before' ? 1 : 0;
  let write = 0;
  let lives = 0;
  let diedAt = '';
  for (; lives < LONGEST_CHAIN; lives++) {
    const life: Life = await live(world, { write, point });
    const died = await settleAndEnd(world, life, scenario.done);
    if (!died) return { lives, difference: await compare(world, reference, from) };
    const at = life.writes.at(-1)?.what ?? '';
    write = at === diedAt ? write + 1 : first;
    diedAt = at;
  }
  return { lives, difference: `${lives} lives did not carry it out` };
}

async function begin(world: TestWorld, scenario: Scenario): Promise<number> {
  await world.reset();
  if (scenario.before !== undefined) {
    await scenario.before(world);
    await settleAndEnd(world, await live(world), allReady);
  }
  await scenario.change(world);
  return world.bench.gateway.journal.at(-1)?.id ?? 0;
}

/** True when it died of its kill. */
async function settleAndEnd(world: TestWorld, life: Life, done: Scenario['done']): Promise<boolean> {
  try {
    await settle(world, life, done);
    return life.died;
  } finally {
    await life.end();
  }
}

function live(world: TestWorld, kill?: Kill): Promise<Life> {
  return startLife({
    kubeconfig: world.bench.controlPlane.kubeconfig,
    awsEndpoint: world.bench.gateway.url,
    clock: world.clock,
    accessKeyId: '111111111111',
    ...(kill === undefined ? {} : { kill }),
  });
}

async function compare(world: TestWorld, reference: Reference, from: number): Promise<string | undefined> {
  const end = await snapshot(world);
  const difference = firstDifference(reference.end, end);
  if (difference !== undefined) return difference;
  const creates = createsSince(world, from);
  return creates === reference.creates
    ? undefined
    : `creates: ${reference.creates} undisturbed, now ${creates}`;
}

/** Creates that make a thing each time; those of a natural name may be repeated without harm. */
function createsSince(world: TestWorld, from: number): string {
  const made = world.bench.gateway
    .journalSince(from)
    .filter(entry => entry.operation === 'CreateKey' && (entry.status === 200 || entry.fault !== undefined));
  return `CreateKey ${made.length}`;
}

function firstDifference(expected: string, actual: string): string | undefined {
  if (expected === actual) return undefined;
  const [a, b] = [expected.split('\n'), actual.split('\n')];
  const at = a.findIndex((line, index) => line !== b[index]);
  const around = (lines: readonly string[]) => lines.slice(Math.max(0, at - 6), at + 6).join('\n');
  return `expected\n${around(a)}\nbut it is\n${around(b)}`;
}
