/** The operator has no right to read the tags of subnet groups that are not of its installation: deploy/aws. */
import {
  CreateCacheSubnetGroupCommand,
  DeleteCacheSubnetGroupCommand,
  ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { CreateServiceLinkedRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateDBSubnetGroupCommand, DeleteDBSubnetGroupCommand, RDSClient } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { observerOptions } from '../support/aws-view.ts';
import { byHand } from '../support/by-hand.ts';
import { ACCOUNT, environment, REGION } from '../support/manifests.ts';
import { NO_LOG_BUCKET, SMALL_NETWORK } from '../support/small.ts';
import { type Acting, areReady, openStage, type Stage } from '../support/stage.ts';

const DEV = environment({
  network: SMALL_NETWORK,
  logBucket: NO_LOG_BUCKET,
  encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
});
const FOREIGN = ['rds', 'elasticache'] as const;

let stage: Stage;
let acting: Acting;
let rds: RDSClient;
let elasticache: ElastiCacheClient;
beforeAll(async () => {
  stage = await openStage();
  const options = observerOptions(stage.world.bench.gateway, ACCOUNT, REGION);
  rds = new RDSClient(options);
  elasticache = new ElastiCacheClient(options);
  const iam = new IAMClient(options);
  const hand = byHand(stage);
  const { vpcId, privateSubnetIds } = await hand.network();
  for (const service of FOREIGN)
    await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: `${service}.amazonaws.com` }));
  const SubnetIds = [...privateSubnetIds];
  // As the console of RDS names one.
  const db = { DBSubnetGroupName: `default-${vpcId}`, DBSubnetGroupDescription: 'Created from the console' };
  await rds.send(new CreateDBSubnetGroupCommand({ ...db, SubnetIds }));
  const cache = { CacheSubnetGroupName: 'main', CacheSubnetGroupDescription: 'Managed by Terraform' };
  await elasticache.send(new CreateCacheSubnetGroupCommand({ ...cache, SubnetIds }));
  hand.close();
  iam.destroy();
  for (const resource of [
    `rds:${REGION}:${ACCOUNT}:subgrp:default-${vpcId}`,
    `elasticache:${REGION}:${ACCOUNT}:subnetgroup:main`,
  ])
    stage.world.bench.gateway.addFault({
      operation: 'ListTagsForResource',
      resource: `arn:aws:${resource}`,
      times: 0,
      fault: { kind: 'accessDenied' },
    });
  acting = await stage.operator();
});
afterAll(async () => {
  rds?.destroy();
  elasticache?.destroy();
  await stage?.close();
});

const isMade = (mark: number) => () =>
  FOREIGN.every(service =>
    stage.writesSince(mark).some(one => one.service === service && /^Create/.test(one.operation)),
  );

test('subnet groups of others, whose tags nobody lets it read, keep no environment from being made', async () => {
  await stage.cluster.apply(DEV);
  await acting.until(areReady(DEV));
});

test('nor one that was deleted by hand from being made again', async () => {
  const resources = (await stage.cluster.get('OptaEnvironment', 'dev')).status?.resources ?? [];
  const idOf = (store: string) => resources.find(one => one.node === `subnet-group/${store}`)?.id ?? '';
  await rds.send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: idOf('postgres') }));
  await elasticache.send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName: idOf('redis') }));
  const mark = stage.mark();
  await acting.driftPasses(1);
  await acting.until(look => isMade(mark)() && areReady(DEV)(look));
});

test('nor the environment from being deleted', async () => {
  await stage.cluster.delete('OptaEnvironment', 'dev');
  await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
  const refused = stage.world.bench.gateway.faults().map(one => one.fired);
  expect(refused).toEqual([0, 0]);
});
