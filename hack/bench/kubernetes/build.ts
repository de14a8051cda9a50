import { createHash } from 'node:crypto';
import { access, constants, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { withLock } from '../lock.ts';
import { compile, requireGo } from './compile.ts';

/** How to start each part: a program and its first arguments. */
export interface ControlPlaneCommands {
  etcd: string[];
  kubeApiserver: string[];
  kubeControllerManager: string[];
  kubectl: string[];
}

export interface EnsureControlPlane {
  log: (line: string) => void;
}

const module = join(import.meta.dirname, '..', 'controlplane');
const sources = ['go.mod', 'go.sum', 'main.go'];
const parts = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'];

/**
 * Finds the programs of a Kubernetes control plane: etcd and kube-apiserver from the directory KUBEBUILDER_ASSETS if
 * that is set (kube-controller-manager and kubectl too, if they are in it), kubectl from PATH, and what remains from
 * the Go module beside this folder, built on first use (minutes, told through `log`) into the user's cache directory.
 */
export async function ensureControlPlane({ log }: EnsureControlPlane): Promise<ControlPlaneCommands> {
  const assets = process.env.KUBEBUILDER_ASSETS || undefined;
  const given = assets === undefined ? {} : await findAssets(assets);
  const kubectl = given.kubectl ?? (await findOnPath('kubectl'));
  const { etcd, kubeApiserver, kubeControllerManager } = given;
  if (etcd && kubeApiserver && kubeControllerManager && kubectl) {
    return { etcd, kubeApiserver, kubeControllerManager, kubectl };
  }
  const built = await ensureBuilt(log);
  return {
    etcd: etcd ?? [join(built, 'etcd')],
    kubeApiserver: kubeApiserver ?? [join(built, 'kube-apiserver')],
    kubeControllerManager: kubeControllerManager ?? [join(built, 'kube-controller-manager')],
    kubectl: kubectl ?? [join(built, 'kubectl')],
  };
}

async function findAssets(directory: string): Promise<Partial<ControlPlaneCommands>> {
  const find = async (name: string) =>
    (await isExecutable(join(directory, name))) ? [join(directory, name)] : undefined;
  const [etcd, kubeApiserver] = [await find('etcd'), await find('kube-apiserver')];
  if (!etcd || !kubeApiserver) {
    throw new Error(`KUBEBUILDER_ASSETS is ${directory}, which lacks an executable etcd or kube-apiserver`);
  }
  const [kubeControllerManager, kubectl] = [await find('kube-controller-manager'), await find('kubectl')];
  return {
    etcd,
    kubeApiserver,
    ...(kubeControllerManager && { kubeControllerManager }),
    ...(kubectl && { kubectl }),
  };
}

async function findOnPath(name: string): Promise<string[] | undefined> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    if (directory !== '' && (await isExecutable(join(directory, name)))) return [join(directory, name)];
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function ensureBuilt(log: (line: string) => void): Promise<string> {
  const contents = await Promise.all(sources.map(name => readFile(join(module, name))));
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const content of contents) hash.update(content);
  const cache = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'opta-operator',
    'controlplane',
  );
  const target = join(cache, hash.digest('hex').slice(0, 20));
  if (await isExecutable(join(target, 'etcd'))) return target;

  await requireGo();
  await mkdir(cache, { recursive: true });
  const onWait = () => log('control plane: another process is building it, waiting');
  await withLock(`${target}.lock`, onWait, async () => {
    if (await isExecutable(join(target, 'etcd'))) return;
    log('control plane: building it, once; this takes 4 to 8 minutes on 2 cores');
    const temporary = await mkdtemp(join(cache, 'building-'));
    try {
      await compile(module, join(temporary, 'controlplane'), kubernetesVersion(contents.join('\n')), log);
      for (const part of parts) await symlink('controlplane', join(temporary, part));
      await rename(temporary, target);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  });
  return target;
}

function kubernetesVersion(goMod: string): string {
  const version = /\bk8s\.io\/kubernetes v(\d+\.\d+\.\d+)/.exec(goMod)?.[1];
  if (version === undefined)
    throw new Error(`${join(module, 'go.mod')} names no version of k8s.io/kubernetes`);
  return version;
}
