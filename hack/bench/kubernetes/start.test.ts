import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isAlive } from '../alive.ts';
import { type Api, connectApi } from './request.ts';
import { serviceAccountKubeconfig } from './serviceaccount.ts';
import { type ControlPlane, startControlPlane } from './start.ts';

const log = (line: string) => console.log(line);
const eventually = { timeout: 20_000, interval: 50 };

let directory: string;
let controlPlane: ControlPlane;
let admin: Api;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'control-plane-'));
  controlPlane = await startControlPlane({ directory, log, auditLog: true });
  admin = connectApi({ ...controlPlane, token: controlPlane.adminToken });
});

afterAll(async () => {
  admin?.close();
  await controlPlane?.stop();
  await rm(directory, { recursive: true, force: true });
});

function namespace(name: string) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

describe('a control plane', () => {
  test('is ready, and of the version that it claims', async () => {
    expect(await admin.request('GET', '/readyz')).toEqual({ status: 200, body: 'ok' });
    const version = await admin.request('GET', '/version');
    // KUBEBUILDER_ASSETS may hold another one.
    const expected = process.env.KUBEBUILDER_ASSETS ? /^v1\./ : /^v1\.35\.4$/;
    expect(version.body).toMatchObject({ gitVersion: expect.stringMatching(expected) });
  });

  test('refuses who brings no token or a wrong one', async () => {
    const stranger = connectApi({ ...controlPlane, token: 'wrong' });
    expect(await stranger.request('GET', '/api/v1/namespaces')).toMatchObject({ status: 401 });
    stranger.close();
  });

  test('has controllers: a namespace gets its service account, and goes away', async () => {
    const path = '/api/v1/namespaces/short-lived';
    expect(await admin.request('POST', '/api/v1/namespaces', namespace('short-lived'))).toMatchObject({
      status: 201,
    });
    await vi.waitFor(async () => {
      expect(await admin.request('GET', `${path}/serviceaccounts/default`)).toMatchObject({ status: 200 });
      expect(await admin.request('GET', `${path}/configmaps/kube-root-ca.crt`)).toMatchObject({
        status: 200,
      });
    }, eventually);
    expect(await admin.request('DELETE', path)).toMatchObject({ status: 200 });
    await vi.waitFor(async () => {
      expect(await admin.request('GET', path)).toMatchObject({ status: 404 });
    }, eventually);
  });

  test('collects garbage: the dependant of a deleted owner goes', async () => {
    const configMaps = '/api/v1/namespaces/default/configmaps';
    const owner = await admin.request('POST', configMaps, { metadata: { name: 'owner' } });
    expect(owner).toMatchObject({ status: 201, body: { metadata: { uid: expect.any(String) } } });
    const { uid } = (owner.body as { metadata: { uid: string } }).metadata;
    await admin.request('POST', configMaps, {
      metadata: {
        name: 'dependant',
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }],
      },
    });
    expect(await admin.request('GET', `${configMaps}/dependant`)).toMatchObject({ status: 200 });
    await admin.request('DELETE', `${configMaps}/owner`);
    await vi.waitFor(async () => {
      expect(await admin.request('GET', `${configMaps}/dependant`)).toMatchObject({ status: 404 });
    }, eventually);
  });

  test('gives a service account a kubeconfig that is just that user', async () => {
    const account = { directory: join(directory, 'account'), namespace: 'default', name: 'default' };
    const { kubeconfig, tokenFile, stop } = await serviceAccountKubeconfig(controlPlane, account);
    stop();
    expect(await readFile(kubeconfig, 'utf8')).toContain(`tokenFile: ${tokenFile}`);

    const user = connectApi({ ...controlPlane, token: await readFile(tokenFile, 'utf8') });
    const review = await user.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(review.body).toMatchObject({
      status: { userInfo: { username: 'system:serviceaccount:default:default' } },
    });
    expect(await user.request('GET', '/api/v1/secrets')).toMatchObject({ status: 403 });
    user.close();

    const [program = '', ...first] = controlPlane.kubectl;
    const args = [
      ...first,
      '--kubeconfig',
      kubeconfig,
      'auth',
      'whoami',
      '-o',
      'jsonpath={.status.userInfo.username}',
    ];
    const { stdout } = await promisify(execFile)(program, args);
    expect(stdout).toBe('system:serviceaccount:default:default');
  });

  test('refuses a token for a service account that does not exist', async () => {
    const account = { directory: join(directory, 'account'), namespace: 'default', name: 'nobody' };
    await expect(serviceAccountKubeconfig(controlPlane, account)).rejects.toThrow(
      /serviceaccounts\/nobody.*404/,
    );
  });

  test('keeps its secrets to its owner', async () => {
    for (const name of ['admin.kubeconfig', 'tokens.csv', 'service-account.pem']) {
      expect((await stat(join(directory, name))).mode & 0o077, name).toBe(0);
    }
  });

  test('writes down who did what', async () => {
    await admin.request('POST', '/api/v1/namespaces', namespace('audited'));
    const lines = (await readFile(controlPlane.auditLogPath ?? '', 'utf8')).trim().split('\n');
    const events = lines.map(line => JSON.parse(line));
    expect(events).toContainEqual(
      expect.objectContaining({
        verb: 'create',
        user: expect.objectContaining({ username: 'admin' }),
        objectRef: expect.objectContaining({ resource: 'namespaces', name: 'audited' }),
        responseStatus: expect.objectContaining({ code: 201 }),
      }),
    );
  });

  test('has an API server that can be restarted on its port, with its data and certificate', async () => {
    await admin.request('POST', '/api/v1/namespaces', namespace('kept'));
    const before = controlPlane.pids;
    await controlPlane.restartApiserver();
    const after = controlPlane.pids;
    expect(isAlive(before.kubeApiserver)).toBe(false);
    expect(after.kubeApiserver).not.toBe(before.kubeApiserver);
    expect(after.etcd).toBe(before.etcd);
    expect(await admin.request('GET', '/api/v1/namespaces/kept')).toMatchObject({ status: 200 });
  });
});

test('a second control plane runs beside the first, and stop leaves no process of it', async () => {
  const second = await startControlPlane({ directory: join(directory, 'second'), log });
  expect(second.server).not.toBe(controlPlane.server);
  const pids = Object.values(second.pids);
  expect(pids.map(isAlive)).toEqual([true, true, true]);
  await second.stop();
  await second.stop();
  expect(pids.map(isAlive)).toEqual([false, false, false]);
  expect(await admin.request('GET', '/readyz')).toMatchObject({ status: 200 });
});

test.skipIf(process.env.KUBEBUILDER_ASSETS)(
  'no process outlives a parent that was ended by SIGKILL',
  async () => {
    const script = join(directory, 'parent.ts');
    await writeFile(
      script,
      `import { startControlPlane } from ${JSON.stringify(join(import.meta.dirname, 'start.ts'))};
     const directory = ${JSON.stringify(join(directory, 'third'))};
     const { pids } = await startControlPlane({ directory, log: () => {} });
     console.log(JSON.stringify(Object.values(pids)));`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pids: number[] = await new Promise((resolve, reject) => {
      createInterface(parent.stdout).once('line', line => resolve(JSON.parse(line)));
      parent.once('exit', code => reject(new Error(`the parent ended first: ${code}`)));
    });
    expect(pids.map(isAlive)).toEqual([true, true, true]);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false, false]), eventually);
  },
);
