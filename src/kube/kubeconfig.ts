import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

/** The cluster of a context (kubeconfig v1, Cluster). Paths are absolute. */
export interface ClusterEntry {
  server: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
}

/** The user of a context (kubeconfig v1, AuthInfo). Paths are absolute. */
export interface UserEntry {
  token?: string;
  tokenFile?: string;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  username?: string;
  password?: string;
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  'as-user-extra'?: object;
  exec?: object;
  'auth-provider'?: object;
}

/** Which cluster to talk to, and as whom. `namespace` is the context's, or the pod's own. */
export interface KubeContext {
  name: string;
  cluster: ClusterEntry;
  user: UserEntry;
  namespace?: string;
}

interface Named {
  name: string;
}

interface KubeConfigFile {
  'current-context'?: string;
  clusters?: (Named & { cluster: ClusterEntry })[];
  users?: (Named & { user?: UserEntry })[];
  contexts?: (Named & { context: { cluster: string; user?: string; namespace?: string } })[];
}

/** Beside `as`, which alone is sent, also by @kubernetes/client-node: the API server would judge by other rights. */
const notSent = ['as-uid', 'as-groups', 'as-user-extra'] as const;

const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

interface LoadOptions {
  /** A kubeconfig file (or several, separated as in PATH) that comes before everything else. */
  path?: string | undefined;
  /** A context other than the current one. */
  context?: string | undefined;
  environment?: NodeJS.ProcessEnv;
  /** Where a pod finds its service account. */
  serviceAccountDirectory?: string;
}

/**
 * The context to use: a given file; else KUBECONFIG; else the pod's service account when it has one; else ~/.kube/config. Who
 * sets KUBECONFIG in a pod, as in a CI job, means that cluster and not the one around it.
 * @throws when there is none, or it is incomplete: it never falls back to a server that nobody named.
 */
export async function loadKubeContext(options: LoadOptions = {}): Promise<KubeContext> {
  const environment = options.environment ?? process.env;
  const podDirectory = options.serviceAccountDirectory ?? serviceAccountDirectory;
  const said = options.path ?? environment.KUBECONFIG ?? '';
  const named = said.split(delimiter).filter(path => path !== '');
  if (named.length === 0 && !options.context && existsSync(join(podDirectory, 'token')))
    return inCluster(podDirectory, environment);

  const inHome = join(environment.HOME ?? homedir(), '.kube', 'config');
  const paths = named.length > 0 ? named : [inHome];
  const present = paths.filter(path => existsSync(path));
  if (present.length === 0) {
    const why =
      named.length > 0
        ? `${paths.join(', ')} does not exist; correct KUBECONFIG, or unset it`
        : `this is no pod with a service account, and ${inHome} does not exist; set KUBECONFIG`;
    throw new Error(`no Kubernetes cluster to talk to: ${why}`);
  }
  const files: KubeConfigFile[] = [];
  for (const path of present) files.push(await readConfig(path));
  return contextOf(merge(files), present.join(', '), options.context);
}

function inCluster(directory: string, environment: NodeJS.ProcessEnv): KubeContext {
  const host = environment.KUBERNETES_SERVICE_HOST;
  const port = environment.KUBERNETES_SERVICE_PORT;
  if (!host || !port) {
    throw new Error(
      `${directory}/token exists, but KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: the API server's address is unknown`,
    );
  }
  const namespaceFile = join(directory, 'namespace');
  const context: KubeContext = {
    name: 'in-cluster',
    cluster: {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      'certificate-authority': join(directory, 'ca.crt'),
    },
    user: { tokenFile: join(directory, 'token') },
  };
  return existsSync(namespaceFile)
    ? { ...context, namespace: readFileSync(namespaceFile, 'utf8').trim() }
    : context;
}

async function readConfig(path: string): Promise<KubeConfigFile> {
  const text = readFileSync(path, 'utf8');
  const config = await parse(path, text);
  const base = dirname(resolve(path));
  for (const { cluster } of config.clusters ?? []) makeAbsolute(cluster, ['certificate-authority'], base);
  for (const { user } of config.users ?? []) {
    if (user) makeAbsolute(user, ['tokenFile', 'client-certificate', 'client-key'], base);
  }
  return config;
}

async function parse(path: string, text: string): Promise<KubeConfigFile> {
  try {
    if (text.trimStart().startsWith('{')) return JSON.parse(text);
    // Loaded only here: in a pod nothing needs YAML at this point.
    const yaml = await import('yaml');
    return yaml.parse(text) ?? {};
  } catch (error) {
    // A parser's message may quote the line, and with it a token.
    const where =
      error instanceof Error && 'linePos' in error ? ` near ${JSON.stringify(error.linePos)}` : '';
    throw new Error(`${path} is neither YAML nor JSON${where}`);
  }
}

function makeAbsolute<K extends string>(
  entry: Partial<Record<K, unknown>>,
  fields: readonly K[],
  base: string,
): void {
  for (const field of fields) {
    const value = entry[field];
    if (typeof value === 'string' && value !== '') entry[field] = resolve(base, value);
  }
}

/** As kubectl merges: of two entries with one name the first file's counts. */
function merge(files: KubeConfigFile[]): KubeConfigFile {
  const current = files.find(file => file['current-context'])?.['current-context'];
  return {
    ...(current ? { 'current-context': current } : {}),
    clusters: files.flatMap(file => file.clusters ?? []),
    users: files.flatMap(file => file.users ?? []),
    contexts: files.flatMap(file => file.contexts ?? []),
  };
}

function find<T extends Named>(entries: T[] | undefined, kind: string, name: string, where: string): T {
  const entry = entries?.find(candidate => candidate.name === name);
  if (!entry) throw new Error(`${where} has no ${kind} named ${JSON.stringify(name)}`);
  return entry;
}

function contextOf(config: KubeConfigFile, where: string, wanted: string | undefined): KubeContext {
  const name = wanted ?? config['current-context'];
  if (!name) throw new Error(`${where} has no current-context: choose one with kubectl config use-context`);
  const { context } = find(config.contexts, 'context', name, where);
  const { cluster } = find(config.clusters, 'cluster', context.cluster, where);
  const user = context.user ? find(config.users, 'user', context.user, where).user : undefined;
  if (!cluster?.server) throw new Error(`${where}: cluster ${JSON.stringify(context.cluster)} has no server`);
  if (!cluster.server.startsWith('https://')) {
    throw new Error(
      `${where}: the server ${cluster.server} is not https, and credentials are not sent in the clear`,
    );
  }
  const lost = notSent.find(field => Object.keys(user?.[field] ?? {}).length > 0);
  if (lost) {
    throw new Error(
      `${where}: user ${JSON.stringify(context.user)} has ${lost}, which the operator does not send: it would act with other rights. Take it out, or use a user without it`,
    );
  }
  const { namespace } = context;
  return { name, cluster, user: user ?? {}, ...(namespace ? { namespace } : {}) };
}
