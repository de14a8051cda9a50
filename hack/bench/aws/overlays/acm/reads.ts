/** What reads show of a certificate that was requested: nothing of the certificate itself before it is issued. */
import { isObject } from '../../../policy/document.ts';
import { type BenchContext, type Call, jsonInput, type Overlay, textField } from '../../overlay.ts';
import { jsonBody, type Place, withBody } from '../questions.ts';
import { type Certificate, certificates, stateOf } from './certificates.ts';

/** Of the certificate, which does not exist before. */
const ISSUED_ONLY = ['IssuedAt', 'NotBefore', 'NotAfter', 'Serial', 'Issuer', 'SignatureAlgorithm'];

async function detail(
  bench: BenchContext,
  place: Place,
  shown: Record<string, unknown>,
  certificate: Certificate,
): Promise<Record<string, unknown>> {
  const { status, issuedAt } = await stateOf(bench, place, certificate);
  const hidden = issuedAt === undefined ? ISSUED_ONLY : [];
  const kept = Object.entries(shown).filter(([field]) => !hidden.includes(field));
  return {
    ...Object.fromEntries(kept),
    Status: status,
    KeyAlgorithm: certificate.keyAlgorithm,
    CreatedAt: certificate.requestedAt / 1000,
    ...(issuedAt === undefined ? {} : { IssuedAt: issuedAt / 1000 }),
    RenewalEligibility: issuedAt !== undefined && certificate.users.length > 0 ? 'ELIGIBLE' : 'INELIGIBLE',
  };
}

const describe: Overlay = {
  service: 'acm',
  operation: 'DescribeCertificate',
  source:
    'ACM user guide, "DNS validation": one CNAME for a name and its wildcard; ACM API, CertificateDetail, DomainValidation; CertificateStatus, "attempts to validate a certificate for 72 hours"',
  async after(call, answer, bench) {
    const certificate = certificates(bench).get(textField(call, 'CertificateArn'));
    if (answer.status !== 200 || certificate === undefined) return undefined;
    const { Certificate: shown } = jsonBody(answer);
    if (!isObject(shown)) return undefined;
    const { status, recordOf } = await stateOf(bench, call, certificate);
    const ValidationStatus =
      status === 'ISSUED' ? 'SUCCESS' : status === 'PENDING_VALIDATION' ? 'PENDING_VALIDATION' : 'FAILED';
    const DomainValidationOptions = certificate.names.map(name => {
      const record = recordOf(name);
      return {
        DomainName: name,
        ValidationDomain: name,
        ValidationMethod: 'DNS',
        ValidationStatus,
        ...(record === undefined
          ? {}
          : { ResourceRecord: { Name: record.name, Type: 'CNAME', Value: record.value } }),
      };
    });
    const { renewal } = certificate;
    const Certificate = {
      ...(await detail(bench, call, shown, certificate)),
      SubjectAlternativeNames: certificate.names,
      DomainValidationOptions,
      ...(renewal === undefined
        ? {}
        : { RenewalSummary: renewalSummary(bench, renewal, DomainValidationOptions) }),
      InUseBy: certificate.users,
      Options: {
        CertificateTransparencyLoggingPreference: 'ENABLED',
        Export: 'DISABLED',
        ...certificate.options,
      },
    };
    return withBody(answer, { Certificate });
  },
};

/** ACM API, RenewalSummary: it has validation options of its own, in which each name stands as the renewal does. */
function renewalSummary(
  bench: BenchContext,
  { status, reason }: NonNullable<Certificate['renewal']>,
  options: readonly Record<string, unknown>[],
): Record<string, unknown> {
  const ValidationStatus = status === 'PENDING_AUTO_RENEWAL' ? 'PENDING_VALIDATION' : status;
  return {
    RenewalStatus: status,
    ...(reason === undefined ? {} : { RenewalStatusReason: reason }),
    DomainValidationOptions: options.map(one => ({ ...one, ValidationStatus })),
    UpdatedAt: bench.now() / 1000,
  };
}

/** What the call asks for, which the emulator cannot judge. */
const filters = new WeakMap<Call, { statuses: unknown; includes: unknown }>();

const list: Overlay = {
  service: 'acm',
  operation: 'ListCertificates',
  source:
    'ACM API, ListCertificates: CertificateStatuses; Filters, keyTypes: "Default filtering returns only RSA_1024 and RSA_2048 certificates"; CertificateSummary',
  before(call) {
    const input = jsonInput(call);
    filters.set(call, { statuses: input.CertificateStatuses, includes: input.Includes });
    delete input.CertificateStatuses;
    delete input.Includes;
    return undefined;
  },
  async after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const { CertificateSummaryList: listed, ...body } = jsonBody(answer);
    const summaries: Record<string, unknown>[] = [];
    for (const shown of Array.isArray(listed) ? listed.filter(isObject) : []) {
      const certificate = certificates(bench).get(String(shown.CertificateArn));
      const summary =
        certificate === undefined
          ? shown
          : {
              ...(await detail(bench, call, shown, certificate)),
              SubjectAlternativeNameSummaries: certificate.names,
              InUse: certificate.users.length > 0,
            };
      summaries.push(summary);
    }
    return withBody(answer, {
      ...body,
      CertificateSummaryList: summaries.filter(one => isAskedFor(call, one)),
    });
  },
};

function isAskedFor(call: Call, { Status, KeyAlgorithm }: Record<string, unknown>): boolean {
  const { statuses, includes } = filters.get(call) ?? {};
  const types = isObject(includes) && Array.isArray(includes.keyTypes) ? includes.keyTypes : undefined;
  const isType = (types ?? ['RSA_1024', 'RSA_2048']).includes(KeyAlgorithm);
  return isType && (!Array.isArray(statuses) || statuses.length === 0 || statuses.includes(Status));
}

const pending: Overlay = {
  service: 'acm',
  operation: 'GetCertificate',
  source: 'ACM API, GetCertificate: RequestInProgressException',
  async before(call, bench) {
    const arn = textField(call, 'CertificateArn');
    const certificate = certificates(bench).get(arn);
    if (certificate === undefined) return undefined;
    const { status } = await stateOf(bench, call, certificate);
    if (status === 'ISSUED') return undefined;
    const message = `The certificate request is in process and the certificate in your account has not yet been issued: ${arn}`;
    return bench.error(call, { status: 400, code: 'RequestInProgressException', message });
  },
};

export const readOverlays: Overlay[] = [describe, list, pending];
