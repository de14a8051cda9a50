import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const heartbeatMilliseconds = 2_000;
const staleMilliseconds = 20_000;
const pollMilliseconds = 500;

/**
 * Runs `work` while holding the lock file at `path`; other processes wait. A holder touches the file every 2 s; one
 * that has not for 20 s is taken to be dead. `onWait` is called once if somebody else holds the lock.
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const owner = randomUUID();
  for (let waited = false; !(await take(path, owner)); ) {
    if (await isStale(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!waited) onWait();
    waited = true;
    await delay(pollMilliseconds);
  }
  const heartbeat = setInterval(() => touch(path), heartbeatMilliseconds);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readFile(path, 'utf8').catch(() => '')) === owner) await rm(path, { force: true });
  }
}

async function take(path: string, owner: string): Promise<boolean> {
  try {
    await writeFile(path, owner, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  const held = await stat(path).catch(() => undefined);
  return held !== undefined && Date.now() - held.mtimeMs > staleMilliseconds;
}

function touch(path: string): void {
  const now = new Date();
  utimes(path, now, now).catch(() => {});
}
