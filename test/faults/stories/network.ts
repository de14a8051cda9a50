import { awaitingApproval } from '../../support/approval.ts';
import { environment, type Manifest } from '../../support/manifests.ts';
import { applied, deleted, type Story } from '../../support/story.ts';

/** The fewest zones there may be, which is what makes it long: each has subnets, tables and ways out of its own. */
const small = { availabilityZones: 2 };
const encryption = { onDelete: 'Schedule', deletionWindowDays: 7 };
const plain = { flowLogs: { mode: 'Disabled' }, gatewayEndpoints: [] };

export function withNetwork(network: object = {}, spec: object = {}): Manifest {
  return environment({
    encryption,
    logBucket: { mode: 'Disabled' },
    network: { ...small, ...network },
    ...spec,
  });
}

/** Ranges of its own. */
const chosen = {
  cidr: '10.20.0.0/16',
  publicSubnetCidrs: ['10.20.0.0/24', '10.20.1.0/24'],
  privateSubnetCidrs: ['10.20.10.0/24', '10.20.11.0/24'],
};
const one = withNetwork({ natGateways: 'Single', ...plain });

export const networkCreation: Story = {
  name: 'OptaEnvironment: created with a network',
  before: [],
  acts: [applied(withNetwork())],
};

export const NETWORK_STORIES: readonly Story[] = [
  {
    name: 'OptaEnvironment: created and deleted with a network of chosen ranges',
    before: [],
    acts: [applied(withNetwork(chosen)), deleted(one)],
  },
  {
    name: 'OptaEnvironment: NAT gateways PerZone, Single, PerZone, None and Single; flow logs and endpoints set, changed and removed',
    before: [applied(withNetwork(plain))],
    acts: [
      applied(one),
      applied(withNetwork(plain)),
      applied(withNetwork({ natGateways: 'None', ...plain })),
      applied(one),
      applied(withNetwork({ natGateways: 'Single', gatewayEndpoints: ['s3', 'dynamodb'] })),
      applied(
        withNetwork(
          { natGateways: 'Single', flowLogs: { retentionDays: 7 }, gatewayEndpoints: ['dynamodb'] },
          { tags: { team: 'shop' } },
        ),
      ),
      ...awaitingApproval(one),
    ],
  },
];
