import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'demo-'));
});
afterAll(() => rm(temporary, { recursive: true, force: true }));

/** A demo whose benches lie in a directory of this test. */
function startDemo(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
  const isStaying = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('Ctrl-C ends everything')) resolve();
    });
    void ended.then(code => reject(new Error(`ended with ${code}:\n${output}`)));
  });
  isStaying.catch(() => {});
  return { child, ended, isStaying, output: () => output };
}

test('--once shows that it works and ends with 0', async () => {
  const demo = startDemo('--once');
  expect(await demo.ended, demo.output()).toBe(0);
  for (const said of [
    'all Ready after',
    'EKS has the cluster',
    'received from the Queue',
    'read back',
    'cleaned up',
  ]) {
    expect(demo.output()).toContain(said);
  }
  expect(await readdir(temporary)).toEqual([]);
});

test('what it says to do next works, and a signal ends it with nothing left', async () => {
  const demo = startDemo();
  await demo.isStaying;
  const commands = demo
    .output()
    .split('\n')
    .filter(line => /^ {2}(export|kubectl) /.test(line));
  expect(commands.length).toBeGreaterThan(10);
  const script = [
    'set -euo pipefail',
    ...commands,
    'kubectl wait queue orders -n shop --for=jsonpath={.status.observedGeneration}=3 --timeout=20s',
    'kubectl wait bucket uploads -n shop --for=delete --timeout=20s',
  ];
  const { stdout } = await promisify(execFile)('bash', ['-c', script.join('\n')]);
  expect(stdout).toContain('"field":"DelaySeconds","from":"0","to":"5"');
  const [, pid] = /^ {2}kill -9 (\d+)$/m.exec(demo.output()) ?? [];
  process.kill(Number(pid), 'SIGKILL');
  await expect
    .poll(demo.output, { timeout: 20_000 })
    .toMatch(/the operator ended \(SIGKILL\); started again, process \d+/);
  demo.child.kill('SIGINT');
  expect(await demo.ended, demo.output()).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
});
