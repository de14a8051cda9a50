/** Who has no cluster needs none of the rights of its policy, from the first call to the last. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { environment } from '../support/manifests.ts';
import { refused, shipped } from '../support/rights/policies.ts';
import { createRecorder } from '../support/rights/recorder.ts';
import { SMALL_NETWORK } from '../support/small.ts';
import { areReady, openStage, type Stage } from '../support/stage.ts';

const ALWAYS = 'messaging-and-storage.json';
const NETWORK_AND_DOMAIN = 'network-and-domain.json';

const recorder = createRecorder();
let stage: Stage;
beforeAll(async () => {
  stage = await openStage(recorder.overlays);
});
afterAll(async () => {
  recorder.close();
  await stage?.close();
});
beforeEach(() => stage.clear());

const flowLogs = { mode: 'Enabled' };
const encryption = { onDelete: 'Schedule', deletionWindowDays: 7 };
test.each<[string, object, readonly string[]]>([
  ['nothing but its key and logs', {}, [ALWAYS]],
  [
    'a domain',
    { dns: { domain: 'dev.example.com', certificate: false, delegationCheck: 'Skip' } },
    [ALWAYS, NETWORK_AND_DOMAIN],
  ],
  [
    'a network',
    { network: { ...SMALL_NETWORK, flowLogs, gatewayEndpoints: ['s3'] } },
    [ALWAYS, NETWORK_AND_DOMAIN],
  ],
])(
  'an environment with %s is made and deleted by the policies that the README names for it',
  async (_, spec, files) => {
    recorder.open(stage.world.bench.gateway);
    const dev = environment({ encryption, ...spec });
    await stage.cluster.apply(dev);
    const acting = await stage.operator();
    await acting.until(areReady(dev));
    await acting.driftPasses(1);
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect(recorder.problems).toEqual([]);
    expect(recorder.questions.length).toBeGreaterThan(10);
    expect(refused(recorder.questions, shipped('test', files))).toEqual([]);
  },
);
