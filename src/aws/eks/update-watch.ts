import type { Update } from '@aws-sdk/client-eks';
import type { Clock } from '../../engine/clock.ts';
import type { ErrorClass } from '../../engine/error-class.ts';
import { CloudError } from '../../engine/errors.ts';
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
  /** The last one, until its end is known. */
  update?: { readonly what: string; readonly id: string };
  /** Those of a short while ago, the last one first. */
  failed: readonly FailedUpdate[];
}

/** `onChange`: an update of something in a cluster was begun, or has ended. */
export function createUpdateWatch(
  clock: Clock,
  onChange: (clusterName: string) => void = () => {},
): UpdateWatch {
  const watched = new Map<string, Watched>();

  function recent(resource: string): readonly FailedUpdate[] {
    const known = watched.get(resource);
    if (known === undefined) return [];
    known.failed = known.failed.filter(one => clock.monotonic() - one.at < TRY_AGAIN_MS);
    if (known.failed.length === 0 && known.update === undefined) watched.delete(resource);
    return known.failed;
  }

  return {
    begun(resource, what, update) {
      if (update?.id !== undefined) {
        // What is tried again, or is part of another change now, has not failed any more; the rest has.
        const failed = recent(resource).filter(one => !overlap(one.what, what));
        watched.set(resource, { update: { what, id: update.id }, failed });
      }
      onChange(clusterOf(resource));
    },
    async failure(resource, describe) {
      const known = watched.get(resource);
      if (known?.update === undefined) return recent(resource)[0];
      const { what, id } = known.update;
      const update = await describe(id);
      // Another one may have been begun while this one was asked about.
      if (update?.status === 'InProgress' || watched.get(resource)?.update?.id !== id) return undefined;
      onChange(clusterOf(resource));
      delete known.update;
      if (update?.status === 'Failed')
        known.failed = [failedUpdate(what, update, clock.monotonic()), ...known.failed];
      return recent(resource)[0];
    },
    refuseRepeat(resource, what) {
      const failed = recent(resource).find(one => one.what === what);
      if (failed === undefined) return;
      const retryAfterMs = failed.at + TRY_AGAIN_MS - clock.monotonic();
      throw new CloudError(failed.class, failed.message, { code: 'UpdateFailed', retryAfterMs });
    },
  };
}

/** `configuration and version` and `version`. */
function overlap(one: string, other: string): boolean {
  const fields = new Set(other.split(' and '));
  return one.split(' and ').some(field => fields.has(field));
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
