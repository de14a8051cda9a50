import { ApiError } from '../errors.ts';
import type { Call, StreamCall } from '../transport.ts';

/** An open watch as a test drives it. */
export interface FakeWatch {
  call: StreamCall;
  send(type: string, object: unknown): void;
  line(text: string): void;
  end(): void;
  fail(error: Error): void;
}

/** Stands in for a transport: answers by a function, and leaves watches open until told. */
export interface FakeServer {
  request<T>(call: Call): Promise<T>;
  stream(call: StreamCall, onLine: (line: string) => void): Promise<void>;
  readonly before: [];
  readonly calls: Call[];
  readonly watches: FakeWatch[];
  /** The watch opened last. @throws when there is none. */
  watch(): FakeWatch;
}

/** A server whose answers, also the errors, come from `answer`. */
export function createFakeServer(answer: (call: Call) => unknown): FakeServer {
  const calls: Call[] = [];
  const watches: FakeWatch[] = [];

  return {
    before: [],
    calls,
    watches,
    async request<T>(call: Call): Promise<T> {
      calls.push(structuredClone({ ...call, signal: undefined }));
      return (await answer(call)) as T;
    },
    stream(call, onLine) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      function line(text: string): void {
        try {
          onLine(text);
        } catch (error) {
          reject(error);
        }
      }
      const send = (type: string, object: unknown) => line(JSON.stringify({ type, object }));
      watches.push({ call, send, line, end: resolve, fail: reject });
      call.signal.addEventListener('abort', () => reject(call.signal.reason), { once: true });
      return promise;
    },
    watch() {
      const last = watches.at(-1);
      if (!last) throw new Error('no watch was opened');
      return last;
    },
  };
}

/** An error as the API server sends it. */
export function apiError(status: number, reason: string, retryAfterSeconds?: number): ApiError {
  return new ApiError({ status, reason, message: `${status} ${reason}`, retryAfterSeconds });
}
