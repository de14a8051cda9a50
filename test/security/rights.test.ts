/**
 * The calls of an operator, as the gateway sees them, judged by the policies that are shipped for it, in an account where
 * others have something of every type that it lists.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { byHand } from '../support/by-hand.ts';
import { bucket, environment, type Manifest, queue, topic } from '../support/manifests.ts';
import { allowedActions, isNoticed, mutants, refused, shipped } from '../support/rights/policies.ts';
import { createRecorder } from '../support/rights/recorder.ts';
import { FEW_ADDONS } from '../support/small.ts';
import { type Acting, areReady, openStage, type Stage } from '../support/stage.ts';
import { makeNeighbours, type Neighbours } from './support/rights/neighbours.ts';
import { ADMIN, type People, people } from './support/rights/people.ts';

const recorder = createRecorder();
const statements = shipped('test');
let stage: Stage;
let acting: Acting;
let hands: People;
let neighbours: Neighbours;
beforeAll(async () => {
  stage = await openStage(recorder.overlays);
  hands = people(stage.world);
  const hand = byHand(stage);
  neighbours = await makeNeighbours(stage, hand);
  await hand.role('admin');
  hand.close();
  recorder.open(stage.world.bench.gateway);
  acting = await stage.operator();
});
afterAll(async () => {
  recorder.close();
  hands?.close();
  await stage?.close();
});

const encryption = { onDelete: 'Schedule', deletionWindowDays: 7 };
/** Every part, as few of each as there can be. */
function dev(kubernetes: object, more: object = {}): Manifest {
  return environment({
    network: { availabilityZones: 2, natGateways: 'Single' },
    kubernetes: {
      endpoint: { public: false },
      admins: [{ principalArn: ADMIN }],
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
const IN_IT = [
  queue('orders'),
  topic('events', { subscriptions: [{ queue: 'orders' }] }),
  bucket('uploads', FILES),
];
const MADE = [dev({ version: '1.34' }), ...IN_IT];
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
  topic('events', {
    displayName: 'Events',
    subscriptions: [{ queue: 'orders', rawMessageDelivery: true }],
  }),
  bucket('uploads', {
    ...FILES,
    cors: [{ allowedOrigins: ['https://shop.example'], allowedMethods: ['GET'] }],
    notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }],
  }),
];
const CHANGED_BACK = [dev({ version: '1.35' }), ...IN_IT];

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

/** What the operator writes when it looks again, until all is as it was. */
async function putBack(): Promise<readonly string[]> {
  const mark = stage.mark();
  await acting.driftPasses(1);
  await acting.until(areReady(...CHANGED_BACK));
  return [...new Set(stage.writesSince(mark).map(one => one.operation))].sort();
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
  await hands.takeAway();
  expect(await putBack()).toEqual([
    'AuthorizeSecurityGroupIngress',
    'CreateAlias',
    'CreateCacheSubnetGroup',
    'CreateDBSubnetGroup',
    'CreateSecurityGroup',
    'PutBucketReplication',
    'ReplaceRouteTableAssociation',
    'RevokeSecurityGroupEgress',
  ]);
  await hands.takeBack();
  isAllAllowed();
});

test('what people changed is put back', async () => {
  await hands.change();
  expect(await putBack()).toEqual([
    'AddClientIDToOpenIDConnectProvider',
    'AssociateKmsKey',
    'CancelKeyDeletion',
    'ChangeResourceRecordSets',
    'CreatePolicyVersion',
    'DetachRolePolicy',
    'DisassociateAccessPolicy',
    'EnableKey',
    'EnableKeyRotation',
    'ModifyCacheSubnetGroup',
    'ModifyDBSubnetGroup',
    'ModifyLaunchTemplate',
    'ModifySubnetAttribute',
    'ModifyVpcEndpoint',
    'PutBucketAcl',
    'PutBucketOwnershipControls',
    'PutPublicAccessBlock',
    'PutRetentionPolicy',
    'PutRolePermissionsBoundary',
    'PutRolePolicy',
    'RemoveClientIDFromOpenIDConnectProvider',
    'ReplaceRoute',
    'RevokeSecurityGroupEgress',
    'RevokeSecurityGroupIngress',
    'UpdateAccessEntry',
    'UpdateAssumeRolePolicy',
    'UpdateHostedZoneComment',
    'UpdateKeyDescription',
  ]);
  isAllAllowed();
});

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
  await hands.fillBucket();
  await go(...IN_IT);
  await hands.leaveBehind();
  await go(dev({}));
  isAllAllowed();
});

/** The roles of RDS and ElastiCache are there where others have subnet groups: without them they could have none. */
const UNASKED = ['no StoreRoles', 'StoreRoles on another name'];

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
  expect(unnoticed.filter(name => /^no |on another name$/.test(name))).toEqual(UNASKED);
});
