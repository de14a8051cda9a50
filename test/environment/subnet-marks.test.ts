import {
  CreateSubnetCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ByHand, byHand } from '../support/by-hand.ts';
import { environment, type Manifest, REGION } from '../support/manifests.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { callsOfOnePass } from './support/drift.ts';

const KEY = 'kubernetes.io/role/internal-elb';

let stage: Stage;
let acting: Acting;
let hand: ByHand;
let vpcId: string;
let subnetIds: readonly string[];
beforeAll(async () => {
  stage = await openStage();
  hand = byHand(stage);
  const network = await hand.network();
  vpcId = network.vpcId;
  const where = { CidrBlock: '10.9.2.0/24', AvailabilityZone: `${REGION}c` };
  const { Subnet } = await hand.ec2.send(new CreateSubnetCommand({ VpcId: vpcId, ...where }));
  subnetIds = [...network.privateSubnetIds, Subnet?.SubnetId ?? ''];
  await hand.cluster('main', network.privateSubnetIds);
  for (const id of subnetIds) await tag(id, 'Name', `app ${id}`);
  acting = await stage.operator({ reachOf: async () => ({ is: 'answered' }) });
});
afterAll(async () => {
  hand?.close();
  await stage?.close();
});

/** In the network of others, for a cluster of others. */
function using(name: string, privateSubnetIds: readonly string[], spec: object = {}): Manifest {
  return {
    ...environment({
      network: { existing: { vpcId, privateSubnetIds } },
      kubernetes: { existing: { clusterName: 'main' } },
      logBucket: { mode: 'Disabled' },
      encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
      ...spec,
    }),
    name,
  };
}

async function tag(id: string, Key: string, Value: string) {
  await hand.ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value }] }));
}

async function tagsOf(id: string): Promise<Readonly<Record<string, string>>> {
  const { Subnets } = await hand.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }));
  return Object.fromEntries((Subnets?.[0]?.Tags ?? []).map(one => [one.Key ?? '', one.Value ?? '']));
}

/** Without those that say who uses them. */
async function others(): Promise<readonly (readonly string[])[]> {
  const all = await Promise.all(subnetIds.map(tagsOf));
  return all.map(tags =>
    Object.entries(tags)
      .flatMap(([key, value]) => (key.startsWith('opta.dev/') ? [] : `${key}=${value}`))
      .sort(),
  );
}

const users = async (id: string) =>
  Object.keys(await tagsOf(id)).filter(key => key.startsWith('opta.dev/used-by/internal-elb/')).length;
const named = (id: string) => `Name=app ${id}`;
const marked = (id: string) => [named(id), `${KEY}=1`].sort();
const object = (name: string) => stage.cluster.get('OptaEnvironment', name);

describe('subnets that are there already, with a cluster', () => {
  test('get the tag by which load balancers find them, and keep all others', async () => {
    const [one = '', two = '', three = ''] = subnetIds;
    await tag(two, KEY, '');
    const dev = using('dev', [one, two]);
    const mark = stage.mark();
    await stage.cluster.apply(dev);
    await acting.until(areReady(dev));
    expect(await others()).toEqual([marked(one), [named(two), `${KEY}=`].sort(), [named(three)]]);
    expect(standing(await object('dev'), 'SubnetsTagged')).toBe('SubnetsTagged=True Tagged');
    expect(stage.writesSince(mark).filter(call => call.operation === 'CreateTags')).toHaveLength(2);
    await callsOfOnePass(stage, acting);
  });

  test('a tag that somebody takes away is written again, with an event, and no other one is touched', async () => {
    const [one = ''] = subnetIds;
    await hand.ec2.send(new DeleteTagsCommand({ Resources: [one], Tags: [{ Key: KEY }, { Key: 'Name' }] }));
    const mark = stage.mark();
    await acting.driftPasses(1);
    await acting.until(areReady(using('dev', [])));
    expect(stage.writesSince(mark).map(call => call.operation)).toEqual(['CreateTags']);
    expect((await others())[0]).toEqual([`${KEY}=1`]);
    await tag(one, 'Name', `app ${one}`);
  });

  test('are used by two environments: what one leaves the other keeps, and the last leaves nothing', async () => {
    const [one = '', two = '', three = ''] = subnetIds;
    const second = using('second', [one, three]);
    await stage.cluster.apply(second);
    await acting.until(areReady(second));
    expect(await Promise.all(subnetIds.map(users))).toEqual([2, 1, 1]);
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect(await others()).toEqual([marked(one), [named(two), `${KEY}=`].sort(), marked(three)]);
    expect(await Promise.all(subnetIds.map(users))).toEqual([1, 0, 1]);
    // One that is no longer named.
    const fewer = using('second', [one, two]);
    await stage.cluster.apply(fewer);
    await acting.until(areReady(fewer));
    expect((await others())[2]).toEqual([named(three)]);
    await stage.cluster.delete('OptaEnvironment', 'second');
    await acting.until(look => look('OptaEnvironment', 'second') === undefined);
    expect(await others()).toEqual([[named(one)], [named(two), `${KEY}=`].sort(), [named(three)]]);
    expect(await Promise.all(subnetIds.map(users))).toEqual([0, 0, 0]);
  });

  test('that nobody lets us tag are told of, and nothing waits for them', async () => {
    const { gateway } = stage.world.bench;
    const fault = { kind: 'accessDenied', code: 'UnauthorizedOperation' } as const;
    const id = gateway.addFault({ operation: 'CreateTags', times: 0, fault });
    const [one = '', two = '', three = ''] = subnetIds;
    const dev = using('dev', [one, three]);
    await stage.cluster.apply(dev);
    await acting.until(areReady(dev));
    const refused = await object('dev');
    expect(standing(refused, 'SubnetsTagged')).toBe('SubnetsTagged=False NotTagged');
    expect(standing(refused, 'NetworkReady')).toBe('NetworkReady=True Ready');
    for (const words of [one, three, 'EC2:CreateTags', KEY, 'have who keeps the network set them'])
      expect(messageOf(refused, 'SubnetsTagged')).toContain(words);
    expect(messageOf(refused, 'SubnetsTagged')).not.toContain(two);
    const before = refused.metadata.resourceVersion;
    const mark = stage.mark();
    await acting.driftPasses(3);
    // Asked for again as everything that AWS refuses, and never told anew.
    expect(stage.writesSince(mark).length).toBeLessThanOrEqual(6);
    expect((await object('dev')).metadata.resourceVersion).toBe(before);
    gateway.clearFaults(id);
    await acting.driftPasses(1);
    await acting.until(
      look => standing(look('OptaEnvironment', 'dev'), 'SubnetsTagged') === 'SubnetsTagged=True Tagged',
    );
    expect((await others())[0]).toEqual(marked(one));
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    expect((await others())[0]).toEqual([named(one)]);
  });

  test('are not tagged for an environment without a cluster', async () => {
    const [one = '', , three = ''] = subnetIds;
    const dev = using('dev', [one, three], { kubernetes: { enabled: false } });
    const mark = stage.mark();
    await stage.cluster.apply(dev);
    await acting.until(areReady(dev));
    expect(stage.writesSince(mark).filter(call => call.operation === 'CreateTags')).toEqual([]);
    expect(standing(await object('dev'), 'SubnetsTagged')).not.toContain('True');
  });
});
