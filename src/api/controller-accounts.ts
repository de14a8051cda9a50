/** The service account that alone can take the role of a controller: as its chart calls it, or can be told to. */
export const CONTROLLER_ACCOUNTS = {
  externalDns: 'external-dns',
  loadBalancerController: 'aws-load-balancer-controller',
  clusterAutoscaler: 'cluster-autoscaler',
} as const;

/** Where all of them are. */
export const CONTROLLER_NAMESPACE = 'kube-system';
