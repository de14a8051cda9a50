import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Reference, type Story, undisturbed } from '../../support/story.ts';
import { startWorld, type TestWorld } from '../../support/world.ts';
import { clusterCreation } from '../stories/cluster.ts';
import { domainCreation } from '../stories/domain.ts';
import { networkCreation } from '../stories/network.ts';
import { CALL_FAULTS, disturbed } from './faults.ts';

/** Creates whose answers hold what AWS chose: who does not hear it has something of which nobody knows. */
const LOST: readonly (readonly [string, Story])[] = [
  ['CreateVpc', networkCreation],
  ['CreateSubnet', networkCreation],
  ['CreateInternetGateway', networkCreation],
  ['AllocateAddress', networkCreation],
  ['CreateKey', networkCreation],
  ['CreateNatGateway', networkCreation],
  ['CreateHostedZone', domainCreation],
  ['RequestCertificate', domainCreation],
  ['CreateCluster', clusterCreation],
  ['CreateNodegroup', clusterCreation],
];

const references = new Map<Story, Reference>();
let settled = 0;
let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  console.log(`covered: ${settled} lost answers to creates of an environment, each settled by itself`);
  await world?.stop();
});

test.each(LOST)('a lost answer to %s is settled by itself, and there is one of each', async (name, story) => {
  const reference = references.get(story) ?? (await undisturbed(world, story));
  references.set(story, reference);
  const [lost] = CALL_FAULTS;
  const site = reference.calls.find(one => one.operation === name && one.nth === 1);
  if (lost === undefined || site === undefined) throw new Error(`${story.name} has no ${name}`);
  const { difference, met } = await disturbed(world, reference, [site], lost);
  expect(difference).toBeUndefined();
  expect([...met]).toEqual([[`${name} ${lost.name}`, 1]]);
  settled += 1;
});
