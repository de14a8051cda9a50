import { request } from 'node:https';
import type { ReachAnswer, ReachProbe } from './reach.ts';

/** For name, connection, TLS and answer together, in ms: a pass waits for it. */
const TIMEOUT_MS = 3_000;

// Node.js documentation, DNS, "Error codes"; TLS, "X509 certificate error codes"; OpenSSL's own begin with ERR_SSL.
const NAME = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_FAIL', 'ENODATA']);
const CERTIFICATE =
  /^(CERT_|CRL_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_|HOSTNAME_|EPROTO$)/;

/** A GET without credentials, by a connection of its own; the certificate must be of the cluster's authority. */
export function createReachProbe({ timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {}): ReachProbe {
  return ({ endpoint, certificateAuthority }) =>
    new Promise<ReachAnswer>(resolve => {
      const failed = (error: unknown) => resolve(silent(error, timeoutMs));
      try {
        const call = request(new URL('/readyz', endpoint), {
          method: 'GET',
          agent: false,
          ca: Buffer.from(certificateAuthority, 'base64'),
          signal: AbortSignal.timeout(timeoutMs),
        });
        call.on('response', response => {
          resolve({ is: 'answered' });
          response.destroy();
        });
        call.on('error', failed);
        call.end();
      } catch (error) {
        failed(error);
      }
    });
}

function silent(error: unknown, timeoutMs: number): ReachAnswer {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown };
  if (name === 'AbortError' || name === 'TimeoutError')
    return { is: 'silent', at: 'connection', why: `no answer within ${timeoutMs / 1000} s` };
  const why = String(code ?? name);
  if (NAME.has(why)) return { is: 'silent', at: 'name', why };
  return { is: 'silent', at: CERTIFICATE.test(why) ? 'certificate' : 'connection', why };
}
