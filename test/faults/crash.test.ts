import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crashChain, type Reference, undisturbed } from '../support/crash.ts';
import { POINTS } from '../support/life.ts';
import { startWorld, type TestWorld } from '../support/world.ts';
import { SCENARIOS } from './scenarios.ts';

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

describe.each(SCENARIOS)('$name', scenario => {
  let reference: Reference;
  test('undisturbed', async () => {
    reference = await undisturbed(world, scenario);
    console.log(scenario.name, reference.writes.map(one => one.what).join(', '));
    expect(reference.writes.length).toBeGreaterThan(0);
  });
  test.each(POINTS)('the operator dies at each write in turn, %s', async point => {
    const { lives, difference } = await crashChain(world, reference, point);
    expect(difference).toBeUndefined();
    expect(lives).toBeGreaterThan(0);
  });
});
