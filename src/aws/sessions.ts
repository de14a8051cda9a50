import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentityProvider, MiddlewareStack } from '@smithy/types';
import type { Clock } from '../engine/clock.ts';
import { CloudError } from '../engine/errors.ts';
import { type CallHooks, equip } from './client.ts';
import type { ReachProbe } from './eks/reach.ts';
import { classify } from './errors.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import type { Limits } from './limits.ts';
import { createListings, type Listings } from './listing.ts';
import { type ClientOptions, clientMaker } from './make-client.ts';
import type { NameServerLookup } from './route53/delegation.ts';
import { type AwsScope, createScope } from './scope.ts';
import { renewing, type SharedCredentials, shareCredentials } from './shared-credentials.ts';

/** Where an environment lives, from its spec. */
export interface Target {
  readonly accountId: string;
  readonly region: string;
  readonly roleArn?: string;
  readonly externalId?: string;
}

export interface Sessions {
  /** The scope of a target; the first time, its account is compared with the caller's. Throws CloudError. */
  scope(target: Target): Promise<AwsScope>;
  close(): void;
}

export interface SessionOptions {
  readonly installation: string;
  readonly clock: Clock;
  readonly hooks: CallHooks;
  readonly limits?: Limits;
  /** For tests and benches; the SDK's environment (`AWS_ENDPOINT_URL`, profiles, IRSA, Pod Identity) otherwise. */
  readonly endpoint?: string;
  readonly credentials?: AwsCredentialIdentityProvider;
  /** A call that is not answered by then has failed; ms. The SDK's own default is to wait for ever. */
  readonly requestTimeoutMs?: number;
  /** For tests: what carries the calls in place of these sockets. */
  readonly carriedBy?: (sockets: NodeHttpHandler) => NodeHttpHandler;
  /** For tests: what DNS says of domains; the machine's resolvers otherwise. */
  readonly nameServersOf?: NameServerLookup;
  /** For tests: whether a cluster's API server answers; it is asked otherwise. */
  readonly reachOf?: ReachProbe;
}

const STS = { service: 'sts', sdkName: 'STS' } as const;
const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 15_000;
const SOCKETS = 64;
/** An account that was wrong or could not be asked is asked again after this. */
const ASK_AGAIN_MS = 10_000;

export function createSessions(options: SessionOptions): Sessions {
  const sockets = new NodeHttpHandler({
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: SOCKETS }),
    httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS }),
  });
  const requestHandler = options.carriedBy?.(sockets) ?? sockets;
  const base = shareCredentials(options.credentials ?? fromNodeProviderChain(), options.clock);
  const scopes = new Map<string, { scope: Promise<AwsScope>; failedAt?: number }>();
  const limiters = new Map<string, Limiter>();
  const globalListings = new Map<string, Listings>();
  const endpoint = options.endpoint === undefined ? {} : { endpoint: options.endpoint };
  const { nameServersOf, reachOf } = options;

  function credentialsOf(target: Target): SharedCredentials {
    if (target.roleArn === undefined) return base;
    const assume = fromTemporaryCredentials({
      masterCredentials: base,
      params: {
        RoleArn: target.roleArn,
        // For CloudTrail. Of the installation alone: environments with one role, account and region share the session.
        RoleSessionName: options.installation,
        ...(target.externalId === undefined ? {} : { ExternalId: target.externalId }),
      },
      clientConfig: { region: target.region, requestHandler, maxAttempts: 1, ...endpoint },
      clientPlugins: [equipped(target)],
    });
    return shareCredentials(assume, options.clock);
  }

  /** As all other clients are: the SDK's own repeats wait in a time that nobody sees. */
  function equipped({ accountId, region }: Target) {
    const { clock } = options;
    const hooks = renewing(base, options);
    const of = { ...STS, accountId, region, limiter: limiterOf(accountId, region), clock, hooks };
    return { applyToStack: (stack: object) => equip(stack as MiddlewareStack<never, never>, of) };
  }

  /** Rates are of an account and region, whatever role calls there. */
  function limiterOf(accountId: string, region: string): Limiter {
    const key = `${accountId}/${region}`;
    const limiter = limiters.get(key) ?? createLimiter(options.clock, options.limits);
    limiters.set(key, limiter);
    return limiter;
  }

  /** One for all regions of an account, and for each role that looks: not all may see the same. */
  function globalListingsOf({ accountId, roleArn, externalId }: Target): Listings {
    const key = JSON.stringify([accountId, roleArn ?? '', externalId ?? '']);
    const listings = globalListings.get(key) ?? createListings(options.clock);
    globalListings.set(key, listings);
    return listings;
  }

  async function open(target: Target): Promise<AwsScope> {
    const { accountId, region } = target;
    const credentials = credentialsOf(target);
    const clients: ClientOptions = {
      accountId,
      region,
      credentials,
      requestHandler,
      clock: options.clock,
      hooks: renewing(credentials, options),
      limiter: limiterOf(accountId, region),
      globalLimiter: limiterOf(accountId, 'global'),
      ...endpoint,
    };
    // Never destroyed: that would cut the connections of all other clients, with which it shares the handler.
    const sts = clientMaker(clients)(config => new STSClient(config), STS);
    let account: string | undefined;
    try {
      account = (await sts.send(new GetCallerIdentityCommand({}))).Account;
    } catch (error) {
      const failed = classify(
        'STS',
        target.roleArn === undefined ? 'GetCallerIdentity' : 'AssumeRole',
        error,
      );
      const who =
        target.roleArn === undefined ? "the operator's own credentials" : `spec.roleArn ${target.roleArn}`;
      throw new CloudError(failed.class, `${who} cannot be used: ${failed.message}`, { code: failed.code });
    }
    if (account !== target.accountId) {
      throw new CloudError(
        'Denied',
        `spec.accountId is ${target.accountId}, but the credentials belong to account ${account}: nothing is written. ` +
          'Set spec.roleArn to a role in that account, or correct spec.accountId',
        { code: 'WrongAccount' },
      );
    }
    return createScope({
      ...clients,
      installation: options.installation,
      globalListings: globalListingsOf(target),
      ...(nameServersOf === undefined ? {} : { nameServersOf }),
      ...(reachOf === undefined ? {} : { reachOf }),
    });
  }

  return {
    scope(target) {
      const key = JSON.stringify([
        target.accountId,
        target.region,
        target.roleArn ?? '',
        target.externalId ?? '',
      ]);
      const known = scopes.get(key);
      const now = options.clock.monotonic();
      if (known !== undefined && (known.failedAt === undefined || now - known.failedAt < ASK_AGAIN_MS))
        return known.scope;
      const one: { scope: Promise<AwsScope>; failedAt?: number } = { scope: open(target) };
      one.scope.catch(() => {
        one.failedAt = options.clock.monotonic();
      });
      scopes.set(key, one);
      return one.scope;
    },
    close: () => requestHandler.destroy(),
  };
}
