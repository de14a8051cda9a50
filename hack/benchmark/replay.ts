import { Agent, request } from 'node:http';
import type { Overlay } from '../bench/aws/overlay.ts';

/** A call as the emulator gets it. */
interface RawCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const SERVICES = ['s3', 'sqs', 'sns', 'kms', 'tagging', 'sts'];

/** Notes every call that passes the gateway, once begun. */
export function recorder(): { overlays: Overlay[]; begin(): void; calls(): readonly RawCall[] } {
  const calls: RawCall[] = [];
  let isOn = false;
  const overlays = SERVICES.map<Overlay>(service => ({
    service,
    operation: /.*/,
    source: 'the benchmark, to measure the emulator alone',
    before(call) {
      if (!isOn) return undefined;
      const query = call.query.toString();
      calls.push({
        method: call.method,
        path: query === '' ? call.path : `${call.path}?${query}`,
        headers: { ...call.headers },
        body: call.body,
      });
      return undefined;
    },
  }));
  return {
    overlays,
    begin() {
      isOn = true;
    },
    calls: () => calls,
  };
}

/** As many connections as bring out the most of an emulator that has one thread. */
const CONNECTIONS = 8;

/** Seconds that the emulator takes for the same calls, asked by a client that does nothing else. */
export async function replay(url: string, calls: readonly RawCall[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const rest = [...calls];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let call = rest.shift(); call !== undefined; call = rest.shift()) await send(agent, url, call);
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return seconds;
}

function send(agent: Agent, url: string, call: RawCall): Promise<void> {
  return new Promise((resolve, reject) => {
    const { host: _host, connection: _connection, ...headers } = call.headers;
    const outgoing = request(`${url}${call.path}`, { agent, method: call.method, headers }, answer => {
      answer.resume();
      answer.once('end', () => resolve());
      answer.once('error', reject);
    });
    outgoing.once('error', reject);
    outgoing.end(call.body);
  });
}
