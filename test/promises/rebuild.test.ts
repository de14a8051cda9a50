import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/kinds/all.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import type { AwsState } from '../support/aws-view.ts';
import type { Cluster } from '../support/cluster.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { bucket, type Manifest, queue, topic } from '../support/world.ts';
import { EVERYTHING } from './everything.ts';

/** What specs say, and what they leave to the defaults of the operator's time. */
const MANIFESTS: readonly Manifest[] = [...EVERYTHING, queue('plain'), topic('plain'), bucket('plain')];

/** Another release, whose defaults are all others. */
const OTHER_DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  OptaEnvironment: {
    'encryption.deletionWindowDays': 7,
    'encryption.onDelete': 'Schedule',
    'logBucket.mode': 'Disabled',
    'logBucket.retentionDays': 30,
    'network.enabled': true,
    'network.cidr': '10.9.0.0/16',
    'network.availabilityZones': 2,
    'network.natGateways': 'None',
    'network.flowLogs.mode': 'Disabled',
    'network.flowLogs.retentionDays': 30,
    'network.gatewayEndpoints': [],
    'kubernetes.version': '1.30',
    'kubernetes.logRetentionDays': 30,
    'kubernetes.supportType': 'Extended',
    'kubernetes.deletionProtection': false,
    'kubernetes.nodeGroup.instanceTypes': ['m7i.large'],
    'kubernetes.nodeGroup.minSize': 1,
    'kubernetes.nodeGroup.maxSize': 9,
    'kubernetes.nodeGroup.diskGiB': 99,
    'kubernetes.nodeGroup.capacity': 'Spot',
    'kubernetes.nodeGroup.amiType': 'BOTTLEROCKET_x86_64',
    'kubernetes.nodeGroup.updateMaxUnavailablePercent': 99,
  },
  Queue: {
    delaySeconds: 9,
    messageRetentionSeconds: 999,
    visibilityTimeoutSeconds: 99,
    receiveWaitTimeSeconds: 9,
    maximumMessageSizeBytes: 9999,
    encryption: 'EnvironmentKey',
    acceptEventBridge: true,
    'deadLetter.mode': 'Disabled',
    'deadLetter.maxReceiveCount': 9,
    'deadLetter.messageRetentionSeconds': 99999,
  },
  Topic: { encryption: 'EnvironmentKey' },
  Bucket: {
    publicRead: false,
    encryption: 'EnvironmentKey',
    versioning: false,
    forceDestroy: false,
    'lifecycle.nonCurrentToInfrequentAccessDays': 0,
    'lifecycle.nonCurrentToGlacierDays': 0,
    'lifecycle.nonCurrentExpireDays': 0,
    'lifecycle.abortMultipartDays': 0,
    'lifecycle.expireDays': 0,
  },
};

function withOtherDefaults(kind: Kind): Kind {
  const others = OTHER_DEFAULTS[kind.api.kind] ?? {};
  return {
    ...kind,
    defaults: (spec, now) =>
      kind.defaults(spec, now).map(one => {
        if (!(one.field in others)) throw new Error(`${kind.api.kind} has no other default of ${one.field}`);
        return { ...one, value: others[one.field] };
      }),
  };
}

let stage: Stage;
let rebuilt: Cluster;
let asItWas: AwsState;
beforeAll(async () => {
  stage = await openStage();
  await stage.cluster.apply(...MANIFESTS);
  const first = await stage.operator();
  await first.until(areReady(...MANIFESTS));
  await first.end();
  asItWas = await stage.world.aws.state();
  rebuilt = await stage.anotherCluster();
  await rebuilt.apply(...MANIFESTS);
});
afterAll(() => stage?.close());

/** Tags that say which cluster and which object of it. */
function withoutOwner(state: AwsState): unknown {
  return JSON.parse(
    JSON.stringify(state).replaceAll(/"opta\.dev\/(uid|cluster)":"[^"]*"/g, '"opta.dev/$1":"…"'),
  );
}

test('a rebuilt cluster that is not said to follow the old one is refused, and writes nothing', async () => {
  const mark = stage.mark();
  const acting = await stage.operator({ in: rebuilt, kinds: KINDS.map(withOtherDefaults) });
  await acting.until(look => standing(look('OptaEnvironment', 'dev')) === 'Ready=False Conflict');
  await acting.driftPasses(2);
  expect(messageOf(await rebuilt.get('OptaEnvironment', 'dev'))).toContain(
    `it belongs to the cluster with UID "${stage.cluster.uid}"; if that cluster is gone, name its UID`,
  );
  expect(stage.writesSince(mark)).toEqual([]);
  expect(await stage.world.aws.state()).toEqual(asItWas);
  await acting.end();
});

test('named as the one that is gone, its resources are taken up: only the tags of ownership change', async () => {
  const mark = stage.mark();
  // What cannot be read at first is not taken for absent, nor its settings for the defaults.
  stage.world.bench.gateway.addFault({
    mutating: false,
    probability: 0.3,
    times: 60,
    fault: { kind: 'serverError' },
  });
  const acting: Acting = await stage.operator({
    in: rebuilt,
    settings: { takeOverFrom: [stage.cluster.uid] },
    kinds: KINDS.map(withOtherDefaults),
  });
  await acting.until(areReady(...MANIFESTS));
  await acting.driftPasses(2);
  const calls = new Set(stage.writesSince(mark).map(entry => `${entry.service}:${entry.operation}`));
  expect([...calls].sort()).toEqual([
    'iam:TagPolicy',
    'iam:TagRole',
    'kms:TagResource',
    's3:PutBucketTagging',
    'sns:TagResource',
    'sqs:TagQueue',
  ]);
  const now = await stage.world.aws.state();
  expect(withoutOwner(now)).toEqual(withoutOwner(asItWas));
  expect(JSON.stringify(now)).not.toContain(stage.cluster.uid);
  expect(JSON.stringify(now)).toContain(rebuilt.uid);

  const after = stage.mark();
  await acting.driftPasses(3);
  expect(stage.writesSince(after)).toEqual([]);
  console.log(
    `covered: ${MANIFESTS.length} objects in a rebuilt cluster under other defaults: 0 creates, 0 deletes, only tags`,
  );
});
