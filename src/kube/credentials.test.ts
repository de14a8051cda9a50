import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { createAgentPool } from './agents.ts';
import { credentialsOf } from './credentials.ts';
import type { ClusterEntry, UserEntry } from './kubeconfig.ts';
import { silentLog } from './log.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'credentials-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

function sourceOf(user: UserEntry, cluster: Partial<ClusterEntry> = {}) {
  const clock = createFakeClock();
  const context = { name: 'test', cluster: { server: 'https://a', ...cluster }, user };
  return { clock, source: credentialsOf(context, clock, silentLog) };
}

test('a token file is believed for ten seconds, or until it is refused', async () => {
  const tokenFile = join(directory, 'token');
  const { clock, source } = sourceOf({ tokenFile });
  const token = async (refresh: boolean) => (await source({ refresh })).headers.Authorization;
  await writeFile(tokenFile, 'one\n');
  expect(await token(false)).toBe('Bearer one');
  await writeFile(tokenFile, 'two');
  await clock.advance(9_999);
  expect(await token(false)).toBe('Bearer one');
  await clock.advance(1);
  expect(await token(false)).toBe('Bearer two');
  await writeFile(tokenFile, 'three');
  expect(await token(true)).toBe('Bearer three');
  await rm(tokenFile);
  await clock.advance(60_000);
  expect(await token(false)).toBe('Bearer three');
});

test('a token that was never there is an error that names the context', async () => {
  const { source } = sourceOf({ tokenFile: join(directory, 'token') });
  await expect(source({ refresh: false })).rejects.toThrow(/context test cannot be read.*token/);
});

test.each<[string, UserEntry, Partial<ClusterEntry>, object]>([
  ['a token', { token: 't' }, {}, { headers: { Authorization: 'Bearer t' }, tls: {} }],
  [
    'a name and a password',
    { username: 'n', password: 'p' },
    {},
    { headers: { Authorization: 'Basic bjpw' }, tls: {} },
  ],
  [
    'a client certificate',
    { 'client-certificate-data': 'Y2VydA==', 'client-key-data': 'a2V5' },
    { 'certificate-authority-data': 'Y2E=', 'tls-server-name': 's' },
    {
      headers: {},
      tls: { ca: Buffer.from('ca'), cert: Buffer.from('cert'), key: Buffer.from('key'), servername: 's' },
    },
  ],
  [
    'another user',
    { token: 't', as: 'somebody' },
    { 'insecure-skip-tls-verify': true },
    {
      headers: { Authorization: 'Bearer t', 'Impersonate-User': 'somebody' },
      tls: { rejectUnauthorized: false },
    },
  ],
  [
    'a command',
    {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: process.execPath,
        args: ['-e', 'console.log(JSON.stringify({status:{token:"from-command"}}))'],
      },
    },
    {},
    { headers: { Authorization: 'Bearer from-command' }, tls: {} },
  ],
])('%s', async (_name, user, cluster, expected) => {
  const { source } = sourceOf(user, cluster);
  expect(await source({ refresh: false })).toEqual(expected);
});

test('a command runs again when its token was refused', async () => {
  const script = `const fs=require('fs');const f=${JSON.stringify(join(directory, 'count'))};
    const n=fs.existsSync(f)?Number(fs.readFileSync(f))+1:1;fs.writeFileSync(f,String(n));
    console.log(JSON.stringify({status:{token:'t'+n}}))`;
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', script],
  };
  const { clock, source } = sourceOf({ exec });
  const token = async (refresh: boolean) => (await source({ refresh })).headers.Authorization;
  expect(await token(false)).toBe('Bearer t1');
  await clock.advance(60_000);
  expect(await token(false)).toBe('Bearer t1');
  expect(await token(true)).toBe('Bearer t2');
});

test('a proxy is gone through', async () => {
  const { source } = sourceOf({ token: 't' }, { 'proxy-url': 'http://127.0.0.1:1' });
  const { proxyAgent } = await source({ refresh: false });
  expect(proxyAgent?.constructor.name).toBe('HttpsProxyAgent');
});

test('the agents stay while the bytes of the certificates do', () => {
  const pool = createAgentPool();
  const agentsWith = (ca: string, token: string) =>
    pool.agentsFor({ headers: { Authorization: token }, tls: { ca: Buffer.from(ca) } });
  const first = agentsWith('ca', 'a');
  expect(agentsWith('ca', 'b')).toBe(first);
  expect(agentsWith('other', 'b')).not.toBe(first);
  pool.close();
});
