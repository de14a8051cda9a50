import { join } from 'node:path';

/** Files of one control plane, all absolute paths. */
export interface ControlPlaneFiles {
  directory: string;
  certificates: string;
  tokens: string;
  serviceAccountKey: string;
  auditPolicy: string;
  auditLog: string;
  kubeconfig: string;
}

export interface ControlPlanePorts {
  etcdClient: number;
  etcdPeer: number;
  apiserver: number;
}

// No pods run here, so only the controllers that custom resources, namespaces and RBAC need.
const controllers = [
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
];

/** etcd Configuration options; `unsafe-no-fsync`, because the data is thrown away. */
export function etcdFlags(files: ControlPlaneFiles, ports: ControlPlanePorts): string[] {
  const client = `http://127.0.0.1:${ports.etcdClient}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    `--data-dir=${join(files.directory, 'etcd')}`,
    '--name=bench',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=bench=${peer}`,
    '--unsafe-no-fsync=true',
    '--log-level=warn',
  ];
}

export interface ApiserverOptions {
  /** Write one JSON line a request (audit.k8s.io/v1 Event, level Metadata). */
  auditLog?: boolean;
  /**
   * As everywhere else. A list of what was not the last to be written waits there until etcd tells that the cache is fresh,
   * which is asked every 100 ms (KEP-2340, Consistent reads from cache); without, lists and watches are etcd's own.
   */
  watchCache?: boolean;
  /** Admission plugins besides the usual ones. */
  admission?: readonly string[];
}

/** kube-apiserver command line reference. */
export function apiserverFlags(
  files: ControlPlaneFiles,
  ports: ControlPlanePorts,
  { auditLog = false, watchCache = true, admission = [] }: ApiserverOptions,
): string[] {
  const audit = [
    `--audit-policy-file=${files.auditPolicy}`,
    `--audit-log-path=${files.auditLog}`,
    // Megabytes; at the default of 100 the log would be cut under a reader's hands.
    '--audit-log-maxsize=10000',
  ];
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcdClient}`,
    // Its own: should another bench's etcd be faster to take the port, nothing of ours gets among its data.
    `--etcd-prefix=${files.directory}`,
    '--bind-address=127.0.0.1',
    // Without a default route the server finds no address to advertise, and exits.
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.apiserver}`,
    // It makes apiserver.crt (with its issuer) and apiserver.key there at the first start, and keeps them.
    `--cert-dir=${files.certificates}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    '--profiling=false',
    // Priority and fairness divides the sum; a service account's level gets about 40 % of it.
    '--max-requests-inflight=4000',
    '--max-mutating-requests-inflight=2000',
    `--watch-cache=${watchCache}`,
    ...(admission.length === 0 ? [] : [`--enable-admission-plugins=${admission.join(',')}`]),
    ...(auditLog ? audit : []),
  ];
}

/** kube-controller-manager command line reference; no port of its own. */
export function controllerManagerFlags(files: ControlPlaneFiles): string[] {
  return [
    `--kubeconfig=${files.kubeconfig}`,
    '--secure-port=0',
    '--leader-elect=false',
    `--controllers=${controllers.join(',')}`,
    `--root-ca-file=${join(files.certificates, 'apiserver.crt')}`,
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    '--kube-api-qps=400',
    '--kube-api-burst=800',
    '--profiling=false',
  ];
}

/** Audit policy: who did what to which object, no bodies, one line per request. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};
