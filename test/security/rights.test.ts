/**
 * The calls of an operator, as the gateway sees them, judged by the policies that are shipped for it, in an account where
 * others have something of every type that it lists.
 */
import {
  CreateRouteTableCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DescribeRouteTablesCommand,
  ReplaceRouteTableAssociationCommand,
} from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { DeleteCacheSubnetGroupCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { DeleteAliasCommand } from '@aws-sdk/client-kms';
import { DeleteDBSubnetGroupCommand, RDSClient } from '@aws-sdk/client-rds';
import {
  CreateMultipartUploadCommand,
  DeleteBucketReplicationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OptaEnvironmentStatus } from '../../src/api/environment-status.ts';
import { leave } from '../../src/kinds/environment/testing-leftovers.ts';
import { observerOptions } from '../support/aws-view.ts';
import { type ByHand, byHand } from '../support/by-hand.ts';
import { ACCOUNT, bucket, environment, type Manifest, queue, REGION, topic } from '../support/manifests.ts';
import { FEW_ADDONS } from '../support/small.ts';
import { type Acting, areReady, openStage, type Stage } from '../support/stage.ts';
import { makeNeighbours, type Neighbours } from './support/rights/neighbours.ts';
import { allowedActions, isNoticed, mutants, refused, shipped } from './support/rights/policies.ts';
import { createRecorder } from './support/rights/recorder.ts';

const recorder = createRecorder();
const statements = shipped('test');
let stage: Stage;
let acting: Acting;
let hand: ByHand;
let clients: ReturnType<typeof ofPeople>;
let neighbours: Neighbours;
beforeAll(async () => {
  stage = await openStage(recorder.overlays);
  hand = byHand(stage);
  clients = ofPeople();
  neighbours = await makeNeighbours(stage, hand);
  await hand.role('admin');
  recorder.open(stage.world.bench.gateway);
  acting = await stage.operator();
});
afterAll(async () => {
  recorder.close();
  hand?.close();
  for (const client of Object.values(clients ?? {})) client.destroy();
  await stage?.close();
});

function ofPeople() {
  const options = observerOptions(stage.world.bench.gateway, ACCOUNT, REGION);
  return {
    elasticache: new ElastiCacheClient(options),
    elb: new ElasticLoadBalancingClient(options),
    elbv2: new ElasticLoadBalancingV2Client(options),
    rds: new RDSClient(options),
  };
}

const encryption = { onDelete: 'Schedule', deletionWindowDays: 7 };
/** Every part, as few of each as there can be, but for what `kubernetes` and `more` say. */
function dev(kubernetes: object, more: object = {}): Manifest {
  return environment({
    network: { availabilityZones: 2, natGateways: 'Single' },
    kubernetes: {
      endpoint: { public: false },
      admins: [{ principalArn: `arn:aws:iam::${ACCOUNT}:role/admin` }],
      addons: FEW_ADDONS,
      deletionProtection: false,
      ...kubernetes,
    },
    dns: { domain: 'dev.example.com', delegationCheck: 'Skip' },
    encryption,
    ...more,
  });
}
const FILES = { replica: { mode: 'SameRegion' }, forceDestroy: true };
const MADE = [
  dev({ version: '1.34' }),
  queue('orders'),
  topic('events', { subscriptions: [{ queue: 'orders' }] }),
  bucket('uploads', FILES),
];
const CHANGED = [
  dev(
    {
      version: '1.35',
      endpoint: { public: true, publicCidrs: ['203.0.113.0/24'] },
      nodeGroup: { image: 'Latest', minSize: 1 },
    },
    { tags: { team: 'platform' } },
  ),
  queue('orders', { visibilityTimeoutSeconds: 45, tags: { cost: 'a' } }),
  topic('events', { displayName: 'Events' }),
  bucket('uploads', {
    ...FILES,
    cors: [{ allowedOrigins: ['https://shop.example'], allowedMethods: ['GET'] }],
    notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }],
  }),
];
const CHANGED_BACK = [dev({ version: '1.35' }), ...MADE.slice(1)];

function isAllAllowed(): void {
  expect(recorder.problems).toEqual([]);
  expect(refused(recorder.questions, statements)).toEqual([]);
}

async function come(...manifests: readonly Manifest[]): Promise<void> {
  await stage.cluster.apply(...manifests);
  await acting.until(areReady(...manifests));
}

async function go(...manifests: readonly Manifest[]): Promise<void> {
  for (const { kind, name } of manifests) await stage.cluster.delete(kind, name);
  await acting.until(look => manifests.every(({ kind, name }) => look(kind, name) === undefined));
}

async function status(): Promise<OptaEnvironmentStatus> {
  return ((await stage.cluster.get('OptaEnvironment', 'dev')).status ?? {}) as OptaEnvironmentStatus;
}

async function idOf(node: string): Promise<string> {
  return (await status()).resources?.find(one => one.node === node)?.id ?? '';
}

async function bucketName(): Promise<string | undefined> {
  const { resources } = (await stage.cluster.get('Bucket', 'uploads')).status ?? {};
  return resources?.find(one => one.node === 'bucket')?.id;
}

test('a whole environment is made, with a queue, a topic and a bucket in it', async () => {
  await come(...MADE);
  await acting.driftPasses(1);
  isAllAllowed();
});

test('all of it is changed, and back', async () => {
  await come(...CHANGED);
  await come(...CHANGED_BACK);
  isAllAllowed();
});

test('what people took away is made again', async () => {
  const { kms, s3 } = stage.world.aws;
  const { rds, elasticache } = clients;
  await rds.send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: await idOf('subnet-group/postgres') }));
  const CacheSubnetGroupName = await idOf('subnet-group/redis');
  await elasticache.send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName }));
  await hand.ec2.send(new DeleteSecurityGroupCommand({ GroupId: await idOf('security-group/postgres') }));
  await kms.send(new DeleteAliasCommand({ AliasName: await idOf('alias') }));
  await s3.send(new DeleteBucketReplicationCommand({ Bucket: await bucketName() }));
  const RouteTableId = await replaceRouteTable();
  const mark = stage.mark();
  await acting.driftPasses(1);
  await acting.until(areReady(...CHANGED_BACK));
  await hand.ec2.send(new DeleteRouteTableCommand({ RouteTableId }));
  const written = new Set(stage.writesSince(mark).map(one => one.operation));
  expect(written).toEqual(
    new Set([
      'AuthorizeSecurityGroupIngress',
      'CreateAlias',
      'CreateCacheSubnetGroup',
      'CreateDBSubnetGroup',
      'CreateSecurityGroup',
      'DeleteRouteTable',
      'PutBucketReplication',
      'ReplaceRouteTableAssociation',
      'RevokeSecurityGroupEgress',
    ]),
  );
  isAllAllowed();
});

/** By another one, for one of our subnets; answers the other one. */
async function replaceRouteTable(): Promise<string | undefined> {
  const { network } = await status();
  const Filters = [{ Name: 'association.subnet-id', Values: [network?.privateSubnetIds?.[0] ?? ''] }];
  const { RouteTables } = await hand.ec2.send(new DescribeRouteTablesCommand({ Filters }));
  const AssociationId = RouteTables?.[0]?.Associations?.[0]?.RouteTableAssociationId;
  const { RouteTable } = await hand.ec2.send(new CreateRouteTableCommand({ VpcId: network?.vpcId }));
  const RouteTableId = RouteTable?.RouteTableId;
  await hand.ec2.send(new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId }));
  return RouteTableId;
}

test('a network, a cluster and a zone of others are used by another environment, and left', async () => {
  const { vpcId, privateSubnetIds, zoneId } = neighbours;
  const other: Manifest = {
    ...environment({
      network: { existing: { vpcId, privateSubnetIds } },
      kubernetes: { existing: { clusterName: 'billing' } },
      dns: { domain: 'other.example.com', existingZoneId: zoneId },
      encryption,
    }),
    name: 'other',
  };
  await come(other);
  await acting.driftPasses(1);
  await go(other);
  isAllAllowed();
});

test('all of it is deleted, with what its cluster left and what is in the bucket', async () => {
  const Bucket = await bucketName();
  const { s3 } = stage.world.aws;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'b' }));
  await go(...MADE.slice(1));
  const { cluster, network } = await status();
  const vpcId = network?.vpcId ?? '';
  const subnetIds = [...(network?.publicSubnetIds ?? [])];
  await leave({ ...clients, ec2: hand.ec2, vpcId, subnetIds }, cluster?.name ?? '');
  await go(...MADE.slice(0, 1));
  isAllAllowed();
});

/** The roles of RDS and ElastiCache are there where others have subnet groups: without them they could have none. */
const UNASKED = ['no StoreRoles'];

test('each statement is asked for, and one that allows a little less is noticed', () => {
  const calls = stage.world.bench.gateway.journal.filter(one => one.observer !== true);
  expect(recorder.calls).toBe(calls.length);
  const asked = new Set(recorder.questions.map(one => one.action));
  const unasked = allowedActions(statements).filter(one => !asked.has(one));
  const all = mutants(statements);
  const unnoticed = all.filter(one => !isNoticed(one, recorder.questions, statements)).map(one => one.name);
  console.log(
    `covered: ${calls.length} calls asked ${recorder.questions.length} different things of the shipped policies; ${all.length - unnoticed.length} of ${all.length} mutants of these were noticed`,
  );
  console.log(`covered: all of their actions but ${unasked.join(', ')}`);
  const isWhole = (name: string) => /^no |on another name$/.test(name);
  expect(unnoticed.filter(isWhole)).toEqual([...UNASKED, 'StoreRoles on another name']);
});
