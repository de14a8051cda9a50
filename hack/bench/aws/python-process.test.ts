import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isAlive } from '../alive.ts';
import { MINISTACK } from './ministack.ts';
import { MOTO } from './moto.ts';
import { nurseryOf, startEmulator } from './nursery.ts';
import { ensurePython } from './python.ts';
import type { PythonProgram } from './python-process.ts';

async function vpcs(url: string): Promise<readonly string[]> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=NURSERY/20260101/eu-central-1/ec2/aws4_request, SignedHeaders=host, Signature=none';
  const body = new URLSearchParams({ Action: 'DescribeVpcs', Version: '2016-11-15' });
  const answer = await fetch(url, { method: 'POST', body, headers: { authorization } });
  return [...(await answer.text()).matchAll(/<vpcId>[^<]+/g)].map(([id]) => id);
}

const log = () => {};
const programs = [MINISTACK, MOTO];
const nurseries = new Map(programs.map(({ name }) => [name, process.env[nurseryOf(name)]]));

/** As it is for who runs the bench, and as it is in this test run. */
const births = [
  { how: 'by itself', at: () => undefined },
  { how: 'in the nursery of this run', at: (name: PythonProgram['name']) => nurseries.get(name) },
];

function bornAt(at: (name: PythonProgram['name']) => string | undefined): void {
  for (const { name } of programs) {
    const path = at(name);
    if (path === undefined) delete process.env[nurseryOf(name)];
    else process.env[nurseryOf(name)] = path;
  }
}
const asInThisRun = () => bornAt(name => nurseries.get(name));

describe.each(births)('an emulator that begins $how', ({ at }) => {
  beforeAll(() => bornAt(at));
  afterAll(asInThisRun);

  test.each(programs)('$name answers on loopback, two at once, and ends when told', async program => {
    const [one, two] = await Promise.all([startEmulator(program, { log }), startEmulator(program, { log })]);
    expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(two.url).not.toBe(one.url);
    expect((await fetch(`${one.url}${program.healthPath}`)).ok).toBe(true);
    await Promise.all([one.stop(), two.stop()]);
    expect([isAlive(one.pid), isAlive(two.pid)]).toEqual([false, false]);
  });

  test.each(programs)('$name does not survive a parent that is killed', async ({ name }) => {
    const from = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
    const code = `
    import { ${name.toUpperCase()} } from ${from(`${name}.ts`)};
    import { startEmulator } from ${from('nursery.ts')};
    const { pid } = await startEmulator(${name.toUpperCase()}, { log: () => {} });
    console.log(pid);
    setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = await once(parent.stdout, 'data');
    const pid = Number(String(printed).trim());
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitUntil(() => !isAlive(pid), { timeout: 10_000, interval: 50 });
  });
});

test('what is born in a nursery is empty, and no two make the same ids', async () => {
  const one = await startEmulator(MOTO, { log });
  const two = await startEmulator(MOTO, { log });
  const [first, second] = [await vpcs(one.url), await vpcs(two.url)];
  // Each account has its default network.
  expect([first.length, second.length]).toEqual([1, 1]);
  expect(first).not.toEqual(second);
  await Promise.all([one.stop(), two.stop()]);
});

test('a nursery that is gone is told', async () => {
  bornAt(() => join(tmpdir(), 'no-nursery'));
  try {
    await expect(startEmulator(MOTO, { log })).rejects.toThrow(/nursery/);
  } finally {
    asInThisRun();
  }
});

test('a failing pip says why and leaves nothing in the cache', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'bench-python-'));
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = cache;
  try {
    const requirements = join(cache, 'requirements.txt');
    await writeFile(requirements, 'not a requirement at all\n');
    await expect(ensurePython(requirements, () => {})).rejects.toThrow(
      /pip could not install the emulator: .*requirement/is,
    );
    expect(await readdir(join(cache, 'opta-operator', 'python'))).toEqual([]);
    await writeFile(requirements, '# nothing to install\n');
    const pythons = await Promise.all([
      ensurePython(requirements, () => {}),
      ensurePython(requirements, () => {}),
    ]);
    expect(new Set(pythons).size).toBe(1);
    expect(await readdir(join(cache, 'opta-operator', 'python'))).toHaveLength(1);
  } finally {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    await rm(cache, { recursive: true, force: true });
  }
});
