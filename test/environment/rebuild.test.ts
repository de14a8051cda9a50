import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addonOffer } from '../../hack/bench/aws/eks/catalogue.ts';
import type { JournalEntry } from '../../hack/bench/aws/journal.ts';
import { isUnset } from '../../src/kinds/defaults.ts';
import { approve } from '../support/approval.ts';
import type { Cluster } from '../support/cluster.ts';
import { kindsWith, WITH_MORE } from '../support/release.ts';
import { FEW_ADDONS, NO_CONTROLLERS } from '../support/small.ts';
import { type Acting, messageOf, openStage, type Stage } from '../support/stage.ts';
import { follow, RELEASES } from './support/follow.ts';
import { isWhole, prepareAdmin, reasonOf, wholeEnvironment, wholeWithin } from './support/whole.ts';

/** One field of each part: an apply that takes the last one away leaves null in its place. */
const NETWORK = { enabled: true };
/** What has no default of its own, and no other sort of resource, is left out. */
const KUBERNETES = {
  addons: FEW_ADDONS.filter(one => one.name !== 'coredns'),
  controllerRoles: { ...NO_CONTROLLERS, externalDns: 'Enabled' },
};
const whole = (network: object = {}, kubernetes: object = {}) =>
  wholeEnvironment({ ...NETWORK, ...network }, { ...KUBERNETES, ...kubernetes });
const DEV = whole();
/** Made in several steps, so that some of it was replaced: node groups, NAT gateways; and a template has a second version. */
const GROWN = whole({}, { nodeGroup: { instanceTypes: ['t3.large'], diskGiB: 60 } });
const DAY_MS = 24 * 60 * 60_000;
const SERVICES = new Set(['ec2', 'eks', 'iam', 'logs', 'route53', 'acm']);

let stage: Stage;
let other: Cluster;
beforeAll(async () => {
  stage = await openStage();
  other = await stage.anotherCluster();
});
afterAll(() => stage?.close());

/** The AWS of an account, but for the tags that say which cluster has a resource and which object of it. */
async function awsNow(): Promise<unknown> {
  const all = [await stage.world.aws.state(), await stage.world.aws.parts(SERVICES)];
  return JSON.parse(
    JSON.stringify(all).replaceAll(/"opta\.dev\/(uid|cluster)":"[^"]*"/g, '"opta.dev/$1":"…"'),
  );
}

/** What an object knows to be its own, and what it once took for what its spec says nothing of. */
async function knownTo(cluster: Cluster) {
  const { spec, status = {} } = await cluster.get('OptaEnvironment', 'dev');
  const { resources = [] } = status;
  const defaults = Object.entries(status.defaults ?? {}).filter(([field]) => isUnset(spec, field));
  const own = resources
    .map(({ node, epoch, id, arn, name }) => ({ node, epoch, id, arn, name }))
    .sort((a, b) => (a.node < b.node ? -1 : 1));
  return { resources: own, defaults: Object.fromEntries(defaults) };
}

const TAGGING = new Set([
  'acm:AddTagsToCertificate',
  'elasticache:AddTagsToResource',
  'rds:AddTagsToResource',
  'ec2:CreateTags',
  'eks:TagResource',
  'iam:TagOpenIDConnectProvider',
  'iam:TagPolicy',
  'iam:TagRole',
  'kms:TagResource',
  'logs:TagResource',
  'route53:ChangeTagsForResource',
]);

/** Says who has a resource, and nothing else of it. */
function isOfOwnership({ service, operation, tags = {} }: JournalEntry): boolean {
  // S3 takes all tags of a bucket at once: the others are compared with those before.
  if (operation === 'PutBucketTagging') return true;
  const keys = Object.keys(tags);
  return (
    TAGGING.has(`${service}:${operation}`) &&
    keys.length > 0 &&
    keys.every(key => key === 'opta.dev/uid' || key === 'opta.dev/cluster')
  );
}

/** Those that change more than ownership, as a person reads them. */
function otherWrites(mark: number): readonly string[] {
  return stage
    .writesSince(mark)
    .filter(entry => !isOfOwnership(entry))
    .map(
      ({ service, operation, resource, tags }) =>
        `${service}:${operation} ${resource} ${JSON.stringify(tags ?? {})}`,
    );
}

describe('a whole environment whose Kubernetes side is thrown away', () => {
  let asItWas: unknown;
  let known: Awaited<ReturnType<typeof knownTo>>;
  let clusters: readonly [Cluster, Cluster];
  let acting: Acting | undefined;
  afterEach(() => acting?.end());
  beforeAll(async () => {
    await prepareAdmin(stage);
    const first = await stage.operator();
    for (const next of [DEV, whole({ natGateways: 'Single' }), DEV]) {
      await stage.cluster.apply(next);
      await first.until(isWhole);
    }
    await stage.cluster.apply(GROWN);
    for (let times = 0; times < 2; times++) {
      await first.until(look => isWhole(look) || reasonOf(look, 'Synced') === 'ApprovalRequired');
      await approve(stage.world, 'OptaEnvironment', 'dev');
    }
    await first.until(isWhole);
    await first.driftPasses(1);
    await first.end();
    asItWas = await awsNow();
    known = await knownTo(stage.cluster);
    clusters = [stage.cluster, other];
  });

  test('has parts that were made again under another epoch', () => {
    expect(known.resources).toContainEqual(expect.objectContaining({ node: 'node-group', epoch: 2 }));
    expect(known.resources).toContainEqual(expect.objectContaining({ node: 'nat-gateway/3', epoch: 2 }));
  });

  test('is refused to a cluster that is not said to follow the old one, without a write', async () => {
    await other.apply(GROWN);
    const mark = stage.mark();
    acting = await follow(stage, other, undefined, kindsWith(WITH_MORE));
    await acting.until(look => reasonOf(look, 'Ready') === 'Conflict');
    await acting.driftPasses(1);
    expect(messageOf(await other.get('OptaEnvironment', 'dev'))).toContain(
      `it belongs to the cluster with UID "${stage.cluster.uid}"; if that cluster is gone, name its UID`,
    );
    expect(stage.writesSince(mark)).toEqual([]);
  });

  test.each(RELEASES)(
    'is taken up whole by an operator with %s defaults: ownership alone is written',
    async (name, kinds) => {
      const [gone, cluster] = clusters;
      clusters = [cluster, gone];
      await cluster.clear();
      await cluster.apply(GROWN);
      if (name === 'more') {
        // Meanwhile AWS has newer add-ons, newer images of nodes and a newer Kubernetes.
        addonOffer('coredns')?.versions.push({
          version: 'v1.99.0-eksbuild.1',
          from: 30,
          to: 99,
          isDefault: true,
        });
        stage.world.clock.advance(70 * DAY_MS);
      }
      const mark = stage.mark();
      acting = await follow(stage, cluster, gone, kinds);
      await wholeWithin(10, stage, cluster, acting);
      await acting.driftPasses(1);
      expect(otherWrites(mark)).toEqual([]);
      expect(stage.writesSince(mark).length).toBeGreaterThan(40);
      expect(await awsNow()).toEqual(asItWas);
      expect(JSON.stringify(await stage.world.aws.parts(SERVICES))).not.toContain(gone.uid);
      expect(await knownTo(cluster)).toEqual(known);
      console.log(
        `covered: a whole environment taken up by an operator with ${name} defaults: ${stage.writesSince(mark).length} writes, all of ownership`,
      );
      const settled = stage.mark();
      await acting.driftPasses(1);
      expect(stage.writesSince(settled)).toEqual([]);
    },
  );
});
