import type { MiddlewareStack } from '@smithy/types';
import type { Clock } from '../engine/clock.ts';
import { CloudError } from '../engine/errors.ts';
import { classify } from './errors.ts';
import type { Limiter } from './limiter.ts';

/** One call as metrics, the write guard and tests see it. */
export interface AwsCall {
  /** As in IAM actions: `sqs`, `kms`. */
  readonly service: string;
  readonly operation: string;
  readonly mutating: boolean;
  readonly accountId: string;
  readonly region: string;
}

export interface CallHooks {
  /** The last step before a write is sent: throws when this process may not write any more. */
  guard?(call: AwsCall): void;
  /** Around the sending itself; lets a test end the operator before the call, after it was applied, or after its answer. */
  around?<T>(call: AwsCall, send: () => Promise<T>): Promise<T>;
  /** `result`: `ok`, or the class of the error. */
  measured?(call: AwsCall, result: string, ms: number): void;
}

/** Those that leave nothing behind. */
const READS = /^(Get|List|Describe|Head|Lookup|Search|AssumeRole)/;
/** A read whose connection broke is repeated at once: nothing can have been made. */
const READ_ATTEMPTS = 2;

/**
 * What each SDK client gets: rates, error classes, and the guard of writes as the last step before the wire. Once, however
 * often it is given: the SDK's provider of a role's credentials does so each time that it is asked.
 */
export function equip(
  stack: MiddlewareStack<never, never>,
  of: {
    service: string;
    sdkName: string;
    accountId: string;
    region: string;
    limiter: Limiter;
    clock: Clock;
    hooks: CallHooks;
  },
): void {
  const { service, sdkName, limiter, clock, hooks } = of;
  const callOf = (context: { commandName?: string }): AwsCall => {
    const operation = (context.commandName ?? 'Unknown').replace(/Command$/, '');
    return {
      service,
      operation,
      mutating: !READS.test(operation),
      accountId: of.accountId,
      region: of.region,
    };
  };
  stack.add(
    (next, context) => async args => {
      const call = callOf(context);
      for (let attempt = 1; ; attempt++) {
        await limiter.acquire(service, call.operation);
        const started = clock.monotonic();
        try {
          const result = await next(args);
          hooks.measured?.(call, 'ok', clock.monotonic() - started);
          return result;
        } catch (thrown) {
          const error = classify(sdkName, call.operation, thrown);
          hooks.measured?.(call, error.class, clock.monotonic() - started);
          if (error.class === 'Throttled') limiter.throttled(service);
          const again = !call.mutating && error.class === 'Transient' && attempt < READ_ATTEMPTS;
          if (!again) throw error;
        }
      }
    },
    { step: 'initialize', priority: 'high', name: 'optaCall', override: true },
  );
  stack.add(
    (next, context) => async args => {
      const call = callOf(context);
      if (call.mutating) guarded(hooks, call);
      return hooks.around === undefined ? next(args) : hooks.around(call, () => next(args));
    },
    { step: 'finalizeRequest', priority: 'low', name: 'optaGuard', override: true },
  );
}

/** What the guard stops was not sent: nothing is in doubt, and nobody has to look whether it was made. */
function guarded(hooks: CallHooks, call: AwsCall): void {
  try {
    hooks.guard?.(call);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `${call.service} ${call.operation}: not sent: ${why}`;
    throw new CloudError('Transient', message, { code: 'NotSent', refused: true, cause: error });
  }
}
