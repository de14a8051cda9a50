import { STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import type { Clock } from '../engine/clock.ts';
import { CloudError } from '../engine/errors.ts';

/** Longer than any call may take; ms. */
const LONGEST_ASK_MS = 20_000;

/**
 * The operator's own, wherever the SDK's chain finds them: IRSA, Pod Identity, a file. Each ask has a chain of its own: one
 * that waits for an answer holds up all who ask it later, and it keeps the text of a credentials file, so that keys that were
 * replaced in it would never be seen.
 */
export function ownCredentials(requestHandler: NodeHttpHandler): AwsCredentialIdentityProvider {
  const clientConfig = { requestHandler, maxAttempts: 1 };
  return asked => fromNodeProviderChain({ ignoreCache: true, clientConfig })(asked);
}

/** The region that the operator itself runs in, wherever the SDK finds it: the environment, a file; undefined: nobody says. */
export async function ownRegion(): Promise<string | undefined> {
  return new STSClient({}).config.region().catch(() => undefined);
}

/**
 * The same, but what has not answered by then has failed: not every source in the SDK's chain gives up by itself, as an agent
 * of Pod Identity that takes the connection and says nothing.
 */
export function inTime(provider: AwsCredentialIdentityProvider, clock: Clock): AwsCredentialIdentityProvider {
  return async asked => {
    const late = Promise.withResolvers<never>();
    const cancel = clock.setTimeout(() => {
      const seconds = LONGEST_ASK_MS / 1000;
      const message = `no credentials within ${seconds} s: their source (STS, the agent of Pod Identity) does not answer`;
      late.reject(new CloudError('Transient', message, { code: 'NoCredentials', refused: true }));
    }, LONGEST_ASK_MS);
    try {
      return await Promise.race([provider(asked), late.promise]);
    } finally {
      cancel();
    }
  };
}
