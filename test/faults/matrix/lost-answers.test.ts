import { afterAll, expect, test } from 'vitest';
import { isFull } from '../../../hack/vitest/mode.ts';
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
const LOST: readonly (readonly [Story, readonly string[]])[] = [
  [
    networkCreation,
    [
      'CreateVpc',
      'CreateSubnet',
      'CreateInternetGateway',
      'AllocateAddress',
      'CreateKey',
      'CreateNatGateway',
    ],
  ],
  // A zone takes no tags: they follow in two calls, and the first alone must say whose it is.
  [domainCreation, ['CreateHostedZone', 'ChangeTagsForResource', 'RequestCertificate']],
  [clusterCreation, ['CreateCluster', 'CreateNodegroup']],
];

/** All of a story in one run: one waits for the other, so none hides another. Each by itself too where there is time. */
const CASES = LOST.flatMap(([story, operations]) => {
  const each = operations.map(one => [one]);
  const runs = isFull ? [operations, ...each] : [operations];
  return runs.map(lost => ({ story, lost, told: lost.join(', ') }));
});

const references = openReferences();
let settled = 0;
afterAll(() => {
  console.log(`covered: ${settled} lost answers to creates of an environment, each settled by itself`);
});

test.each(CASES)('lost answers to $told are settled, and there is one of each', async ({ story, lost }) => {
  const reference = await references.of(story);
  const [fault] = CALL_FAULTS;
  const planted = reference.calls.flatMap(site =>
    fault !== undefined && site.nth === 1 && lost.includes(site.operation) ? [{ site, fault }] : [],
  );
  const { difference, met } = await disturbed(references.world, reference, planted);
  expect(difference).toBeUndefined();
  expect(new Map(met)).toEqual(new Map(lost.map(operation => [`${operation} ${fault?.name}`, 1])));
  settled += lost.length;
});

/** Its place tells of a subnet as long as the spec says where it is to be; then only its tags do. */
test('a subnet of which nobody heard goes by its tags when the network is not wanted any more', async () => {
  const network = applied(withNetwork());
  const [none, agreed] = awaitingApproval(withNetwork({}, { network: { enabled: false } }));
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
