/** Emulators in Python that begin as copies of one process that is ready. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../alive.ts';
import type { BenchLog } from './python.ts';
import {
  type Emulator,
  ensureEmulators,
  environmentOf,
  LEASH,
  type PythonProgram,
  startPythonProcess,
} from './python-process.ts';

export interface Nursery {
  /** Those that were born here live on. */
  stop(): Promise<void>;
}

// It listens at once, and prepares when the first one asks: most runs of a single test file need none. A process with
// threads must not fork, so it has none; its leash is one of the two things that it waits for.
const LISTEN = `
import gc, select, signal, socket, sys

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1])
listener.listen(64)
print("listens", flush=True)

def asked():
    ready, _, _ = select.select([0, listener], [], [])
    if 0 in ready and not os.read(0, 1024):
        os._exit(0)
    return listener in ready

while not asked():
    pass
`;

const BEAR = `
gc.freeze()
while True:
    if not asked():
        continue
    child, _ = listener.accept()
    if os.fork() == 0:
        listener.close()
        leash(child.fileno())
        tell = lambda port: child.sendall(b"%d %d\\n" % (port, os.getpid()))
        break
    child.close()
born()
`;

const POLL_MS = 2;

/** Environment variable: where the nursery of a program listens, for the processes of one test run. */
export function nurseryOf(name: PythonProgram['name']): string {
  return `OPTA_${name.toUpperCase()}_NURSERY`;
}

/** Starts an empty emulator on a free loopback port; it ends with this process. */
export async function startEmulator(program: PythonProgram, { log }: { log: BenchLog }): Promise<Emulator> {
  const nursery = process.env[nurseryOf(program.name)];
  if (nursery === undefined) return startPythonProcess(program, { log });
  const born = await bornIn(nursery);
  // Its port was bound before it was told: this waits until it serves.
  await (await fetch(`${born.url}${program.healthPath}`)).arrayBuffer();
  return born;
}

/**
 * This process and its children have their emulators from now on as copies of one that is ready, and has answered once: its
 * start and its first answers are a second of processor time otherwise. Undone by `stop`.
 */
export async function startNursery(program: PythonProgram, { log }: { log: BenchLog }): Promise<Nursery> {
  const python = await ensureEmulators({ log });
  const directory = await mkdtemp(join(tmpdir(), 'opta-nursery-'));
  const path = join(directory, 'socket');
  const source = LEASH + LISTEN + program.prepare + program.warmUp + BEAR + program.serve;
  const child = spawn(python, ['-c', source, path], {
    env: environmentOf(program),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), ended]);
  process.env[nurseryOf(program.name)] = path;
  return {
    async stop() {
      delete process.env[nurseryOf(program.name)];
      child.stdin.end();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A new one; it ends with this process. Its port is bound before it is told. Rejects where the nursery is gone. */
async function bornIn(path: string): Promise<Emulator> {
  const leash = connect(path);
  let failure = 'it ended';
  leash.on('error', error => {
    failure = error.message;
  });
  const ended = new Promise<undefined>(resolve => leash.once('close', () => resolve(undefined)));
  const told = await Promise.race([new Promise<Buffer>(resolve => leash.once('data', resolve)), ended]);
  if (told === undefined) throw new Error(`nothing is born in the nursery of the AWS emulator: ${failure}`);
  const [port, pid = 0] = String(told).trim().split(' ').map(Number);
  // Held by nobody else: it must not keep this process alive.
  leash.unref();
  return {
    url: `http://127.0.0.1:${port}`,
    pid,
    async stop() {
      leash.ref();
      leash.end();
      await ended;
      // A process that ends closes its files first.
      while (isAlive(pid)) await delay(POLL_MS);
    },
  };
}
