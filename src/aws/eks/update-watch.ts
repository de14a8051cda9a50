import type { Update } from '@aws-sdk/client-eks';
import type { Clock } from '../../engine/clock.ts';
import { CloudError, type ErrorClass } from '../../engine/errors.ts';
import { issuesText } from './eks-errors.ts';

/** An update that AWS accepted and then failed: the resource is as it was before. */
export interface FailedUpdate {
  /** What it was to change. */
  readonly what: string;
  readonly message: string;
  readonly class: ErrorClass;
  /** Monotonic, ms. */
  readonly at: number;
}

/**
 * Updates that this process began, by resource. EKS answers an update before it is done, and a failed one leaves no
 * trace on the resource, so its id is kept until its end is seen. Losing it (a restart) costs one more try.
 */
export interface UpdateWatch {
  begun(resource: string, what: string, update: Update | undefined): void;
  /** Asks for the end of the last update, where that is not known; undefined: none failed a short while ago. */
  failure(
    resource: string,
    describe: (updateId: string) => Promise<Update | undefined>,
  ): Promise<FailedUpdate | undefined>;
  /** Throws where the same change failed a short while ago: it is not asked for again and again. */
  refuseRepeat(resource: string, what: string): void;
}

/** As often as a spec that AWS refuses is tried again. */
const TRY_AGAIN_MS = 15 * 60_000;

/** Codes of ErrorDetail that say more than "it failed": Amazon EKS API Reference, ErrorDetail. */
const CLASSES: Readonly<Record<string, ErrorClass>> = {
  AccessDenied: 'Denied',
  OperationNotPermitted: 'Denied',
  EniLimitReached: 'Quota',
  InstanceLimitExceeded: 'Quota',
};

interface Watched {
  readonly what: string;
  readonly id: string;
  failed?: FailedUpdate;
}

/** `onChange`: an update of something in a cluster was begun, or has ended. */
export function createUpdateWatch(
  clock: Clock,
  onChange: (clusterName: string) => void = () => {},
): UpdateWatch {
  const watched = new Map<string, Watched>();

  function recent(resource: string): FailedUpdate | undefined {
    const failed = watched.get(resource)?.failed;
    if (failed === undefined || clock.monotonic() - failed.at < TRY_AGAIN_MS) return failed;
    watched.delete(resource);
    return undefined;
  }

  return {
    begun(resource, what, update) {
      if (update?.id !== undefined) watched.set(resource, { what, id: update.id });
      onChange(clusterOf(resource));
    },
    async failure(resource, describe) {
      const known = watched.get(resource);
      if (known === undefined || known.failed !== undefined) return recent(resource);
      const update = await describe(known.id);
      // Another one may have been begun while this one was asked about.
      if (update?.status === 'InProgress' || watched.get(resource) !== known) return undefined;
      onChange(clusterOf(resource));
      if (update?.status === 'Failed') known.failed = failedUpdate(known.what, update, clock.monotonic());
      else watched.delete(resource);
      return known.failed;
    },
    refuseRepeat(resource, what) {
      const failed = recent(resource);
      if (failed?.what !== what) return;
      const retryAfterMs = failed.at + TRY_AGAIN_MS - clock.monotonic();
      throw new CloudError(failed.class, failed.message, { code: 'UpdateFailed', retryAfterMs });
    },
  };
}

/** `cluster prod`, `addon prod/coredns`: neither kind of name has a blank or a slash. */
function clusterOf(resource: string): string {
  return /^\S+ ([^/]+)/.exec(resource)?.[1] ?? resource;
}

function failedUpdate(what: string, update: Update, at: number): FailedUpdate {
  const errors = update.errors ?? [];
  const text = issuesText(
    errors.map(one => ({ code: one.errorCode, message: one.errorMessage, resourceIds: one.resourceIds })),
  );
  const [first] = errors;
  return {
    what,
    message: `EKS took the update of ${what} and could not do it: ${text || 'it does not say why'}. It is tried again 15 minutes later`,
    class: CLASSES[first?.errorCode ?? ''] ?? 'Unknown',
    at,
  };
}
