import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** A running part of the control plane. */
export interface Program {
  name: string;
  pid: number;
  logPath: string;
  /** Resolves when the process is gone. */
  ended: Promise<void>;
  hasEnded(): boolean;
  /** SIGTERM, and SIGKILL after 5 s; resolves when the process is gone. Repeatable. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

const graceMilliseconds = 5_000;
const tailCharacters = 3_000;
// Go's own 100 % costs the API server a third of its time here, where memory is not what is short ("A Guide to the Go
// Garbage Collector").
const garbageCollection = { GOGC: '400' };

/** Starts `command` with its output appended to `logPath`. It does not outlive this process (ours, by its stdin). */
export async function startProgram(
  command: string[],
  args: string[],
  logPath: string,
  onEnd: (how: string) => void,
): Promise<Program> {
  const [file = '', ...firstArgs] = command;
  const log = openSync(logPath, 'a', 0o600);
  const child = spawn(file, [...firstArgs, ...args], {
    // hack/bench/controlplane/main.go: exits at the end of stdin. Programs from elsewhere ignore both.
    stdio: ['pipe', log, log],
    // A process group of its own: Ctrl-C is for the bench, which then stops the parts in order.
    detached: true,
    env: { ...garbageCollection, ...process.env, OPTA_BENCH_EXIT_WITH_STDIN: '1' },
  });
  closeSync(log);
  child.stdin?.on('error', () => {});
  const pid = await started(child);

  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  let stopping = false;
  const ended = new Promise<void>(resolve => {
    child.once('exit', (code, signal) => {
      process.off('exit', killAtExit);
      resolve();
      if (!stopping) onEnd(signal ?? `exit code ${code}`);
    });
  });
  const end = async (signal: NodeJS.Signals) => {
    stopping = true;
    child.kill(signal);
    const killer = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
    await ended;
    clearTimeout(killer);
  };
  const program: Program = {
    name: basename(firstArgs.at(-1) ?? file),
    pid,
    logPath,
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
  return program;
}

/** The last lines that a program wrote, for an error message. */
export function logTail(logPath: string): string {
  return readFileSync(logPath, 'utf8').slice(-tailCharacters);
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}
