import {
  AddTagsToCertificateCommand,
  type CertificateDetail,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  type DomainValidation,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
  RemoveTagsFromCertificateCommand,
  RequestCertificateCommand,
} from '@aws-sdk/client-acm';
import type { Change, Found, Freshness, Identity, Readiness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { ATTEMPT_TAG, identityTags, type Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { clientToken } from '../token.ts';
import {
  ALLOW_AMAZON,
  type CertificateState,
  type StuckRenewal,
  UNUSED,
  type ValidationRecord,
} from './certificate-state.ts';

export interface CertificateDesired {
  /** `example.com`. */
  readonly domain: string;
  /** Further names: `*.example.com`. */
  readonly alternativeNames: readonly string[];
}

// ACM API Reference, DescribeCertificate: several seconds after a request; of its lists it names no time.
const SETTLE_MS = 2 * 60_000;

/**
 * A public certificate, validated by DNS. Nothing of it can be changed. Its token serves for an hour only, so that an
 * intent stands before each request, and the tags tell what came of it.
 */
export const certificateAdaptor: AwsAdaptor<CertificateDesired, CertificateState> = {
  type: 'acm/certificate',
  createBy: 'intent',
  holdsData: false,
  sharesReads: true,
  settleMs: SETTLE_MS,
  find: (scope, identity, { desired, freshness }) => find(scope, identity, desired, freshness),
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: async (_scope, found) => found,
  async tag({ acm }, { id }, set, unset) {
    const Tags = tagList(set);
    const keys = unset.map(Key => ({ Key }));
    if (Tags.length > 0) await acm.send(new AddTagsToCertificateCommand({ CertificateArn: id, Tags }));
    if (keys.length > 0)
      await acm.send(new RemoveTagsFromCertificateCommand({ CertificateArn: id, Tags: keys }));
  },
  async remove(scope, { id }) {
    try {
      await scope.acm.send(new DeleteCertificateCommand({ CertificateArn: id }));
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== 'ResourceInUseException') throw error;
      const users = ((await describe(scope, id))?.InUseBy ?? []).toSorted();
      const blockers = users.map(resource => ({ resource, reason: 'it uses the certificate' }));
      throw new CloudError('Blocked', `certificate ${id} is used by ${users.join(', ') || 'something'}`, {
        code: error.code,
        blockers,
        cause: error,
      });
    }
  },
  readiness,
};

function isArn(id: string): boolean {
  return /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/.test(id);
}

async function find(
  scope: AwsScope,
  identity: Identity,
  desired: CertificateDesired | undefined,
  freshness: Freshness,
): Promise<readonly Found<CertificateState>[]> {
  // A status can be written by others: what is no certificate's ARN is not asked for.
  if (identity.id !== undefined && isArn(identity.id)) {
    const recorded = await read(scope, identity.id);
    return recorded === undefined ? [] : [recorded];
  }
  const listed = await scope.listings.get('acm/certificates', freshness, () => listAll(scope));
  const named = listed.filter(one => desired === undefined || one.domain === desired.domain);
  const found = await Promise.all(named.map(one => read(scope, one.arn)));
  const wanted = Object.entries(identityTags(identity.owner, identity.node));
  return found
    .filter(one => one !== undefined)
    .filter(one => wanted.every(([key, value]) => tagsIn(one)[key] === value))
    .sort((a, b) => attemptOf(a) - attemptOf(b));
}

function tagsIn({ tags }: Found<CertificateState>): Tags {
  return tags === 'inherited' ? {} : tags;
}

function attemptOf(found: Found<CertificateState>): number {
  return Number(tagsIn(found)[ATTEMPT_TAG] ?? 0);
}

interface Listed {
  readonly arn: string;
  readonly domain: string;
}

/** Of the default key types, which ours have. */
async function listAll({ acm }: AwsScope): Promise<readonly Listed[]> {
  const listed: Listed[] = [];
  let NextToken: string | undefined;
  do {
    const page = await acm.send(new ListCertificatesCommand({ MaxItems: 1000, NextToken }));
    for (const { CertificateArn: arn, DomainName = '' } of page.CertificateSummaryList ?? [])
      if (arn !== undefined) listed.push({ arn, domain: DomainName.toLowerCase() });
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return listed;
}

async function describe({ acm }: AwsScope, CertificateArn: string): Promise<CertificateDetail | undefined> {
  return (await orAbsent(acm.send(new DescribeCertificateCommand({ CertificateArn }))))?.Certificate;
}

async function read(scope: AwsScope, arn: string): Promise<Found<CertificateState> | undefined> {
  const [detail, listed] = await Promise.all([
    describe(scope, arn),
    orAbsent(scope.acm.send(new ListTagsForCertificateCommand({ CertificateArn: arn }))),
  ]);
  if (detail === undefined || listed === undefined) return undefined;
  const tags = Object.fromEntries((listed.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
  return { id: arn, arn, tags, state: stateOf(detail) };
}

function stateOf(detail: CertificateDetail): CertificateState {
  const options = detail.DomainValidationOptions ?? [];
  const records = new Map<string, ValidationRecord>();
  for (const { ResourceRecord: record } of options) {
    const { Name: name, Value: value } = record ?? {};
    if (name !== undefined && value !== undefined) records.set(name, { name, type: 'CNAME', value });
  }
  const renewal = stuckRenewal(detail);
  return {
    status: detail.Status ?? 'Unknown',
    names: namesOf(detail.DomainName ?? '', detail.SubjectAlternativeNames ?? []),
    validationRecords: [...records.values()],
    unvalidated: unvalidatedOf(options),
    failureReason: detail.FailureReason,
    ...(detail.NotAfter === undefined ? {} : { expiresOn: detail.NotAfter.toISOString().slice(0, 10) }),
    ...(renewal === undefined ? {} : { renewal }),
    ...(detail.RenewalEligibility === 'INELIGIBLE' && (detail.InUseBy ?? []).length === 0
      ? { isUnused: true as const }
      : {}),
  };
}

function unvalidatedOf(options: readonly DomainValidation[]): readonly string[] {
  return options.filter(one => one.ValidationStatus !== 'SUCCESS').map(one => one.DomainName ?? '');
}

function stuckRenewal({ RenewalSummary: summary }: CertificateDetail): StuckRenewal | undefined {
  const { RenewalStatus: status, RenewalStatusReason: reason, DomainValidationOptions } = summary ?? {};
  if (status !== 'PENDING_VALIDATION' && status !== 'FAILED') return undefined;
  return { status, reason, unvalidated: unvalidatedOf(DomainValidationOptions ?? []).toSorted() };
}

function namesOf(domain: string, others: readonly string[]): readonly string[] {
  return [...new Set([domain, ...others].map(name => name.toLowerCase()))].sort();
}

function diff({ domain, alternativeNames }: CertificateDesired, state: CertificateState): readonly Change[] {
  const [from, to] = [state.names, namesOf(domain, alternativeNames)];
  return from.join() === to.join() ? [] : [{ field: 'names', from, to, risk: 'High', replace: true }];
}

async function create(
  scope: AwsScope,
  identity: Identity,
  { domain, alternativeNames }: CertificateDesired,
  tags: Tags,
): Promise<Found<CertificateState>> {
  const { CertificateArn } = await scope.acm.send(
    new RequestCertificateCommand({
      DomainName: domain,
      ...(alternativeNames.length === 0 ? {} : { SubjectAlternativeNames: [...alternativeNames] }),
      ValidationMethod: 'DNS',
      KeyAlgorithm: 'RSA_2048',
      IdempotencyToken: clientToken(identity),
      Tags: tagList(tags),
    }),
  );
  const arn = answered(CertificateArn, 'ACM RequestCertificate', 'an ARN');
  const names = namesOf(domain, alternativeNames);
  return {
    id: arn,
    arn,
    tags,
    state: {
      status: 'PENDING_VALIDATION',
      names,
      validationRecords: [],
      unvalidated: names,
      failureReason: undefined,
    },
  };
}

/** Another request is the way out of these, and of no state that is not known. */
const OVER: ReadonlySet<string> = new Set(['EXPIRED', 'FAILED', 'INACTIVE', 'REVOKED']);

function readiness(state: CertificateState): Readiness {
  const { status, validationRecords, unvalidated, failureReason, isUnused } = state;
  if (status === 'ISSUED') return { is: 'ready' };
  if (status === 'PENDING_VALIDATION') {
    if (validationRecords.length === 0)
      return { is: 'in progress', message: 'ACM has not named its validation records yet', againInMs: 5_000 };
    const message = `ACM looks for the validation records of ${unvalidated.join(', ')} in DNS, for 72 hours from the request on`;
    return { is: 'in progress', message, againInMs: 30_000 };
  }
  if (status === 'VALIDATION_TIMED_OUT') {
    const message = `ACM did not find the validation records of ${unvalidated.join(', ')} within 72 hours: is the domain delegated to the zone that has them? Only another request helps`;
    return { is: 'failed', message, remedy: 'replace' };
  }
  if (!OVER.has(status))
    return { is: 'in progress', message: `the certificate is ${status}`, againInMs: 30_000 };
  const why = failureReason === undefined ? '' : `: ${failureReason}`;
  const unused = status === 'EXPIRED' && isUnused === true ? `; ${UNUSED}` : '';
  const way = failureReason === 'CAA_ERROR' ? `: ${ALLOW_AMAZON}, then approve the replacement` : unused;
  return { is: 'failed', message: `the certificate is ${status}${why}${way}`, remedy: 'replace' };
}

function tagList(tags: Tags) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
