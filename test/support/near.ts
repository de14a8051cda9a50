import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { BROKEN_HEADER } from '../../hack/bench/aws/broken.ts';
import type { Gateway } from '../../hack/bench/aws/gateway.ts';
import type { Answer } from '../../hack/bench/aws/overlay.ts';

type Handle = NodeHttpHandler['handle'];
type Request = Parameters<Handle>[0];
type Response = Awaited<ReturnType<Handle>>;

/**
 * The SDK's own handler, but a gateway of this process is asked without the network: two thirds of a call's time is that of
 * sockets. What becomes of a connection that breaks or hangs is seen on a real one. `headers` come with each call.
 */
export function near(
  gateway: Pick<Gateway, 'ask'>,
  sockets: NodeHttpHandler,
  headers: Readonly<Record<string, string>> = {},
): NodeHttpHandler {
  const send: Handle = sockets.handle.bind(sockets);
  sockets.handle = async (request, options) => {
    Object.assign(request.headers, headers);
    const body = bodyOf(request);
    // What it answers with is read as a stream.
    if (body === undefined || request.query?.['x-id'] === 'GetObject') return send(request, options);
    const { method, path } = request;
    const asked = { method, path, query: queryOf(request), headers: lowerCased(request.headers) };
    const told = await unless(options?.abortSignal as AbortSignal | undefined, gateway.ask(asked, body));
    if ('answer' in told) return responseOf(method, told.answer);
    request.headers[BROKEN_HEADER] = told.broken;
    return send(request, options);
  };
  return sockets;
}

function bodyOf({ body }: Request): Buffer | undefined {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (!(body instanceof Uint8Array)) return undefined;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function queryOf({ query = {} }: Request): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, one ?? '');
  }
  return params;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

function responseOf(method: string, { status, headers, body }: Answer): Response {
  // A copy: the SDK makes what it gets its own, and the gateway may answer with it again.
  const own = method === 'HEAD' ? new Uint8Array() : new Uint8Array(body);
  return { response: { statusCode: status, headers: { ...headers }, body: own } } as unknown as Response;
}

/** As the SDK's handler: who calls hears at once that it was told to stop; what was asked goes on. */
async function unless<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
