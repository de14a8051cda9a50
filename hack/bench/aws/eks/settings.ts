/** How the bench's EKS behaves: part of a bench's set-up, which a reset keeps but for what was planted in it. */
import type { BenchContext } from '../overlay.ts';
import type { Neighbours } from './neighbours.ts';

/** Milliseconds by the gateway's clock. */
export interface Durations {
  createCluster: number;
  deleteCluster: number;
  /** Of the configuration. */
  updateCluster: number;
  /** To another version. */
  upgradeCluster: number;
  createNodegroup: number;
  deleteNodegroup: number;
  updateNodegroup: number;
  /** New nodes for old ones. */
  upgradeNodegroup: number;
  createAddon: number;
  updateAddon: number;
  deleteAddon: number;
  refreshInsights: number;
  /** From the end of a cluster with logs until the last of them come. */
  lateLogs: number;
  /** From the deletion of the log group of a cluster that logs until it writes again. */
  logsAgain: number;
}

/** Short, so that a person waits for nothing; the order among them is AWS's. */
const SHORT: Durations = {
  createCluster: 6_000,
  deleteCluster: 4_000,
  updateCluster: 2_000,
  upgradeCluster: 5_000,
  createNodegroup: 4_000,
  deleteNodegroup: 3_000,
  updateNodegroup: 1_000,
  upgradeNodegroup: 4_000,
  createAddon: 1_000,
  updateAddon: 1_000,
  deleteAddon: 1_000,
  refreshInsights: 1_000,
  lateLogs: 2_000,
  logsAgain: 1_000,
};

/** What AWS's guides give as usual ("takes several minutes"), for tests in virtual time. */
export const AS_AWS: Durations = {
  createCluster: 10 * 60_000,
  deleteCluster: 5 * 60_000,
  updateCluster: 3 * 60_000,
  upgradeCluster: 10 * 60_000,
  createNodegroup: 3 * 60_000,
  deleteNodegroup: 4 * 60_000,
  updateNodegroup: 30_000,
  upgradeNodegroup: 15 * 60_000,
  createAddon: 60_000,
  updateAddon: 60_000,
  deleteAddon: 30_000,
  // AWS gives no figure.
  refreshInsights: 60_000,
  // No guide has a figure: run-x/opta pull request 708 looks again after its destroy.
  lateLogs: 3 * 60_000,
  // An API server writes all the time; AWS gives no figure.
  logsAgain: 10_000,
};

export const AT_ONCE: Durations = Object.fromEntries(
  Object.keys(SHORT).map(name => [name, 0]),
) as unknown as Durations;

/** As in `health.issues` of DescribeCluster, DescribeNodegroup and DescribeAddon. */
export interface Issue {
  code: string;
  message: string;
  resourceIds?: string[];
}

export interface PlantedFailure {
  /** The operation that is accepted and fails afterwards: `CreateNodegroup`, `UpdateClusterVersion`... */
  operation: string;
  /** `prod`, `prod/nodegroup/main`; left out: any. */
  resource?: string;
  issues: Issue[];
}

export interface EksSettings {
  durations: Durations;
  /** Undefined: the emulators behind the gateway are asked. */
  neighbours?: Neighbours;
  failures: PlantedFailure[];
  /** How many images of nodes AWS has brought out since those of the catalogue. */
  newImages?: number;
  /** The account's default of instance metadata: what is launched shows its tags there, unless its template says no. */
  showsTags?: boolean;
  /** Day of the release calendar, ms; undefined: the gateway's clock. Tests fix it, so that they do not age. */
  asOf?: number;
  /** What stands for the API server of every cluster: `certificate` is PEM. Undefined: an address of AWS, where none is. */
  apiServer?: { endpoint: string; certificate: string };
}

const settings = new WeakMap<BenchContext, EksSettings>();

export function settingsOf(bench: BenchContext): EksSettings {
  const known = settings.get(bench) ?? { durations: SHORT, failures: [] };
  settings.set(bench, known);
  return known;
}

/** The planted failure that this call meets, used up; undefined where none is. */
export function takeFailure(bench: BenchContext, operation: string, resource: string): Issue[] | undefined {
  const { failures } = settingsOf(bench);
  const index = failures.findIndex(
    one => one.operation === operation && (one.resource === undefined || one.resource === resource),
  );
  return index < 0 ? undefined : failures.splice(index, 1)[0]?.issues;
}

export function forgetPlanted(bench: BenchContext): void {
  const known = settingsOf(bench);
  known.failures = [];
  delete known.newImages;
  delete known.showsTags;
}
