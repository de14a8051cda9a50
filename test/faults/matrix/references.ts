import { afterAll, beforeAll } from 'vitest';
import { type Reference, type Story, undisturbed } from '../../support/story.ts';
import { startWorld, type TestWorld } from '../../support/world.ts';

/** A world for the tests of a file, and each story as it goes there undisturbed. */
export interface References {
  readonly world: TestWorld;
  of(story: Story): Promise<Reference>;
}

/** To be called while tests are collected; its world is there when they run. */
export function openReferences(): References {
  const known = new Map<Story, Promise<Reference>>();
  let world: TestWorld | undefined;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());
  const started = () => {
    if (world === undefined) throw new Error('the world of this file is not started yet');
    return world;
  };
  return {
    get world() {
      return started();
    },
    of(story) {
      const reference = known.get(story) ?? undisturbed(started(), story);
      known.set(story, reference);
      return reference;
    },
  };
}
