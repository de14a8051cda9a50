import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadKubeContext } from './kubeconfig.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

function config(server: string, more = ''): string {
  return `
current-context: dev
contexts:
- name: dev
  context: {cluster: c, user: u, namespace: shop}
- name: other
  context: {cluster: c2, user: u}
clusters:
- name: c
  cluster: {server: "${server}", certificate-authority: ca.crt}
- name: c2
  cluster: {server: "https://other"}
users:
- name: u
  user: {tokenFile: token}
${more}`;
}

function load(environment: Record<string, string>, more: { path?: string; context?: string } = {}) {
  const serviceAccountDirectory = join(directory, 'pod');
  return loadKubeContext({
    environment: { HOME: directory, ...environment },
    serviceAccountDirectory,
    ...more,
  });
}

async function makePod(): Promise<void> {
  await mkdir(join(directory, 'pod'));
  await write('pod/token', 'pod-token');
  await write('pod/namespace', 'opta-system\n');
}

describe('where the context comes from', () => {
  test('a pod has a service account', async () => {
    await makePod();
    await mkdir(join(directory, '.kube'));
    await write('.kube/config', config('https://home'));
    const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    const inPod = {
      name: 'in-cluster',
      cluster: { server: 'https://10.0.0.1:443', 'certificate-authority': join(directory, 'pod/ca.crt') },
      user: { tokenFile: join(directory, 'pod/token') },
      namespace: 'opta-system',
    };
    expect(await load(environment)).toEqual(inPod);
    expect(await load({ ...environment, KUBECONFIG: '' })).toEqual(inPod);
    const ipv6 = await load({ ...environment, KUBERNETES_SERVICE_HOST: 'fd00::1' });
    expect(ipv6.cluster.server).toBe('https://[fd00::1]:443');
  });

  test.each([
    ['whose cluster is another one', { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }],
    ['and the address of its cluster was not passed on', {}],
  ])('KUBECONFIG, and a given file, come before the service account of a pod %s', async (_, environment) => {
    await makePod();
    const path = await write('a', config('https://a'));
    expect((await load({ ...environment, KUBECONFIG: path })).cluster.server).toBe('https://a');
    expect((await load(environment, { path })).cluster.server).toBe('https://a');
  });

  test('KUBECONFIG comes before the home directory', async () => {
    await mkdir(join(directory, '.kube'));
    await write('.kube/config', config('https://home'));
    expect((await load({})).cluster.server).toBe('https://home');
    const path = await write('a', config('https://a'));
    expect((await load({ KUBECONFIG: path })).cluster.server).toBe('https://a');
  });

  test('of several files the first counts for each name', async () => {
    const a = await write('a', 'current-context: dev\nclusters: [{name: c, cluster: {server: "https://a"}}]');
    const b = await write('b', config('https://b'));
    const missing = join(directory, 'missing');
    const context = await load({ KUBECONFIG: [a, missing, b].join(':') });
    expect(context.cluster.server).toBe('https://a');
    expect(context.user.tokenFile).toBe(join(directory, 'token'));
  });

  test('another context can be asked for', async () => {
    const path = await write('a', config('https://a'));
    expect((await load({ KUBECONFIG: path }, { context: 'other' })).cluster.server).toBe('https://other');
  });

  test('JSON will do', async () => {
    const document = {
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://json' } }],
      users: [{ name: 'u', user: { token: 't' } }],
    };
    const path = await write('a', JSON.stringify(document));
    expect(await load({ KUBECONFIG: path })).toMatchObject({ user: { token: 't' } });
  });
});

test('paths are relative to the file', async () => {
  const path = await write('a', config('https://a'));
  expect(await load({ KUBECONFIG: path })).toEqual({
    name: 'dev',
    namespace: 'shop',
    cluster: { server: 'https://a', 'certificate-authority': join(directory, 'ca.crt') },
    user: { tokenFile: join(directory, 'token') },
  });
});

describe('what is missing is said, and nothing is guessed', () => {
  test('no configuration at all', async () => {
    await expect(load({})).rejects.toThrow(
      /no Kubernetes cluster to talk to.*\.kube\/config does not exist; set KUBECONFIG/,
    );
    await expect(load({ KUBECONFIG: '/nowhere/config' })).rejects.toThrow(
      '/nowhere/config does not exist; correct KUBECONFIG, or unset it',
    );
  });

  test('a KUBECONFIG that is not there, in a pod', async () => {
    await makePod();
    const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    await expect(load({ ...environment, KUBECONFIG: '/nowhere/config' })).rejects.toThrow(
      '/nowhere/config does not exist',
    );
  });

  test('a pod without the address', async () => {
    await makePod();
    await expect(load({})).rejects.toThrow('KUBERNETES_SERVICE_HOST');
  });

  test.each([
    ['no current context', 'clusters: []', /no current-context/],
    ['no such context', 'current-context: x', /no context named "x"/],
    [
      'no such user',
      'current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: "https://a"}}]',
      /no user named "u"/,
    ],
    ['a server in the clear', config('http://a'), /not https/],
    ['an empty file', '', /no current-context/],
  ])('%s', async (_name, text, message) => {
    const path = await write('a', text);
    await expect(load({ KUBECONFIG: path })).rejects.toThrow(message);
  });

  const acting = (more: string) =>
    config('https://a').replace('tokenFile: token', `token: t, as: x, ${more}`);

  test.each([
    ['as-groups', '[ops]'],
    ['as-uid', 'u-1'],
    ['as-user-extra', '{scopes: [a]}'],
  ])('%s is not sent', async (field, value) => {
    const path = await write('a', acting(`${field}: ${value}`));
    await expect(load({ KUBECONFIG: path })).rejects.toThrow(
      `user "u" has ${field}, which the operator does not send`,
    );
  });

  test('one that is empty asks for nothing', async () => {
    const path = await write('a', acting('as-groups: [], as-uid: "", as-user-extra: null'));
    expect((await load({ KUBECONFIG: path })).user.as).toBe('x');
  });

  test('a file that cannot be parsed does not show up in the message', async () => {
    const path = await write('a', 'users: [{token: canary}\n  - : :');
    const error: unknown = await load({ KUBECONFIG: path }).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('neither YAML nor JSON');
    expect(String(error)).not.toContain('canary');
  });
});
