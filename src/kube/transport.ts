import type { IncomingMessage } from 'node:http';
import type { Clock } from '../engine/clock.ts';
import { type Agents, createAgentPool } from './agents.ts';
import { credentialsOf } from './credentials.ts';
import { withDeadline } from './deadline.ts';
import { ApiError, isUnauthorized } from './errors.ts';
import { exchange, readLines, readText, StaleConnectionError } from './exchange.ts';
import { jsonOf } from './json.ts';
import type { KubeContext } from './kubeconfig.ts';
import { type Log, silentLog } from './log.ts';
import { errorOfAnswer } from './status-body.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type Query = Record<string, string | number | boolean | undefined>;

/** One request. `path` is from the root and already encoded, `query` is not. */
export interface Call {
  method: Method;
  path: string;
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  /** Of the body; `application/json` unless told. A PATCH must say which kind it is. */
  contentType?: 'application/json' | 'application/merge-patch+json' | 'application/apply-patch+yaml';
  signal?: AbortSignal | undefined;
  /** For all of it: credentials, connecting, the answer's last byte, and a second try after a 401. 15 s unless told. */
  timeoutMs?: number;
  /**
   * Of the lease itself: sent without asking the `before` hooks, since it has to be written before it is held, and on a
   * connection of its own, since it is lost while it waits.
   */
  unguarded?: boolean;
}

/** A call as hooks see it, with its time-out. */
export type TimedCall = Call & { timeoutMs: number };

/** A watch, which only its signal ends. */
export interface StreamCall {
  path: string;
  query?: Query;
  signal: AbortSignal;
}

/** The way to the API server: small, so that tests can fake it. */
export interface Transport {
  /**
   * Sends a request and parses the answer.
   * @throws ApiError when the server says no; TimeoutError; the signal's reason; a network error of Node.
   */
  request<T>(call: Call): Promise<T>;
  /**
   * Opens a watch and hands over each line as it comes; resolves when the server ends it.
   * @throws as `request`, and what `onLine` throws.
   */
  stream(call: StreamCall, onLine: (line: string) => void): Promise<void>;
  /** Asked in turn right before a write is sent; one that throws stops it. */
  readonly before: ((call: TimedCall) => void | Promise<void>)[];
}

/** What was sent and how it ended, for metrics. `status` is 0 when no answer came. */
export interface Exchange {
  method: Method;
  path: string;
  status: number;
  durationMs: number;
}

export interface TransportOptions {
  context: KubeContext;
  clock: Clock;
  log?: Log;
  userAgent?: string;
  onExchange?: (exchange: Exchange) => void;
  /**
   * Wraps every request (watches are not wrapped): a test ends the operator before `send`, after it, or instead of it.
   * `send` runs the hooks, sends, and reads the answer.
   */
  intercept?: (call: TimedCall, send: () => Promise<unknown>) => Promise<unknown>;
}

/** Longest time for a request unless it says otherwise: the lease's write guard counts on it. */
export const defaultTimeoutMs = 15_000;

/** Connects to the API server of a context, over TLS with keep-alive. `close` drops the connections. */
export function createTransport(options: TransportOptions): Transport & { close(): void } {
  const { context, clock, intercept } = options;
  const credentials = credentialsOf(context, clock, options.log ?? silentLog);
  const pool = createAgentPool();
  const server = new URL(context.cluster.server);
  const target = { hostname: server.hostname.replace(/^\[|\]$/g, ''), port: server.port || 443 };
  const prefix = server.pathname.replace(/\/$/, '');
  const userAgent = options.userAgent ?? 'opta-operator';
  const before: Transport['before'] = [];

  async function open(
    call: TimedCall,
    signal: AbortSignal,
    use: keyof Agents,
    refresh: boolean,
  ): Promise<IncomingMessage> {
    const found = await credentials({ refresh });
    const body = call.body === undefined ? undefined : Buffer.from(jsonOf(call.body));
    if (call.method !== 'GET' && !call.unguarded) for (const hook of before) await hook(call);
    signal.throwIfAborted();
    return exchange({
      ...target,
      method: call.method,
      path: prefix + call.path + queryOf(call.query),
      agent: pool.agentsFor(found)[use],
      servername: found.tls.servername,
      headers: {
        Accept: 'application/json',
        'User-Agent': userAgent,
        ...found.headers,
        ...(body
          ? { 'Content-Type': call.contentType ?? 'application/json', 'Content-Length': body.length }
          : {}),
      },
      body,
      signal,
      probes: use === 'watches',
    });
  }

  /** An answer of less than 400, its body unread; anything else is thrown. */
  async function openWell(
    call: TimedCall,
    signal: AbortSignal,
    use: keyof Agents,
    refresh = false,
  ): Promise<IncomingMessage> {
    const response = await open(call, signal, use, refresh);
    const status = response.statusCode ?? 0;
    if (status < 400) return response;
    const retryAfter = response.headers['retry-after'];
    const body = await readText(response, signal);
    throw errorOfAnswer({ what: `${call.method} ${call.path}`, path: call.path, status, body, retryAfter });
  }

  async function openTwice(
    call: TimedCall,
    signal: AbortSignal,
    use: keyof Agents,
  ): Promise<IncomingMessage> {
    try {
      return await openWell(call, signal, use);
    } catch (error) {
      if (isUnauthorized(error)) return openWell(call, signal, use, true);
      // A write is not sent again: whether the server had done it is unknown, and the caller's next pass finds out.
      if (error instanceof StaleConnectionError && call.method === 'GET') return openWell(call, signal, use);
      throw error instanceof StaleConnectionError ? error.cause : error;
    }
  }

  async function send(call: TimedCall): Promise<unknown> {
    const startedAt = clock.monotonic();
    let status = 0;
    try {
      return await withDeadline(clock, call, async signal => {
        const response = await openTwice(call, signal, call.unguarded ? 'lease' : 'requests');
        status = response.statusCode ?? 0;
        const text = await readText(response, signal);
        return parse(call, text);
      });
    } catch (error) {
      if (error instanceof ApiError) status = error.status;
      throw error;
    } finally {
      const { method, path } = call;
      options.onExchange?.({ method, path, status, durationMs: clock.monotonic() - startedAt });
    }
  }

  return {
    before,
    close: pool.close,
    request<T>(call: Call): Promise<T> {
      const timed = { ...call, timeoutMs: call.timeoutMs ?? defaultTimeoutMs };
      const answer = intercept ? intercept(timed, () => send(timed)) : send(timed);
      return answer as Promise<T>;
    },
    async stream({ path, query, signal }, onLine) {
      const call: TimedCall = {
        method: 'GET',
        path,
        ...(query ? { query } : {}),
        signal,
        timeoutMs: defaultTimeoutMs,
      };
      // The time-out is for the head of the answer; the signal goes on after it.
      const response = await withDeadline(clock, call, head => openTwice(call, head, 'watches'));
      await readLines(response, signal, onLine);
    },
  };
}

function parse(call: Call, text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may be a Secret's.
    throw new Error(`${call.method} ${call.path}: the answer is not JSON`);
  }
}

function queryOf(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? '' : `?${parameters}`;
}
