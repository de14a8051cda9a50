import { afterAll, beforeAll, expect, test } from 'vitest';
import { environment, type Manifest } from '../support/manifests.ts';
import { FEW_ADDONS, NO_CONTROLLERS, SMALL_NETWORK } from '../support/small.ts';
import { areReady, openStage, type Stage } from '../support/stage.ts';
import { census, counted } from './support/census.ts';
import { prepareAccount, wholeEnvironment } from './support/whole.ts';

const UNSEEN_SECONDS = 20;
const TIMEOUT_MS = 300_000;

/** One with a role of its own, and one role besides. */
const addons = FEW_ADDONS.filter(one => one.name !== 'aws-ebs-csi-driver');
const controllerRoles = { ...NO_CONTROLLERS, externalDns: 'Enabled' };

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, TIMEOUT_MS);
afterAll(() => stage?.close());

/** What there is when it is Ready, in an empty account, and which writes AWS refused on the way. */
async function made(whole: Manifest, unseenSeconds: number, service?: string) {
  await stage.clear();
  await prepareAccount(stage);
  if (unseenSeconds > 0)
    stage.world.bench.gateway.addFault({
      ...(service === undefined ? {} : { service }),
      fault: { kind: 'notFoundForNew', seconds: unseenSeconds },
    });
  const acting = await stage.operator();
  const mark = stage.mark();
  await stage.cluster.apply(whole);
  await acting.until(areReady(whole));
  const refused = stage.writesSince(mark).filter(one => one.fault === 'notFoundForNew');
  const operations = [...new Set(refused.map(one => one.operation))].sort();
  stage.world.bench.gateway.clearFaults();
  return { counts: counted(await census(stage)), operations };
}

test.each([
  [
    'an environment with a network',
    environment({
      network: { availabilityZones: 2, natGateways: 'Single' },
      encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
    }),
    ['AssociateRouteTable', 'CreateVpcEndpoint', 'EnableKeyRotation', 'ModifyVpcAttribute', 'PutRolePolicy'],
  ],
  [
    'one with a cluster and a domain',
    wholeEnvironment(SMALL_NETWORK, { addons, controllerRoles }),
    ['AssociateAccessPolicy', 'AssociateRouteTable', 'EnableKeyRotation', 'ModifyVpcAttribute'],
  ],
] as const)(
  '%s comes to the same where AWS does not know for a while what was just made, in writes and in reads',
  async (_, whole, refused) => {
    const atOnce = await made(whole, 0);
    const late = await made(whole, UNSEEN_SECONDS);
    expect(atOnce.operations).toEqual([]);
    expect(late.operations).toEqual(expect.arrayContaining([...refused]));
    expect(late.counts).toEqual(atOnce.counts);
  },
  TIMEOUT_MS,
);

// "from a couple of seconds" up to "a few minutes" (Amazon EC2 Developer Guide, "Eventual consistency in the Amazon EC2 API").
test(
  'an environment with a network comes to the same where EC2 shows for four minutes nothing of what was just made',
  async () => {
    const whole = environment({ network: { availabilityZones: 2, natGateways: 'None' } });
    const atOnce = await made(whole, 0);
    expect((await made(whole, 240, 'ec2')).counts).toEqual(atOnce.counts);
  },
  TIMEOUT_MS,
);
