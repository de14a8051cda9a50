import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsBench, startAwsBench, type World } from '../conformance/world.ts';
import { existingClusterAdaptor } from './existing-cluster.ts';
import { eksParts, withCluster } from './testing.ts';

let bench: AwsBench;
let world: World;
beforeAll(async () => {
  bench = await startAwsBench();
  world = await bench.world();
});
afterAll(() => bench?.stop());

function look(clusterName: string | undefined) {
  const identity = {
    owner: world.owner,
    node: 'cluster',
    epoch: 1,
    name: undefined,
    id: undefined,
    arn: undefined,
  };
  const desired = clusterName === undefined ? undefined : { clusterName };
  return existingClusterAdaptor.find(world.scope, identity, { desired, recorded: [], freshness: 'fresh' });
}

describe('a cluster of somebody else', () => {
  test('is found by its name, with what others build upon, by one read', async () => {
    const parts = eksParts(world);
    expect(await look(parts.cluster)).toEqual([]);
    await withCluster(world, parts);
    const calls = await world.calls(async () => {
      const [found] = await look(parts.cluster);
      expect(found).toMatchObject({
        id: parts.cluster,
        tags: 'inherited',
        state: { version: '1.34', status: 'ACTIVE', issuer: expect.stringMatching(/^https:/) },
      });
      expect(found && existingClusterAdaptor.readiness(found.state)).toEqual({ is: 'ready' });
    });
    expect(calls.map(one => one.operation)).toEqual(['DescribeCluster']);
  });
  test('is not looked for without a name', async () => {
    expect(await look(undefined)).toEqual([]);
  });
  test.each([
    ['UPDATING', 'ready'],
    // It gets there by itself.
    ['CREATING', 'in progress'],
    ['ACTIVE', 'ready'],
    ['PENDING', 'failed'],
    ['DELETING', 'failed'],
    ['FAILED', 'failed'],
  ])('%s is %s', (status, is) => {
    const state = { status, issues: '', version: '1.34', issuer: 'https://oidc.example/id/X' } as Parameters<
      typeof existingClusterAdaptor.readiness
    >[0];
    expect(existingClusterAdaptor.readiness(state).is).toBe(is);
  });
  test('one that EKS only shows has no issuer, which is told and not waited for', () => {
    const state = { status: 'ACTIVE', issues: '', version: '1.34' } as Parameters<
      typeof existingClusterAdaptor.readiness
    >[0];
    expect(existingClusterAdaptor.readiness(state)).toEqual({
      is: 'failed',
      message: expect.stringMatching(/no OpenID Connect issuer.*EKS Connector.*make a new OptaEnvironment/),
    });
  });
  test('is never written', async () => {
    const found = { id: 'x', tags: 'inherited', state: {} } as never;
    const options = { desired: undefined, owner: world.owner };
    await expect(existingClusterAdaptor.remove(world.scope, found, options)).rejects.toThrow(/only read/);
  });
});
