import { networkInterfaces } from 'node:os';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { serveHttp } from './http.ts';
import { readOptions } from './options.ts';

const hasV6 = Object.values(networkInterfaces())
  .flat()
  .some(one => one?.family === 'IPv6');
const well = { live: () => undefined, ready: () => 'no list of Queues' };

test.each([
  ['all addresses, those of IPv6 too', [], hasV6 ? ['127.0.0.1', '[::1]'] : ['127.0.0.1']],
  ['the one that is named', ['--http-host', '127.0.0.1'], ['127.0.0.1']],
])('health is told on %s', async (_, flags, hosts) => {
  const { httpHost } = readOptions(['--installation', 'test', ...flags], {}, 'h');
  const server = await serveHttp(0, httpHost, well, new Registry());
  try {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    for (const host of hosts) {
      const answers = ['healthz', 'readyz', 'else'].map(path => fetch(`http://${host}:${port}/${path}`));
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 503, 404]);
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
