/** A cached virtual environment for the pinned emulators. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../lock.ts';

export type BenchLog = (message: string) => void;

const run = promisify(execFile);
const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

async function findPython(): Promise<{ command: string; version: string }> {
  const seen: string[] = [];
  for (const command of CANDIDATES) {
    try {
      const { stdout } = await run(command, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
      const version = stdout.trim();
      const [major = 0, minor = 0] = version.split('.').map(Number);
      if (major === 3 && minor >= 10) return { command, version };
      seen.push(`${command} is ${version}`);
    } catch {
      // Not installed under this name.
    }
  }
  throw new Error(
    `the bench needs Python 3.10 or newer as python3 on PATH (${seen.join(', ') || 'none found'})`,
  );
}

function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'opta-operator', 'python');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function failure(error: unknown): string {
  const output = error as { stderr?: string; stdout?: string; message?: string };
  return (output.stderr?.trim() || output.stdout?.trim() || output.message || String(error)).slice(-2000);
}

async function build(command: string, requirements: string, directory: string): Promise<void> {
  const draft = `${directory}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  try {
    await run(command, ['-m', 'venv', draft]).catch((error: unknown) => {
      throw new Error(
        `${command} cannot make a virtual environment (Debian and Ubuntu: install python3-venv): ${failure(error)}`,
      );
    });
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-input',
      '--disable-pip-version-check',
      '-r',
      requirements,
    ];
    await run(join(draft, 'bin', 'python'), pip, { maxBuffer: 1 << 26 }).catch((error: unknown) => {
      throw new Error(`pip could not install the emulator: ${failure(error)}`);
    });
    await rm(directory, { recursive: true, force: true });
    await rename(draft, directory);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * Path of a Python that has the requirements installed: from the user's cache, or built into it (about 20 s, with pip as
 * the machine has it configured). Throws where there is no Python 3.10 or newer, no venv module, or pip fails.
 */
export async function ensurePython(requirements: string, log: BenchLog): Promise<string> {
  const found = await findPython();
  const hash = createHash('sha256')
    .update(found.version)
    .update(await readFile(requirements));
  const directory = join(cacheDirectory(), hash.digest('hex').slice(0, 16));
  const python = join(directory, 'bin', 'python');
  if (await exists(python)) return python;
  await mkdir(cacheDirectory(), { recursive: true });
  const waits = () => log(`another process is installing the AWS emulator into ${directory}; waiting for it`);
  return withLock(`${directory}.lock`, waits, async () => {
    if (await exists(python)) return python;
    log(`installing the AWS emulator with pip into ${directory} (once)`);
    await build(found.command, requirements, directory);
    return python;
  });
}
