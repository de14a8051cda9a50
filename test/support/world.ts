import { join } from 'node:path';
import { eksControl } from '../../hack/bench/aws/eks/index.ts';
import { benchNameServers } from '../../hack/bench/aws/name-servers.ts';
import type { Overlay } from '../../hack/bench/aws/overlay.ts';
import { registerRole } from '../../hack/bench/aws/overlays/roles.ts';
import { type Bench, startBench } from '../../hack/bench/bench.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import type { ConfigMap } from '../../src/operator/world.ts';
import { type AwsView, createAwsView } from './aws-view.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { lastingClusters, lastingEmulators } from './lasting.ts';
import { type Life, type LifeOptions, startLife } from './life.ts';
import { ACCOUNT, type Manifest, REGION } from './manifests.ts';
import { near } from './near.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export * from './manifests.ts';

/** A bench, virtual time for operator and gateway alike, and what a person would do by hand. */
export interface TestWorld {
  readonly bench: Bench;
  readonly clock: VirtualClock;
  readonly cluster: Cluster;
  readonly aws: AwsView;
  /** An operator of this world, with the shipped rights. */
  live(options?: Partial<LifeOptions>): Life;
  apply(...manifests: readonly Manifest[]): Promise<void>;
  delete(kind: string, name: string): Promise<void>;
  annotate(kind: string, name: string, annotations: Record<string, string | null>): Promise<OptaObject>;
  /** Takes the finalizer off, as an impatient person does. */
  force(kind: string, name: string): Promise<void>;
  get(kind: string, name: string): Promise<OptaObject | undefined>;
  /** `kinds`: no other is asked for. */
  objects(kinds?: ReadonlySet<string>): Promise<readonly OptaObject[]>;
  configMaps(): Promise<readonly ConfigMap[]>;
  /** As it began: no objects, an empty AWS, no faults. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly log?: (line: string) => void;
  /** Rules of a test besides the bench's own. */
  readonly overlays?: Overlay[];
  /** A control plane of its own, whose API server has its cache: for who is about watches, or ends parts of it. */
  readonly watchCache?: boolean;
}

export async function startWorld(options: WorldOptions = {}): Promise<TestWorld> {
  const { log = () => {}, overlays = [], watchCache = false } = options;
  const clock = createVirtualClock();
  const shared = watchCache ? undefined : await borrowParts(log);
  const bench = await startBench({
    log,
    overlays,
    clock: () => clock.now(),
    remembersReads: true,
    ...(shared === undefined ? {} : { parts: shared }),
  });
  // Versions end in time, and a cluster that is in extended support cannot be taken out of it.
  eksControl(bench.gateway).settings.asOf = Date.parse('2026-11-01');
  // Trust policies are judged elsewhere.
  registerRole(bench.gateway, { arn: '*' });
  const cluster =
    shared?.cluster ?? (await openCluster(bench.controlPlane, join(bench.directory, 'operator')));
  const aws = createAwsView(bench.gateway, ACCOUNT, REGION, { keeps: true });
  return {
    bench,
    clock,
    cluster,
    aws,
    live: (options = {}) =>
      startLife({
        transport: cluster.operatorTransport,
        news: cluster.news,
        awsEndpoint: bench.gateway.url,
        carriedBy: sockets => near(bench.gateway, sockets),
        credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'test' },
        nameServersOf: benchNameServers(bench.gateway, ACCOUNT),
        reachOf: async () => ({ is: 'answered' }),
        clock,
        ...options,
      }),
    apply: cluster.apply,
    delete: cluster.delete,
    annotate: cluster.annotate,
    async force(kind, name) {
      await cluster.patch(kind, name, { metadata: { finalizers: null } });
    },
    get: cluster.find,
    objects: cluster.objects,
    configMaps: cluster.configMaps,
    async reset() {
      await cluster.clear();
      await bench.gateway.reset();
    },
    async stop() {
      aws.close();
      if (shared === undefined) cluster.close();
      await bench.stop();
      await shared?.giveBack();
    },
  };
}

async function borrowParts(log: (line: string) => void) {
  const [cluster, emulators] = await Promise.all([lastingClusters.borrow(log), lastingEmulators.borrow(log)]);
  return {
    cluster,
    controlPlane: cluster.controlPlane,
    emulators,
    async giveBack() {
      await Promise.all([lastingClusters.giveBack(cluster), lastingEmulators.giveBack(emulators)]);
    },
  };
}
