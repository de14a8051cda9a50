import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { freePorts } from './ports.ts';
import { startControlPlane } from './start.ts';

vi.mock('./ports.ts', async importOriginal => {
  const original = await importOriginal<typeof import('./ports.ts')>();
  return { freePorts: vi.fn(original.freePorts) };
});

test.each([
  ['etcd', 0],
  ['kube-apiserver', 2],
])('takes other ports if the one for %s was taken meanwhile', async (_name, index) => {
  const ports = await freePorts(3);
  const other = createServer();
  await new Promise<void>(resolve => other.listen(ports[index], '127.0.0.1', resolve));
  vi.mocked(freePorts).mockResolvedValueOnce(ports);
  const directory = await mkdtemp(join(tmpdir(), 'control-plane-'));
  const lines: string[] = [];
  try {
    const controlPlane = await startControlPlane({ directory, log: line => lines.push(line) });
    await controlPlane.stop();
    expect(controlPlane.server).not.toContain(`:${ports[2]}`);
    expect(lines).toContain('control plane: another process took the port meanwhile, trying others');
  } finally {
    other.close();
    await rm(directory, { recursive: true, force: true });
  }
});
