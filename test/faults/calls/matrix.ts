import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFull, seed } from '../../support/mode.ts';
import { sample, seeded } from '../../support/random.ts';
import { type Operation, type Reference, type Story, undisturbed } from '../../support/story.ts';
import { startWorld, type TestWorld } from '../../support/world.ts';
import { CALL_FAULTS, type CallFault, disturbed } from './faults.ts';

/** Single disturbed operations, where not all of them are made. */
const SAMPLE = 20;
/** Of the machine's time, for one story; it may be busy. */
const STORY_TIMEOUT_MS = 300_000;
const FULL_TIMEOUT_MS = 60 * 60_000;

/**
 * Every operation of every story meets every fault, reads too: the end is that of the undisturbed run, nothing was made or
 * taken away more often, nothing was called ready before AWS was as the spec says, and it came back by itself.
 */
export function callFaults(name: string, stories: readonly Story[]): void {
  const references = new Map<Story, Reference>();
  let world: TestWorld;
  let met = 0;
  let looks = 0;
  let singles = 0;
  let points = 0;

  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(async () => {
    console.log(
      `covered: call faults of ${name}: ${stories.length} stories × ${CALL_FAULTS.length} faults, ${met} calls disturbed, ` +
        `${looks} claims to be ready or in sync checked, ` +
        `${isFull ? 'all' : `${singles} of`} ${points} operations disturbed singly${isFull ? '' : ` (seed ${seed})`}`,
    );
    await world?.stop();
  });

  async function referenceOf(story: Story): Promise<Reference> {
    const known = references.get(story) ?? (await undisturbed(world, story));
    references.set(story, known);
    return known;
  }

  async function run(
    reference: Reference,
    operations: readonly Operation[],
    fault: CallFault,
  ): Promise<string | undefined> {
    const result = await disturbed(world, reference, operations, fault);
    met += result.met;
    looks += result.looks;
    return result.difference;
  }

  describe.each(stories)('$name', story => {
    test.each(CALL_FAULTS)(
      'each operation once $name',
      async fault => {
        const reference = await referenceOf(story);
        expect(await run(reference, reference.operations, fault)).toBeUndefined();
      },
      STORY_TIMEOUT_MS,
    );
  });

  test(
    isFull ? 'every operation by itself' : 'single operations',
    async () => {
      const all: { reference: Reference; operation: Operation; fault: CallFault }[] = [];
      for (const story of stories) {
        const reference = await referenceOf(story);
        for (const operation of reference.operations)
          for (const fault of CALL_FAULTS) all.push({ reference, operation, fault });
      }
      points = all.length;
      const failed: string[] = [];
      for (const { reference, operation, fault } of isFull ? all : sample(all, SAMPLE, seeded(seed))) {
        const difference = await run(reference, [operation], fault);
        singles += 1;
        if (difference !== undefined)
          failed.push(`${reference.story.name}, ${operation.operation} ${fault.name}: ${difference}`);
      }
      expect(failed).toEqual([]);
    },
    isFull ? FULL_TIMEOUT_MS : STORY_TIMEOUT_MS,
  );
}
