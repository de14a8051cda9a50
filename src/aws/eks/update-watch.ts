import type { Update } from '@aws-sdk/client-eks';
import type { Change } from '../../engine/adaptor.ts';
import type { Clock } from '../../engine/clock.ts';
import type { ErrorClass } from '../../engine/error-class.ts';
import { CloudError } from '../../engine/errors.ts';
import { shortHash } from '../../engine/short-hash.ts';
import { issuesText } from './eks-errors.ts';

/** What an update is to change, in words, and the values that it asks for. */
export interface Asked {
  readonly what: string;
  readonly changes: readonly Pick<Change, 'field' | 'to'>[];
}

/** An update that AWS accepted and then failed: the resource is as it was before. */
export interface FailedUpdate {
  /** What it was to change. */
  readonly what: string;
  /** What it asked for. */
  readonly asked: readonly Wanted[];
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
  begun(resource: string, asked: Asked, update: Update | undefined): void;
  /** Asks for the end of the last update, where that is not known; those that failed a short while ago, the last one first. */
  failures(
    resource: string,
    describe: (updateId: string) => Promise<Update | undefined>,
  ): Promise<readonly FailedUpdate[]>;
  /** Throws where the same values failed a short while ago: they are not asked for again and again. Others are, at once. */
  refuseRepeat(resource: string, asked: Asked): void;
}

/** One field, and the value by its hash: that may be long. */
interface Wanted {
  readonly field: string;
  readonly value: string;
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
  update?: { readonly what: string; readonly asked: readonly Wanted[]; readonly id: string };
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
    begun(resource, { what, changes }, update) {
      if (update?.id !== undefined) {
        const asked = wantedOf(changes);
        // What is tried again, or is part of another change now, has not failed any more; the rest has.
        const failed = recent(resource).filter(one => !overlap(one.asked, asked));
        watched.set(resource, { update: { what, asked, id: update.id }, failed });
      }
      onChange(clusterOf(resource));
    },
    async failures(resource, describe) {
      const known = watched.get(resource);
      if (known?.update === undefined) return recent(resource);
      const { id, ...of } = known.update;
      const update = await describe(id);
      // Another one may have been begun while this one was asked about.
      if (update?.status === 'InProgress' || watched.get(resource)?.update?.id !== id) return [];
      onChange(clusterOf(resource));
      delete known.update;
      if (update?.status === 'Failed' || update?.status === 'Cancelled')
        known.failed = [failedUpdate(of, update, clock.monotonic()), ...known.failed];
      return recent(resource);
    },
    refuseRepeat(resource, { changes }) {
      const asked = wantedOf(changes);
      const failed = recent(resource).find(one => includes(asked, one.asked) && includes(one.asked, asked));
      if (failed === undefined) return;
      const retryAfterMs = failed.at + TRY_AGAIN_MS - clock.monotonic();
      throw new CloudError(failed.class, failed.message, { code: 'UpdateFailed', retryAfterMs });
    },
  };
}

/**
 * The last one of those whose values are still to be reached: what the spec asks for no more has not failed it.
 * `differs`: what does; left out: that is not known.
 */
export function openFailure(
  failed: readonly FailedUpdate[] = [],
  differs?: Asked['changes'],
): FailedUpdate | undefined {
  if (differs === undefined) return failed[0];
  const wanted = wantedOf(differs);
  return failed.find(one => includes(wanted, one.asked));
}

function wantedOf(changes: Asked['changes']): readonly Wanted[] {
  return changes.map(({ field, to }) => ({ field, value: shortHash(JSON.stringify(to) ?? '') }));
}

function includes(all: readonly Wanted[], some: readonly Wanted[]): boolean {
  return some.every(({ field, value }) => all.some(one => one.field === field && one.value === value));
}

function overlap(some: readonly Wanted[], others: readonly Wanted[]): boolean {
  return some.some(({ field }) => others.some(one => one.field === field));
}

/** `cluster prod`, `addon prod/coredns`: neither kind of name has a blank or a slash. */
function clusterOf(resource: string): string {
  return /^\S+ ([^/]+)/.exec(resource)?.[1] ?? resource;
}

function failedUpdate(of: Pick<FailedUpdate, 'what' | 'asked'>, update: Update, at: number): FailedUpdate {
  const errors = update.errors ?? [];
  const text = issuesText(
    errors.map(one => ({ code: one.errorCode, message: one.errorMessage, resourceIds: one.resourceIds })),
  );
  const [first] = errors;
  const end = update.status === 'Cancelled' ? 'it was cancelled' : 'could not do it';
  return {
    ...of,
    message: `EKS took the update of ${of.what} and ${end}: ${text || 'it does not say why'}. It is tried again 15 minutes later, or when the spec asks for something else`,
    class: CLASSES[first?.errorCode ?? ''] ?? 'Unknown',
    at,
  };
}
