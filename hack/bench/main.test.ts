import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ensureControlPlane } from './kubernetes/build.ts';

interface Ready {
  kubeconfig: string;
  awsEndpoint: string;
  control: string;
  operatorKubeconfig: string;
}

let temporary: string;
let kubectl: string[];

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'bench-main-'));
  ({ kubectl } = await ensureControlPlane({ log: line => console.log(line) }));
});
afterAll(() => rm(temporary, { recursive: true, force: true }));

test('two benches run at once, each with its own API server and AWS, and a signal leaves nothing of them', async () => {
  const [one, two] = await Promise.all([startMain(), startMain()]);
  try {
    expect(Object.keys(one.ready)).toEqual(['kubeconfig', 'awsEndpoint', 'control', 'operatorKubeconfig']);
    expect(one.ready.awsEndpoint).not.toBe(two.ready.awsEndpoint);

    await run(one.ready.kubeconfig, ['create', 'namespace', 'only-here']);
    expect(await run(one.ready.kubeconfig, ['get', 'namespaces', '-o', 'name'])).toContain('only-here');
    expect(await run(two.ready.kubeconfig, ['get', 'namespaces', '-o', 'name'])).not.toContain('only-here');

    expect(await run(one.ready.kubeconfig, ['get', 'crd', '-o', 'name'])).toContain('queues.opta.dev');
    const may = (verb: string, resource: string) =>
      run(one.ready.operatorKubeconfig, ['auth', 'can-i', verb, resource, '-A']).catch(() => 'no');
    expect(await may('list', 'queues.opta.dev')).toContain('yes');
    expect(await may('list', 'secrets')).toContain('no');

    const journal = await fetch(`${one.ready.control}/journal`);
    expect([journal.status, await journal.json()]).toEqual([200, expect.anything()]);
  } finally {
    expect(await end(one.child, 'SIGTERM')).toBe(0);
    expect(await end(two.child, 'SIGINT')).toBe(0);
  }
  expect(await readdir(temporary)).toEqual([]);
  expect(processesOf(temporary)).toEqual([]);
});

test.each(['SIGTERM', 'SIGHUP'] as const)('%s before it is ready ends it too', async signal => {
  const child = spawnMain();
  // Its directory is the first thing that it makes.
  await vi.waitFor(async () => expect(await readdir(temporary)).not.toEqual([]), { timeout: 20_000 });
  expect(await end(child, signal)).toBe(130);
  expect(await readdir(temporary)).toEqual([]);
  expect(processesOf(temporary)).toEqual([]);
});

function spawnMain(): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function startMain(): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = spawnMain();
  const line = await new Promise<string>((resolve, reject) => {
    if (child.stdout !== null) createInterface(child.stdout).once('line', resolve);
    child.once('exit', code => reject(new Error(`ended with ${code} before it was ready`)));
  });
  return { child, ready: JSON.parse(line) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const code = new Promise<number | null>(resolve => child.once('exit', resolve));
  child.kill(signal);
  return code;
}

async function run(kubeconfig: string, args: string[]): Promise<string> {
  const [program = '', ...first] = kubectl;
  const { stdout } = await promisify(execFile)(program, [...first, '--kubeconfig', kubeconfig, ...args]);
  return stdout;
}

/** Command lines of living processes that were given this directory, by argument or as TMPDIR. */
function processesOf(directory: string): string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(pid => {
      const [command, environment] = [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`)];
      return `${command}${environment}`.includes(directory) ? [command.replaceAll('\0', ' ')] : [];
    });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
