/** Requested certificates as ACM has them: the emulator knows names, tags and keys of them only. */
import { createHash } from 'node:crypto';
import type { BenchContext } from '../../overlay.ts';
import { textAt } from '../../xml-tree.ts';
import { isAsked } from '../delegations.ts';
import { pacedMs } from '../pace.ts';
import type { Place } from '../questions.ts';
import { plainId, recordsOf, valuesOf, zonesOf } from '../route53/ask.ts';
import { isWithin } from '../route53/names.ts';
import { nameServers } from '../route53/zones.ts';

export interface Certificate {
  /** The first is the domain name, the others alternative ones. */
  names: readonly string[];
  keyAlgorithm: string;
  options: Record<string, unknown>;
  /** Milliseconds since 1970, by the gateway's clock. */
  requestedAt: number;
  /** When all validation records were first seen. */
  validatedAt?: number;
  /** ARNs of what uses it. */
  users: readonly string[];
  /** As `RenewalSummary` says it. */
  renewal?: { readonly status: string; readonly reason?: string };
}

export interface ValidationRecord {
  name: string;
  value: string;
}

export interface State {
  status: 'PENDING_VALIDATION' | 'ISSUED' | 'VALIDATION_TIMED_OUT';
  issuedAt?: number;
  /** Undefined for the first seconds. */
  recordOf(name: string): ValidationRecord | undefined;
}

const RECORDS_AFTER_SECONDS = 5;
const ISSUED_AFTER_SECONDS = 60;
const PATIENCE_MS = 72 * 3_600_000;

export function certificates({ state }: BenchContext): Map<string, Certificate> {
  const known = state.get('acm:certificates');
  if (known instanceof Map) return known;
  const fresh = new Map<string, Certificate>();
  state.set('acm:certificates', fresh);
  return fresh;
}

/** Of an account and a name for good; a wildcard shares that of its base name ("DNS validation"). */
function recordFor(accountId: string, name: string): ValidationRecord {
  const base = name.replace(/^\*\./, '').toLowerCase();
  const hash = (what: string) => createHash('md5').update(`${what} ${accountId} ${base}`).digest('hex');
  return { name: `_${hash('name')}.${base}.`, value: `_${hash('value')}.jkddzztszm.acm-validations.aws.` };
}

export async function stateOf(bench: BenchContext, place: Place, certificate: Certificate): Promise<State> {
  const shown = bench.now() >= certificate.requestedAt + pacedMs(bench, RECORDS_AFTER_SECONDS);
  const recordOf = (name: string) => (shown ? recordFor(place.accountId, name) : undefined);
  const late = bench.now() - certificate.requestedAt > PATIENCE_MS;
  if (certificate.validatedAt === undefined && late) return { status: 'VALIDATION_TIMED_OUT', recordOf };
  if (certificate.validatedAt === undefined && (await isValidated(bench, place, certificate)))
    certificate.validatedAt = bench.now();
  const issuedAt =
    (certificate.validatedAt ?? Number.POSITIVE_INFINITY) + pacedMs(bench, ISSUED_AFTER_SECONDS);
  if (bench.now() < issuedAt) return { status: 'PENDING_VALIDATION', recordOf };
  return { status: 'ISSUED', issuedAt, recordOf };
}

/** Every record is in a zone of the account that resolvers ask. */
async function isValidated(bench: BenchContext, place: Place, { names }: Certificate): Promise<boolean> {
  const zones = (await zonesOf(bench, place)).map(zone => ({
    id: plainId(textAt(zone, 'Id')),
    domain: textAt(zone, 'Name'),
  }));
  for (const name of names) {
    const wanted = recordFor(place.accountId, name);
    const answers = await Promise.all(
      zones
        .filter(({ domain }) => isWithin(wanted.name, domain))
        .filter(({ id, domain }) => isAsked(bench, domain.replace(/\.$/, ''), nameServers(id)))
        .map(({ id }) => recordsOf(bench, place, id)),
    );
    const there = answers
      .flat()
      .some(
        record =>
          textAt(record, 'Type') === 'CNAME' &&
          textAt(record, 'Name') === wanted.name &&
          valuesOf(record).some(value => value.replace(/\.?$/, '.') === wanted.value),
      );
    if (!there) return false;
  }
  return true;
}

interface HasBench {
  bench: BenchContext;
}

/** As a load balancer would: the certificate cannot be deleted until nobody uses it. */
export function useCertificate({ bench }: HasBench, arn: string, users: readonly string[]): void {
  const certificate = certificates(bench).get(arn);
  if (certificate === undefined) throw new Error(`no certificate ${arn} was requested`);
  certificate.users = users;
}

/** How its renewal stands, which ACM begins 60 days before it expires ("Managed certificate renewal"). */
export function renewCertificate({ bench }: HasBench, arn: string, renewal: Certificate['renewal']): void {
  const certificate = certificates(bench).get(arn);
  if (certificate === undefined) throw new Error(`no certificate ${arn} was requested`);
  if (renewal === undefined) delete certificate.renewal;
  else certificate.renewal = renewal;
}
