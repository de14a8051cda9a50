import { generateKeyPair, randomBytes } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ControlPlaneCommands, ensureControlPlane } from './build.ts';
import {
  type ApiserverOptions,
  apiserverFlags,
  auditPolicy,
  type ControlPlaneFiles,
  type ControlPlanePorts,
  controllerManagerFlags,
  etcdFlags,
} from './flags.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { freePorts } from './ports.ts';
import { logTail, type Program, startProgram } from './program.ts';
import { type Api, connectApi } from './request.ts';

/** Its audit log is at `auditLogPath`. */
export interface StartControlPlane extends ApiserverOptions {
  /** Made if missing; holds data, keys and logs of this control plane alone. */
  directory: string;
  log: (line: string) => void;
}

export interface ControlPlane {
  /** Path of a kubeconfig of a member of system:masters. */
  kubeconfig: string;
  server: string;
  /** PEM. */
  caData: string;
  adminToken: string;
  auditLogPath?: string;
  readonly pids: { etcd: number; kubeApiserver: number; kubeControllerManager: number };
  /** Argv prefix of kubectl. */
  kubectl: string[];
  /** SIGKILL to the API server, then a new one on the same port; resolves when it is ready. */
  restartApiserver(): Promise<void>;
  /** Ends every process and resolves when they are gone. Repeatable. Leaves the directory. */
  stop(): Promise<void>;
}

const readyMilliseconds = 60_000;
const pollMilliseconds = 25;
const startAttempts = 5;
const logNames = ['etcd.log', 'kube-apiserver.log', 'kube-controller-manager.log'];

/**
 * Starts etcd, kube-apiserver and kube-controller-manager on free ports of 127.0.0.1, and resolves when the API server
 * is ready and the controllers work. Rejects with the end of the log of the part that failed.
 */
export async function startControlPlane(options: StartControlPlane): Promise<ControlPlane> {
  const commands = await ensureControlPlane(options);
  const files = controlPlaneFiles(resolve(options.directory));
  const adminToken = randomBytes(24).toString('hex');
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  await writeInputs(files, adminToken);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(commands, files, adminToken, options);
    } catch (error) {
      const isClash = error instanceof Error && error.message.includes('address already in use');
      if (!isClash || attempt === startAttempts) throw error;
      options.log('control plane: another process took the port meanwhile, trying others');
      for (const name of ['etcd', ...logNames]) {
        await rm(join(files.directory, name), { recursive: true, force: true });
      }
    }
  }
}

async function startOnce(
  commands: ControlPlaneCommands,
  files: ControlPlaneFiles,
  adminToken: string,
  { log, ...options }: StartControlPlane,
): Promise<ControlPlane> {
  const [etcdClient = 0, etcdPeer = 0, apiserver = 0] = await freePorts(3);
  const ports: ControlPlanePorts = { etcdClient, etcdPeer, apiserver };
  const server = `https://127.0.0.1:${apiserver}`;
  const running: Program[] = [];
  let stopping = false;

  const run = async (command: string[], name: string, args: string[]): Promise<Program> => {
    const logPath = join(files.directory, `${name}.log`);
    const program = await startProgram(command, args, logPath, how =>
      log(`control plane: ${name} ended by itself (${how}), see ${logPath}`),
    );
    running.push(program);
    if (stopping) await program.stop();
    return program;
  };
  const runApiserver = () =>
    run(commands.kubeApiserver, 'kube-apiserver', apiserverFlags(files, ports, options));
  const stop = async () => {
    stopping = true;
    // The API server's shutdown needs etcd.
    const [etcd, ...others] = running;
    await Promise.all(others.map(program => program.stop()));
    await etcd?.stop();
  };

  try {
    // The API server tries to reach etcd again and again, so both may start at once.
    const etcd = await run(commands.etcd, 'etcd', etcdFlags(files, ports));
    let kubeApiserver = await runApiserver();
    const caData = await until(running, 'its certificate', () => selfMadeCertificate(files));
    await writeKubeconfig(files.kubeconfig, {
      server,
      caData,
      userName: 'admin',
      user: { token: adminToken },
    });
    const api = connectApi({ server, caData, token: adminToken });
    await until(running, 'the API server to be ready', () => isOk(api, '/readyz'));
    const kubeControllerManager = await run(
      commands.kubeControllerManager,
      'kube-controller-manager',
      controllerManagerFlags(files),
    );
    // Made by a controller: so they run.
    const proof = '/api/v1/namespaces/default/serviceaccounts/default';
    await until(running, 'the controllers to work', () => isOk(api, proof));

    return {
      kubeconfig: files.kubeconfig,
      server,
      caData,
      adminToken,
      ...(options.auditLog && { auditLogPath: files.auditLog }),
      get pids() {
        return {
          etcd: etcd.pid,
          kubeApiserver: kubeApiserver.pid,
          kubeControllerManager: kubeControllerManager.pid,
        };
      },
      kubectl: commands.kubectl,
      restartApiserver: async () => {
        await kubeApiserver.kill();
        running.splice(running.indexOf(kubeApiserver), 1);
        if (stopping) return;
        kubeApiserver = await runApiserver();
        await until(running, 'the API server to be ready again', () => isOk(api, '/readyz'));
      },
      stop: async () => {
        api.close();
        await stop();
      },
    };
  } catch (error) {
    await Promise.all(running.map(program => program.kill()));
    throw error;
  }
}

function controlPlaneFiles(directory: string): ControlPlaneFiles {
  const certificates = join(directory, 'certificates');
  return {
    directory,
    certificates,
    tokens: join(directory, 'tokens.csv'),
    serviceAccountKey: join(directory, 'service-account.pem'),
    auditPolicy: join(directory, 'audit-policy.json'),
    auditLog: join(directory, 'audit.log'),
    kubeconfig: join(directory, 'admin.kubeconfig'),
  };
}

async function writeInputs(files: ControlPlaneFiles, adminToken: string): Promise<void> {
  const key = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const secret = { mode: 0o600 };
  await Promise.all([
    writeFile(files.serviceAccountKey, key.privateKey, secret),
    writeFile(files.tokens, `${adminToken},admin,admin,"system:masters"\n`, secret),
    writeFile(files.auditPolicy, JSON.stringify(auditPolicy)),
  ]);
}

/** The API server writes the certificate before the key: once the key is there, the certificate is whole. */
async function selfMadeCertificate({ certificates }: ControlPlaneFiles): Promise<string | undefined> {
  try {
    await access(join(certificates, 'apiserver.key'));
    return await readFile(join(certificates, 'apiserver.crt'), 'utf8');
  } catch {
    return undefined;
  }
}

async function isOk(api: Api, path: string): Promise<true | undefined> {
  const answer = await api.request('GET', path).catch(() => undefined);
  return answer?.status === 200 ? true : undefined;
}

/** Polls `check` until it has a value, none of the programs has ended, and 60 s have not passed. */
async function until<T>(running: Program[], what: string, check: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + readyMilliseconds;
  const anyEnded = Promise.race(running.map(program => program.ended)).then(() => undefined);
  for (;;) {
    // Who took the port of a program that ended may accept the question and never answer.
    const value = await Promise.race([check(), anyEnded]);
    if (value !== undefined) return value;
    const ended = running.find(program => program.hasEnded());
    if (ended)
      throw new Error(`${ended.logPath}: ended while waiting for ${what}:\n${logTail(ended.logPath)}`);
    if (Date.now() > deadline) {
      const tails = running.map(({ logPath }) => `${logPath}:\n${logTail(logPath)}`);
      throw new Error(`waited ${readyMilliseconds / 1000} s for ${what}:\n${tails.join('\n')}`);
    }
    await delay(pollMilliseconds);
  }
}
