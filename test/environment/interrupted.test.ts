import { DescribeNatGatewaysCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListNodegroupsCommand,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AS_AWS, eksControl } from '../../hack/bench/aws/eks/index.ts';
import { isFull, seed } from '../../hack/vitest/mode.ts';
import { sample, seeded } from '../../hack/vitest/random.ts';
import { approve, isWaiting } from '../support/approval.ts';
import { observerOptions } from '../support/aws-view.ts';
import { ACCOUNT, environment, type Manifest, REGION } from '../support/manifests.ts';
import { NO_LOG_BUCKET, SMALL_CLUSTER, SMALL_NETWORK } from '../support/small.ts';
import { type Acting, areReady, openStage, type Stage } from '../support/stage.ts';
import { census } from './support/census.ts';

const MINUTE_MS = 60_000;
/** Beyond what AWS takes: an object is looked at again every so often. */
const LOOKS_MIN = 3;
/** Of a whole environment: nodes, cluster, its last logs, and the ten minutes after them in which no more may come. */
const DELETION_MIN = 23;

function asking(kubernetes: object = {}, natGateways = 'Single'): Manifest {
  return environment({
    network: { ...SMALL_NETWORK, natGateways },
    kubernetes: { version: '1.35', ...SMALL_CLUSTER, deletionProtection: false, ...kubernetes },
    encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
    logBucket: NO_LOG_BUCKET,
  });
}

const FIRST = asking();
/** Of network, cluster and nodes. */
const OTHER = asking(
  { endpoint: { public: true, publicCidrs: ['203.0.113.0/24'] }, nodeGroup: { maxSize: 7 } },
  'PerZone',
);

/** What AWS is busy with, or has failed at, when the person acts. */
interface Busy {
  readonly what: string;
  /** The call that begins it. */
  readonly operation: string;
  /** What is there and Ready before it, and what brings it about then; left out: it is a part of the creation. */
  readonly change?: Manifest;
  /** It fails until the person acts. */
  readonly fails?: true;
  /** How long it takes at the most, in minutes. */
  readonly restMin: number;
  /** What AWS takes from there to what is asked for. */
  readonly thenMin: number;
}

const BUSY: readonly Busy[] = [
  // And its cluster is being made beside it.
  { what: 'a NAT gateway is pending', operation: 'CreateNatGateway', restMin: 10, thenMin: 9 },
  { what: 'a cluster is being made', operation: 'CreateCluster', restMin: 10, thenMin: 9 },
  {
    what: 'a cluster could not be made',
    operation: 'CreateCluster',
    fails: true,
    restMin: 0,
    thenMin: 25,
  },
  { what: 'nodes are being made', operation: 'CreateNodegroup', restMin: 3, thenMin: 8 },
  { what: 'nodes could not be made', operation: 'CreateNodegroup', fails: true, restMin: 0, thenMin: 12 },
  {
    what: 'a cluster is being changed',
    operation: 'UpdateClusterConfig',
    change: asking({ supportType: 'Extended' }),
    restMin: 3,
    thenMin: 9,
  },
  {
    what: 'nodes are being replaced',
    operation: 'UpdateNodegroupVersion',
    change: asking({ nodeGroup: { diskGiB: 60 } }),
    restMin: 15,
    thenMin: 20,
  },
];
const ACTS = ['changed', 'changed and changed back', 'deleted'] as const;
const random = seeded(seed);
const CASES = ACTS.flatMap(act =>
  (isFull ? BUSY : sample(BUSY, 1, random)).map(busy => [busy.what, act, busy] as const),
);

let stage: Stage;
let ec2: EC2Client;
let eks: EKSClient;
beforeAll(async () => {
  stage = await openStage();
  const options = observerOptions(stage.world.bench.gateway, ACCOUNT, REGION);
  ec2 = new EC2Client(options);
  eks = new EKSClient(options);
  eksControl(stage.world.bench.gateway).settings.durations = AS_AWS;
});
afterAll(async () => {
  ec2?.destroy();
  eks?.destroy();
  await stage?.close();
  console.log(`covered: what AWS is busy with, and a person acts: ${CASES.length} cases (seed ${seed})`);
});

test.each(CASES)('while %s the environment is %s', async (_, act, busy) => {
  await stage.clear();
  const acting = await stage.operator();
  await bringAbout(busy, acting);
  const before = stage.world.clock.monotonic();
  const asked = act === 'changed' ? OTHER : (busy.change ?? FIRST);
  if (act === 'deleted') await stage.cluster.delete('OptaEnvironment', 'dev');
  else await stage.cluster.apply(OTHER);
  await acting.quiet();
  if (act === 'changed and changed back') await stage.cluster.apply(asked);
  if (act === 'deleted') {
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect(await census(stage)).toEqual([]);
  } else {
    await seenThrough(acting, asked);
    expect(await shown()).toEqual(
      act === 'changed'
        ? { gateways: 2, public: true, maxSize: '7' }
        : { gateways: 1, public: false, maxSize: '5' },
    );
  }
  const minutes = (stage.world.clock.monotonic() - before) / MINUTE_MS;
  const then = act === 'deleted' ? DELETION_MIN : busy.thenMin;
  expect(minutes).toBeLessThan(busy.restMin + then + LOOKS_MIN);
});

async function bringAbout({ operation, change, fails }: Busy, acting: Acting): Promise<void> {
  const { settings } = eksControl(stage.world.bench.gateway);
  const issues = [{ code: 'Ec2SubnetNotFound', message: 'no subnet' }];
  if (fails === true) settings.failures.push({ operation, issues });
  await stage.cluster.apply(FIRST);
  if (change !== undefined) await acting.until(areReady(FIRST));
  const mark = change === undefined ? 0 : stage.mark();
  if (change !== undefined) await stage.cluster.apply(change);
  await acting.until(look =>
    fails === true
      ? isWaiting(look('OptaEnvironment', 'dev'))
      : stage.writesSince(mark).some(one => one.operation === operation),
  );
}

/** A failed one is only replaced when somebody agrees. */
async function seenThrough(acting: Acting, asked: Manifest): Promise<void> {
  const isReady = areReady(asked);
  for (let times = 0; times < 5; times++) {
    let waits = false;
    await acting.until(look => {
      waits = isWaiting(look('OptaEnvironment', 'dev'));
      return waits || isReady(look);
    });
    if (!waits) return;
    await approve(stage.world, 'OptaEnvironment', 'dev');
  }
  throw new Error('there is always something more to agree to');
}

/** As AWS has it. */
async function shown() {
  const Filter = [{ Name: 'state', Values: ['pending', 'available'] }];
  const { NatGateways = [] } = await ec2.send(new DescribeNatGatewaysCommand({ Filter }));
  const { status } = await stage.cluster.get('OptaEnvironment', 'dev');
  const { name = '' } = (status?.cluster ?? {}) as { name?: string };
  const { cluster } = await eks.send(new DescribeClusterCommand({ name }));
  const { nodegroups = [] } = await eks.send(new ListNodegroupsCommand({ clusterName: name }));
  const groups = await Promise.all(
    nodegroups.map(nodegroupName =>
      eks.send(new DescribeNodegroupCommand({ clusterName: name, nodegroupName })),
    ),
  );
  return {
    gateways: NatGateways.length,
    public: cluster?.resourcesVpcConfig?.endpointPublicAccess,
    maxSize: groups.map(one => one.nodegroup?.scalingConfig?.maxSize).join(),
  };
}
