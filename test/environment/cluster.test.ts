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
const DNS = { domain: 'dev.example.com' };
const DEV = environment({ network: {}, kubernetes: CLUSTER, dns: DNS });
const UNPROTECTED = environment({
  network: {},
  kubernetes: { ...CLUSTER, deletionProtection: false },
  dns: DNS,
});

let stage: Stage;
let acting: Acting;
let hand: ByHand;
beforeAll(async () => {
  stage = await openStage();
  // The last logs come when their group was removed once.
  const { settings } = eksControl(stage.world.bench.gateway);
  settings.durations = { ...settings.durations, lateLogs: AS_AWS.lateLogs };
  iamControl(stage.world.bench.gateway).settings.rolePropagation = 10_000;
  hand = byHand(stage);
  await hand.role('admin');
  acting = await stage.operator();
});
afterAll(async () => {
  hand?.close();
  await stage?.close();
});

/** Images and versions grow old, on whatever day this runs. */
const BY_THE_DAY = ['NodeImageOutdated', 'SupportEnding'];

function standingOf({ type, status }: { readonly type: string; readonly status: string }): string {
  return `${type}=${BY_THE_DAY.includes(type) ? 'by the day' : status}`;
}

describe('a whole environment: network, cluster and domain', () => {
  test('is made in so many calls, and Ready', async () => {
    const mark = stage.mark();
    await stage.cluster.apply(DEV);
    await acting.until(
      look =>
        areReady(DEV)(look) &&
        standing(look('OptaEnvironment', 'dev'), 'CertificateIssued') === 'CertificateIssued=True Issued',
    );
    const { status } = await stage.cluster.get('OptaEnvironment', 'dev');
    expect(status?.conditions?.map(standingOf).sort()).toEqual([
      'CertificateIssued=True',
      'ClusterReachable=True',
      'ClusterReady=True',
      'DomainDelegated=True',
      'EncryptionReady=True',
      'NetworkAclsOpen=True',
      'NetworkExposed=False',
      'NetworkReady=True',
      'NodeImageOutdated=by the day',
      'NodesReady=True',
      'Ready=True',
      'Reconciling=False',
      'Stalled=False',
      'SupportEnding=by the day',
      'Synced=True',
      'Upgrading=False',
    ]);
    const calls = stage.world.bench.gateway.journalSince(mark);
    const writes = calls.filter(one => one.mutating);
    console.log(
      `covered: a whole environment of ${status?.resources?.length} resources made in ${writes.length} writes and ${calls.length - writes.length} reads`,
    );
    expect(writes.length).toBeLessThan(200);
    expect(counted(await census(stage))).toMatchObject({
      cluster: 1,
      'launch template': 1,
      'OIDC provider': 1,
      'log group': 2,
      // Of flow logs, cluster, nodes, two add-ons and three controllers; and the one that was there before.
      role: 9,
      // The boundary of each, and that of workloads.
      policy: 9,
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
    expect(status?.controllerRoles).toEqual({
      externalDns: role,
      loadBalancerController: role,
      clusterAutoscaler: role,
    });
  });

  test('is looked at again by one list of each type, and nothing is written', async () => {
    // Until IAM has settled, what was written is read by itself.
    await acting.driftPasses(1);
    const calls = await callsOfOnePass(stage, acting);
    const sum = Object.values(calls).reduce((total, count) => total + count, 0);
    console.log(`covered: one look at all of it: ${sum} calls, no write (${JSON.stringify(calls)})`);
    expect(Object.fromEntries(Object.entries(calls).filter(([, count]) => count > 1))).toEqual({
      // The API answers one attribute a call, of one VPC.
      'ec2:DescribeVpcAttribute': 2,
      // EKS lists names alone, and describes one a call.
      'eks:DescribeAddon': 6,
      'eks:DescribePodIdentityAssociation': 2,
      // One list of each type: keys, log groups, subnet groups of both services, and policies in IAM's own region.
      'tagging:GetResources': 5,
    });
    const iam = Object.entries(calls).filter(([name]) => name.startsWith('iam:'));
    expect(Object.fromEntries(iam)).toEqual({
      'iam:GetAccountAuthorizationDetails': 1,
      // The list of providers has no audiences.
      'iam:GetOpenIDConnectProvider': 1,
    });
    expect(sum).toBe(54);
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
    expect(standing(blocked, 'ClusterReady')).toBe('ClusterReady=True Ready');
    await stage.cluster.apply(UNPROTECTED);
    await acting.until(
      look => standing(look('OptaEnvironment', 'dev'), 'ClusterReady') === 'ClusterReady=Unknown Deleting',
    );
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
