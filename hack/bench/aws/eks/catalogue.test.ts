import { DescribeAddonVersionsCommand, DescribeClusterVersionsCommand } from '@aws-sdk/client-eks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EksBench, eksWorld, startEksBench } from './testing.ts';

let bench: EksBench;
beforeAll(async () => {
  bench = await startEksBench();
});
afterAll(() => bench.stop());

test('versions: those in support, with their days; add-ons with what they go with', async () => {
  const w = eksWorld(bench);
  const { clusterVersions = [] } = await w.eks.send(new DescribeClusterVersionsCommand({}));
  expect(clusterVersions.map(one => [one.clusterVersion, one.versionStatus, one.defaultVersion])).toEqual([
    ['1.36', 'STANDARD_SUPPORT', false],
    ['1.35', 'STANDARD_SUPPORT', true],
    ['1.34', 'STANDARD_SUPPORT', false],
    ['1.33', 'EXTENDED_SUPPORT', false],
    ['1.32', 'EXTENDED_SUPPORT', false],
    ['1.31', 'EXTENDED_SUPPORT', false],
  ]);
  expect(clusterVersions[2]?.endOfStandardSupportDate).toEqual(new Date('2026-12-02'));
  const two = await w.eks.send(
    new DescribeClusterVersionsCommand({ clusterVersions: ['1.33', '1.30'], includeAll: true }),
  );
  expect(two.clusterVersions?.map(one => one.clusterVersion)).toEqual(['1.33', '1.30']);
  const { addons = [] } = await w.eks.send(
    new DescribeAddonVersionsCommand({ addonName: 'kube-proxy', kubernetesVersion: '1.33' }),
  );
  expect(addons.map(one => one.addonName)).toEqual(['kube-proxy']);
  const versions = addons[0]?.addonVersions ?? [];
  expect(versions[0]).toMatchObject({
    addonVersion: 'v1.33.4-eksbuild.2',
    compatibilities: [{ clusterVersion: '1.33', defaultVersion: true }],
  });
  expect(versions.filter(one => one.compatibilities?.some(fit => fit.defaultVersion))).toHaveLength(1);
  expect(versions.map(one => one.addonVersion)).not.toContain('v1.34.4-eksbuild.2');
});
