import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which Linux and macOS take the ports of outgoing connections: there, a client that keeps
// connecting to a stopped server may be given that very port, connect to itself and keep it (TCP simultaneous open).
const first = 20_000;
const last = 32_767;

/** Finds `count` different TCP ports that nothing listens on at 127.0.0.1 now; another process may still be faster. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; found.size < count; attempt += 1) {
    if (attempt > 1000) throw new Error(`no free TCP port on 127.0.0.1 between ${first} and ${last}`);
    const port = randomInt(first, last + 1);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
