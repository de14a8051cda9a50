import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OptaEnvironmentStatus } from '../../src/api/environment-status.ts';
import { type ByHand, byHand } from '../support/by-hand.ts';
import { environment, REGION } from '../support/manifests.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { census } from './support/census.ts';
import { SMALL_CLUSTER, SMALL_NETWORK } from './support/small.ts';

const spec = (encryption: object) =>
  environment({
    network: SMALL_NETWORK,
    kubernetes: { ...SMALL_CLUSTER, deletionProtection: false },
    encryption,
  });
const SCHEDULED = spec({ onDelete: 'Schedule', deletionWindowDays: 7 });
const KEPT = spec({ onDelete: 'Keep' });

let stage: Stage;
let acting: Acting;
let hand: ByHand;
beforeAll(async () => {
  stage = await openStage();
  hand = byHand(stage);
  acting = await stage.operator();
});
afterAll(async () => {
  hand?.close();
  await stage?.close();
});

const dev = () => stage.cluster.get('OptaEnvironment', 'dev');
const statusOf = async () => ((await dev()).status ?? {}) as OptaEnvironmentStatus;
const isGone = (look: Parameters<Parameters<Acting['until']>[0]>[0]) =>
  look('OptaEnvironment', 'dev') === undefined;
const lastWords = async () => {
  const events = await stage.cluster.events('OptaEnvironment', 'dev');
  return events.filter(one => one.reason === 'Retained').map(one => one.note);
};

/** As the driver of a cluster makes it for a claim; without one as people do. */
async function volume(of: { cluster?: string; claim?: string; KmsKeyId?: string | undefined }) {
  const { cluster, claim = 'data', KmsKeyId } = of;
  const tags = {
    'ebs.csi.aws.com/cluster': 'true',
    [`kubernetes.io/cluster/${cluster}`]: 'owned',
    'kubernetes.io/created-for/pvc/name': claim,
    'kubernetes.io/created-for/pvc/namespace': 'shop',
  };
  const Tags = Object.entries(cluster === undefined ? { Name: claim } : tags).map(([Key, Value]) => ({
    Key,
    Value,
  }));
  const { VolumeId = '' } = await hand.ec2.send(
    new CreateVolumeCommand({
      AvailabilityZone: `${REGION}a`,
      Size: 1,
      ...(KmsKeyId === undefined ? {} : { Encrypted: true, KmsKeyId }),
      TagSpecifications: [{ ResourceType: 'volume', Tags }],
    }),
  );
  return VolumeId;
}

describe('volumes and snapshots that an environment leaves', () => {
  test('hold the key that would go with it, whoever made them, and no read looks for them before', async () => {
    await stage.cluster.apply(SCHEDULED);
    await acting.until(areReady(SCHEDULED));
    const { cluster, encryption } = await statusOf();
    const KmsKeyId = encryption?.keyArn;
    const claimed = await volume({ cluster: cluster?.name ?? '', KmsKeyId });
    const byPeople = await volume({ claim: 'backup', KmsKeyId });
    const unencrypted = await volume({ cluster: cluster?.name ?? '', claim: 'cache' });
    const ofOthers = await volume({ cluster: `${cluster?.name}x` });
    const { SnapshotId } = await hand.ec2.send(new CreateSnapshotCommand({ VolumeId: byPeople }));
    await hand.ec2.send(new DeleteVolumeCommand({ VolumeId: byPeople }));
    const mark = stage.mark();
    await acting.driftPasses(1);
    const isOfDisks = (one: { operation: string }) => /DescribeVolumes|DescribeSnapshots/.test(one.operation);
    expect(stage.world.bench.gateway.journalSince(mark).filter(isOfDisks)).toEqual([]);
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(
      look =>
        standing(look('OptaEnvironment', 'dev')) === 'Ready=False DeletionBlocked' &&
        (look('OptaEnvironment', 'dev')?.status?.resources ?? []).length <= 3,
    );
    const { blockedBy } = await statusOf();
    const why = 'encrypted with the key of this environment';
    expect(blockedBy).toEqual([
      {
        node: 'left/encrypted-disks',
        resource: `snapshot ${SnapshotId}`,
        reason: `of volume ${byPeople}, ${why}`,
      },
      {
        node: 'left/encrypted-disks',
        resource: `volume ${claimed}`,
        reason: `PersistentVolumeClaim shop/data, ${why}`,
      },
    ]);
    expect(messageOf(await dev())).toContain('or set spec.encryption.onDelete: Keep');
    // Bucket and network are gone, and the key is there with its alias.
    expect((await census(stage)).filter(line => !/^(volume|snapshot): /.test(line))).toEqual([
      `key: ${KmsKeyId?.split('/')[1]}`,
    ]);
    await hand.ec2.send(new DeleteVolumeCommand({ VolumeId: claimed }));
    await hand.ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
    await acting.until(isGone);
    const left = `volume ${unencrypted} (PersistentVolumeClaim shop/cache)`;
    expect(await lastWords()).toEqual([expect.stringMatching(/was deleted and left in AWS: /)]);
    expect((await lastWords())[0]).toContain(left);
    expect((await lastWords())[0]).not.toContain(ofOthers);
    expect(await census(stage)).toEqual([`volume: ${unencrypted}`, `volume: ${ofOthers}`].sort());
    for (const VolumeId of [unencrypted, ofOthers])
      await hand.ec2.send(new DeleteVolumeCommand({ VolumeId }));
  });

  test('are named with the key that stays', async () => {
    await stage.cluster.apply(KEPT);
    await acting.until(areReady(KEPT));
    const { cluster, encryption } = await statusOf();
    const keyArn = encryption?.keyArn ?? '';
    const claimed = await volume({ cluster: cluster?.name ?? '', KmsKeyId: keyArn });
    const before = await lastWords();
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(isGone);
    const words = (await lastWords()).filter(one => !before.includes(one)).join();
    expect(words).toContain(`volume ${claimed} (PersistentVolumeClaim shop/data)`);
    expect(words).toContain(keyArn);
    expect(await census(stage)).toEqual([`key: ${keyArn.split('/')[1]}`, `volume: ${claimed}`].sort());
  });
});
