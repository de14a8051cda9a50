import { OptaEnvironment, type OptaEnvironmentSpec } from '../../api/environment.ts';
import type { GraphNode, TaggedObservations } from '../../engine/graph.ts';
import type { DefaultField } from '../../engine/pass.ts';
import { unsetOf } from '../defaults.ts';
import { type Kind, type KindInput, type Problem, tagsProblem } from '../kind.ts';
import { accessNodes } from './access.ts';
import { addonSettingsProblem } from './addon-settings.ts';
import { addonNodes } from './addons.ts';
import { clusterNodes, existingClusterNodes } from './cluster.ts';
import { clusterDefaults, versionProblem } from './cluster-defaults.ts';
import { clusterWithoutNetwork, leavingCluster } from './cluster-spec.ts';
import { conditions } from './conditions.ts';
import { controllerNodes } from './controllers.ts';
import { dnsNodes } from './dns.ts';
import { encryptionNodes } from './encryption.ts';
import { exposureNodes } from './exposure.ts';
import { flowLogNodes } from './flow-logs.ts';
import { layoutOf } from './layout.ts';
import { leftoverNodes } from './leftovers.ts';
import { logNodes, logRetentionDays } from './logs.ts';
import { networkNodes } from './network.ts';
import { networkDefaults } from './network-defaults.ts';
import { NETWORK_FIXED } from './network-fixed.ts';
import { existingNetworkNodes } from './network-source.ts';
import { nodeGroupNodes } from './nodes.ts';
import { outputs } from './outputs.ts';
import { storeNodes } from './stores.ts';
import { subnetMarkNodes } from './subnet-marks.ts';
import { workloadBoundaryNode } from './workload-boundary.ts';

/** One AWS account and region with what its objects share. Each part of it is a file beside this one. */
export const environmentKind: Kind<OptaEnvironmentSpec> = {
  api: OptaEnvironment,
  defaultDeletionPolicy: 'Delete',
  looksTogether: true,
  references: () => [],
  defaults,
  fixed: NETWORK_FIXED,
  check: (input, now) =>
    nameProblem(input) ??
    tagsProblem(input) ??
    clusterWithoutNetwork(input.spec) ??
    versionProblem(input.spec, now) ??
    addonSettingsProblem(input.spec),
  graph,
  left: ({ kubernetes }) => ({ cluster: leavingCluster(kubernetes) }),
  outputs,
  conditions,
};

/** The order follows from the dependencies alone. */
function graph(input: KindInput<OptaEnvironmentSpec>): readonly GraphNode[] {
  return [
    ...encryptionNodes(input),
    ...logNodes(input),
    workloadBoundaryNode(input),
    ...existingNetworkNodes(input),
    ...subnetMarkNodes(input),
    ...networkNodes(input),
    ...flowLogNodes(input),
    ...storeNodes(input),
    ...existingClusterNodes(input),
    ...clusterNodes(input),
    ...addonNodes(input),
    ...nodeGroupNodes(input),
    ...accessNodes(input),
    ...controllerNodes(input),
    ...dnsNodes(input),
    ...exposureNodes(input),
    ...leftoverNodes(input),
  ];
}

/** Kubernetes documentation, "Labels and Selectors", syntax: the value of a label. A rule at the root would block finalizers. */
const LONGEST_LABEL_VALUE = 63;

function nameProblem({ name, spec }: KindInput<OptaEnvironmentSpec>): Problem | undefined {
  const { from, selector } = spec.allowedNamespaces ?? {};
  if (name.length <= LONGEST_LABEL_VALUE || from === 'All' || selector !== undefined) return undefined;
  const message = `its ${name.length} characters are more than the ${LONGEST_LABEL_VALUE} of a label's value, so that no namespace can have the label opta.dev/environment with it: choose a shorter name, or set spec.allowedNamespaces`;
  return { field: 'metadata.name', reason: 'InvalidSpec', message };
}

function defaults(spec: OptaEnvironmentSpec, now: number): readonly DefaultField[] {
  return unsetOf(spec, [
    ...networkDefaults(spec),
    ...clusterDefaults(spec, now),
    {
      field: 'encryption.deletionWindowDays',
      value: 30,
      observed: seen => layoutOf(seen, 'key', 'deletionWindowDays'),
    },
    {
      field: 'encryption.onDelete',
      value: 'Keep',
      observed: seen => layoutOf(seen, 'key', 'onDelete'),
    },
    {
      field: 'logBucket.mode',
      value: 'Enabled',
      probe: 'Enabled',
      observed: logMode,
    },
    { field: 'logBucket.retentionDays', value: 90, observed: logRetentionDays },
  ]);
}

/** The bucket may be there before the key, and the key before the bucket. */
function logMode(seen: TaggedObservations): string | undefined {
  return seen.id('log-bucket') === undefined ? layoutOf(seen, 'key', 'logBucket') : 'Enabled';
}
