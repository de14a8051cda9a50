import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulators, resetAll, startEmulators } from '../../hack/bench/aws/emulators.ts';
import { startControlPlane } from '../../hack/bench/kubernetes/start.ts';
import { TEST_RUN_DIRECTORY } from '../../hack/vitest/run-directory.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { restOf } from './rest-of-cluster.ts';

/** What is started once in a process, and had by one test file after the other; each gives it back as empty as it was. */
export interface Lasting<T> {
  borrow(log?: (line: string) => void): Promise<T>;
  /** What cannot be emptied is stopped, and the next one has a new one. */
  giveBack(one: T): Promise<void>;
}

interface Ways<T> {
  start(log: (line: string) => void): Promise<T>;
  /** False: something is left that was not there at first. */
  empty(one: T): Promise<boolean>;
  stop(one: T): Promise<void>;
}

export const lastingEmulators = lasting<Emulators>({
  start: log => startEmulators({ log }),
  async empty({ upstreams }) {
    await resetAll(upstreams);
    return true;
  },
  stop: emulators => emulators.stop(),
});

const atFirst = new WeakMap<Cluster, string>();
const directories = new WeakMap<Cluster, string>();

/** Without the API server's own cache: lists of a quiet kind take up to 100 ms with it. */
export const lastingClusters = lasting<Cluster>({
  async start(log) {
    const directory = await mkdtemp(join(process.env[TEST_RUN_DIRECTORY] ?? tmpdir(), 'opta-cluster-'));
    const controlPlane = await startControlPlane({ directory, log, watchCache: false });
    const cluster = await openCluster(controlPlane, join(directory, 'operator'));
    atFirst.set(cluster, await restOf(cluster.transport));
    directories.set(cluster, directory);
    return cluster;
  },
  async empty(cluster) {
    await cluster.clear();
    return (await restOf(cluster.transport)) === atFirst.get(cluster);
  },
  async stop(cluster) {
    cluster.close();
    await cluster.controlPlane.stop();
    await rm(directories.get(cluster) ?? '', { recursive: true, force: true });
  },
});

function lasting<T>(ways: Ways<T>): Lasting<T> {
  const idle: T[] = [];
  return {
    borrow: async (log = () => {}) => idle.pop() ?? ways.start(log),
    async giveBack(one) {
      if (await ways.empty(one).catch(() => false)) idle.push(one);
      else await ways.stop(one);
    },
  };
}
