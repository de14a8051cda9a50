import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { isAlive } from '../bench/alive.ts';

// No API server is needed: an operator without one tries on.
const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: none
contexts: [{ name: none, context: { cluster: none, user: none } }]
clusters: [{ name: none, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: none, user: { token: none } }]
`;

const PARENT = `
const { spawnOperator } = await import(process.argv[1]);
const [, , directory] = process.argv;
const environment = { KUBECONFIG: directory + '/kubeconfig', AWS_REGION: 'eu-central-1' };
const { pid, url, ended } = await spawnOperator({ directory, environment }, ['--installation', 'test']);
ended.then(how => console.log('ended', how));
console.log(pid, url);
`;

test('an operator does not outlive the process that started it, even if that is killed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'operator-'));
  await writeFile(join(directory, 'kubeconfig'), KUBECONFIG);
  const module = join(import.meta.dirname, 'operator.ts');
  const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT, module, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line]: string[] = await once(createInterface(parent.stdout), 'line');
    const [pid = 0, url = ''] = [Number(line?.split(' ')[0]), line?.split(' ')[1]];
    const answers = () =>
      fetch(`${url}/healthz`).then(
        () => true,
        () => false,
      );
    await expect.poll(answers, { timeout: 20_000 }).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
  } finally {
    parent.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  }
});
