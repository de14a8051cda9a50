import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import { join } from 'node:path';
import { freePorts } from '../../../hack/bench/kubernetes/ports.ts';
import type { Teller } from './party.ts';

/** A way to the API server that one process alone takes. */
export interface KubeSide {
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/**
 * Passes everything on to the API server, whose certificate it bears (`directory` is the control plane's), and tells the
 * process of its requests.
 */
export async function kubeSide(server: string, directory: string, party: Teller): Promise<KubeSide> {
  const [key, cert] = await Promise.all(
    ['apiserver.key', 'apiserver.crt'].map(name => readFile(join(directory, 'certificates', name))),
  );
  const [port = 0] = await freePorts(1);
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (isWatch(incoming)) {
      await party.pass(undefined, async () => undefined);
      stream(incoming, outgoing);
      return;
    }
    const sentAt = performance.now();
    const body = await bodyOf(incoming);
    const answer = await party.pass(writeOf(incoming), () => send(incoming, body));
    if (answer === undefined) {
      outgoing.destroy();
      return;
    }
    if (isLease(incoming) && incoming.method !== 'GET' && answer.status < 300) party.leased(sentAt);
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  function open({ method, url = '/', headers }: IncomingMessage) {
    return request(`${server}${url}`, { agent, method, headers });
  }

  /** To its end, also when who asked is gone. */
  function send(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onward = open(incoming);
      onward.once('error', reject);
      onward.once('response', answer => {
        const { statusCode: status = 502, headers } = answer;
        bodyOf(answer).then(
          whole => resolve({ status, headers: sized(headers, whole), body: whole }),
          reject,
        );
      });
      onward.end(body);
    });
  }

  function stream(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const onward = open(incoming);
    const end = () => {
      onward.destroy();
      outgoing.destroy();
    };
    outgoing.once('close', end);
    onward.once('error', end);
    onward.once('response', answer => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      answer.once('error', end);
      answer.pipe(outgoing);
    });
    onward.end();
  }

  const proxy = createServer({ key, cert }, (incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // A handshake takes longer than a request, and is begun for one.
  proxy.on('connection', socket => {
    const opened = party.opening();
    socket.once('close', opened);
    proxy.once('secureConnection', opened);
  });
  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject);
    proxy.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `https://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise(resolve => proxy.close(resolve));
      proxy.closeAllConnections();
      await closed;
      agent.destroy();
    },
  };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sized(headers: IncomingMessage['headers'], body: Buffer): IncomingMessage['headers'] {
  const { 'transfer-encoding': _, ...rest } = headers;
  return { ...rest, 'content-length': String(body.length) };
}

function isWatch({ url = '' }: IncomingMessage): boolean {
  return new URL(url, 'https://any').searchParams.get('watch') === 'true';
}

function isLease({ url = '' }: Pick<IncomingMessage, 'url'>): boolean {
  return url.startsWith('/apis/coordination.k8s.io/');
}

/** As the tests of crashes count them: events come when they come, and the Lease is told of by itself. */
function writeOf({ method = 'GET', url = '' }: IncomingMessage): string | undefined {
  if (method === 'GET' || url.startsWith('/apis/events.k8s.io/') || isLease({ url })) return undefined;
  return `${method} ${new URL(url, 'https://any').pathname}`;
}
