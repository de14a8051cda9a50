import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentityProvider, MiddlewareStack } from '@smithy/types';
import type { Clock } from '../engine/clock.ts';
import { globalRegionOf } from './arn.ts';
import { type CallHooks, equip } from './client.ts';
import type { Limiter } from './limiter.ts';
import { Sha256 } from './sha256.ts';

export interface ClientOptions {
  readonly accountId: string;
  readonly region: string;
  readonly credentials: AwsCredentialIdentityProvider;
  readonly requestHandler: NodeHttpHandler;
  /** Overrides AWS's own endpoints, as `AWS_ENDPOINT_URL` does. */
  readonly endpoint?: string;
  readonly clock: Clock;
  /** Of this account and region, shared with all who call there. */
  readonly limiter: Limiter;
  /** Of the account's services that have no regions. */
  readonly globalLimiter: Limiter;
  readonly hooks: CallHooks;
}

interface ClientConfig {
  readonly region: string;
  readonly credentials: AwsCredentialIdentityProvider;
  readonly requestHandler: NodeHttpHandler;
  readonly maxAttempts: number;
  readonly cacheMiddleware: boolean;
  readonly sha256: typeof Sha256;
  readonly endpoint?: string;
}

interface ServiceNames {
  /** As in IAM actions. */
  readonly service: string;
  /** As the error tables have it. */
  readonly sdkName: string;
  /** One for all regions of the account. */
  readonly isGlobal?: boolean;
}

/** An SDK client that shares sockets, credentials, rates and the guard of writes with all others of its scope. */
export type MakeClient = <C extends { readonly middlewareStack: object }>(
  create: (config: ClientConfig) => C,
  names: ServiceNames,
) => C;

export function clientMaker(options: ClientOptions): MakeClient {
  const { accountId, clock, hooks, credentials, requestHandler } = options;
  return (create, { service, sdkName, isGlobal = false }) => {
    const region = isGlobal ? globalRegionOf(options.region) : options.region;
    const limiter = isGlobal ? options.globalLimiter : options.limiter;
    const made = create({
      region,
      credentials,
      requestHandler,
      // Our queue backs off, sees every throttle, and knows which calls may be repeated.
      maxAttempts: 1,
      // What is set up for a call is the same for all calls of its operation.
      cacheMiddleware: true,
      sha256: Sha256,
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    });
    const stack = made.middlewareStack as MiddlewareStack<never, never>;
    // It prepares what nobody logs, of every call.
    stack.remove('loggerMiddleware');
    equip(stack, { service, sdkName, accountId, region, limiter, clock, hooks });
    return made;
  };
}
