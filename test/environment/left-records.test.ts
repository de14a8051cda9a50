import { type ChangeAction, ChangeResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OptaEnvironmentStatus } from '../../src/api/environment-status.ts';
import { observerOptions } from '../support/aws-view.ts';
import { type ByHand, byHand } from '../support/by-hand.ts';
import { ACCOUNT, environment, REGION } from '../support/manifests.ts';
import { type Acting, areReady, openStage, type Stage, standing } from '../support/stage.ts';
import { census } from './support/census.ts';
import { NO_CONTROLLERS, NO_LOG_BUCKET, SMALL_CLUSTER, SMALL_NETWORK } from './support/small.ts';

const DOMAIN = 'dev.example.com';
const spec = (dns: object = {}) =>
  environment({
    network: SMALL_NETWORK,
    kubernetes: {
      ...SMALL_CLUSTER,
      controllerRoles: { ...NO_CONTROLLERS, externalDns: 'Enabled' },
      deletionProtection: false,
    },
    logBucket: NO_LOG_BUCKET,
    dns: { domain: DOMAIN, certificate: false, delegationCheck: 'Skip', ...dns },
    encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
  });

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

const statusOf = async () =>
  ((await stage.cluster.get('OptaEnvironment', 'dev')).status ?? {}) as OptaEnvironmentStatus;

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

describe('records that external-dns of the cluster made', () => {
  test('are nobody’s business while the cluster lives, and go after it, so that the zone can go', async () => {
    await stage.cluster.apply(spec());
    await acting.until(areReady(spec()));
    const { cluster, dns } = await statusOf();
    const zoneId = dns?.zoneId ?? '';
    await write(zoneId, cluster?.name ?? '', `web.${DOMAIN}`);
    await write(zoneId, 'another-cluster', `api.${DOMAIN}`);
    const mark = stage.mark();
    await acting.driftPasses(2);
    expect(stage.writesSince(mark)).toEqual([]);
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => standing(look('OptaEnvironment', 'dev')) === 'Ready=False DeletionBlocked');
    const written = stage.writesSince(mark).map(one => one.operation);
    expect(written.indexOf('ChangeResourceRecordSets')).toBeGreaterThan(written.indexOf('DeleteCluster'));
    expect(await hand.records(zoneId)).toEqual([`api.${DOMAIN}. A`, `cname-api.${DOMAIN}. TXT`]);
    const { blockedBy = [] } = (await stage.cluster.get('OptaEnvironment', 'dev')).status ?? {};
    expect(blockedBy.map(({ node, resource }) => [node, resource])).toEqual([
      ['zone', `api.${DOMAIN} A`],
      ['zone', `cname-api.${DOMAIN} TXT`],
    ]);
    await write(zoneId, 'another-cluster', `api.${DOMAIN}`, 'DELETE');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect(await census(stage)).toEqual([]);
  });

  test('go from a zone that stays as well, and those of others in it stay with it', async () => {
    const zoneId = await hand.zone('example.com');
    const dev = spec({ existingZoneId: zoneId });
    await stage.cluster.apply(dev);
    await acting.until(areReady(dev));
    const owner = (await statusOf()).cluster?.name ?? '';
    await write(zoneId, owner, `web.${DOMAIN}`);
    await write(zoneId, owner, DOMAIN);
    await write(zoneId, 'another-cluster', `api.${DOMAIN}`);
    // Not of the environment's domain, whoever says that it is the owner.
    await write(zoneId, owner, 'shop.example.com');
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect((await hand.records(zoneId)).toSorted()).toEqual([
      `api.${DOMAIN}. A`,
      `cname-api.${DOMAIN}. TXT`,
      'cname-shop.example.com. TXT',
      'shop.example.com. A',
      'www.example.com. A',
    ]);
  });

  test('stay with a cluster that stays', async () => {
    const kept = { ...spec(), spec: { ...spec().spec, deletionPolicy: 'Retain' } };
    await stage.cluster.apply(kept);
    await acting.until(areReady(kept));
    const { cluster, dns } = await statusOf();
    const zoneId = dns?.zoneId ?? '';
    await write(zoneId, cluster?.name ?? '', `web.${DOMAIN}`);
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect(await hand.records(zoneId)).toEqual([`cname-web.${DOMAIN}. TXT`, `web.${DOMAIN}. A`]);
  });
});
