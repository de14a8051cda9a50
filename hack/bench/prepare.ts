import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Prepare {
  readonly log: (line: string) => void;
  /** Ends the building at once and removes what is half-made. */
  readonly signal?: AbortSignal;
}

const SCRIPT = join(import.meta.dirname, 'prepare', 'main.ts');
const GRACE_MS = 10_000;
const KEPT_ERROR_CHARACTERS = 4_000;

/**
 * Builds what the bench needs and the user's cache lacks: the control plane (minutes) and the AWS emulator's Python
 * environment. It does so in a process group of its own, so that compiler and pip end with it.
 * Rejects with what failed, or with the signal's reason.
 */
export async function prepareBench({ log, signal }: Prepare): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(process.execPath, [SCRIPT], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  createInterface(child.stdout).on('line', log);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-KEPT_ERROR_CHARACTERS);
  });

  let killer: NodeJS.Timeout | undefined;
  const killGroup = (how: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, how);
    } catch {
      // Gone already.
    }
  };
  const end = () => {
    killGroup('SIGINT');
    killer = setTimeout(() => killGroup('SIGKILL'), GRACE_MS);
  };
  const killAtExit = () => killGroup('SIGKILL');
  signal?.addEventListener('abort', end);
  process.once('exit', killAtExit);
  try {
    const code = await new Promise<number | null>((resolve, reject) =>
      child.on('error', reject).on('close', resolve),
    );
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(errors.trim() || `preparing the bench ended with ${code}`);
  } finally {
    clearTimeout(killer);
    signal?.removeEventListener('abort', end);
    process.off('exit', killAtExit);
  }
}
