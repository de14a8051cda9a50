import type { ErrorClass } from '../engine/error-class.ts';
import { CloudError } from '../engine/errors.ts';
import { isCommon, isTokenUsed, listedClass, rowByText } from './error-classes.ts';
import { redacted } from './redact.ts';

interface SdkError {
  readonly name?: string;
  readonly Code?: string;
  /** Node's own, of a connection that failed: `ECONNRESET`. */
  readonly code?: string;
  readonly message?: string;
  /** S3: what of the request is meant, as the principal of a policy that does not exist. */
  readonly Detail?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  /** Set by the SDK on errors that AWS itself answered. */
  readonly $fault?: string;
}

/** A failed SDK call as a CloudError. The message names the call, so that a condition says what to look at. */
export function classify(service: string, operation: string, error: unknown): CloudError {
  if (error instanceof CloudError) return error;
  const sdk = typeof error === 'object' && error !== null ? (error as SdkError) : {};
  const codes = codesOf(sdk);
  const errorClass = classOf(service, codes, sdk);
  const code = codes[0] ?? sdk.name ?? 'Error';
  const hint = rowByText(service, code, sdk.message ?? '')?.[2];
  const text = `${redacted(textOf(service, sdk, error))
    .replace(/\s+/g, ' ')
    .slice(0, 400)}${hint === undefined ? '' : ` (${hint})`}`;
  const message =
    errorClass === 'Denied'
      ? `AWS refused ${service}:${operation} (${code}): ${text}`
      : `${service} ${operation}: ${code}: ${text}`;
  // The SDK's error goes no further: it holds the answer, and an answer that could not be read in its message too.
  const tokenUsed = codes.some(one => isTokenUsed(service, one));
  return new CloudError(errorClass, message, { code, refused: isRefused(sdk, codes), tokenUsed });
}

/**
 * A code of the service's own with a status of 4xx: the request was judged and not carried out, also where the table does
 * not know the code. 408 says that it was not heard to its end, which between us and AWS others may say.
 */
function isRefused({ $fault, $metadata }: SdkError, codes: readonly string[]): boolean {
  const status = $metadata?.httpStatusCode ?? 0;
  if ($fault === undefined || status < 400 || status >= 500 || status === 408) return false;
  return codes.length > 0 && !codes.every(code => code.startsWith('HTTP '));
}

/** What the SDK calls an answer without an error code: one without a body, as every HeadBucket's. */
const NAMELESS = new Set(['Unknown', 'UnknownError']);

function codesOf(error: SdkError): readonly string[] {
  const status = error.$metadata?.httpStatusCode;
  if (isUnreadable(error)) return [`HTTP ${status}`];
  if (error.$fault === undefined && error.code !== undefined) return [error.code];
  const named = [error.name, error.Code].filter(code => code !== undefined && !NAMELESS.has(code));
  const codes = named.filter(code => code !== undefined);
  return codes.length > 0 || status === undefined ? codes : [`HTTP ${status}`];
}

/** AWS, or something between, answered what is not of the service's protocol: a page of a proxy, half an answer. */
function isUnreadable({ $fault, $metadata, code, name }: SdkError): boolean {
  if ($fault !== undefined || code !== undefined || $metadata?.httpStatusCode === undefined) return false;
  return !isCommon(name ?? '');
}

function textOf(service: string, sdk: SdkError, error: unknown): string {
  if (isUnreadable(sdk)) return 'the answer could not be read';
  const text = sdk.message ?? String(error);
  const hint = text.indexOf('Deserialization error:');
  const detail = service === 'S3' && sdk.Detail ? `: ${sdk.Detail}` : '';
  return steady(`${hint < 0 ? text : text.slice(0, hint)}${detail}`);
}

/** The same for the same refusal. */
export function steady(text: string): string {
  return PER_CALL.reduce((kept, [part, instead]) => kept.replace(part, instead), text);
}

/**
 * What AWS says in other words at each call: with it one and the same refusal would be written and announced anew at every
 * try. The long text of EC2 ("Required permissions and encoded authorization messages") says again, for `aws sts
 * decode-authorization-message`, what stands before it.
 */
const PER_CALL: readonly (readonly [RegExp, string])[] = [
  [/\s*Encoded authorization failure message:\s*\S+/gi, ''],
  // One service quotes what another one answered it: "(Service: Kms, Status Code: 400, Request ID: 1f…, Proxy: null)".
  [/[,;]?\s*\b(extended )?(request|host) ?id:\s*[^\s,;)]+/gi, ''],
  // "Signature expired: 20310101T000000Z is now earlier than …".
  [/\b\d{8}T\d{6}Z\b/g, '(time)'],
  // "Token expired: current date/time 1924991999 must be before the expiration date/time 1924991000".
  [/\bdate\/time:? \d+/g, 'date/time'],
  // The session of a ServiceAccount's token is named by the SDK after the time, and AWS names the session.
  [/\baws-sdk-js-session-\d+/g, 'aws-sdk-js-session'],
];

function classOf(service: string, codes: readonly string[], error: SdkError): ErrorClass {
  for (const code of codes) {
    const listed = rowByText(service, code, error.message ?? '')?.[1] ?? listedClass(service, code);
    if (listed !== undefined) return listed;
  }
  // Node's system errors and TLS alerts: no answer came, or not all of it.
  if (error.$fault === undefined && isConnectionCode(error.code)) return 'Transient';
  const status = error.$metadata?.httpStatusCode;
  // S3 answers HeadBucket without a body, so only the status tells; 403 is somebody else's bucket.
  if (status === 401 || status === 403) return 'Denied';
  if (status === 404 && service === 'S3' && !isUnreadable(error)) return 'NotFound';
  if (status === 429) return 'Throttled';
  if (status !== undefined && status >= 500 && status !== 501) return 'Transient';
  // Half of a success: a read is repeated, a write is looked for.
  if (status !== undefined && status < 300) return 'Transient';
  return 'Unknown';
}

function isConnectionCode(code: string | undefined): boolean {
  return code !== undefined && !code.startsWith('ERR_INVALID') && /^(E[A-Z_]+|HPE_[A-Z_]+)$/.test(code);
}

/** Undefined where AWS says that the thing does not exist; other errors pass through. */
export async function orAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CloudError && error.class === 'NotFound') return undefined;
    throw error;
  }
}
