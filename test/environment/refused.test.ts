import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environment } from '../support/manifests.ts';
import { FEW_ADDONS, NO_LOG_BUCKET, SMALL_CLUSTER, SMALL_NETWORK } from '../support/small.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';

/** In as many zones as by default. */
const { availabilityZones: _, ...madeBefore } = SMALL_NETWORK;
const CNI = '{"env":{"ENABLE_PREFIX_DELEGATION":"true"}}';

function withParts(network: object, configuration = CNI) {
  return environment({
    network: { ...madeBefore, ...network },
    kubernetes: {
      ...SMALL_CLUSTER,
      deletionProtection: false,
      addons: [...FEW_ADDONS, { name: 'vpc-cni', configuration }],
    },
    logBucket: NO_LOG_BUCKET,
    encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
  });
}
const DEV = withParts({});

let stage: Stage;
let acting: Acting;
beforeAll(async () => {
  stage = await openStage();
  acting = await stage.operator();
  await stage.cluster.apply(DEV);
  await acting.until(areReady(DEV));
});
afterAll(() => stage?.close());

const third = (from: number) => [0, 1, 2].map(zone => `10.0.${from + zone}.0/24`);

describe('a change that cannot be made is refused before anything is written to AWS, and can be taken back', () => {
  test.each<[string, ReturnType<typeof withParts>, RegExp]>([
    [
      'fewer zones than the default',
      withParts({ availabilityZones: 2 }),
      /^spec\.network\.availabilityZones: .*made with 3/,
    ],
    ['more zones', withParts({ availabilityZones: 4 }), /^spec\.network\.availabilityZones: .*made with 3/],
    [
      'another range',
      withParts({ cidr: '10.1.0.0/16' }),
      /^spec\.network\.cidr: .*made with "10\.0\.0\.0\/16"/,
    ],
    [
      'other ranges of subnets',
      withParts({ publicSubnetCidrs: third(10), privateSubnetCidrs: third(20) }),
      /^spec\.network\.publicSubnetCidrs: .*made with \["10\.0\.0\.0\/21",/,
    ],
    [
      'settings of an add-on that are no JSON',
      withParts({}, CNI.slice(0, -1)),
      /^spec\.kubernetes\.addons\[vpc-cni\]\.configuration: is not JSON/,
    ],
  ])('%s', async (_, wrong, says) => {
    const mark = stage.mark();
    await stage.cluster.apply(wrong);
    await acting.until(look => standing(look('OptaEnvironment', 'dev')) === 'Ready=False InvalidSpec');
    await acting.quiet();
    const dev = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(messageOf(dev)).toMatch(says);
    expect(standing(dev, 'Stalled')).toBe('Stalled=True InvalidSpec');
    await stage.cluster.apply(DEV);
    await acting.until(areReady(DEV));
    await acting.quiet();
    expect(stage.writesSince(mark)).toEqual([]);
  });

  test('the defaults in words are no change', async () => {
    const mark = stage.mark();
    const same = withParts({ cidr: '10.0.0.0/16', availabilityZones: 3 });
    await stage.cluster.apply(same);
    await acting.until(areReady(same));
    await acting.driftPasses(1);
    expect(standing(await stage.cluster.get('OptaEnvironment', 'dev'))).toBe('Ready=True Ready');
    expect(stage.writesSince(mark)).toEqual([]);
    await stage.cluster.apply(DEV);
    await acting.until(areReady(DEV));
  });

  test('an environment with such a mistake in it can be deleted', async () => {
    await stage.cluster.apply(withParts({ availabilityZones: 2 }, '['));
    await acting.until(look => standing(look('OptaEnvironment', 'dev')) === 'Ready=False InvalidSpec');
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    const left = stage.world.bench.gateway.journal.filter(one =>
      /^Delete(Vpc|Cluster|Addon)$/.test(one.operation),
    );
    expect([...new Set(left.map(one => one.operation))].sort()).toEqual([
      'DeleteAddon',
      'DeleteCluster',
      'DeleteVpc',
    ]);
  });
});
