import type { Update } from '@aws-sdk/client-eks';
import type { Change } from '../../engine/adaptor.ts';
import type { Clock } from '../../engine/clock.ts';
import type { ErrorClass } from '../../engine/error-class.ts';
import { CloudError } from '../../engine/errors.ts';
import { shortHash } from '../../engine/short-hash.ts';
import { issuesText } from './eks-errors.ts';
import { AT_ONCE, createRequests } from './requests.ts';

/** What an update is to change, in words, and the values that it asks for. */
export interface Asked {
  readonly what: string;
  readonly changes: readonly Pick<Change, 'field' | 'to'>[];
  /** Replaces nodes: each try adds some and drains others, so what fails in a row is tried ever more seldom. */
  readonly isRollout?: true;
}

/** An update that AWS accepted and then failed: the resource is as it was before. */
export interface FailedUpdate {
  /** What it was to change. */
  readonly what: string;
  /** What it asked for. */
  readonly asked: readonly Wanted[];
  readonly message: string;
  readonly class: ErrorClass;
  /** Until when it is told and not tried again; monotonic, ms. */
  readonly until: number;
  /** How often it failed in a row. */
  readonly times: number;
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
  /** Somebody wants it tried now: what failed before does not wait for its time any more. Once for each `request`. */
  tryNow(resource: string, request: string | undefined): void;
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
const DAY_MS = 24 * 60 * 60_000;

/** Codes of ErrorDetail that say more than "it failed": Amazon EKS API Reference, ErrorDetail. */
const CLASSES: Readonly<Record<string, ErrorClass>> = {
  AccessDenied: 'Denied',
  OperationNotPermitted: 'Denied',
  EniLimitReached: 'Quota',
  InstanceLimitExceeded: 'Quota',
};

interface Begun {
  readonly id: string;
  readonly what: string;
  readonly asked: readonly Wanted[];
  readonly isRollout: boolean;
  /** How often the same failed in a row before. */
  readonly failures: number;
}

interface Watched {
  /** The last one, until its end is known. */
  update?: Begun;
  /** The last one first; kept a day longer than they are told, so that it is known how often they failed. */
  failed: readonly FailedUpdate[];
}

/** `onChange`: an update of something in a cluster was begun, or has ended. */
export function createUpdateWatch(
  clock: Clock,
  onChange: (clusterName: string) => void = () => {},
): UpdateWatch {
  const watched = new Map<string, Watched>();
  const isRequested = createRequests();

  function known(resource: string): readonly FailedUpdate[] {
    const of = watched.get(resource);
    if (of === undefined) return [];
    of.failed = of.failed.filter(one => clock.monotonic() < one.until + DAY_MS);
    if (of.failed.length === 0 && of.update === undefined) watched.delete(resource);
    return of.failed;
  }

  function recent(resource: string): readonly FailedUpdate[] {
    return known(resource).filter(one => clock.monotonic() < one.until);
  }

  return {
    begun(resource, { what, changes, isRollout = false }, update) {
      if (update?.id !== undefined) {
        const asked = wantedOf(changes);
        const before = known(resource);
        const failures = before.find(one => isSame(one.asked, asked))?.times ?? 0;
        // What is tried again, or is part of another change now, has not failed any more; the rest has.
        const failed = before.filter(one => !overlap(one.asked, asked));
        watched.set(resource, { update: { id: update.id, what, asked, isRollout, failures }, failed });
      }
      onChange(clusterOf(resource));
    },
    async failures(resource, describe) {
      const of = watched.get(resource);
      if (of?.update === undefined) return recent(resource);
      const begun = of.update;
      const update = await describe(begun.id);
      // Another one may have been begun while this one was asked about.
      if (update?.status === 'InProgress' || watched.get(resource)?.update?.id !== begun.id) return [];
      onChange(clusterOf(resource));
      delete of.update;
      if (update?.status === 'Failed' || update?.status === 'Cancelled')
        of.failed = [failedUpdate(begun, update, clock), ...of.failed];
      return recent(resource);
    },
    tryNow(resource, request) {
      const of = watched.get(resource);
      if (!isRequested(resource, request) || of === undefined) return;
      const now = clock.monotonic();
      // How often it failed in a row stays known.
      of.failed = of.failed.map(one => ({ ...one, until: Math.min(one.until, now) }));
    },
    refuseRepeat(resource, { changes }) {
      const asked = wantedOf(changes);
      const failed = recent(resource).find(one => isSame(one.asked, asked));
      if (failed === undefined) return;
      const retryAfterMs = failed.until - clock.monotonic();
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

function isSame(some: readonly Wanted[], others: readonly Wanted[]): boolean {
  return includes(some, others) && includes(others, some);
}

function overlap(some: readonly Wanted[], others: readonly Wanted[]): boolean {
  return some.some(({ field }) => others.some(one => one.field === field));
}

/** `cluster prod`, `addon prod/coredns`: neither kind of name has a blank or a slash. */
function clusterOf(resource: string): string {
  return /^\S+ ([^/]+)/.exec(resource)?.[1] ?? resource;
}

function failedUpdate(begun: Begun, update: Update, clock: Clock): FailedUpdate {
  const { what, asked, isRollout, failures } = begun;
  const errors = update.errors ?? [];
  const text = issuesText(
    errors.map(one => ({ code: one.errorCode, message: one.errorMessage, resourceIds: one.resourceIds })),
  );
  const [first] = errors;
  const end = update.status === 'Cancelled' ? 'it was cancelled' : 'could not do it';
  const waitMs = isRollout ? Math.min(TRY_AGAIN_MS * 2 ** failures, DAY_MS) : TRY_AGAIN_MS;
  const again = `${new Date(clock.now() + waitMs).toISOString().slice(0, -5)}Z`;
  return {
    what,
    asked,
    message: `EKS took the update of ${what} and ${end}: ${text || 'it does not say why'}. It is tried again at ${again}, sooner when the spec asks for something else, and ${AT_ONCE}`,
    class: CLASSES[first?.errorCode ?? ''] ?? 'Unknown',
    until: clock.monotonic() + waitMs,
    times: failures + 1,
  };
}
