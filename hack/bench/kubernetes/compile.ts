import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

type Log = (line: string) => void;

const oldestGo = { major: 1, minor: 25 };
const progressMilliseconds = 10_000;
const keptErrorLines = 30;

/** Environment of every go command: the installed toolchain and the committed go.mod and go.sum, nothing else. */
function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '' };
}

/** Throws, saying what to do, unless `go` on PATH is at least 1.25 (the go directive of Kubernetes 1.35). */
export async function requireGo(): Promise<void> {
  const needed = `building the Kubernetes control plane needs Go ${oldestGo.major}.${oldestGo.minor} or newer`;
  const advice =
    'install it (https://go.dev/doc/install) or set KUBEBUILDER_ASSETS to a directory with the binaries';
  let version: string;
  try {
    version = (await promisify(execFile)('go', ['env', 'GOVERSION'], { env: goEnvironment() })).stdout.trim();
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(`${needed}, and "go" on PATH does not run: ${advice} (${cause})`);
  }
  if (!isNewEnough(version)) throw new Error(`${needed}, and "go" on PATH is ${version}: ${advice}`);
}

/** True for "go1.25.0", "go1.26rc1" and development versions, which carry no number. */
export function isNewEnough(goVersion: string): boolean {
  const match = /^go(\d+)\.(\d+)/.exec(goVersion);
  if (!match) return goVersion.startsWith('devel');
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > oldestGo.major || (major === oldestGo.major && minor >= oldestGo.minor);
}

/** Builds the Go module in `module` into the file `output`. `kubernetes` is its version without the "v": "1.35.4". */
export async function compile(module: string, output: string, kubernetes: string, log: Log): Promise<void> {
  const began = Date.now();
  const [major, minor] = kubernetes.split('.');
  const version = 'k8s.io/component-base/version';
  const flags = `-s -w -X ${version}.gitVersion=v${kubernetes} -X ${version}.gitMajor=${major} -X ${version}.gitMinor=${minor} -X ${version}.gitTreeState=clean`;

  let downloads = 0;
  let packages = 0;
  await runGo(module, ['list', '-mod=readonly', '-deps', '.'], {
    onOutput: () => {
      packages += 1;
    },
    onError: line => {
      if (line.startsWith('go: downloading')) downloads += 1;
    },
    progress: () => log(`control plane: downloading Go modules, ${downloads} so far, ${seconds(began)}`),
  });
  log(`control plane: ${downloads} Go modules downloaded, compiling ${packages} packages, ${seconds(began)}`);

  let compiled = 0;
  const build = ['build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-v', '-ldflags', flags];
  await runGo(module, [...build, '-o', output, '.'], {
    onError: () => {
      compiled += 1;
    },
    progress: () =>
      log(`control plane: compiling, ${compiled} of at most ${packages} packages, ${seconds(began)}`),
  });
  log(`control plane: built in ${seconds(began)}`);
}

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1000)} s`;
}

interface GoRun {
  onOutput?: (line: string) => void;
  onError?: (line: string) => void;
  progress: () => void;
}

async function runGo(cwd: string, args: string[], { onOutput, onError, progress }: GoRun): Promise<void> {
  const child = spawn('go', args, { cwd, env: goEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill();
  process.once('exit', kill);
  const timer = setInterval(progress, progressMilliseconds);
  const lastErrors: string[] = [];
  createInterface(child.stdout).on('line', line => onOutput?.(line));
  createInterface(child.stderr).on('line', line => {
    onError?.(line);
    lastErrors.push(line);
    if (lastErrors.length > keptErrorLines) lastErrors.shift();
  });
  try {
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (code !== 0) throw new Error(`go ${args[0]} in ${cwd} failed (${code}):\n${lastErrors.join('\n')}`);
  } finally {
    clearInterval(timer);
    process.off('exit', kill);
  }
}
