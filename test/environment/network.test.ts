import {
  DeleteAccountPolicyCommand,
  DescribeLogGroupsCommand,
  PutAccountPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { approve } from '../support/approval.ts';
import { environmentClients } from '../support/environment-clients.ts';
import { environment } from '../support/manifests.ts';
import { NO_LOG_BUCKET, SMALL_NETWORK } from '../support/small.ts';
import {
  type Acting,
  areReady,
  type Lookup,
  messageOf,
  openStage,
  type Stage,
  standing,
} from '../support/stage.ts';
import { census, counted } from './support/census.ts';
import { callsOfOnePass } from './support/drift.ts';

const encryption = { onDelete: 'Schedule', deletionWindowDays: 7 };
const DEV = environment({ network: {}, encryption });

let stage: Stage;
let acting: Acting;
beforeAll(async () => {
  stage = await openStage();
  acting = await stage.operator();
});
afterAll(() => stage?.close());

const asks = (look: Lookup) =>
  standing(look('OptaEnvironment', 'dev'), 'Synced') === 'Synced=False ApprovalRequired';

describe('an environment with a network alone', () => {
  test('is Ready, and in AWS is what its API promises', async () => {
    expect(await census(stage)).toEqual([]);
    await stage.cluster.apply(DEV);
    await acting.until(areReady(DEV));
    expect(counted(await census(stage))).toEqual({
      VPC: 1,
      subnet: 6,
      'internet gateway': 1,
      'NAT gateway': 3,
      address: 3,
      // One for the public subnets, one for each private one, and the VPC's own, which no subnet uses.
      'route table': 5,
      // Three of stores, and the VPC's own without a rule.
      'security group': 4,
      // Of stores: two of RDS and one of ElastiCache.
      'subnet group': 3,
      endpoint: 1,
      'flow log': 1,
      'log group': 1,
      role: 1,
      // The boundary of the role, and that of workloads.
      policy: 2,
      // Of the NAT gateways.
      interface: 3,
      key: 1,
      bucket: 1,
    });
  });

  test('what others build upon is in its status', async () => {
    const { status } = await stage.cluster.get('OptaEnvironment', 'dev');
    const three = (pattern: RegExp) => [1, 2, 3].map(() => expect.stringMatching(pattern));
    expect(status?.network).toEqual({
      vpcId: expect.stringMatching(/^vpc-/),
      cidr: '10.0.0.0/16',
      zones: three(/^euc1-az[123]$/),
      publicSubnetIds: three(/^subnet-/),
      privateSubnetIds: three(/^subnet-/),
      natAddresses: three(/^[0-9.]+$/),
    });
    const group = expect.stringMatching(/^sg-/);
    expect(status?.securityGroups).toEqual({ postgres: group, redis: group, documentdb: group });
    const name = (store: string) => expect.stringMatching(`^test-dev-subnet-group-${store}-[a-z2-7]{6}$`);
    expect(status?.subnetGroups).toEqual({
      postgres: name('postgres'),
      redis: name('redis'),
      documentdb: name('documentdb'),
    });
  });

  test('is looked at again by one listing of each type, and nothing is written', async () => {
    const calls = await callsOfOnePass(stage, acting);
    const ec2 = Object.entries(calls).filter(([name]) => name.startsWith('ec2:'));
    expect(Object.fromEntries(ec2.filter(([, count]) => count > 1))).toEqual({
      // The API answers one attribute a call.
      'ec2:DescribeVpcAttribute': 2,
    });
    const sum = Object.values(calls).reduce((total, count) => total + count, 0);
    expect(sum).toBe(34);
  });

  test('one NAT gateway for all zones, and back: routes move first, then the others go with their addresses', async () => {
    // Connections of two zones are cut off: who wants to be asked is.
    const one = environment({
      network: { natGateways: 'Single' },
      managementPolicy: 'ApproveHighRisk',
      encryption,
    });
    const mark = stage.mark();
    const operations = () => stage.writesSince(mark).map(call => call.operation);
    await stage.cluster.apply(one);
    await acting.until(asks);
    // Only what the VPC's tag says of it.
    expect(operations()).toEqual(['CreateTags']);
    await approve(stage.world, 'OptaEnvironment', 'dev');
    await acting.until(areReady(one));
    expect(counted(await census(stage))).toMatchObject({ 'NAT gateway': 1, address: 1 });
    const written = operations();
    expect(written.filter(operation => operation === 'ReplaceRoute')).toHaveLength(2);
    expect(written.lastIndexOf('ReplaceRoute')).toBeLessThan(written.indexOf('DeleteNatGateway'));
    await stage.cluster.apply(DEV);
    await acting.until(areReady(DEV));
    expect(counted(await census(stage))).toMatchObject({ 'NAT gateway': 3, address: 3 });
  });

  test('what its flow logs have logged goes when somebody agrees, and not with them', async () => {
    const mark = stage.mark();
    await stage.cluster.apply(environment({ network: { flowLogs: { mode: 'Disabled' } }, encryption }));
    await acting.until(asks);
    expect(messageOf(await stage.cluster.get('OptaEnvironment', 'dev'), 'Synced')).toContain(
      'remove log-group/flow-logs (with the log events in it)',
    );
    await stage.cluster.apply(DEV);
    await acting.until(areReady(DEV));
    await acting.quiet();
    const written = stage.writesSince(mark).map(one => `${one.service}:${one.operation}`);
    expect(written.filter(one => /Flow|^logs:/.test(one))).toEqual([
      'ec2:DeleteFlowLogs',
      'ec2:CreateFlowLogs',
    ]);
  });

  test('leaves nothing behind when it is deleted', async () => {
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect(await census(stage)).toEqual([]);
  });
});

describe('in a region with two zones', () => {
  // The emulator has AWS's: us-west-1a and us-west-1b.
  const region = 'us-west-1';
  const wanting = (network: object) => environment({ region, network, encryption });

  test('nothing of the network is made while three are wanted, and what to write is told', async () => {
    const mark = stage.mark();
    await stage.cluster.apply(wanting({}));
    await acting.until(
      look => standing(look('OptaEnvironment', 'dev'), 'EncryptionReady') === 'EncryptionReady=True Ready',
    );
    await acting.quiet();
    const dev = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(messageOf(dev, 'NetworkReady')).toMatch(/set spec\.network\.availabilityZones to 2/);
    expect(stage.writesSince(mark).filter(one => one.service === 'ec2')).toEqual([]);
  });

  test('two are taken then', async () => {
    const two = wanting({ availabilityZones: 2 });
    await stage.cluster.apply(two);
    await acting.until(areReady(two));
  });
});

describe.each([365, 30])("where the account's retention policy says %s days", days => {
  const account = { policyName: 'all-groups', policyType: 'RETENTION_POLICY' } as const;
  const dev = environment({
    network: { ...SMALL_NETWORK, flowLogs: { retentionDays: 90 } },
    logBucket: NO_LOG_BUCKET,
    encryption,
  });
  const logs = () => environmentClients(stage.world).logs;
  const logGroup = async () => (await logs().send(new DescribeLogGroupsCommand({}))).logGroups?.[0];

  test('an environment is Ready, and what keeps its events is told', async () => {
    await stage.clear();
    const policyDocument = JSON.stringify({ retentionInDays: days, enforcementMode: 'RETROACTIVE' });
    await logs().send(new PutAccountPolicyCommand({ ...account, policyDocument }));
    acting = await stage.operator();
    await stage.cluster.apply(dev);
    await acting.until(areReady(dev));
    await acting.driftPasses(1);
    const mark = stage.mark();
    await acting.driftPasses(1);
    expect(stage.writesSince(mark)).toEqual([]);
    expect(messageOf(await stage.cluster.get('OptaEnvironment', 'dev'))).toContain(
      `log-group/flow-logs keeps its events for ${days} days, as the account's retention policy all-groups says`,
    );
  });

  test('its own retention counts when the policy is gone', async () => {
    await logs().send(new DeleteAccountPolicyCommand(account));
    await acting.driftPasses(2);
    await acting.until(areReady(dev));
    expect((await logGroup())?.retentionInDays).toBe(90);
    expect(messageOf(await stage.cluster.get('OptaEnvironment', 'dev'))).not.toContain('keeps its events');
  });
});
