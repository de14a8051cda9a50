import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider, MiddlewareStack } from '@smithy/types';
import type { Clock } from '../engine/clock.ts';
import { partitionOf } from './arn.ts';
import { type CallHooks, equip } from './client.ts';
import type { ReachProbe } from './eks/reach.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import type { Limits } from './limits.ts';
import { createListings, type Listings } from './listing.ts';
import { type ClientOptions, clientMaker } from './make-client.ts';
import { ofAccount } from './of-account.ts';
import { inTime, ownCredentials, ownRegion } from './own-credentials.ts';
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
const REQUEST_TIMEOUT_MS = 15_000;
const SOCKETS = 64;
/** An account that was wrong or could not be asked is asked again after this. */
const ASK_AGAIN_MS = 10_000;

export function createSessions(options: SessionOptions): Sessions {
  const timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const sockets = new NodeHttpHandler({
    // From when the handler is given the call, so also while it waits for a socket and for a connection. There is no
    // connectionTimeout: that counts the wait for a socket too, and a burst of calls would fail that were never sent.
    requestTimeout: timeoutMs,
    throwOnRequestTimeout: true,
    // Of an answer that began and stands still: that one ends with the first byte.
    socketTimeout: timeoutMs,
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: SOCKETS }),
    httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS }),
  });
  const requestHandler = options.carriedBy?.(sockets) ?? sockets;
  const chain = options.credentials ?? ownCredentials(requestHandler);
  const base = shareCredentials(inTime(chain, options.clock), options.clock);
  const scopes = new Map<string, { scope: Promise<AwsScope>; failedAt?: number }>();
  const roleCredentials = new Map<string, SharedCredentials>();
  const limiters = new Map<string, Limiter>();
  const globalListings = new Map<string, Listings>();
  const endpoint = options.endpoint === undefined ? {} : { endpoint: options.endpoint };
  const { nameServersOf, reachOf } = options;

  function credentialsOf(target: Target): SharedCredentials {
    if (target.roleArn === undefined) return base;
    const key = keyOf(target);
    const credentials =
      roleCredentials.get(key) ?? shareCredentials(assuming(target, target.roleArn), options.clock);
    roleCredentials.set(key, credentials);
    return credentials;
  }

  function assuming(target: Target, roleArn: string): AwsCredentialIdentityProvider {
    return fromTemporaryCredentials({
      masterCredentials: base,
      params: {
        RoleArn: roleArn,
        // For CloudTrail. Of the installation alone: environments with one role, account and region share the session.
        RoleSessionName: options.installation,
        ...(target.externalId === undefined ? {} : { ExternalId: target.externalId }),
      },
      clientConfig: { region: () => askedIn(target), requestHandler, maxAttempts: 1, ...endpoint },
      clientPlugins: [equipped(target)],
    });
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
    const shared = credentialsOf(target);
    const clients = {
      accountId,
      region,
      requestHandler,
      clock: options.clock,
      hooks: renewing(shared, options),
      limiter: limiterOf(accountId, region),
      globalLimiter: limiterOf(accountId, 'global'),
      ...endpoint,
    };
    const credentials = ofAccount(shared, target, identity => accountOf(identity, clients));
    await credentials();
    return createScope({
      ...clients,
      credentials,
      installation: options.installation,
      globalListings: globalListingsOf(target),
      ...(nameServersOf === undefined ? {} : { nameServersOf }),
      ...(reachOf === undefined ? {} : { reachOf }),
    });
  }

  return {
    scope(target) {
      const key = keyOf(target);
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

function keyOf({ accountId, region, roleArn = '', externalId = '' }: Target): string {
  return JSON.stringify([accountId, region, roleArn, externalId]);
}

/**
 * A region that has to be enabled knows only the keys of accounts that enabled it, and the operator's own account need not have:
 * it asks at home (bottlerocket pull request 1064, terraform-provider-aws issue 32549). What any region's STS hands out is valid
 * in all of the partition (AWS IAM User Guide, "Managing AWS STS in an AWS Region"); other partitions do not know it.
 */
async function askedIn({ region }: Target): Promise<string> {
  const own = await ownRegion();
  return own !== undefined && partitionOf(own) === partitionOf(region) ? own : region;
}

/** Whose they are, as AWS says. */
async function accountOf(
  identity: AwsCredentialIdentity,
  clients: Omit<ClientOptions, 'credentials'>,
): Promise<string | undefined> {
  const make = clientMaker({ ...clients, credentials: async () => identity });
  // Never destroyed: that would cut the connections of all other clients, with which it shares the handler.
  const sts = make(config => new STSClient(config), STS);
  return (await sts.send(new GetCallerIdentityCommand({}))).Account;
}
