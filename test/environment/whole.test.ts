import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AS_AWS, eksControl } from '../../hack/bench/aws/eks/index.ts';
import type { OptaEnvironmentStatus } from '../../src/api/environment-status.ts';
import { environment } from '../support/manifests.ts';
import { type Acting, areReady, openStage, type Stage, standing } from '../support/stage.ts';
import { callsOfOnePass } from './support/drift.ts';

const DOMAIN = 'dev.example.com';
const DEV = environment({
  network: {},
  kubernetes: { endpoint: { public: false }, admins: [] },
  dns: { domain: DOMAIN },
});

let stage: Stage;
let acting: Acting;
let status: OptaEnvironmentStatus;
beforeAll(async () => {
  stage = await openStage();
  eksControl(stage.world.bench.gateway).settings.durations = AS_AWS;
  acting = await stage.operator();
});
afterAll(async () => {
  await stage?.close();
});

describe('a whole environment: network, cluster and domain', () => {
  test('is made in so many calls, none of which fails for long', async () => {
    const mark = stage.mark();
    await stage.cluster.apply(DEV);
    await acting.until(
      look =>
        areReady(DEV)(look) &&
        standing(look('OptaEnvironment', 'dev'), 'CertificateIssued') === 'CertificateIssued=True Issued',
    );
    const object = await stage.cluster.get('OptaEnvironment', 'dev');
    status = (object.status ?? {}) as OptaEnvironmentStatus;
    expect(object.status?.conditions?.map(one => `${one.type}=${one.status}`).sort()).toEqual([
      'CertificateIssued=True',
      'ClusterReachable=True',
      'ClusterReady=True',
      'DomainDelegated=True',
      'EncryptionReady=True',
      'NetworkAclsOpen=True',
      'NetworkExposed=False',
      'NetworkReady=True',
      'NodeImageOutdated=False',
      'NodesReady=True',
      'Ready=True',
      'Reconciling=False',
      'Stalled=False',
      'SupportEnding=False',
      'Synced=True',
      'Upgrading=False',
    ]);
    const calls = stage.world.bench.gateway.journalSince(mark);
    const writes = calls.filter(one => one.mutating);
    console.log(
      `covered: a whole environment of ${status.resources?.length} resources made in ${writes.length} writes and ${calls.length - writes.length} reads`,
    );
    expect(writes.length).toBeLessThan(200);
  });

  test('is looked at again by one list of each type, and nothing is written', async () => {
    // Until IAM has settled, what was written is read by itself.
    await acting.driftPasses(1);
    const calls = await callsOfOnePass(stage, acting);
    const sum = Object.values(calls).reduce((total, count) => total + count, 0);
    console.log(`covered: one look at all of it: ${sum} calls, no write (${JSON.stringify(calls)})`);
    const several = Object.entries(calls).filter(([, count]) => count > 1);
    expect(Object.fromEntries(several)).toEqual({
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
  });
});
