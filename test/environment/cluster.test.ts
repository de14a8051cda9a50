import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AS_AWS, eksControl } from '../../hack/bench/aws/eks/index.ts';
import { iamControl } from '../../hack/bench/aws/overlays/iam/propagation.ts';
import { approve } from '../support/approval.ts';
import { type ByHand, byHand } from '../support/by-hand.ts';
import { ACCOUNT, environment } from '../support/manifests.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { census, counted } from './support/census.ts';
import { callsOfOnePass } from './support/drift.ts';

const CLUSTER = {
  endpoint: { public: false },
  admins: [{ principalArn: `arn:aws:iam::${ACCOUNT}:role/admin` }],
};
const DEV = environment({ network: {}, kubernetes: CLUSTER });
const UNPROTECTED = environment({ network: {}, kubernetes: { ...CLUSTER, deletionProtection: false } });

let stage: Stage;
let acting: Acting;
let hand: ByHand;
beforeAll(async () => {
  stage = await openStage();
  eksControl(stage.world.bench.gateway).settings.durations = AS_AWS;
  iamControl(stage.world.bench.gateway).settings.rolePropagation = 10_000;
  hand = byHand(stage);
  await hand.role('admin');
  acting = await stage.operator();
});
afterAll(async () => {
  hand?.close();
  await stage?.close();
});

describe('an environment with a cluster', () => {
  test('is Ready', async () => {
    await stage.cluster.apply(DEV);
    await acting.until(areReady(DEV));
    expect(counted(await census(stage))).toMatchObject({
      cluster: 1,
      'launch template': 1,
      'OIDC provider': 1,
      'log group': 2,
      // Of flow logs, cluster, nodes, two add-ons and two controllers; and the one that was there before.
      role: 8,
      // The boundary of each, and that of workloads.
      policy: 8,
      // With the one that EKS makes for control plane and nodes.
      'security group': 5,
      // Of NAT gateways and nodes.
      interface: 6,
    });
  });

  test('what others build upon is in its status', async () => {
    const { status } = await stage.cluster.get('OptaEnvironment', 'dev');
    const name = expect.stringMatching(/^test-dev-cluster-[a-z2-7]{6}$/);
    expect(status?.cluster).toEqual({
      name,
      arn: expect.stringMatching(`^arn:aws:eks:eu-central-1:${ACCOUNT}:cluster/test-dev-cluster-`),
      endpoint: expect.stringMatching(/^https:/),
      version: '1.35',
      certificateAuthority: expect.any(String),
      oidcIssuer: expect.stringMatching(/^https:/),
      oidcProviderArn: expect.stringMatching(`^arn:aws:iam::${ACCOUNT}:oidc-provider/`),
      securityGroupId: expect.stringMatching(/^sg-/),
      supportEnds: '2027-03-27',
    });
    const role = expect.stringMatching(`^arn:aws:iam::${ACCOUNT}:role/opta/test/`);
    expect(status?.controllerRoles).toEqual({ loadBalancerController: role, clusterAutoscaler: role });
  });

  test('is looked at again, and nothing is written', async () => {
    const calls = await callsOfOnePass(stage, acting);
    // EKS tells of one resource a call.
    const listed = Object.entries(calls).filter(([name]) => !name.startsWith('eks:'));
    expect(Object.fromEntries(listed.filter(([, count]) => count > 1))).toEqual({
      // The API answers one attribute a call.
      'ec2:DescribeVpcAttribute': 2,
      // One list of each type: keys, log groups, subnet groups of both services, and policies in IAM's own region.
      'tagging:GetResources': 5,
    });
    expect(Object.values(calls).reduce((total, count) => total + count, 0)).toBe(49);
  });

  test('gives a role that was made again under its name no access before somebody approved that', async () => {
    await hand.deleteRole('admin');
    await hand.role('admin');
    const mark = stage.mark();
    await acting.driftPasses(1);
    const object = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(standing(object, 'Synced')).toBe('Synced=False ApprovalRequired');
    expect(messageOf(object, 'Synced')).toMatch(
      /^replace access\/admin-\w{6}, access\/admin-\w{6}\.principalId: \w+ → \w+/,
    );
    expect(stage.writesSince(mark)).toEqual([]);
    await approve(stage.world, 'OptaEnvironment', 'dev');
    await acting.until(areReady(DEV));
    const written = stage.writesSince(mark).map(one => one.operation);
    expect(written).toEqual(['DeleteAccessEntry', 'CreateAccessEntry', 'AssociateAccessPolicy']);
  });

  test('leaves nothing but its key when it is deleted, once its cluster may be', async () => {
    const mark = stage.mark();
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(
      look => standing(look('OptaEnvironment', 'dev'), 'Synced') === 'Synced=False DeletionBlocked',
    );
    await acting.driftPasses(3);
    const blocked = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(messageOf(blocked, 'Synced')).toContain('set spec.kubernetes.deletionProtection to false');
    // Its nodes and all that it needs stay with it.
    expect(stage.writesSince(mark).map(one => one.operation)).toEqual(['TagResource']);
    // By now the key is marked as kept, and the cluster is still a function of it.
    expect((await stage.cluster.get('OptaEnvironment', 'dev')).status?.resources).toContainEqual(
      expect.objectContaining({ node: 'key', state: 'Kept' }),
    );
    await stage.cluster.apply(UNPROTECTED);
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    // EKS still had logs to write when the cluster was gone, and made their group again.
    const removed = stage.world.bench.gateway.journal
      .filter(one => one.operation === 'DeleteLogGroup')
      .map(one => one.resource);
    expect(removed.filter(name => name.startsWith('/aws/eks/'))).toHaveLength(2);
    stage.world.clock.advance(60 * 60_000);
    expect(await census(stage)).toEqual([expect.stringMatching(/^key: /), 'role: admin']);
  });
});
