import { readFile } from 'node:fs/promises';
import type { Agent } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { Clock } from '../engine/clock.ts';
import type { KubeContext } from './kubeconfig.ts';
import { libraryReader } from './library-credentials.ts';
import { type Log, messageOf } from './log.ts';

/** What a request carries to be let in. */
export interface Credentials {
  headers: Record<string, string>;
  tls: Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;
  /** An agent that goes through a proxy; without it the transport makes its own. */
  proxyAgent?: Agent;
}

/** Where credentials come from; `refresh` reads them again now, after a 401. */
export type CredentialSource = (options: { refresh: boolean }) => Promise<Credentials>;

/** How long files are believed, in ms. client-go believes a token for 60 s; a test bench's tokens are shorter-lived. */
const maxAgeMs = 10_000;

/**
 * The credentials of a context. Files (token, certificate authority, client certificate) are read again at most every 10 s,
 * without blocking the event loop. When a file cannot be read for a moment the former credentials go on.
 */
export function credentialsOf(context: KubeContext, clock: Clock, log: Log): CredentialSource {
  const read = needsLibrary(context) ? libraryReader(context) : () => readPlain(context);
  let current: Credentials | undefined;
  let readAt = 0;
  let reading: Promise<Credentials> | undefined;

  async function readAgain(refresh: boolean): Promise<Credentials> {
    try {
      current = await read(refresh);
      readAt = clock.monotonic();
      return current;
    } catch (error) {
      if (!current)
        throw new Error(`the credentials of context ${context.name} cannot be read: ${messageOf(error)}`);
      log.warn(
        { context: context.name, error: messageOf(error) },
        'credentials cannot be read again, the former ones go on',
      );
      readAt = clock.monotonic();
      return current;
    } finally {
      reading = undefined;
    }
  }

  return async ({ refresh }) => {
    if (current && !refresh && clock.monotonic() - readAt < maxAgeMs) return current;
    reading ??= readAgain(refresh);
    return reading;
  };
}

/**
 * Commands, OpenID Connect and proxies are left to @kubernetes/client-node. It is loaded only then: with every model of
 * the API it costs about 80 MB, which a pod with its token file need not pay.
 */
function needsLibrary({ cluster, user }: KubeContext): boolean {
  return Boolean(user.exec ?? user['auth-provider'] ?? cluster['proxy-url']);
}

async function readPlain({ cluster, user }: KubeContext): Promise<Credentials> {
  const [ca, cert, key, token] = await Promise.all([
    bytesOf(cluster['certificate-authority'], cluster['certificate-authority-data']),
    bytesOf(user['client-certificate'], user['client-certificate-data']),
    bytesOf(user['client-key'], user['client-key-data']),
    user.tokenFile ? readFile(user.tokenFile, 'utf8') : user.token,
  ]);
  const headers: Record<string, string> = {};
  if (token) headers.Authorization = `Bearer ${token.trim()}`;
  else if (user.username) {
    headers.Authorization = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
  }
  if (user.as) headers['Impersonate-User'] = user.as;
  return {
    headers,
    tls: {
      ...(ca ? { ca } : {}),
      ...(cert ? { cert } : {}),
      ...(key ? { key } : {}),
      ...(cluster['tls-server-name'] ? { servername: cluster['tls-server-name'] } : {}),
      ...(cluster['insecure-skip-tls-verify'] ? { rejectUnauthorized: false } : {}),
    },
  };
}

async function bytesOf(path: string | undefined, base64: string | undefined): Promise<Buffer | undefined> {
  if (base64) return Buffer.from(base64, 'base64');
  return path ? readFile(path) : undefined;
}
