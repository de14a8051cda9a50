import { awaitingApproval } from '../../support/approval.ts';
import type { Manifest } from '../../support/manifests.ts';
import { applied, deleted, type Story } from '../../support/story.ts';
import { withNetwork } from './network.ts';

const network = { natGateways: 'Single', flowLogs: { mode: 'Disabled' }, gatewayEndpoints: [] };
const withoutCluster = withNetwork(network);
/** Add-ons that need no role of their own. */
const few = ['aws-ebs-csi-driver', 'metrics-server', 'coredns'].map(name => ({ name, mode: 'Disabled' }));
const noRoles = {
  externalDns: 'Disabled',
  loadBalancerController: 'Disabled',
  clusterAutoscaler: 'Disabled',
};

function withCluster(kubernetes: object = {}): Manifest {
  return withNetwork(network, {
    kubernetes: {
      version: '1.34',
      endpoint: { public: false },
      admins: [],
      addons: few,
      controllerRoles: noRoles,
      deletionProtection: false,
      ...kubernetes,
    },
  });
}

const everything = withCluster({ addons: undefined, controllerRoles: undefined });

export const clusterCreation: Story = {
  name: 'OptaEnvironment: created with a cluster',
  before: [applied(withoutCluster)],
  acts: [applied(everything)],
};

export const CLUSTER_STORIES: readonly Story[] = [
  clusterCreation,
  {
    name: 'OptaEnvironment: its cluster upgraded by two minors',
    before: [applied(withCluster())],
    acts: awaitingApproval(withCluster({ version: '1.36' })),
  },
  {
    name: 'OptaEnvironment: its nodes changed, and replaced',
    before: [applied(withCluster())],
    acts: [
      applied(withCluster({ nodeGroup: { minSize: 1, labels: { team: 'shop' } } })),
      ...awaitingApproval(withCluster({ nodeGroup: { minSize: 1, instanceTypes: ['t3.large'] } })),
    ],
  },
  {
    name: 'OptaEnvironment: an add-on with a role, and a role of a controller, set and removed',
    before: [applied(withCluster())],
    acts: [
      applied(
        withCluster({
          addons: few.filter(one => one.name !== 'aws-ebs-csi-driver'),
          controllerRoles: { ...noRoles, clusterAutoscaler: 'Enabled' },
          logRetentionDays: 30,
        }),
      ),
      ...awaitingApproval(withCluster()),
    ],
  },
  {
    name: 'OptaEnvironment: deleted with its cluster',
    before: [applied(everything)],
    acts: [deleted(everything)],
  },
];
