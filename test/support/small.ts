/** As little as a network and a cluster can have, for what is not about their parts: each part costs every pass its time. */
export const SMALL_NETWORK = {
  availabilityZones: 2,
  natGateways: 'None',
  flowLogs: { mode: 'Disabled' },
  gatewayEndpoints: [],
} as const;

export const NO_CONTROLLERS = {
  externalDns: 'Disabled',
  loadBalancerController: 'Disabled',
  clusterAutoscaler: 'Disabled',
} as const;

/** Not needed by nodes. */
export const FEW_ADDONS = ['coredns', 'aws-ebs-csi-driver', 'metrics-server'].map(name => ({
  name,
  mode: 'Disabled',
}));

export const SMALL_CLUSTER = {
  endpoint: { public: false },
  admins: [],
  addons: FEW_ADDONS,
  controllerRoles: NO_CONTROLLERS,
} as const;

export const NO_LOG_BUCKET = { mode: 'Disabled' } as const;
