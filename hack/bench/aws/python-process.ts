/** An emulator in Python as a child process that never outlives this one. */

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type BenchLog, ensurePython } from './python.ts';

export interface Emulator {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

export interface PythonProgram {
  readonly name: 'ministack' | 'moto';
  /** What takes time and is the same for each that runs it: imports above all. */
  prepare: string;
  /** Binds a free port of 127.0.0.1, tells its number by `tell(port)`, and serves. */
  serve: string;
  /** What a nursery does besides, once for all that are born there; defines `born()`: what each does for itself before it serves. */
  warmUp: string;
  environment: Record<string, string>;
  /** Answers 200 once the emulator serves. */
  healthPath: string;
}

const REQUIREMENTS = fileURLToPath(new URL('../requirements.txt', import.meta.url));
const READY_WITHIN_MS = 60_000;

/** `leash(fd)`: the process ends when the other side of this file does, however that happens. */
export const LEASH = `
import os, sys, threading

def leash(fd):
    def watch():
        while os.read(fd, 1024):
            pass
        os._exit(0)
    threading.Thread(target=watch, daemon=True).start()
`;

const PRINT = `
def tell(port):
    print(port, flush=True)

leash(0)
`;

/** Installs the emulators where they are not yet; returns the Python that has them. */
export function ensureEmulators({ log }: { log: BenchLog }): Promise<string> {
  return ensurePython(REQUIREMENTS, log);
}

/** Nothing of the user's but what Python needs. */
export function environmentOf({ environment }: Pick<PythonProgram, 'environment'>): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  return {
    ...(PATH && { PATH }),
    ...(HOME && { HOME }),
    ...(LANG && { LANG }),
    ...(TMPDIR && { TMPDIR }),
    AWS_EC2_METADATA_DISABLED: 'true',
    ...environment,
  };
}

/** The port that the child prints, once its health endpoint answers; rejects with what it wrote where it fails. */
async function ready(child: ChildProcess, healthPath: string): Promise<string> {
  let output = '';
  let port = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    port += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-4000);
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the AWS emulator ended: ${output}`);
    if (port.endsWith('\n')) {
      const url = `http://127.0.0.1:${port.trim()}`;
      const healthy = await fetch(`${url}${healthPath}`).then(
        answer => answer.ok,
        () => false,
      );
      if (healthy) return url;
    }
    await new Promise(resolve => setTimeout(resolve, 30));
  }
  throw new Error(`the AWS emulator was not ready within ${READY_WITHIN_MS / 1000} s: ${output}`);
}

/** Starts the program on a free loopback port; it ends with this process. */
export async function startPythonProcess(
  program: PythonProgram,
  { log }: { log: BenchLog },
): Promise<Emulator> {
  const python = await ensureEmulators({ log });
  const child = spawn(python, ['-c', LEASH + PRINT + program.prepare + program.serve], {
    env: environmentOf(program),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>(resolve => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  async function stop(): Promise<void> {
    child.kill('SIGKILL');
    await exited;
  }
  try {
    const url = await ready(child, program.healthPath);
    return { url, pid: child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
