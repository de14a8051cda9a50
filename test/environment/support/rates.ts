import { faultError } from '../../../hack/bench/aws/fault-errors.ts';
import type { JournalEntry } from '../../../hack/bench/aws/journal.ts';
import { isMutating } from '../../../hack/bench/aws/operations.ts';
import { type Call, jsonInput, OBSERVER_HEADER, type Overlay } from '../../../hack/bench/aws/overlay.ts';
import { type Limits, PUBLISHED_LIMITS } from '../../../src/aws/limits.ts';

/** What AWS lets through: so many calls in any second, or a bucket of calls that fills by so many a second. */
type Rate = { readonly inAnySecond: number } | { readonly burst: number; readonly perSecond: number };

/**
 * Written down apart from the operator's own table, so that a mistake in that one shows. EC2: Amazon EC2 Developer Guide,
 * "Request throttling", with the figures of AWS's own Karpenter (kwok/ec2/ratelimiting.go).
 */
const EC2_READ: Rate = { burst: 100, perSecond: 20 };
const EC2_WRITE: Rate = { burst: 50, perSecond: 5 };
/** "Unfiltered and unpaginated" reads have a smaller one. */
const EC2_UNFILTERED: Rate = { burst: 50, perSecond: 10 };
const EC2_OWN: Readonly<Record<string, Rate>> = {
  CreateTags: { burst: 100, perSecond: 10 },
  CreateNatGateway: { burst: 10, perSecond: 1 },
  CreateVpcEndpoint: { burst: 4, perSecond: 0.3 },
};
/** By second: AWS KMS Developer Guide, "Request quotas"; AWS Certificate Manager User Guide and CloudWatch Logs User Guide, "Quotas". */
const BY_SECOND: Readonly<Record<string, number>> = {
  'kms:CreateKey': 5,
  'kms:CreateAlias': 5,
  'kms:UpdateAlias': 5,
  'kms:EnableKeyRotation': 15,
  'kms:PutKeyPolicy': 15,
  'kms:GetKeyPolicy': 1000,
  'kms:GetKeyRotationStatus': 1000,
  'kms:DescribeKey': 2000,
  'kms:ListAliases': 500,
  'kms:ListResourceTags': 2000,
  'kms:TagResource': 10,
  'kms:UntagResource': 5,
  'kms:EnableKey': 5,
  'kms:UpdateKeyDescription': 5,
  'acm:AddTagsToCertificate': 5,
  'acm:ListCertificates': 5,
  'acm:RequestCertificate': 5,
  'acm:DescribeCertificate': 10,
  'acm:ListTagsForCertificate': 10,
  'logs:CreateLogGroup': 5,
  'logs:DescribeLogGroups': 5,
  'logs:PutRetentionPolicy': 5,
  'sns:Subscribe': 100,
  'tagging:GetResources': 15,
};
/** Amazon Route 53 Developer Guide, "Quotas": all calls of an account together. */
const ROUTE53: Rate = { inAnySecond: 5 };

const SERVICES = ['ec2', 'kms', 'acm', 'logs', 'sns', 'tagging', 'route53'];

type Named = Pick<JournalEntry, 'service' | 'operation' | 'accountId' | 'region'>;

function rateOf({ service, operation }: Named): Rate | undefined {
  if (service === 'route53') return ROUTE53;
  if (service === 'ec2') return EC2_OWN[operation] ?? (isMutating(service, operation) ? EC2_WRITE : EC2_READ);
  const inAnySecond = BY_SECOND[`${service}:${operation}`];
  return inAnySecond === undefined ? undefined : { inAnySecond };
}

function keyOf({ service, operation, accountId, region }: Named): string {
  return service === 'route53' ? `${accountId} route53` : `${accountId} ${region} ${service}:${operation}`;
}

interface Meter {
  /** False: one too many, which AWS refuses and does not count. */
  take(at: number): boolean;
}

/** `scale`: of an account that gets so much of each rate. */
function createMeter(rate: Rate, scale: number): Meter {
  if ('inAnySecond' in rate) {
    const taken: number[] = [];
    const windowMs = 1_000 / scale;
    return {
      take(at) {
        while (taken[0] !== undefined && taken[0] <= at - windowMs) taken.shift();
        if (taken.length >= rate.inAnySecond) return false;
        taken.push(at);
        return true;
      },
    };
  }
  const burst = Math.max(1, rate.burst * scale);
  const perSecond = rate.perSecond * scale;
  let tokens = burst;
  let filledAt = Number.NEGATIVE_INFINITY;
  return {
    take(at) {
      tokens = Math.min(burst, tokens + (Math.max(0, at - filledAt) / 1_000) * perSecond);
      filledAt = at;
      // Milliseconds of the journal are whole.
      if (tokens < 0.999) return false;
      tokens -= 1;
      return true;
    },
  };
}

function createMeters(scale: number) {
  const meters = new Map<string, Meter>();
  return {
    take(key: string, rate: Rate, at: number): boolean {
      const meter = meters.get(key) ?? createMeter(rate, scale);
      meters.set(key, meter);
      return meter.take(at);
    },
  };
}

/** A gateway that refuses what is too much, as AWS does; `scale`: of an account that gets so much of each rate. */
export function enforcedRates(scale: number): Overlay[] {
  const meters = createMeters(scale);
  return SERVICES.map(service => ({
    service,
    operation: /./,
    source: 'aws-semantics, rate limits: see the figures above',
    before(call, bench) {
      if (call.headers[OBSERVER_HEADER] !== undefined) return undefined;
      const rate = rateOf(call);
      const isTaken = rate === undefined || meters.take(keyOf(call), rate, bench.now());
      const isFew = !isUnfiltered(call) || meters.take(`${keyOf(call)} all`, EC2_UNFILTERED, bench.now());
      return isTaken && isFew ? undefined : faultError(call, 'throttle', {});
    },
  }));
}

function isUnfiltered(call: Call): boolean {
  if (call.service !== 'ec2' || !call.operation.startsWith('Describe')) return false;
  return !Object.keys(jsonInput(call)).some(name => /^Filter|^MaxResults$|Ids?(\.|$)/.test(name));
}

/** The operator's own table for the same account. */
export function grantedRates(scale: number): Limits {
  return Object.fromEntries(Object.entries(PUBLISHED_LIMITS).map(([name, rate]) => [name, rate * scale]));
}

/** Calls that were one too many, by when they arrived in the time that gateway and operator share. */
export function judgeRates(entries: readonly JournalEntry[], scale: number): readonly string[] {
  const meters = createMeters(scale);
  const own = entries.filter(entry => entry.observer !== true).sort((a, b) => a.at - b.at);
  return own
    .filter(entry => {
      const rate = rateOf(entry);
      return rate !== undefined && !meters.take(keyOf(entry), rate, entry.at);
    })
    .map(entry => `${keyOf(entry)} at ${new Date(entry.at).toISOString()}`);
}

/** Operations that AWS has a rate for and the operator's own table has none. */
export function unlimited(entries: readonly JournalEntry[]): readonly string[] {
  const names = entries
    .filter(entry => entry.observer !== true && rateOf(entry) !== undefined)
    .flatMap(({ service, operation }) => (service === 'route53' ? [] : [`${service}:${operation}`]));
  return [...new Set(names)].filter(name => PUBLISHED_LIMITS[name] === undefined);
}

/** The most calls of a service in so many seconds on end, by second. */
export function busiest(entries: readonly JournalEntry[], service: string, seconds: number): number {
  const times = entries
    .filter(entry => entry.service === service && entry.observer !== true)
    .map(entry => entry.at)
    .sort((a, b) => a - b);
  let from = 0;
  let most = 0;
  for (const [index, at] of times.entries()) {
    while ((times[from] ?? at) <= at - seconds * 1_000) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most / seconds;
}

/** The codes by which services say so. */
export function isThrottled({ errorCode = '' }: JournalEntry): boolean {
  return /^(Throttl|RequestLimitExceeded|SlowDown|TooManyRequests)/.test(errorCode);
}
