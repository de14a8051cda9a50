import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeKubeconfig } from './kubeconfig.ts';
import { type ApiAccess, connectApi } from './request.ts';
import type { ControlPlane } from './start.ts';

export interface ServiceAccountKubeconfig {
  /** Path of a kubeconfig that names `tokenFile`, as a pod's mounted token would be used. */
  kubeconfig: string;
  tokenFile: string;
  /** Ends the refreshing of the token. */
  stop(): void;
}

export interface ServiceAccountOptions {
  /** The ServiceAccount's; it must exist. */
  namespace: string;
  name: string;
  /** Made if missing. */
  directory: string;
  /** Life of a token; 600 s is the least that the API server gives (TokenRequest). */
  expirationSeconds?: number;
  /** Another way to the API server than its own address, in the kubeconfig. */
  server?: string;
  log?: (line: string) => void;
}

// The kubelet renews a mounted token after 80 % of its life ("Configure Service Accounts for Pods").
const renewAfter = 0.8;
const retryMilliseconds = 1_000;

/**
 * Gives a ServiceAccount's identity as a kubeconfig with a token file, and writes a new token before the old one ends.
 * Rejects if the first token cannot be had; later failures are logged and tried again.
 */
export async function serviceAccountKubeconfig(
  controlPlane: Pick<ControlPlane, 'server' | 'caData' | 'adminToken'>,
  { namespace, name, directory, expirationSeconds = 600, server: way, log }: ServiceAccountOptions,
): Promise<ServiceAccountKubeconfig> {
  const { server, caData, adminToken } = controlPlane;
  const access: ApiAccess = { server, caData, token: adminToken };
  const tokenFile = join(directory, `${namespace}.${name}.token`);
  const kubeconfig = join(directory, `${namespace}.${name}.kubeconfig`);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const renewIn = (milliseconds: number) => {
    if (stopped) return;
    timer = setTimeout(renew, milliseconds);
    timer.unref();
  };
  const renew = async () => {
    try {
      await writeToken(tokenFile, await requestToken(access, namespace, name, expirationSeconds));
      renewIn(expirationSeconds * 1000 * renewAfter);
    } catch (error) {
      log?.(`token of ${namespace}/${name} not renewed, trying again: ${error}`);
      renewIn(retryMilliseconds);
    }
  };

  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeToken(tokenFile, await requestToken(access, namespace, name, expirationSeconds));
  await writeKubeconfig(kubeconfig, {
    server: way ?? server,
    caData,
    userName: name,
    user: { tokenFile },
    namespace,
  });
  renewIn(expirationSeconds * 1000 * renewAfter);
  return {
    kubeconfig,
    tokenFile,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

async function requestToken(
  access: ApiAccess,
  namespace: string,
  name: string,
  expirationSeconds: number,
): Promise<string> {
  const api = connectApi(access);
  try {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const { status, body } = await api.request('POST', path, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds },
    });
    const token = tokenOf(body);
    if (status !== 201 || token === undefined) {
      throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(body)}`);
    }
    return token;
  } finally {
    api.close();
  }
}

function tokenOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('status' in body)) return undefined;
  const { status } = body;
  if (typeof status !== 'object' || status === null || !('token' in status)) return undefined;
  return typeof status.token === 'string' ? status.token : undefined;
}

/** By rename, so that a reader never sees half a token. */
async function writeToken(path: string, token: string): Promise<void> {
  await writeFile(`${path}.new`, token, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
