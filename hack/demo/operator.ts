import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench/bench.ts';
import { freePorts } from '../bench/kubernetes/ports.ts';
import { logTail } from '../bench/kubernetes/program.ts';
import { operatorAccess } from '../bench/operator.ts';

export interface OperatorProcess {
  readonly pid: number;
  /** `http://127.0.0.1:12345`: /healthz, /readyz, /metrics. */
  readonly url: string;
  readonly logPath: string;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  /** Nothing where it has ended. */
  signal(name: NodeJS.Signals): void;
}

export interface RunningOperator extends OperatorProcess {
  stop(): Promise<void>;
}

/** Where an operator runs: its files, and all of its environment but `PATH` and `HOME`. */
export interface OperatorPlace {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

const ROOT = join(import.meta.dirname, '..', '..');
const LEASH = new URL('leash.ts', import.meta.url).href;
const READY_WITHIN_MS = 30_000;
const GRACE_MS = 10_000;

/**
 * Starts the operator as a process of its own, as its ServiceAccount and with the bench as its AWS; resolves when it is
 * ready. Rejects with the end of its log.
 */
export async function startOperator(
  bench: Bench,
  log: (line: string) => void,
  flags: readonly string[] = [],
): Promise<RunningOperator> {
  const access = await operatorAccess(bench, log);
  const environment = { ...bench.environment, KUBECONFIG: access.kubeconfig };
  const running = await spawnOperator({ directory: bench.directory, environment }, [
    '--installation',
    'demo',
    ...flags,
  ]);
  const { logPath, ended } = running;
  async function stop(): Promise<void> {
    access.stop();
    running.signal('SIGTERM');
    const killer = setTimeout(() => running.signal('SIGKILL'), GRACE_MS);
    await ended;
    clearTimeout(killer);
  }

  try {
    await untilReady(running);
  } catch (error) {
    await stop();
    throw new Error(`${error instanceof Error ? error.message : error}\n${logTail(logPath)}`);
  }
  return { ...running, stop };
}

/** The process alone, as `npm start` runs it, with the bench's dummy keys. It does not outlive this one, by its stdin. */
export async function spawnOperator(
  { directory, environment }: OperatorPlace,
  flags: readonly string[],
): Promise<OperatorProcess> {
  const [port = 0] = await freePorts(1);
  const logPath = join(directory, 'operator.log');
  const output = openSync(logPath, 'a', 0o600);
  const own = ['--allow-static-keys', '--http-host', '127.0.0.1', '--http-port', String(port)];
  const child = spawn(process.execPath, ['--import', LEASH, ...startArguments(), ...own, ...flags], {
    cwd: ROOT,
    // Nothing of the user's own AWS environment.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    // A process group of its own: Ctrl-C is for the demo, which then stops the parts in order.
    detached: true,
    stdio: ['pipe', output, output],
  });
  closeSync(output);
  child.stdin?.on('error', () => {});
  const ended = new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message));
    child.once('exit', (code, how) => {
      resolve(how ?? `exit code ${code}`);
    });
  });
  const signal = (name: NodeJS.Signals) => void child.kill(name);
  return { pid: child.pid ?? 0, url: `http://127.0.0.1:${port}`, logPath, ended, signal };
}

/** What `npm start` gives to node, without npm between us and the process. */
function startArguments(): readonly string[] {
  const { scripts }: { scripts: { start: string } } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  return scripts.start.split(' ').slice(2);
}

/** Resolves when all of its watches have their first list. */
async function untilReady({ url, ended }: OperatorProcess): Promise<void> {
  let how: string | undefined;
  void ended.then(text => {
    how = text;
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return;
    if (how !== undefined) throw new Error(`the operator ended (${how})`);
    if (Date.now() > deadline)
      throw new Error(`the operator was not ready within ${READY_WITHIN_MS / 1000} s`);
    await delay(50);
  }
}
