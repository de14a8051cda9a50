/** A gateway with the default overlays over emulators of its own, for the overlays' tests. */
import type { AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import { startEmulators } from '../emulators.ts';
import { type Gateway, startGateway } from '../gateway.ts';
import { defaultOverlays } from './index.ts';

export interface TestBench {
  gateway: Gateway;
  /** Of an SDK client in eu-central-1 that calls as an account's root user, or with the keys given. */
  clientConfig(account: string, keys?: SessionKeys): ClientConfig;
  stop(): Promise<void>;
}

export interface SessionKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface ClientConfig {
  endpoint: string;
  region: string;
  credentials: SessionKeys;
  maxAttempts: number;
}

export async function startTestBench(): Promise<TestBench> {
  const emulators = await startEmulators({ log: () => {} });
  const gateway = await startGateway({
    upstreams: emulators.upstreams,
    overlays: defaultOverlays(),
  });
  return {
    gateway,
    clientConfig: (account, keys = { accessKeyId: account, secretAccessKey: 'bench' }) => ({
      endpoint: gateway.url,
      region: 'eu-central-1',
      credentials: keys,
      maxAttempts: 1,
    }),
    stop: async () => {
      await gateway.stop();
      await emulators.stop();
    },
  };
}

/** The keys in an AssumeRole answer. */
export function keysOf({ Credentials }: AssumeRoleCommandOutput): SessionKeys {
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}
