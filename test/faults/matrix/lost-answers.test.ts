import { afterAll, expect, test } from 'vitest';
import { awaitingApproval } from '../../support/approval.ts';
import { audit } from '../../support/audit.ts';
import type { Part } from '../../support/parts/part.ts';
import { standing } from '../../support/snapshot.ts';
import { applied, begin, liveOn, type Story } from '../../support/story.ts';
import { clusterCreation } from '../stories/cluster.ts';
import { domainCreation } from '../stories/domain.ts';
import { networkCreation, withNetwork } from '../stories/network.ts';
import { CALL_FAULTS, disturbed } from './faults.ts';
import { openReferences } from './references.ts';

/** Creates whose answers hold what AWS chose: who does not hear it has something of which nobody knows. */
const LOST: readonly (readonly [string, Story])[] = [
  ['CreateVpc', networkCreation],
  ['CreateSubnet', networkCreation],
  ['CreateInternetGateway', networkCreation],
  ['AllocateAddress', networkCreation],
  ['CreateKey', networkCreation],
  ['CreateNatGateway', networkCreation],
  ['CreateHostedZone', domainCreation],
  // A zone takes no tags: they follow in two calls, and the first alone must say whose it is.
  ['ChangeTagsForResource', domainCreation],
  ['RequestCertificate', domainCreation],
  ['CreateCluster', clusterCreation],
  ['CreateNodegroup', clusterCreation],
];

const references = openReferences();
let settled = 0;
afterAll(() => {
  console.log(`covered: ${settled} lost answers to creates of an environment, each settled by itself`);
});

test.each(LOST)('a lost answer to %s is settled by itself, and there is one of each', async (name, story) => {
  const reference = await references.of(story);
  const [lost] = CALL_FAULTS;
  const site = reference.calls.find(one => one.operation === name && one.nth === 1);
  if (lost === undefined || site === undefined) throw new Error(`${story.name} has no ${name}`);
  const { difference, met } = await disturbed(references.world, reference, [{ site, fault: lost }]);
  expect(difference).toBeUndefined();
  expect([...met]).toEqual([[`${name} ${lost.name}`, 1]]);
  settled += 1;
});

/** Its place tells of a subnet as long as the spec says where it is to be; then only its tags do. */
test('a subnet of which nobody heard goes by its tags when the network is not wanted any more', async () => {
  const network = applied(withNetwork());
  const [none, agreed] = awaitingApproval(withNetwork({ enabled: false }));
  if (none === undefined || agreed === undefined) throw new Error('nobody is asked');
  const story: Story = { name: 'a network begun', before: [], acts: [network] };
  const { world } = references;
  const reference = await references.of(networkCreation);
  const write = reference.writes.findIndex(one => one.what === 'ec2:CreateSubnet');
  const run = await begin(world, story);
  const { finished } = await liveOn(world, run, { kill: { write, point: 'applied' } });
  expect([write > 0, finished]).toEqual([true, false]);
  const isSubnet = ({ sort }: Part) => sort === 'subnet';
  expect((await standing(world)).parts.filter(isSubnet).length).toBeGreaterThan(0);
  const rest = { story: { ...story, acts: [none, agreed] }, done: 1, since: run.since };
  await none.act(world);
  expect((await liveOn(world, rest)).finished).toBe(true);
  const stands = await standing(world);
  // An environment has the boundary of its teams' roles also without a network.
  expect(stands.parts.map(one => one.sort)).toEqual(['policy']);
  expect(audit(stands)).toEqual([]);
});
