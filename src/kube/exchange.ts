import type { Agent, RequestOptions as HttpOptions, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { AnswerTooLongError } from './errors.ts';

interface Outgoing extends Pick<HttpOptions, 'hostname' | 'port' | 'path' | 'method'> {
  agent: Agent;
  servername: string | undefined;
  headers: Record<string, string | number>;
  body: Buffer | undefined;
  /** Ends the exchange at any moment, also while the answer is being read. */
  signal: AbortSignal;
  /** Send TCP probes while the connection is quiet, to notice a peer that went away without a word. */
  probes: boolean;
}

/** Idle time before TCP probes, in ms, as client-go has it (net/http transport of client-go, 30 s). */
const probeAfterMs = 30_000;

/**
 * Longest answer that is read, in bytes. Any one object is shorter: a write has 3 MB at most (apiserver, MaxRequestBodyBytes), an
 * object in etcd 1.5 MB (etcd, --max-request-bytes), and JSON has up to six bytes for one (`<` comes as \u003c). A list of them
 * has no bound of its own: whoever fills one namespace could end the process, which has no text of 512 MB, or no memory.
 */
const longestAnswer = 32 * 1024 * 1024;

/** A request failed before any answer, on a connection that had served before: the server had probably just closed it. */
export class StaleConnectionError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'StaleConnectionError';
  }
}

/** Sends a request; resolves with the answer's head, its body unread. */
export function exchange(outgoing: Outgoing): Promise<IncomingMessage> {
  const { signal, body, probes, servername, ...options } = outgoing;
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ ...options, ...(servername ? { servername } : {}) });
    function abort(): void {
      const reason = reasonOf(signal);
      reject(reason);
      request.destroy(reason);
    }
    request.once('close', () => signal.removeEventListener('abort', abort));
    request.once('response', resolve);
    request.on('error', error => {
      const stale = request.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
      reject(stale ? new StaleConnectionError(error) : error);
    });
    if (probes) request.once('socket', socket => socket.setKeepAlive(true, probeAfterMs));
    signal.addEventListener('abort', abort, { once: true });
    request.end(body);
  });
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}

/**
 * The whole body of an answer.
 * @throws AnswerTooLongError as soon as it is, and the connection is closed.
 */
export async function readText(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  return Buffer.concat(await readChunks(response, signal)).toString('utf8');
}

function readChunks(response: IncomingMessage, signal: AbortSignal): Promise<readonly Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > longestAnswer) response.destroy(tooLong());
      else chunks.push(chunk);
    });
    response.once('end', () => resolve(chunks));
    onBreak(response, signal, reject);
  });
}

function tooLong(): AnswerTooLongError {
  return new AnswerTooLongError(`the answer is longer than ${longestAnswer / 1024 / 1024} MB`);
}

/** Hands over each line of an answer as it comes; resolves at its clean end. What `onLine` throws ends it too. */
export function readLines(
  response: IncomingMessage,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      // Only what is new is looked through: a line of some MB comes in hundreds of pieces.
      const [end = '', ...begun] = text.split('\n');
      rest += end;
      try {
        for (const next of begun) {
          const line = rest;
          rest = next;
          if (line !== '') onLine(line);
        }
      } catch (error) {
        reject(error);
        response.destroy();
      }
    });
    response.once('end', () => resolve());
    onBreak(response, signal, reject);
  });
}

function onBreak(response: IncomingMessage, signal: AbortSignal, reject: (error: Error) => void): void {
  response.once('error', error => reject(signal.aborted ? reasonOf(signal) : error));
  response.once('close', () => {
    if (!response.complete) reject(signal.aborted ? reasonOf(signal) : broken());
  });
}

function broken(): Error {
  return Object.assign(new Error('the connection ended in the middle of the answer'), { code: 'ECONNRESET' });
}
