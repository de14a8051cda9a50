/** A cluster with what is in it, from nothing to nothing, by the real engine in virtual time. */
import { ListClustersCommand } from '@aws-sdk/client-eks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AS_AWS } from '../../../hack/bench/aws/eks/index.ts';
import type { JournalEntry } from '../../../hack/bench/aws/journal.ts';
import type { GraphNode, Observations } from '../../engine/graph.ts';
import { createMemory } from '../../engine/memory.ts';
import { isGone, isReady, type Life, livesOf, newLife } from '../conformance/life.ts';
import { type AwsBench, startAwsBench } from '../conformance/world.ts';
import type { AddonDesired, AddonState } from './addon-state.ts';
import { childName } from './child-name.ts';
import type { ClusterDesired, ClusterState } from './cluster-state.ts';
import { blockingInsights } from './insight.ts';
import type { NodegroupDesired, NodegroupState } from './nodegroup-state.ts';
import { podIdentityName } from './pod-identity-name.ts';
import { type EksParts, eksParts } from './testing.ts';
import { nextVersion } from './versions.ts';

let bench: AwsBench;
beforeAll(async () => {
  bench = await startAwsBench();
});
afterAll(() => bench?.stop());

const ADDONS = ['vpc-cni', 'kube-proxy', 'coredns'];
const VIEW = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';

interface OwnLife extends Life {
  readonly parts: EksParts;
  version: string;
}

async function begin(): Promise<OwnLife> {
  const world = await bench.world();
  const parts = eksParts(world);
  parts.control.settings.durations = AS_AWS;
  return { ...newLife(world), parts, version: '1.34' };
}

/** Everything in the cluster has followed it to its version. */
function allFollowed(seen: Observations, version: string): boolean {
  const nodes = seen.state<NodegroupState>('nodes');
  const proxy = seen.state<AddonState>('addon/kube-proxy');
  return nodes?.version === version && proxy?.version.startsWith(`v${version}.`) === true;
}

function graphOf({ parts, version }: OwnLife): readonly GraphNode[] {
  const { cluster } = parts;
  const inCluster = (seen: Observations) => seen.state<ClusterState>('cluster');
  const node = <D>(of: GraphNode<D>) => of as GraphNode;
  return [
    node<ClusterDesired>({
      id: 'cluster',
      type: 'eks/cluster',
      name: () => cluster,
      dependsOn: [],
      desired(seen) {
        const state = inCluster(seen);
        const steps = state !== undefined && blockingInsights(state.insights).length === 0;
        const next =
          steps && allFollowed(seen, state.version) ? nextVersion(state.version, version) : state?.version;
        return {
          version: next ?? version,
          targetVersion: version,
          roleArn: parts.clusterRole,
          subnetIds: [parts.subnets[0], parts.subnets[1]],
          securityGroupIds: [],
          publicCidrs: [],
          keyArn: parts.keyArns[0],
          logTypes: ['audit'],
          supportType: 'STANDARD',
          deletionProtection: false,
        };
      },
    }),
    node<NodegroupDesired>({
      id: 'nodes',
      type: 'eks/nodegroup',
      name: epoch => childName(cluster, `nodes-${epoch}`),
      dependsOn: ['cluster', 'addon/vpc-cni', 'addon/kube-proxy'],
      desired(seen) {
        const state = inCluster(seen);
        if (state === undefined) return { waitingFor: 'cluster', node: 'cluster' };
        return {
          clusterName: cluster,
          nodeRoleArn: parts.nodeRole,
          subnetIds: [parts.subnets[0], parts.subnets[1]],
          launchTemplate: { id: parts.templateId, version: '1' },
          instanceTypes: ['t3.medium'],
          capacityType: 'ON_DEMAND',
          amiType: 'AL2023_x86_64_STANDARD',
          minSize: 3,
          maxSize: 5,
          labels: {},
          taints: [],
          maxUnavailablePercentage: 33,
          nodeRepair: true,
          version: state.version,
        };
      },
    }),
    ...ADDONS.map(addon =>
      node<AddonDesired>({
        id: `addon/${addon}`,
        type: 'eks/addon',
        name: () => childName(cluster, addon),
        dependsOn: addon === 'coredns' ? ['nodes'] : ['cluster'],
        desired(seen) {
          const state = inCluster(seen);
          if (state === undefined) return { waitingFor: 'cluster', node: 'cluster' };
          const offered = seen.state<AddonState>(`addon/${addon}`)?.offer?.default;
          return {
            clusterName: cluster,
            kubernetesVersion: state.version,
            ...(offered === undefined ? {} : { version: offered }),
          };
        },
      }),
    ),
    node({
      id: 'access/auditor',
      type: 'eks/access-entry',
      name: () => childName(cluster, parts.podRoles[1]),
      dependsOn: ['cluster'],
      desired: () => ({
        clusterName: cluster,
        principalArn: parts.podRoles[1],
        kubernetesGroups: [],
        policies: [{ policyArn: VIEW, namespaces: [] }],
      }),
    }),
    node({
      id: 'pods/cni',
      type: 'eks/pod-identity',
      name: () =>
        podIdentityName({ clusterName: cluster, namespace: 'kube-system', serviceAccount: 'aws-node' }),
      dependsOn: ['cluster'],
      desired: () => ({
        clusterName: cluster,
        namespace: 'kube-system',
        serviceAccount: 'aws-node',
        roleArn: parts.podRoles[0],
      }),
    }),
  ];
}

const { pass, until } = livesOf({ graph: graphOf, mostPasses: 400, shortestWaitS: 1 });

function writes(entries: readonly JournalEntry[]): string[] {
  return entries.filter(one => one.mutating && one.status === 200).map(one => one.operation);
}

function order(operations: readonly string[], ...wanted: readonly string[]): number[] {
  return wanted.map(one => operations.indexOf(one));
}

describe('the life of a cluster', () => {
  test('it is made in order, changed in order, and goes in order', async () => {
    const life = await begin();
    const { world, parts } = life;
    const started = bench.gateway.now();
    const making = writes(
      await world.calls(async () => {
        await until(life, isReady);
      }),
    );
    expect(making.toSorted()).toEqual([
      'AssociateAccessPolicy',
      'CreateAccessEntry',
      'CreateAddon',
      'CreateAddon',
      'CreateAddon',
      'CreateCluster',
      'CreateNodegroup',
      'CreatePodIdentityAssociation',
    ]);
    expect(making[0]).toBe('CreateCluster');
    expect(making.at(-1)).toBe('CreateAddon');
    // The operator's own part of the time is one look after each of AWS's steps.
    const aws = AS_AWS.createCluster + 2 * AS_AWS.createAddon + AS_AWS.createNodegroup;
    expect((bench.gateway.now() - started) / aws).toBeLessThan(1.2);

    const quiet = await world.calls(() => pass(life));
    expect(quiet.filter(one => one.mutating)).toEqual([]);
    // One Describe each, and the list of the access entry's policies.
    // One Describe each, and the list of the access entry's policies; what waits for the cluster may be looked at twice.
    const looks = new Set(quiet.map(one => `${one.operation} ${one.resource}`));
    expect(looks.size).toBe(graphOf(life).length + 1);

    // Two minors up: an insight holds the first one back.
    const place = { accountId: world.scope.accountId, region: world.scope.region };
    parts.control.plantInsight(place, parts.cluster, {
      name: 'APIs removed in 1.35',
      kubernetesVersion: '1.35',
      status: 'ERROR',
      reason: 'ingresses',
    });
    life.version = '1.36';
    life.generation += 1;
    const held = await until(life, ({ seen }) => {
      const { insights } = seen.state<ClusterState>('cluster') ?? {};
      return blockingInsights(insights).length > 0;
    });
    expect(held.seen.state<ClusterState>('cluster')?.version).toBe('1.34');
    parts.control.clearInsights(place, parts.cluster);
    const upgrading = writes(
      await world.calls(async () => {
        await until(life, result => isReady(result) && allFollowed(result.seen, '1.36'));
      }),
    );
    // What is changed while EKS looks makes it look again.
    expect(upgrading.filter((one, at) => one !== upgrading[at - 1])).toEqual([
      'StartInsightsRefresh',
      'UpdateClusterVersion',
      'UpdateAddon',
      'UpdateNodegroupVersion',
      'StartInsightsRefresh',
      'UpdateClusterVersion',
      'UpdateAddon',
      'UpdateNodegroupVersion',
    ]);

    life.deletion = 'Remove';
    life.generation += 1;
    const removing = writes(
      await world.calls(async () => {
        await until(life, isGone);
      }),
    );
    expect(removing.at(-1)).toBe('DeleteCluster');
    expect(removing.filter(one => one === 'DeleteCluster')).toHaveLength(1);
    const [coredns = 0, nodes = 0] = order(removing, 'DeleteAddon', 'DeleteNodegroup');
    expect(coredns).toBeLessThan(nodes);
    expect((await world.scope.eks.send(new ListClustersCommand({}))).clusters).toEqual([]);
    expect([parts.account.interfaces.size, parts.account.groups.size]).toEqual([0, parts.groups.length]);
  });

  const made = ['CreateCluster', 'CreateNodegroup', 'CreateAddon', 'CreateAccessEntry'];
  test.each([
    ...[...made, 'CreatePodIdentityAssociation', 'AssociateAccessPolicy'].map(
      operation => [operation, 'resetAfter'] as const,
    ),
    ['CreateCluster', 'resetBefore'] as const,
  ])(
    'the answer to %s is lost (%s), and another process goes on: nothing is made twice',
    async (operation, kind) => {
      const life = await begin();
      life.world.gateway.addFault({ operation, fault: { kind } });
      const entries = await life.world.calls(async () => {
        await until(life, ({ errors }) => errors.length > 0);
        // Nothing is left of the first process but the status.
        life.memory = createMemory(() => bench.gateway.now());
        await until(life, isReady);
      });
      const created = entries.filter(one => one.operation === operation && one.status === 200);
      expect(created.length).toBeLessThanOrEqual(operation === 'CreateAddon' ? 3 : 1);
      const ids = life.state.resources.map(entry => entry.id);
      expect(new Set(ids).size).toBe(graphOf(life).length);
      expect(life.state.resources.every(entry => entry.epoch === 1)).toBe(true);
    },
  );
});
