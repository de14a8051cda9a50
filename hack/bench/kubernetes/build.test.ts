import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ensureControlPlane } from './build.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'programs-'));
  vi.stubEnv('XDG_CACHE_HOME', join(directory, 'cache'));
  vi.stubEnv('KUBEBUILDER_ASSETS', '');
  vi.stubEnv('PATH', directory);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

async function putProgram(name: string, script = ''): Promise<void> {
  await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, name), 0o755);
}

const silent = { log: () => {} };

test('takes everything from KUBEBUILDER_ASSETS, kubectl from PATH, and builds nothing', async () => {
  for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']) await putProgram(name);
  vi.stubEnv('KUBEBUILDER_ASSETS', directory);
  expect(await ensureControlPlane(silent)).toEqual({
    etcd: [join(directory, 'etcd')],
    kubeApiserver: [join(directory, 'kube-apiserver')],
    kubeControllerManager: [join(directory, 'kube-controller-manager')],
    kubectl: [join(directory, 'kubectl')],
  });
});

test('says so if KUBEBUILDER_ASSETS lacks the API server', async () => {
  await putProgram('etcd');
  vi.stubEnv('KUBEBUILDER_ASSETS', directory);
  await expect(ensureControlPlane(silent)).rejects.toThrow(/lacks an executable etcd or kube-apiserver/);
});

test('says so if there is no Go', async () => {
  await expect(ensureControlPlane(silent)).rejects.toThrow(
    /needs Go 1\.25 or newer, and "go" on PATH does not run/,
  );
});

test('says so if Go is too old', async () => {
  await putProgram('go', 'echo go1.24.9');
  await expect(ensureControlPlane(silent)).rejects.toThrow(
    /needs Go 1\.25 or newer, and "go" on PATH is go1\.24\.9/,
  );
});

test('shows what the compiler said if the build fails, and leaves nothing half-made behind', async () => {
  await putProgram('go', 'if [ "$1" = env ]; then echo go1.26.0; else echo "disk is full" >&2; exit 1; fi');
  await expect(ensureControlPlane(silent)).rejects.toThrow(/disk is full/);
  await expect(ensureControlPlane(silent)).rejects.toThrow(/disk is full/);
});
