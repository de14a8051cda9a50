import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addonOffer } from '../../hack/bench/aws/eks/catalogue.ts';
import type { JournalEntry } from '../../hack/bench/aws/journal.ts';
import { KINDS } from '../../src/kinds/all.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import { approve } from '../support/approval.ts';
import type { Cluster } from '../support/cluster.ts';
import type { End } from '../support/life.ts';
import { isFull } from '../support/mode.ts';
import { kindsWith, WITH_LESS, WITH_MORE } from '../support/release.ts';
import { type Acting, messageOf, openStage, type Stage } from '../support/stage.ts';
import { census, counted } from './support/census.ts';
import { isWhole, prepareAccount, reasonOf, wholeEnvironment, wholeWithin } from './support/whole.ts';

/** One field of each part: an apply that takes the last one away leaves null in its place. */
const NETWORK = { enabled: true };
const DEV = wholeEnvironment(NETWORK);
/** Made in several steps, so that some of it was replaced: node groups, NAT gateways; and a template has a second version. */
const GROWN = wholeEnvironment(NETWORK, { nodeGroup: { instanceTypes: ['t3.large'], diskGiB: 60 } });
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

/** What an object knows to be its own, and what it once took where its spec says nothing. */
async function knownTo(cluster: Cluster) {
  const { resources = [], defaults } = (await cluster.get('OptaEnvironment', 'dev')).status ?? {};
  const own = resources
    .map(({ node, epoch, id, arn, name }) => ({ node, epoch, id, arn, name }))
    .sort((a, b) => (a.node < b.node ? -1 : 1));
  return { resources: own, defaults };
}

const TAGGING = new Set([
  'acm:AddTagsToCertificate',
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

/** The environment's manifest in an empty cluster, before an operator that may follow another one. */
async function follow(
  cluster: Cluster,
  gone: Cluster | undefined,
  kinds: readonly Kind[],
  kill?: End,
): Promise<Acting> {
  const takeOverFrom = gone === undefined ? [] : [gone.uid];
  return stage.operator({ in: cluster, settings: { takeOverFrom }, kinds, ...(kill && { kill }) });
}

const RELEASES: readonly (readonly [string, readonly Kind[]])[] = [
  ['the same', KINDS],
  ['less', kindsWith(WITH_LESS)],
  ['more', kindsWith(WITH_MORE)],
];

describe('a whole environment whose Kubernetes side is thrown away', () => {
  let asItWas: unknown;
  let known: Awaited<ReturnType<typeof knownTo>>;
  let clusters: readonly [Cluster, Cluster];
  beforeAll(async () => {
    await prepareAccount(stage);
    const first = await stage.operator();
    for (const next of [DEV, wholeEnvironment({ ...NETWORK, natGateways: 'Single' }), DEV]) {
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
    const acting = await follow(other, undefined, kindsWith(WITH_MORE));
    await acting.until(look => reasonOf(look, 'Ready') === 'Conflict');
    await acting.driftPasses(1);
    expect(messageOf(await other.get('OptaEnvironment', 'dev'))).toContain(
      `it belongs to the cluster with UID "${stage.cluster.uid}"; if that cluster is gone, name its UID`,
    );
    expect(stage.writesSince(mark)).toEqual([]);
    await acting.end();
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
      const acting = await follow(cluster, gone, kinds);
      await wholeWithin(30, stage, cluster, acting);
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
      await acting.end();
    },
  );
});

/**
 * Creates that come one after the other, whatever goes on side by side; an operator dies when its one was carried out, before
 * it hears so.
 */
const DEATHS = [
  'ec2:CreateVpc',
  'ec2:CreateSubnet',
  'eks:CreateCluster',
  'iam:CreateOpenIDConnectProvider',
  'eks:CreateNodegroup',
] as const;
const DEATHS_ALONE = [
  'ec2:CreateNatGateway',
  ...DEATHS,
  'kms:CreateKey',
  's3:CreateBucket',
  'route53:CreateHostedZone',
  'acm:RequestCertificate',
  'ec2:CreateFlowLogs',
  'ec2:CreateLaunchTemplate',
  'eks:CreateAccessEntry',
  'eks:CreateAddon',
] as const;

describe('a whole environment whose cluster dies while it is made', () => {
  async function emptied(): Promise<void> {
    await stage.clear();
    await other.clear();
    await prepareAccount(stage);
  }

  /** What there is once it is made undisturbed; how many nodes there are is a matter of the release. */
  async function made(): Promise<Readonly<Record<string, number>>> {
    const { interface: _, ...rest } = counted(await census(stage));
    return rest;
  }

  let whole: Readonly<Record<string, number>>;
  beforeAll(async () => {
    await emptied();
    await stage.cluster.apply(DEV);
    const first = await stage.operator();
    await first.until(isWhole);
    whole = await made();
    await first.end();
  });

  /** One cluster after the other dies at its place; the last one finishes. */
  async function dieAt(places: readonly (readonly [string, readonly Kind[]])[]): Promise<Cluster> {
    await emptied();
    let clusters: readonly [Cluster, Cluster] = [other, stage.cluster];
    for (const [write, kinds] of [...places, ['never', KINDS] as const]) {
      const [gone, cluster] = clusters;
      clusters = [cluster, gone];
      await cluster.clear();
      await cluster.apply(DEV);
      const acting = await follow(cluster, gone, kinds, { write, point: 'applied' });
      await wholeWithin(180, stage, cluster, acting);
      expect(acting.life.died, `${write} was called`).toBe(write !== 'never');
      await acting.end();
      if (write === 'never') return finished(cluster, gone);
    }
    throw new Error('nobody finished');
  }

  async function finished(cluster: Cluster, gone: Cluster): Promise<Cluster> {
    expect(await made()).toEqual(whole);
    const mark = stage.mark();
    const acting = await follow(cluster, gone, KINDS);
    await acting.driftPasses(2);
    expect(stage.writesSince(mark)).toEqual([]);
    await acting.end();
    return cluster;
  }

  test('is finished by those that follow, whatever their defaults, and nothing is there twice', async () => {
    const kinds = RELEASES.map(([, one]) => one);
    const places = DEATHS.map((write, index) => [write, kinds[index % 3] ?? KINDS] as const);
    await dieAt(places);
    console.log(`covered: ${places.length} clusters one after the other, each dead in the middle of making`);
  });

  test.each(isFull ? DEATHS_ALONE : DEATHS_ALONE.slice(0, 1))(
    'is finished by the one that follows a death at %s',
    async write => {
      await dieAt([[write, KINDS]]);
    },
  );
});
