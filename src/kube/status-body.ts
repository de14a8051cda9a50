import { ApiError, type ApiErrorDetails } from './errors.ts';

interface StatusBody {
  kind?: string;
  message?: string;
  reason?: string;
  code?: number;
  details?: ApiErrorDetails;
}

/** Longest piece of an answer that is no Status (a proxy's page) in an error's message. */
const longestForeignBody = 200;

function parse(body: string): StatusBody | undefined {
  try {
    const value: StatusBody | null = JSON.parse(body);
    return value?.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a path is about Secrets: what the API server then says may quote their content. */
export function isAboutSecrets(path: string): boolean {
  return /^\/api\/v1\/(namespaces\/[^/]+\/)?secrets(\/|$)/.test(path);
}

/** The error of an answer with a status of 400 or more. `what` is method and path. Bodies about Secrets are dropped. */
export function errorOfAnswer(answer: {
  what: string;
  path: string;
  status: number;
  body: string;
  retryAfter?: string | undefined;
}): ApiError {
  const { what, path, status } = answer;
  const body = parse(answer.body);
  const retryAfterSeconds = secondsOf(answer.retryAfter) ?? body?.details?.retryAfterSeconds;
  const reason = body?.reason ?? '';
  if (isAboutSecrets(path)) {
    const message = `${what}: ${status} ${reason} (what the API server says about Secrets is not shown)`;
    return new ApiError({ status, reason, message, path, retryAfterSeconds });
  }
  const words = body?.message ?? answer.body.slice(0, longestForeignBody).trim();
  const message = `${what}: ${status} ${words || reason}`;
  return new ApiError({ status, reason, message, path, details: body?.details, retryAfterSeconds });
}

/** The error of an ERROR event in a watch: its object is a Status. */
export function errorOfEvent(path: string, object: unknown): ApiError {
  const body: StatusBody = typeof object === 'object' && object !== null ? object : {};
  const status = typeof body.code === 'number' ? body.code : 500;
  return errorOfAnswer({
    what: `WATCH ${path}`,
    path,
    status,
    body: JSON.stringify({ ...body, kind: 'Status' }),
  });
}

function secondsOf(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) ? seconds : undefined;
}
