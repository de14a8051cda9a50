import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestCertificate } from '../../hack/bench/certificate.ts';
import { systemClock } from '../engine/clock.ts';
import { AnswerTooLongError, isNotFound, isUnauthorized, TimeoutError } from './errors.ts';
import type { UserEntry } from './kubeconfig.ts';
import { createTransport, type Exchange, type TransportOptions } from './transport.ts';

interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

type Answer = (request: Received, response: ServerResponse, socket: Socket) => void;

const { certificate, key } = createTestCertificate();

let directory: string;
let server: Server;
let port: number;
let received: Received[];
let connections: Set<Socket>;
let answer: Answer;
let transport: ReturnType<typeof createTransport> | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'transport-'));
  received = [];
  connections = new Set();
  answer = (_request, response) => response.end('{}');
  server = createServer({ cert: certificate, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, socket } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      answer(one, response, socket);
    });
  });
  server.on('secureConnection', socket => connections.add(socket));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});

afterEach(async () => {
  transport?.close();
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

function connect(
  user: UserEntry = { token: 'secret-token' },
  options: Partial<TransportOptions> = {},
  prefix = '',
) {
  const cluster = {
    server: `https://127.0.0.1:${port}${prefix}`,
    'certificate-authority-data': Buffer.from(certificate).toString('base64'),
  };
  transport = createTransport({ context: { name: 'test', cluster, user }, clock: systemClock, ...options });
  return transport;
}

function status(response: ServerResponse, code: number, reason: string): void {
  response.statusCode = code;
  response.end(JSON.stringify({ kind: 'Status', code, reason, message: `it is ${reason}` }));
}

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

const get = { method: 'GET', path: '/api/v1/x' } as const;
const patch = {
  method: 'PATCH',
  path: '/api/v1/x',
  contentType: 'application/merge-patch+json',
  body: { text: 'ü' },
} as const;

describe('a request', () => {
  test('carries token, query and body, and gives the parsed answer', async () => {
    answer = (_request, response) => response.end('{"kind":"X"}');
    const query = { fieldManager: 'a b', force: true, absent: undefined };
    expect(await connect({ token: 'secret-token' }, {}, '/prefix/').request({ ...patch, query })).toEqual({
      kind: 'X',
    });
    expect(received).toMatchObject([
      {
        method: 'PATCH',
        url: '/prefix/api/v1/x?fieldManager=a+b&force=true',
        body: '{"text":"ü"}',
        headers: {
          authorization: 'Bearer secret-token',
          'content-type': 'application/merge-patch+json',
          accept: 'application/json',
        },
      },
    ]);
  });

  test('of the lease waits for no other', async () => {
    answer = ({ url }, response) => {
      if (url === '/lease') response.end('{}');
    };
    const { request } = connect();
    const { signal, abort } = abortable();
    const others = Array.from({ length: 40 }, () =>
      request({ ...get, signal, timeoutMs: 60_000 }).catch(() => 'given up'),
    );
    await expect.poll(() => connections.size).toBe(32);
    await request({ ...get, path: '/lease', unguarded: true, timeoutMs: 5_000 });
    abort();
    expect(new Set(await Promise.all(others))).toEqual(new Set(['given up']));
    expect(received.filter(({ url }) => url === '/lease')).toHaveLength(1);
  });

  test('reuses one connection, and waits for a free one beyond the limit', async () => {
    const { request } = connect();
    for (let i = 0; i < 20; i += 1) await request(get);
    expect(connections.size).toBe(1);
    answer = (_request, response) => setTimeout(() => response.end('{}'), 5);
    await Promise.all(Array.from({ length: 200 }, () => request(get)));
    expect(received).toHaveLength(220);
    expect(connections.size).toBeLessThanOrEqual(32);
  });

  test('is refused with the words of the server', async () => {
    answer = (_request, response) => status(response, 404, 'NotFound');
    const error: unknown = await connect()
      .request(get)
      .catch((thrown: unknown) => thrown);
    expect(isNotFound(error)).toBe(true);
    expect(String(error)).toContain('GET /api/v1/x: 404 it is NotFound');
  });

  test('does not trust a server with another certificate', async () => {
    const other = createTestCertificate();
    const cluster = {
      server: `https://127.0.0.1:${port}`,
      'certificate-authority-data': Buffer.from(other.certificate).toString('base64'),
    };
    transport = createTransport({ context: { name: 'test', cluster, user: {} }, clock: systemClock });
    await expect(transport.request(get)).rejects.toThrow(/certificate|signature/);
    expect(received).toEqual([]);
  });

  test('says nothing of a broken answer, which may be a Secret', async () => {
    answer = (_request, response) => response.end('{"data": canary}');
    await expect(connect().request(get)).rejects.toThrow(/^GET \/api\/v1\/x: the answer is not JSON$/);
  });
});

describe('an answer that is too long', () => {
  const piece = Buffer.alloc(1024 * 1024, ' ');

  /** Goes on as long as somebody reads, up to so many MB. */
  function writes(pieces: number): Answer {
    return (_request, response) => {
      let written = 0;
      function write(): void {
        written += 1;
        if (written < pieces) response.write(piece, error => error ?? write());
        else response.end('{}');
      }
      write();
    };
  }

  test('is given up while it comes, with its connection; the next request has another', async () => {
    answer = writes(600);
    const { request } = connect();
    await expect(request({ ...get, timeoutMs: 60_000 })).rejects.toThrow(AnswerTooLongError);
    await expect.poll(() => [...connections].filter(({ destroyed }) => !destroyed)).toEqual([]);
    answer = writes(32);
    expect(await request(get)).toEqual({});
  });
});

describe('time and ends', () => {
  test.each<[string, Answer]>([
    ['never answers', () => {}],
    ['stops in the middle of the body', (_request, response) => response.write('{"a":')],
  ])('a server that %s is given up', async (_name, hang) => {
    answer = hang;
    await expect(connect().request({ ...get, timeoutMs: 50 })).rejects.toThrow(TimeoutError);
  });

  test.each<[string, Answer]>([
    ['before the answer', (_request, _response, socket) => socket.destroy()],
    [
      'in the middle of it',
      (_request, response, socket) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"a":', () => socket.destroy());
      },
    ],
  ])('a connection that breaks %s is an error with a network code', async (_name, breaks) => {
    answer = breaks;
    await expect(connect().request(patch)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(received).toHaveLength(1);
  });

  test('the caller can end it', async () => {
    answer = () => {};
    const controller = new AbortController();
    const request = connect().request({ ...get, signal: controller.signal });
    await expect.poll(() => received).toHaveLength(1);
    controller.abort(new Error('enough'));
    await expect(request).rejects.toThrow('enough');
    await expect(connect().request({ ...get, signal: controller.signal })).rejects.toThrow('enough');
  });

  test('a kept connection that the server has just closed is tried again for reads, never for writes', async () => {
    const { request } = connect();
    async function afterOneThatWorked(call: typeof get | typeof patch): Promise<unknown> {
      answer = (_request, response) => response.end('{}');
      await request(get);
      received = [];
      answer = (_request, response, socket) => {
        if (received.length === 1) socket.destroy();
        else response.end('{}');
      };
      return request(call);
    }
    expect(await afterOneThatWorked(get)).toEqual({});
    expect(received).toHaveLength(2);
    await expect(afterOneThatWorked(patch)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(received).toHaveLength(1);
  });
});

describe('credentials', () => {
  test('are read again on a 401, once', async () => {
    const tokenFile = join(directory, 'token');
    await writeFile(tokenFile, 'old\n');
    const { request } = connect({ tokenFile });
    await request(get);
    await writeFile(tokenFile, 'new\n');
    answer = ({ headers }, response) => {
      if (headers.authorization === 'Bearer new') response.end('{}');
      else status(response, 401, 'Unauthorized');
    };
    await request(patch);
    expect(received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer old',
      'Bearer old',
      'Bearer new',
    ]);

    answer = (_request, response) => status(response, 401, 'Unauthorized');
    received = [];
    const error: unknown = await request(get).catch((thrown: unknown) => thrown);
    expect(isUnauthorized(error)).toBe(true);
    expect(received).toHaveLength(2);
  });
});

describe('hooks', () => {
  test('are asked before writes only, and stop them', async () => {
    const connected = connect();
    const asked: string[] = [];
    connected.before.push(({ method, timeoutMs }) => {
      asked.push(`${method} ${timeoutMs}`);
      throw new Error('not the leader');
    });
    await connected.request(get);
    await expect(connected.request({ ...patch, timeoutMs: 3_000 })).rejects.toThrow('not the leader');
    await connected.request({ ...patch, unguarded: true });
    expect(asked).toEqual(['PATCH 3000']);
    expect(received.map(({ method }) => method)).toEqual(['GET', 'PATCH']);
  });

  test('a test can end a request before it is sent and after it was answered', async () => {
    let end: 'before' | 'after' = 'before';
    const { request } = connect(undefined, {
      async intercept(_call, send) {
        if (end === 'before') throw new Error('ended');
        await send();
        throw new Error('ended');
      },
    });
    await expect(request(patch)).rejects.toThrow('ended');
    expect(received).toHaveLength(0);
    end = 'after';
    await expect(request(patch)).rejects.toThrow('ended');
    expect(received).toHaveLength(1);
  });

  test('every exchange is told, answered or not', async () => {
    const exchanges: Exchange[] = [];
    const { request } = connect(undefined, { onExchange: exchange => exchanges.push(exchange) });
    await request(get);
    answer = (_request, response) => status(response, 404, 'NotFound');
    await request(get).catch(() => {});
    answer = (_request, _response, socket) => socket.destroy();
    await request(patch).catch(() => {});
    expect(exchanges.map(exchange => `${exchange.method} ${exchange.status}`)).toEqual([
      'GET 200',
      'GET 404',
      'PATCH 0',
    ]);
  });
});

describe('a stream', () => {
  test('hands over whole lines however they are cut, and ends with the server', async () => {
    answer = (_request, response) => {
      const bytes = Buffer.from('{"a":"ü"}\n\n{"b":2}\n');
      response.write(bytes.subarray(0, 7));
      setTimeout(() => response.end(bytes.subarray(7)), 5);
    };
    const lines: string[] = [];
    const { signal } = new AbortController();
    await connect().stream({ path: '/x', query: { watch: true }, signal }, line => lines.push(line));
    expect(lines).toEqual(['{"a":"ü"}', '{"b":2}']);
    expect(received[0]?.url).toBe('/x?watch=true');
  });

  test('of an event of many MB takes no time but for its way', async () => {
    const text = 'x'.repeat(16 * 1024 * 1024);
    answer = (_request, response) => response.end(`${text}\n{"b":2}`);
    const lengths: number[] = [];
    const { signal } = new AbortController();
    const startedAt = performance.now();
    await connect().stream({ path: '/x', signal }, ({ length }) => lengths.push(length));
    expect(lengths).toEqual([text.length]);
    // With the whole looked through again at each piece it took 17 s.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test.each<[string, Answer, RegExp]>([
    ['refused', (_request, response) => status(response, 410, 'Expired'), /410 it is Expired/],
    [
      'broken',
      (_request, response, socket) => response.write('{"a":1}\n', () => socket.destroy()),
      /ECONNRESET|aborted|in the middle/,
    ],
  ])('that is %s is an error', async (_name, how, message) => {
    answer = how;
    const { signal } = new AbortController();
    await expect(connect().stream({ path: '/x', signal }, () => {})).rejects.toThrow(message);
  });

  test('ends with its signal, or with what its reader throws', async () => {
    answer = (_request, response) => response.write('{"a":1}\n');
    const controller = new AbortController();
    const endless = connect().stream({ path: '/x', signal: controller.signal }, () =>
      controller.abort(new Error('enough')),
    );
    await expect(endless).rejects.toThrow('enough');
    const { signal } = new AbortController();
    const reader = connect().stream({ path: '/x', signal }, () => {
      throw new Error('unreadable');
    });
    await expect(reader).rejects.toThrow('unreadable');
  });
});
