import { existsSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(directory, 'lock');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test.each(['', String(process.pid)])('a lock %j that nobody keeps up is taken', async left => {
  await writeFile(path, left);
  const long = new Date(Date.now() - 60_000);
  await utimes(path, long, long);
  expect(
    await withLock(
      path,
      () => {},
      async () => 'done',
    ),
  ).toBe('done');
  expect(existsSync(path)).toBe(false);
});

test('who waits for another says so once, and goes on after it', async () => {
  const told: string[] = [];
  let release = () => {};
  const released = new Promise<void>(resolve => {
    release = resolve;
  });
  const first = withLock(
    path,
    () => {},
    async () => {
      await released;
      told.push('first');
    },
  );
  await expect.poll(() => existsSync(path)).toBe(true);
  const waits = () => {
    told.push('waits');
    release();
  };
  await withLock(path, waits, async () => void told.push('second'));
  await first;
  expect(told).toEqual(['waits', 'first', 'second']);
});
