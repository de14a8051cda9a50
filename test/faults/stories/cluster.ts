import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { awaitingApproval } from '../../support/approval.ts';
import { ACCOUNT, type Manifest } from '../../support/manifests.ts';
import { FEW_ADDONS, NO_CONTROLLERS } from '../../support/small.ts';
import { applied, deleted, type Story } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';
import { withNetwork } from './network.ts';

const network = { natGateways: 'Single', flowLogs: { mode: 'Disabled' }, gatewayEndpoints: [] };
const withoutCluster = withNetwork(network);

/** As few parts as a cluster can have, which is what makes it long. */
export function withCluster(
  kubernetes: object = {},
  { network: more, ...spec }: { readonly network?: object } = {},
): Manifest {
  return withNetwork(
    { ...network, ...more },
    {
      ...spec,
      kubernetes: {
        version: '1.34',
        endpoint: { public: false },
        admins: [],
        addons: FEW_ADDONS,
        controllerRoles: NO_CONTROLLERS,
        deletionProtection: false,
        ...kubernetes,
      },
    },
  );
}

const changedNodes = {
  minSize: 1,
  maxSize: 4,
  diskGiB: 60,
  image: 'Latest',
  labels: { team: 'shop' },
  taints: [{ key: 'team', value: 'shop', effect: 'NoSchedule' }],
  updateMaxUnavailablePercent: 50,
};
const admin = (name: string) => ({ principalArn: `arn:aws:iam::${ACCOUNT}:role/${name}` });
/** Each of them takes another node group, which one replacement shows. */
const otherNodes = {
  ...changedNodes,
  instanceTypes: ['t4g.large'],
  amiType: 'AL2023_ARM_64_STANDARD',
  capacity: 'Spot',
};
const proxy = (of: object) => ({ name: 'kube-proxy', ...of });
/** An add-on with a role, one without, somebody with access, a role of a controller; and what the cluster itself is set to. */
const parts = {
  addons: [
    ...FEW_ADDONS.filter(one => one.name === 'metrics-server'),
    proxy({ version: 'v1.34.2-eksbuild.1', configuration: '{"mode":"ipvs"}' }),
  ],
  admins: [admin('first'), { ...admin('second'), policy: 'View', namespaces: ['shop'] }],
  controllerRoles: { ...NO_CONTROLLERS, clusterAutoscaler: 'Enabled' },
  endpoint: { public: true, publicCidrs: ['203.0.113.0/24'] },
  logRetentionDays: 30,
  supportType: 'Extended',
  deletionProtection: true,
};
/** The same parts, each said otherwise. */
const otherParts = {
  ...parts,
  addons: [
    ...FEW_ADDONS.filter(one => one.name === 'metrics-server'),
    proxy({ configuration: '{"mode":"iptables"}' }),
  ],
  admins: [{ ...admin('second'), policy: 'Edit' }],
  endpoint: { public: true, publicCidrs: ['203.0.113.0/24', '198.51.100.0/24'] },
};

/** The account's own roles, whom the environment lets in. */
async function makeRoles({ aws }: TestWorld): Promise<void> {
  const Statement = [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' },
  ];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  for (const RoleName of ['first', 'second'])
    await aws.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
}

const everything = withCluster({ addons: undefined, controllerRoles: undefined });

export const clusterCreation: Story = {
  name: 'OptaEnvironment: created with a cluster',
  before: [applied(withoutCluster)],
  acts: [applied(everything)],
};

export const CLUSTER_STORIES: readonly Story[] = [
  {
    name: 'OptaEnvironment: created and deleted with a cluster',
    before: [applied(withoutCluster)],
    acts: [applied(everything), deleted(everything)],
  },
  {
    name: 'OptaEnvironment: parts of its cluster set, changed and removed, its nodes changed and replaced, and upgraded by two minors',
    before: [{ act: makeRoles, until: () => true }, applied(withCluster())],
    acts: [
      parts,
      otherParts,
      {},
      { nodeGroup: changedNodes },
      { nodeGroup: otherNodes },
      { nodeGroup: otherNodes, version: '1.36' },
    ].flatMap(one => awaitingApproval(withCluster(one))),
  },
];
