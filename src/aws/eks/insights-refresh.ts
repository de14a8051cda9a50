import {
  DescribeInsightsRefreshCommand,
  type DescribeInsightsRefreshResponse,
  type EKSClient,
  StartInsightsRefreshCommand,
} from '@aws-sdk/client-eks';
import type { Clock } from '../../engine/clock.ts';
import { CloudError } from '../../engine/errors.ts';
import { orAbsent } from '../errors.ts';
import { AT_ONCE, createRequests } from './requests.ts';

/**
 * EKS looks once a day for what is in the way of an upgrade, and on demand ("getting the latest analysis outside of the
 * standard refresh schedule": Amazon EKS API Reference, StartInsightsRefresh). What this process asked for, by cluster;
 * losing it (a restart) costs one more look of EKS's. Only our own clock counts, so that no difference between it and
 * AWS's matters.
 */
export interface InsightsRefresh {
  /** Something of the cluster is another by us: what EKS knows is old. */
  changed(clusterName: string): void;
  /** Somebody wants it looked at now: what EKS knows is old. Once for each `request`. */
  lookNow(clusterName: string, request: string | undefined): void;
  /** EKS has looked since our last change, and not long ago; or may not be asked to. Reads only. */
  isCurrent(clusterName: string): Promise<boolean>;
  /** Has EKS look. Throws `NotYet` until it has. */
  request(clusterName: string): Promise<void>;
}

/** Ours: a day is too long for who has mended what was in the way. */
const FRESH_MS = 2 * 60 * 60_000;
/** EKS gives no figure for how long it looks. */
const LOOK_AGAIN_MS = 30_000;
const FAILED_AGAIN_MS = 15 * 60_000;

interface Asked {
  /** How many changes of ours there had been. */
  readonly after: number;
  /** Monotonic, ms. */
  readonly at: number;
  /** When the refresh before it started, by AWS. */
  readonly before: number | undefined;
  readonly is: 'under way' | 'done' | 'failed';
  readonly message?: string;
  /** Monotonic, ms; of a failed one. */
  readonly seenAt?: number;
}

export function createInsightsRefresh(eks: EKSClient, clock: Clock): InsightsRefresh {
  const asked = new Map<string, Asked>();
  const changes = new Map<string, number>();
  const isRequested = createRequests();
  const changesOf = (clusterName: string) => changes.get(clusterName) ?? 0;

  async function latest(
    clusterName: string,
  ): Promise<DescribeInsightsRefreshResponse | 'denied' | undefined> {
    return orDenied(orAbsent(eks.send(new DescribeInsightsRefreshCommand({ clusterName }))));
  }

  /** What is known of the refresh that counts. */
  async function known(clusterName: string): Promise<Asked | undefined> {
    const one = asked.get(clusterName);
    if (one === undefined || one.after !== changesOf(clusterName)) return undefined;
    if (clock.monotonic() - one.at >= FRESH_MS) return undefined;
    if (one.is !== 'under way') return one;
    const answer = await latest(clusterName);
    const now = ended(one, answer, clock.monotonic());
    if (asked.get(clusterName) === one) asked.set(clusterName, now);
    return one.after === changesOf(clusterName) ? now : undefined;
  }

  function changed(clusterName: string): void {
    changes.set(clusterName, changesOf(clusterName) + 1);
  }

  return {
    changed,
    lookNow(clusterName, request) {
      if (isRequested(clusterName, request)) changed(clusterName);
    },
    isCurrent: async clusterName => (await known(clusterName))?.is === 'done',
    async request(clusterName) {
      const one = await known(clusterName);
      if (one?.is === 'done') return;
      if (one?.is === 'under way') throw notYet(clusterName);
      const leftMs = one === undefined ? 0 : (one.seenAt ?? 0) + FAILED_AGAIN_MS - clock.monotonic();
      if (one !== undefined && leftMs > 0) throw failed(clusterName, one.message, leftMs);
      const of = { at: clock.monotonic(), after: changesOf(clusterName) };
      const before = await latest(clusterName);
      if (before !== 'denied' && before?.status === 'IN_PROGRESS') throw notYet(clusterName);
      const started =
        before === 'denied'
          ? before
          : await orDenied(eks.send(new StartInsightsRefreshCommand({ clusterName })));
      if (before === 'denied' || started === 'denied') {
        // Without the right to ask, what EKS has is what counts.
        asked.set(clusterName, { ...of, before: undefined, is: 'done' });
        return;
      }
      asked.set(clusterName, { ...of, before: before?.startedAt?.getTime(), is: 'under way' });
      throw notYet(clusterName);
    },
  };
}

/** The answer may still be about the refresh before. */
function ended(
  one: Asked,
  answer: DescribeInsightsRefreshResponse | 'denied' | undefined,
  now: number,
): Asked {
  if (answer === 'denied') return { ...one, is: 'done' };
  const startedAt = answer?.startedAt?.getTime();
  const isOurs = startedAt === undefined || startedAt !== one.before;
  if (answer === undefined || !isOurs || answer.status === 'IN_PROGRESS') return one;
  if (answer.status === 'COMPLETED') return { ...one, is: 'done' };
  return { ...one, is: 'failed', message: answer.message ?? 'it does not say why', seenAt: now };
}

function notYet(clusterName: string): CloudError {
  const message = `EKS is looking for what is in the way of an upgrade of cluster ${clusterName}`;
  return new CloudError('NotYet', message, { retryAfterMs: LOOK_AGAIN_MS });
}

function failed(clusterName: string, why: string | undefined, retryAfterMs: number): CloudError {
  const message = `EKS could not look for what is in the way of an upgrade of cluster ${clusterName}: ${why}. It is asked again after 15 minutes, and ${AT_ONCE}`;
  return new CloudError('NotYet', message, { code: 'InsightsRefreshFailed', retryAfterMs });
}

async function orDenied<T>(call: Promise<T>): Promise<T | 'denied'> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CloudError && error.class === 'Denied') return 'denied';
    throw error;
  }
}
