/** Requests: what a token means, and what a certificate is made of. */
import { type BenchContext, type Call, jsonInput, type Overlay, textField } from '../../overlay.ts';
import { alone } from '../alone.ts';
import { askJson, jsonBody } from '../questions.ts';
import { certificates } from './certificates.ts';

const HOUR_MS = 3_600_000;

interface Token {
  arn: string;
  at: number;
}

function tokens({ state }: BenchContext): Map<string, Token> {
  const known = state.get('acm:tokens');
  if (known instanceof Map) return known;
  const fresh = new Map<string, Token>();
  state.set('acm:tokens', fresh);
  return fresh;
}

/** The token and all arguments, so that no other request is taken for the same. */
function keyOf(call: Call): string {
  const input = Object.entries(jsonInput(call)).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([call.accountId, call.region, input]);
}

const request: Overlay = {
  service: 'acm',
  operation: 'RequestCertificate',
  source:
    'ACM API, RequestCertificate: IdempotencyToken, "Idempotency tokens time out after one hour"; KeyAlgorithm, "RSA is the default"',
  around(call, bench, next) {
    if (textField(call, 'IdempotencyToken') === '') return next();
    const key = keyOf(call);
    return alone(bench, `acm:${key}`, async () => {
      const known = tokens(bench).get(key);
      const valid = known !== undefined && bench.now() - known.at < HOUR_MS;
      if (valid && certificates(bench).has(known.arn))
        return bench.success(call, { CertificateArn: known.arn });
      const answer = await next();
      if (answer.status === 200)
        tokens(bench).set(key, { arn: String(jsonBody(answer).CertificateArn), at: bench.now() });
      return answer;
    });
  },
  before(call) {
    // The emulator goes by the token and the tags alone.
    delete jsonInput(call).IdempotencyToken;
    return undefined;
  },
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const { SubjectAlternativeNames: more, Options: options } = jsonInput(call);
    const others = Array.isArray(more) ? more.map(String) : [];
    certificates(bench).set(String(jsonBody(answer).CertificateArn), {
      names: [...new Set([textField(call, 'DomainName'), ...others])],
      keyAlgorithm: textField(call, 'KeyAlgorithm') || 'RSA_2048',
      options: { ...(typeof options === 'object' ? options : {}) },
      requestedAt: bench.now(),
      users: [],
    });
    return undefined;
  },
};

const deletion: Overlay = {
  service: 'acm',
  operation: 'DeleteCertificate',
  source:
    'ACM API, DeleteCertificate: ResourceInUseException, "You cannot delete an ACM certificate that is being used"',
  before(call, bench) {
    const arn = textField(call, 'CertificateArn');
    const users = certificates(bench).get(arn)?.users ?? [];
    if (users.length === 0) return undefined;
    const { accountId } = call;
    const message = `Certificate ${arn} in account ${accountId} is in use.`;
    return bench.error(call, { status: 400, code: 'ResourceInUseException', message });
  },
  after(call, answer, bench) {
    if (answer.status === 200) certificates(bench).delete(textField(call, 'CertificateArn'));
    return undefined;
  },
};

const options: Overlay = {
  service: 'acm',
  operation: 'UpdateCertificateOptions',
  source: 'ACM API, UpdateCertificateOptions',
  async before(call, bench) {
    const arn = textField(call, 'CertificateArn');
    const { accountId, region } = call;
    const asked = { service: 'acm', accountId, region, operation: 'DescribeCertificate' };
    const found = await askJson(bench, { ...asked, input: { CertificateArn: arn } });
    const certificate = certificates(bench).get(arn);
    if (found === undefined || certificate === undefined) {
      const message = `Certificate with arn ${arn} not found in account ${accountId}`;
      return bench.error(call, { status: 400, code: 'ResourceNotFoundException', message });
    }
    const { Options } = jsonInput(call);
    certificate.options = { ...certificate.options, ...(typeof Options === 'object' ? Options : {}) };
    return bench.success(call, {});
  },
};

export const requestOverlays: Overlay[] = [request, deletion, options];
