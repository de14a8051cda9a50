import { afterAll, beforeAll, expect, test } from 'vitest';
import { iamControl } from '../../hack/bench/aws/overlays/iam/propagation.ts';
import { loadAdaptors } from '../../src/aws/adaptors.ts';
import { ACCOUNT, environment, type Manifest } from '../support/manifests.ts';
import { FEW_ADDONS, NO_LOG_BUCKET } from '../support/small.ts';
import { areReady, openStage, type Stage } from '../support/stage.ts';
import { prepareAccount } from './support/whole.ts';

const PROPAGATION_MS = 10_000;
/** Every one that waits for a role looks again after so long. */
const LOOK_AGAIN_MS = 5_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  // Loading takes time of the machine, in which virtual time would go on.
  await loadAdaptors(['ec2/vpc']);
});
afterAll(() => stage?.close());

/** In an empty account, from its creation to Ready; in ms of virtual time. */
async function readyAfter(whole: Manifest, rolePropagation: number) {
  await stage.clear();
  iamControl(stage.world.bench.gateway).settings.rolePropagation = rolePropagation;
  await prepareAccount(stage);
  // What was there before is seen by everybody.
  stage.world.clock.advance(PROPAGATION_MS);
  const acting = await stage.operator();
  const [startedAt, mark] = [stage.world.clock.now(), stage.mark()];
  await stage.cluster.apply(whole);
  await acting.until(areReady(whole));
  const refused = stage.world.bench.gateway
    .journalSince(mark)
    .filter(one => one.mutating && one.errorCode !== undefined)
    .map(one => one.operation);
  return { ms: stage.world.clock.now() - startedAt, refused: [...new Set(refused)].sort() };
}

/** Every part that has a role, and few others. */
const parts = {
  network: { availabilityZones: 2, natGateways: 'Single', gatewayEndpoints: [] },
  logBucket: NO_LOG_BUCKET,
};
const addons = FEW_ADDONS.filter(one => one.name !== 'aws-ebs-csi-driver');
const admins = [{ principalArn: `arn:aws:iam::${ACCOUNT}:role/admin` }];
const kubernetes = { endpoint: { public: false }, admins, addons };

/** Those of a cluster are as old as its key before the logs of its network need one. */
test.each([
  ['a network with a cluster', environment({ ...parts, kubernetes }), 'CreateKey'],
  ['a network', environment(parts), 'CreateFlowLogs'],
])(
  'roles that AWS does not see everywhere yet cost %s the time that this takes, once, and no more',
  async (what, of, refused) => {
    const atOnce = await readyAfter(of, 0);
    const fresh = await readyAfter(of, PROPAGATION_MS);
    console.log(
      `covered: ${what} is Ready after ${atOnce.ms / 1000} s, and after ${fresh.ms / 1000} s where roles are seen ${PROPAGATION_MS / 1000} s late`,
    );
    expect([atOnce.refused, fresh.refused]).toEqual([[], [refused]]);
    expect(fresh.ms - atOnce.ms).toBeLessThanOrEqual(PROPAGATION_MS + LOOK_AGAIN_MS);
  },
);
