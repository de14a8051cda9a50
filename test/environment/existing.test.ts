import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environment } from '../support/manifests.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { type ByHand, byHand } from './support/by-hand.ts';
import { census, counted } from './support/census.ts';
import { callsOfOnePass } from './support/drift.ts';

let stage: Stage;
let acting: Acting;
let hand: ByHand;
let existing: Awaited<ReturnType<ByHand['network']>>;
let before: readonly string[];
beforeAll(async () => {
  stage = await openStage();
  hand = byHand(stage);
  existing = await hand.network();
  await hand.cluster('main', existing.privateSubnetIds);
  before = await census(stage);
  acting = await stage.operator();
});
afterAll(async () => {
  hand?.close();
  await stage?.close();
});

const encryption = { onDelete: 'Schedule', deletionWindowDays: 7 };
const spec = () =>
  environment({ network: { existing }, kubernetes: { existing: { clusterName: 'main' } }, encryption });

describe('a network and a cluster that are there already', () => {
  test('are used: security groups of stores and roles of controllers are made for them', async () => {
    await stage.cluster.apply(spec());
    await acting.until(areReady(spec()));
    const { status } = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(status?.network).toEqual({
      vpcId: existing.vpcId,
      cidr: '10.9.0.0/16',
      zones: expect.any(Array),
      privateSubnetIds: existing.privateSubnetIds,
    });
    expect(status?.cluster).toMatchObject({ name: 'main', version: '1.35' });
    const made = (await census(stage)).filter(line => !before.includes(line));
    expect(counted(made)).toEqual({
      'security group': 3,
      'OIDC provider': 1,
      role: 2,
      policy: 2,
      key: 1,
      bucket: 1,
    });
  });

  test('are looked at again, and nothing is written', async () => {
    await callsOfOnePass(stage, acting);
  });

  test('are told of when they cannot be used any more, and not changed', async () => {
    const mark = stage.mark();
    await hand.openToInternet(existing.vpcId);
    const byPeople = stage.writesSince(mark).length;
    await acting.driftPasses(1);
    const dev = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(standing(dev)).toBe('Ready=False Failed');
    expect(messageOf(dev)).toMatch(
      /subnet-\w+ is to be private, and its default route leads to the internet gateway igw-/,
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
  });
});
