import { afterAll, beforeAll, expect, test } from 'vitest';
import { desired, keyPolicy, kindsWith } from '../security/support/mutate.ts';
import { environment } from '../support/manifests.ts';
import { NO_LOG_BUCKET, SMALL_CLUSTER, SMALL_NETWORK } from '../support/small.ts';
import { areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';

const TIMEOUT_MS = 120_000;
const DEV = environment({ network: SMALL_NETWORK, kubernetes: SMALL_CLUSTER, logBucket: NO_LOG_BUCKET });

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, TIMEOUT_MS);
afterAll(() => stage?.close());

/** An operator that leaves these statements out of the policy of the key whose disks nodes have. */
function leavingOut(...sids: readonly string[]) {
  const without = keyPolicy(statements => statements.filter(one => !sids.includes(String(one.Sid))));
  return kindsWith('OptaEnvironment', desired('key', without));
}

test('nodes start with disks of the environment’s key', async () => {
  const acting = await stage.operator();
  await stage.cluster.apply(DEV);
  await acting.until(areReady(DEV));
});

test.each(['AllowAutoScaling', 'AllowAutoScalingGrants'])(
  'they do not where the policy of the key lacks %s, and that is told',
  async sid => {
    await stage.clear();
    const acting = await stage.operator({ kinds: leavingOut(sid) });
    await stage.cluster.apply(DEV);
    await acting.until(look =>
      standing(look('OptaEnvironment', 'dev'), 'NodesReady').startsWith('NodesReady=False Failed'),
    );
    const dev = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(messageOf(dev, 'NodesReady')).toContain('AsgInstanceLaunchFailures');
  },
  TIMEOUT_MS,
);
