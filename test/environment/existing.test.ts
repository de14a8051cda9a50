import {
  AssociateVpcCidrBlockCommand,
  CreateSubnetCommand,
  DescribeSecurityGroupsCommand,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReachAnswer } from '../../src/aws/eks/reach.ts';
import { type ByHand, byHand } from '../support/by-hand.ts';
import { environment, REGION } from '../support/manifests.ts';
import { NO_CONTROLLERS, NO_LOG_BUCKET, SMALL_CLUSTER } from '../support/small.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { census, counted } from './support/census.ts';
import { callsOfOnePass } from './support/drift.ts';

let stage: Stage;
let acting: Acting;
let hand: ByHand;
let existing: Awaited<ReturnType<ByHand['network']>>;
let zoneId: string;
let reach: ReachAnswer = { is: 'answered' };
let before: readonly string[];
beforeAll(async () => {
  stage = await openStage();
  hand = byHand(stage);
  existing = await hand.network();
  await hand.cluster('main', existing.privateSubnetIds);
  zoneId = await hand.zone('example.com');
  before = await census(stage);
  acting = await stage.operator({ reachOf: async () => reach });
});
afterAll(async () => {
  hand?.close();
  await stage?.close();
});

const encryption = { onDelete: 'Schedule', deletionWindowDays: 7 };
const spec = () =>
  environment({
    network: { existing },
    kubernetes: { existing: { clusterName: 'main' } },
    dns: { domain: 'dev.example.com', existingZoneId: zoneId },
    encryption,
  });

describe('a network, a cluster and a zone that are there already', () => {
  test('are used: security groups of stores and roles of controllers are made for them', async () => {
    await stage.cluster.apply(spec());
    await acting.until(
      look =>
        areReady(spec())(look) &&
        standing(look('OptaEnvironment', 'dev'), 'CertificateIssued') === 'CertificateIssued=True Issued',
    );
    const { status } = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(status?.network).toEqual({
      vpcId: existing.vpcId,
      cidr: '10.9.0.0/16',
      zones: expect.any(Array),
      privateSubnetIds: existing.privateSubnetIds,
    });
    expect(Object.keys(status?.subnetGroups ?? {})).toEqual(['documentdb', 'postgres', 'redis']);
    expect(status?.cluster).toMatchObject({ name: 'main', version: '1.35' });
    const made = (await census(stage)).filter(line => !before.includes(line));
    expect(counted(made)).toEqual({
      'security group': 3,
      'subnet group': 3,
      'OIDC provider': 1,
      role: 3,
      policy: 4,
      certificate: 1,
      key: 1,
      bucket: 1,
    });
  });

  test('the zone has a validation record with its mark, and is not tagged', async () => {
    const { status } = await stage.cluster.get('OptaEnvironment', 'dev');
    const nameServers = expect.objectContaining({ length: 4 });
    expect(status?.dns).toMatchObject({
      zoneId,
      nameServers,
      delegated: true,
      certificateArn: expect.any(String),
    });
    const records = await hand.records(zoneId);
    expect(records).toHaveLength(3);
    expect(records).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^_opta-[0-9a-f]{12}\._\w+\.dev\.example\.com\. TXT$/),
        expect.stringMatching(/^_[0-9a-f]+\.dev\.example\.com\. CNAME$/),
        'www.example.com. A',
      ]),
    );
    expect(await hand.tagsOfZone(zoneId)).toEqual([]);
  });

  test('are looked at again by one list of each type, and nothing is written', async () => {
    const calls = await callsOfOnePass(stage, acting);
    // The network and the tags of its subnets are of one list.
    expect(calls).toMatchObject({ 'ec2:DescribeSubnets': 1, 'ec2:DescribeRouteTables': 1 });
  });

  test('a range that the VPC is given reaches the stores too', async () => {
    const CidrBlock = '100.64.0.0/16';
    await hand.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: existing.vpcId, CidrBlock }));
    await acting.driftPasses(1);
    await acting.until(areReady(spec()));
    const { status } = await stage.cluster.get('OptaEnvironment', 'dev');
    const GroupIds = Object.values(status?.securityGroups ?? {}).map(String);
    const { SecurityGroups = [] } = await hand.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds }));
    const from = SecurityGroups.map(one =>
      one.IpPermissions?.flatMap(rule => rule.IpRanges?.map(range => range.CidrIp) ?? []).sort(),
    );
    expect(from).toEqual(GroupIds.map(() => ['10.9.0.0/16', CidrBlock]));
    expect(from).toHaveLength(3);
  });

  test('the cluster is told of when the operator does not reach it: it serves others, and nothing waits for that', async () => {
    const dev = () => stage.cluster.get('OptaEnvironment', 'dev');
    expect(standing(await dev(), 'ClusterReachable')).toBe('ClusterReachable=True Reachable');
    const mark = stage.mark();
    reach = { is: 'silent', at: 'connection', why: 'ETIMEDOUT' };
    await acting.driftPasses(1);
    expect(standing(await dev(), 'ClusterReachable')).toBe('ClusterReachable=False NoConnection');
    expect(messageOf(await dev(), 'ClusterReachable')).toMatch(/ETIMEDOUT.*have its keepers open it/);
    expect(standing(await dev())).toBe('Ready=True Ready');
    expect(stage.writesSince(mark)).toEqual([]);
    await callsOfOnePass(stage, acting);
    reach = { is: 'answered' };
    await acting.driftPasses(1);
    expect(standing(await dev(), 'ClusterReachable')).toBe('ClusterReachable=True Reachable');
  });

  test('are told of when they cannot be used any more, and not changed', async () => {
    const mark = stage.mark();
    await hand.openToInternet(existing.vpcId);
    const byPeople = stage.writesSince(mark).length;
    await acting.driftPasses(1);
    const dev = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(standing(dev)).toBe('Ready=False Failed');
    expect(messageOf(dev)).toMatch(
      /subnet-\w+ in \S+ is to be private, and its default route leads to the internet gateway igw-/,
    );
    expect(standing(dev, 'NetworkReady')).toBe('NetworkReady=False Failed');
    expect(stage.writesSince(mark)).toHaveLength(byPeople);
  });

  test('stay when the environment goes, with the identity provider that others may use', async () => {
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    const left = (await census(stage)).filter(line => !before.includes(line));
    expect(counted(left)).toEqual({ 'OIDC provider': 1, 'internet gateway': 1 });
    expect((await census(stage)).filter(line => before.includes(line))).toEqual(before);
    expect(await hand.records(zoneId)).toEqual(['www.example.com. A']);
    expect(await hand.tagsOfZone(zoneId)).toEqual([]);
  });

  test('a zone of another domain is told of by its field, and nothing is asked for or written there', async () => {
    const dns = { domain: 'dev.example.org', existingZoneId: zoneId };
    const other = environment({
      network: { enabled: false },
      kubernetes: { enabled: false },
      logBucket: NO_LOG_BUCKET,
      dns,
      encryption,
    });
    const mark = stage.mark();
    await stage.cluster.apply(other);
    await acting.until(look => standing(look('OptaEnvironment', 'dev')) === 'Ready=False Failed');
    await acting.quiet();
    const dev = await stage.cluster.get('OptaEnvironment', 'dev');
    const says =
      /spec\.dns\.existingZoneId Z\w+ is the zone of example\.com, and spec\.dns\.domain dev\.example\.org/;
    expect(messageOf(dev)).toMatch(says);
    expect(standing(dev, 'DomainDelegated')).toBe('DomainDelegated=False ZoneUnusable');
    expect(stage.writesSince(mark).filter(one => /route53|acm/.test(one.service))).toEqual([]);
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
  });

  test('a record in a zone leaves it when the domain does, also when that comes again at once in another zone', async () => {
    const wanted = (dns?: object) =>
      environment({
        network: { enabled: false },
        kubernetes: { enabled: false },
        logBucket: NO_LOG_BUCKET,
        ...(dns === undefined ? {} : { dns }),
        encryption,
      });
    const domain = 'dev.example.com';
    const another = await hand.zone('dev.example.com');
    const inZone = async (existingZoneId: string) => {
      await stage.cluster.apply(wanted({ domain, existingZoneId }));
      await acting.until(
        look =>
          standing(look('OptaEnvironment', 'dev'), 'CertificateIssued') === 'CertificateIssued=True Issued' &&
          standing(look('OptaEnvironment', 'dev')) === 'Ready=True Ready',
      );
      await acting.quiet();
      expect(await hand.records(existingZoneId)).toHaveLength(3);
    };
    await inZone(zoneId);
    await stage.cluster.apply(wanted());
    await inZone(another);
    expect(await hand.records(zoneId)).toEqual(['www.example.com. A']);
    await stage.cluster.apply(wanted());
    await acting.until(areReady(wanted()));
    await acting.quiet();
    expect(await hand.records(another)).toEqual(['www.dev.example.com. A']);
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
  });

  test('instead of a zone of ours: that one is not dropped in silence', async () => {
    const bare = {
      network: { enabled: false },
      kubernetes: { enabled: false },
      logBucket: NO_LOG_BUCKET,
      encryption,
    };
    const own = environment({ ...bare, dns: { domain: 'dev.example.com' } });
    const without = environment(bare);
    const there = environment({ ...bare, dns: { domain: 'dev.example.com', existingZoneId: zoneId } });
    await stage.cluster.apply(own);
    await acting.until(areReady(own));
    // As admission asks: the domain goes first, and then there is another one.
    await stage.cluster.apply(without);
    await stage.cluster.apply(there);
    await acting.until(
      look => standing(look('OptaEnvironment', 'dev'), 'Synced') === 'Synced=False ApprovalRequired',
    );
    await acting.until(
      look =>
        standing(look('OptaEnvironment', 'dev'), 'CertificateIssued') === 'CertificateIssued=True Issued',
    );
    const { status } = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(status?.plan).toMatchObject({ steps: [{ node: 'zone', action: 'remove', risk: 'High' }] });
    expect(status?.dns).toMatchObject({ zoneId });
    expect(await hand.records(zoneId)).toHaveLength(3);
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect(await hand.records(zoneId)).toEqual(['www.example.com. A']);
  });

  test('what the controllers of a cluster left that its keepers deleted is theirs, whatever becomes of the environment', async () => {
    const using = environment({
      network: { existing },
      kubernetes: { existing: { clusterName: 'main' }, controllerRoles: NO_CONTROLLERS },
      logBucket: NO_LOG_BUCKET,
      encryption,
    });
    await stage.cluster.apply(using);
    await acting.until(
      look => standing(look('OptaEnvironment', 'dev'), 'ClusterReady') === 'ClusterReady=True Ready',
    );
    const group = await hand.securityGroup(existing.vpcId, 'k8s-shop-web', {
      'kubernetes.io/cluster/main': 'owned',
      'elbv2.k8s.aws/cluster': 'main',
    });
    await hand.deleteCluster('main');
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect(await census(stage)).toContain(`security group: ${group}`);
  });
});

describe('a cluster that is made in a network that is there already', () => {
  let VpcId: string;
  let own: Awaited<ReturnType<ByHand['network']>>;
  let another: string;
  const wanting = (privateSubnetIds: readonly string[]) =>
    environment({ network: { existing: { vpcId: VpcId, privateSubnetIds } }, ...rest });
  const kubernetes = { ...SMALL_CLUSTER, deletionProtection: false };
  const rest = { kubernetes, encryption, logBucket: NO_LOG_BUCKET };

  test('is not begun where nodes would not find it, and what is to be put right is named', async () => {
    own = await hand.network();
    VpcId = own.vpcId;
    await stage.cluster.apply(environment({ network: { existing: own }, ...rest }));
    await acting.until(
      look => standing(look('OptaEnvironment', 'dev'), 'NetworkReady') === 'NetworkReady=False Failed',
    );
    await acting.quiet();
    const dev = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(messageOf(dev, 'NetworkReady')).toContain(`enableDnsHostnames of ${VpcId} is off`);
    expect(standing(dev, 'ClusterReady')).toMatch(/^ClusterReady=False/);
    expect(counted(await census(stage)).cluster).toBeUndefined();
  });

  test('is made once it is, and what nodes lack that have no way out is told', async () => {
    await hand.ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }));
    await acting.until(look => standing(look('OptaEnvironment', 'dev')) === 'Ready=True Ready');
    const dev = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(counted(await census(stage)).cluster).toBe(1);
    expect(standing(dev, 'SubnetsSuitable')).toBe('SubnetsSuitable=False NoDefaultRoute');
    const calls = await callsOfOnePass(stage, acting);
    expect(calls['ec2:DescribeVpcAttribute']).toBe(2);
  });

  test('is changed also while a public subnet beside it leads nowhere, of which it is told', async () => {
    const { Subnet } = await hand.ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.9.3.0/24' }));
    const publicSubnetIds = [Subnet?.SubnetId ?? ''];
    const nodeGroup = { maxSize: 7 };
    const mark = stage.mark();
    const network = { existing: { ...own, publicSubnetIds } };
    await stage.cluster.apply(environment({ network, ...rest, kubernetes: { ...kubernetes, nodeGroup } }));
    await acting.until(
      look => standing(look('OptaEnvironment', 'dev'), 'NetworkReady') === 'NetworkReady=False Failed',
    );
    await acting.quiet();
    expect(messageOf(await stage.cluster.get('OptaEnvironment', 'dev'), 'NetworkReady')).toContain(
      'its default route leads to nowhere',
    );
    const writes = () => stage.writesSince(mark).flatMap(one => (one.service === 'eks' ? one.operation : []));
    expect(writes()).toEqual(['UpdateNodegroupConfig']);
    await stage.cluster.apply(wanting(own.privateSubnetIds));
    await acting.until(look => standing(look('OptaEnvironment', 'dev')) === 'Ready=True Ready');
    expect(writes()).toEqual(['UpdateNodegroupConfig', 'UpdateNodegroupConfig']);
  });

  test('stays in the zones that it was made in: nodes get the subnet of another one, and EKS is not asked for what it refuses', async () => {
    const AvailabilityZone = `${REGION}c`;
    const { Subnet } = await hand.ec2.send(
      new CreateSubnetCommand({ VpcId, CidrBlock: '10.9.2.0/24', AvailabilityZone }),
    );
    another = Subnet?.SubnetId ?? '';
    const [a = '', b = ''] = own.privateSubnetIds;
    const mark = stage.mark();
    await stage.cluster.apply(wanting([a, b, another]));
    await acting.until(
      look => standing(look('OptaEnvironment', 'dev'), 'Synced') === 'Synced=False ApprovalRequired',
    );
    await acting.quiet();
    const { status } = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(status?.plan).toMatchObject({ steps: [{ node: 'node-group', action: 'replace' }] });
    expect(stage.writesSince(mark).filter(one => one.service === 'eks')).toEqual([]);
  });

  test('one of its zones without a subnet is told, and nothing is asked of EKS', async () => {
    const [a = '', b = ''] = own.privateSubnetIds;
    const mark = stage.mark();
    await stage.cluster.apply(wanting([a, another]));
    await acting.until(
      look =>
        standing(look('OptaEnvironment', 'dev'), 'SubnetsSuitable') ===
        'SubnetsSuitable=False ZoneWithoutSubnet',
    );
    await acting.quiet();
    const dev = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(messageOf(dev, 'SubnetsSuitable')).toContain(`its control plane stays in ${b}`);
    expect(standing(dev, 'ClusterReady')).toBe('ClusterReady=True Ready');
    expect(stage.writesSince(mark).filter(one => one.service === 'eks')).toEqual([]);
    await stage.cluster.apply(wanting([a, b]));
    await acting.until(look => standing(look('OptaEnvironment', 'dev')) === 'Ready=True Ready');
    expect(stage.writesSince(mark).filter(one => one.service === 'eks')).toEqual([]);
  });

  test('goes, and the network stays', async () => {
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    const left = await census(stage);
    expect(counted(left).cluster).toBeUndefined();
    expect(left).toContain(`VPC: ${VpcId}`);
    expect(left.filter(line => line.startsWith('log group'))).toEqual([]);
  });
});
