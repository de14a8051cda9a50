import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';

export interface Health {
  /** Undefined: well; else what is wrong. */
  live(): string | undefined;
  ready(): string | undefined;
}

/** `/healthz`, `/readyz`, `/metrics`. Without a host on `::`, or `0.0.0.0` where there is no IPv6. Resolves when it listens. */
export async function serveHttp(
  port: number,
  host: string | undefined,
  health: Health,
  registry: Registry,
): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (problem: string | undefined) => {
      response.writeHead(problem === undefined ? 200 : 503, { 'content-type': 'text/plain' });
      response.end(`${problem ?? 'ok'}\n`);
    };
    const path = (request.url ?? '').split('?')[0];
    if (path === '/healthz') return answer(health.live());
    if (path === '/readyz') return answer(health.ready());
    if (path !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      text => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}
