import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
} from '@aws-sdk/client-ec2';
import { type ChangeAction, ChangeResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OptaEnvironmentStatus } from '../../src/api/environment-status.ts';
import { observerOptions } from '../support/aws-view.ts';
import { type ByHand, byHand } from '../support/by-hand.ts';
import { ACCOUNT, environment, REGION } from '../support/manifests.ts';
import { NO_CONTROLLERS, SMALL_CLUSTER, SMALL_NETWORK } from '../support/small.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { census } from './support/census.ts';

const DOMAIN = 'dev.example.com';

function spec({ dns = {}, ...rest }: { dns?: object; encryption?: object; deletionPolicy?: string } = {}) {
  return environment({
    network: SMALL_NETWORK,
    kubernetes: {
      ...SMALL_CLUSTER,
      controllerRoles: { ...NO_CONTROLLERS, externalDns: 'Enabled' },
      deletionProtection: false,
    },
    dns: { domain: DOMAIN, certificate: false, delegationCheck: 'Skip', ...dns },
    encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
    ...rest,
  });
}

let stage: Stage;
let acting: Acting;
let hand: ByHand;
let route53: Route53Client;
beforeAll(async () => {
  stage = await openStage();
  hand = byHand(stage);
  route53 = new Route53Client(observerOptions(stage.world.bench.gateway, ACCOUNT, REGION));
  acting = await stage.operator();
});
afterAll(async () => {
  hand?.close();
  route53?.destroy();
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

async function made(of: ReturnType<typeof spec>) {
  await stage.cluster.apply(of);
  await acting.until(areReady(of));
  const { cluster, dns, encryption } = await statusOf();
  const [owner, zoneId, keyArn] = [cluster?.name ?? '', dns?.zoneId ?? '', encryption?.keyArn ?? ''];
  return { owner, zoneId, keyArn };
}

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

/** As external-dns does for an Ingress: the record, and its mark. */
async function write(HostedZoneId: string, owner: string, name: string, Action: ChangeAction = 'CREATE') {
  const [label, ...rest] = name.split('.');
  const heritage = `"heritage=external-dns,external-dns/owner=${owner},external-dns/resource=ingress/shop/web"`;
  const AliasTarget = { HostedZoneId: 'Z2', DNSName: 'lb.example.com.', EvaluateTargetHealth: true };
  const mark = [`cname-${label}`, ...rest].join('.');
  const Changes = [
    { Name: name, Type: 'A' as const, AliasTarget },
    { Name: mark, Type: 'TXT' as const, TTL: 300, ResourceRecords: [{ Value: heritage }] },
  ].map(ResourceRecordSet => ({ Action, ResourceRecordSet }));
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
}

describe('disks and records that users of a cluster made', () => {
  test('are nobody’s business while the cluster lives; then its records go, and the others and disks of the key hold up what they need', async () => {
    const { owner, zoneId, keyArn: KmsKeyId } = await made(spec());
    await write(zoneId, owner, `web.${DOMAIN}`);
    await write(zoneId, 'another-cluster', `api.${DOMAIN}`);
    const claimed = await volume({ cluster: owner, KmsKeyId });
    const byPeople = await volume({ claim: 'backup', KmsKeyId });
    const unencrypted = await volume({ cluster: owner, claim: 'cache' });
    const ofOthers = await volume({ cluster: `${owner}x` });
    const { SnapshotId } = await hand.ec2.send(new CreateSnapshotCommand({ VolumeId: byPeople }));
    await hand.ec2.send(new DeleteVolumeCommand({ VolumeId: byPeople }));
    const mark = stage.mark();
    await acting.driftPasses(2);
    expect(stage.writesSince(mark)).toEqual([]);
    const isOfDisks = (one: { operation: string }) => /DescribeVolumes|DescribeSnapshots/.test(one.operation);
    expect(stage.world.bench.gateway.journalSince(mark).filter(isOfDisks)).toEqual([]);

    await stage.cluster.delete('OptaEnvironment', 'dev');
    const blockers = (look: Parameters<typeof isGone>[0]) =>
      (look('OptaEnvironment', 'dev')?.status?.blockedBy ?? []).length;
    await acting.until(look => blockers(look) === 4);
    const written = stage.writesSince(mark).map(one => one.operation);
    expect(written.indexOf('ChangeResourceRecordSets')).toBeGreaterThan(written.indexOf('DeleteCluster'));
    expect(await hand.records(zoneId)).toEqual([`api.${DOMAIN}. A`, `cname-api.${DOMAIN}. TXT`]);
    const why = 'encrypted with the key of this environment';
    const disks = [
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
    ];
    const { blockedBy = [] } = await statusOf();
    expect(blockedBy.filter(one => one.node !== 'zone')).toEqual(disks);
    expect(blockedBy.flatMap(one => (one.node === 'zone' ? one.resource : []))).toEqual([
      `api.${DOMAIN} A`,
      `cname-api.${DOMAIN} TXT`,
    ]);

    await write(zoneId, 'another-cluster', `api.${DOMAIN}`, 'DELETE');
    await acting.until(
      look => blockers(look) === 2 && (look('OptaEnvironment', 'dev')?.status?.resources ?? []).length <= 3,
    );
    expect(standing(await dev())).toBe('Ready=False DeletionBlocked');
    expect((await statusOf()).blockedBy).toEqual(disks);
    expect(messageOf(await dev())).toContain('or set spec.encryption.onDelete: Keep');
    // Zone, bucket and network are gone, and the key is there with its alias.
    expect((await census(stage)).filter(line => !/^(volume|snapshot): /.test(line))).toEqual([
      `key: ${KmsKeyId.split('/')[1]}`,
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

  test('records go from a zone that stays as well, those of others stay with it, and disks are named with the key that stays', async () => {
    const existingZoneId = await hand.zone('example.com');
    const before = await census(stage);
    const { owner, zoneId, keyArn } = await made(
      spec({ dns: { existingZoneId }, encryption: { onDelete: 'Keep' } }),
    );
    expect(zoneId).toBe(existingZoneId);
    await write(zoneId, owner, `web.${DOMAIN}`);
    await write(zoneId, owner, DOMAIN);
    await write(zoneId, 'another-cluster', `api.${DOMAIN}`);
    // Not of the environment's domain, whoever says that it is the owner.
    await write(zoneId, owner, 'shop.example.com');
    const claimed = await volume({ cluster: owner, KmsKeyId: keyArn });
    const saidBefore = await lastWords();
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(isGone);
    expect((await hand.records(zoneId)).toSorted()).toEqual([
      `api.${DOMAIN}. A`,
      `cname-api.${DOMAIN}. TXT`,
      'cname-shop.example.com. TXT',
      'shop.example.com. A',
      'www.example.com. A',
    ]);
    const words = (await lastWords()).filter(one => !saidBefore.includes(one)).join();
    expect(words).toContain(`volume ${claimed} (PersistentVolumeClaim shop/data)`);
    expect(words).toContain(keyArn);
    expect(await census(stage)).toEqual(
      [...before, `key: ${keyArn.split('/')[1]}`, `volume: ${claimed}`].sort(),
    );
  });

  test('records go from a zone whose domain left the spec before, and the deletion ends by itself', async () => {
    // The key that was kept would be in its way.
    await stage.clear();
    acting = await stage.operator();
    const of = spec({ encryption: { onDelete: 'Schedule' } });
    const { owner, zoneId } = await made(of);
    await write(zoneId, owner, `web.${DOMAIN}`);
    await stage.cluster.apply({ ...of, spec: { ...of.spec, dns: undefined } });
    await acting.until(look =>
      standing(look('OptaEnvironment', 'dev'), 'Synced').endsWith('ApprovalRequired'),
    );
    expect(await hand.records(zoneId)).toEqual([`cname-web.${DOMAIN}. TXT`, `web.${DOMAIN}. A`]);
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(isGone);
    expect((await census(stage)).filter(line => !line.startsWith('volume: '))).toEqual([]);
  });

  test('records stay with a cluster that stays', async () => {
    await stage.clear();
    acting = await stage.operator();
    const { owner, zoneId } = await made(spec({ deletionPolicy: 'Retain' }));
    await write(zoneId, owner, `web.${DOMAIN}`);
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(isGone);
    expect(await hand.records(zoneId)).toEqual([`cname-web.${DOMAIN}. TXT`, `web.${DOMAIN}. A`]);
  });
});
