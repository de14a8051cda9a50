import { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Credentials } from './credentials.ts';
import type { KubeContext } from './kubeconfig.ts';

/**
 * Credentials by @kubernetes/client-node, loaded on first use. Its KubeConfig keeps a command's token until that expires
 * and has no way to drop it before, so a refresh starts with a new one.
 */
export function libraryReader(context: KubeContext): (refresh: boolean) => Promise<Credentials> {
  let config: KubeConfig | undefined;
  return async refresh => {
    if (!config || refresh) config = await load(context);
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return credentialsIn(options, Boolean(context.cluster['proxy-url']));
  };
}

async function load({ cluster, user }: KubeContext): Promise<KubeConfig> {
  const library = await import('@kubernetes/client-node/dist/config.js');
  const config = new library.KubeConfig();
  const document = {
    clusters: [{ name: 'cluster', cluster }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
    'current-context': 'context',
  };
  config.loadFromString(JSON.stringify(document));
  return config;
}

function credentialsIn(options: RequestOptions, throughProxy: boolean): Credentials {
  const headers: Record<string, string> = {};
  const given = options.headers ?? {};
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given)) {
      if (typeof value === 'string') headers[name] = value.trim();
    }
  }
  if (options.auth) headers.Authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const { ca, cert, key, servername, rejectUnauthorized, agent } = options;
  return {
    headers,
    tls: {
      ...(ca ? { ca } : {}),
      ...(cert ? { cert } : {}),
      ...(key ? { key } : {}),
      ...(servername ? { servername } : {}),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    },
    ...(throughProxy && agent instanceof Agent ? { proxyAgent: agent } : {}),
  };
}
