import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';
import type { Clock } from '../engine/clock.ts';
import { CloudError } from '../engine/errors.ts';
import type { CallHooks } from './client.ts';
import { classify } from './errors.ts';
import { hiding } from './redact.ts';

/** Renewed this long before they end: for so long the old ones serve where new ones cannot be had. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** Not renewed more often than this while they last. */
const RENEW_AGAIN_MS = 10_000;

export interface SharedCredentials extends AwsCredentialIdentityProvider {
  /**
   * AWS does not know what a call was signed with, which began at this monotonic time in ms. True where the call may be made
   * again with others: those are had by now, or are asked for next.
   */
  refused(begunAt: number): boolean;
  /** Why there are no newer ones; undefined: nothing failed. */
  notRenewed(): unknown;
}

/**
 * One provider for all clients: one request for credentials at a time, renewed early, and the old ones used as long as
 * they last where new ones cannot be had.
 */
export function shareCredentials(provider: AwsCredentialIdentityProvider, clock: Clock): SharedCredentials {
  let current: AwsCredentialIdentity | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  /** Monotonic, in ms. */
  let endsAt = Number.POSITIVE_INFINITY;
  let pending: Promise<AwsCredentialIdentity> | undefined;
  let areRefused = false;
  let failure: unknown;
  const hide = hiding();

  /** By the monotonic clock too: wall time that is set back makes nothing last longer. */
  function leftMs(credentials: AwsCredentialIdentity): number {
    return Math.min(lastsMs(credentials, clock), endsAt - clock.monotonic());
  }

  async function renew(): Promise<AwsCredentialIdentity> {
    askedAt = clock.monotonic();
    try {
      // The SDK's own chain keeps what it has, too.
      current = await provider(areRefused ? { forceRefresh: true } : {});
      areRefused = false;
      failure = undefined;
      endsAt = clock.monotonic() + lastsMs(current, clock);
      hide([current.accessKeyId, current.secretAccessKey, current.sessionToken]);
      return current;
    } catch (error) {
      failure = error;
      // Also where they are refused: it may be one region that does not know them, and all others do.
      if (current === undefined || leftMs(current) <= 0) throw error;
      return current;
    } finally {
      pending = undefined;
    }
  }

  async function provide(): Promise<AwsCredentialIdentity> {
    if (current !== undefined) {
      const left = leftMs(current);
      // Credentials that are short-lived from the start are not asked for with every call.
      const isDue = areRefused || left <= RENEW_BEFORE_MS;
      const early = !isDue || clock.monotonic() - askedAt < RENEW_AGAIN_MS;
      if (left > 0 && early) return current;
    }
    pending ??= renew();
    return pending;
  }

  return Object.assign(provide, {
    // Each client of the SDK keeps what it was given until it ends by the wall clock, unless told so (`@aws-sdk/core`,
    // normalizeCredentialProvider): what AWS refuses, or what has ended where time was set back, would stay in use.
    memoized: true,
    refused(begunAt: number) {
      if (askedAt > begunAt) return true;
      if (clock.monotonic() - askedAt < RENEW_AGAIN_MS) return false;
      areRefused = true;
      return true;
    },
    notRenewed: () => failure,
  });
}

function lastsMs({ expiration }: AwsCredentialIdentity, clock: Clock): number {
  return expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - clock.now();
}

/** Credentials end before their time where the role, or the key, was deleted or its sessions were revoked. */
export function renewing(
  credentials: SharedCredentials,
  { hooks, clock }: { readonly hooks: CallHooks; readonly clock: Clock },
): CallHooks {
  return {
    ...hooks,
    async around(call, send) {
      const begunAt = clock.monotonic();
      try {
        return await (hooks.around === undefined ? send() : hooks.around(call, send));
      } catch (error) {
        if (!areUnknown(error)) throw error;
        const { message, code } = classify(call.service, call.operation, error);
        if (credentials.refused(begunAt)) throw new CloudError('Transient', message, { code, refused: true });
        const failure = credentials.notRenewed();
        if (failure === undefined) throw error;
        const why = classify('STS', 'AssumeRole', failure);
        const text = `${message}; no others can be had: ${why.message}`;
        throw new CloudError(why.class, text, { code: why.code, refused: true });
      }
    },
  };
}

/** "Common Errors" of the services' API References; "Error codes" of EC2's and of S3's. */
const UNKNOWN_CREDENTIALS: ReadonlySet<string> = new Set([
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'InvalidToken',
  'ExpiredToken',
  'ExpiredTokenException',
]);

/** EC2 says AuthFailure of a resource too that is another account's or in use: its text tells. */
const OF_CREDENTIALS = /not able to validate the provided access credentials/;

function areUnknown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isOfEc2 = error.name === 'AuthFailure' && OF_CREDENTIALS.test(error.message);
  return isOfEc2 || UNKNOWN_CREDENTIALS.has(error.name);
}
