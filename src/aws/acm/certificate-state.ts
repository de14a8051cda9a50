/** What has to be in the zone of the domain before the certificate is issued, and to stay there for its renewal. */
export interface ValidationRecord {
  readonly name: string;
  readonly type: 'CNAME';
  readonly value: string;
}

export interface CertificateState {
  readonly status: string;
  /** The domain and all others, sorted. */
  readonly names: readonly string[];
  /** Each once; none in the first seconds. */
  readonly validationRecords: readonly ValidationRecord[];
  /** Names that are not validated yet. */
  readonly unvalidated: readonly string[];
  readonly failureReason: string | undefined;
  /** The day after which nobody trusts it. */
  readonly expiresOn?: string;
  /** Only while it is not going on by itself. */
  readonly renewal?: StuckRenewal;
  /** By nothing of AWS, for which alone ACM renews it. */
  readonly isUnused?: true;
}

/** A renewal that needs a person; until the certificate expires its status says nothing of it. */
export interface StuckRenewal {
  readonly status: 'PENDING_VALIDATION' | 'FAILED';
  readonly reason: string | undefined;
  readonly unvalidated: readonly string[];
}

/** ACM User Guide, "Configure a CAA record": a domain that names others lets them alone issue certificates for it. */
export const ALLOW_AMAZON =
  'allow amazon.com in the CAA record of the domain, or of the domain above that has one';

/** ACM renews 60 days before the end ("Managed certificate renewal" in its User Guide), in ms. */
const RENEWAL_MS = 60 * 24 * 60 * 60_000;

export const UNUSED =
  'nothing of AWS uses it, so ACM does not renew it: use it, as in a load balancer, or set spec.dns.certificate to false';

/**
 * What keeps an issued certificate from being renewed, and the way out (ACM User Guide, "Troubleshoot managed certificate
 * renewal"). `now` in ms since 1970.
 */
export function renewalProblem(
  { renewal, expiresOn, names, isUnused }: CertificateState,
  now: number,
): string | undefined {
  if (renewal === undefined) {
    if (isUnused !== true || expiresOn === undefined || Date.parse(expiresOn) - now > RENEWAL_MS)
      return undefined;
    return `the certificate expires on ${expiresOn}, and ${UNUSED}`;
  }
  const { status, reason, unvalidated } = renewal;
  const why = reason === undefined ? status : `${status}, ${reason}`;
  const until = expiresOn === undefined ? '' : `, which expires on ${expiresOn}`;
  const what = `ACM does not renew the certificate${until} (${why})`;
  if (reason === 'CAA_ERROR') return `${what}: ${ALLOW_AMAZON}`;
  const of = (unvalidated.length > 0 ? unvalidated : names).join(', ');
  const records = `it does not find the validation records of ${of} in DNS. See that the domain is still delegated to the zone that has them, and that they are there`;
  return status === 'PENDING_VALIDATION'
    ? `${what}: ${records}; ACM then renews it by itself`
    : `${what}, mostly because ${records}; once it has expired, approve its replacement`;
}
