/** The AWS emulator for S3, SQS, SNS, KMS, STS and tagging, as a child process. */

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DEFAULT_ACCOUNT } from './accounts.ts';
import { type BenchLog, ensurePython } from './python.ts';

export interface Ministack {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

const REQUIREMENTS = fileURLToPath(new URL('../requirements.txt', import.meta.url));
const READY_WITHIN_MS = 60_000;

// Its own command would write a pid file and choose the port before binding it. Standard input is the leash: it ends when
// the parent does, however that happens.
const SERVER = `
import asyncio, os, socket, sys, threading

def watch():
    while sys.stdin.buffer.raw.read(1024):
        pass
    os._exit(0)

threading.Thread(target=watch, daemon=True).start()
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 0))
listener.listen(1024)
os.environ["GATEWAY_PORT"] = str(listener.getsockname()[1])
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app
config = Config()
config.bind = ["fd://%d" % listener.fileno()]
config.keep_alive_timeout = 75
config.loglevel = "WARNING"
print(listener.getsockname()[1], flush=True)
asyncio.run(serve(app, config))
`;

/** Installs the emulator where it is not yet; returns the Python that has it. */
export function ensureMinistack({ log }: { log: BenchLog }): Promise<string> {
  return ensurePython(REQUIREMENTS, log);
}

function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  return {
    ...(PATH && { PATH }),
    ...(HOME && { HOME }),
    ...(LANG && { LANG }),
    ...(TMPDIR && { TMPDIR }),
    BIND_HOST: '127.0.0.1',
    MINISTACK_ACCOUNT_ID: DEFAULT_ACCOUNT,
    PERSIST_STATE: '0',
    S3_PERSIST: '0',
    LOG_LEVEL: 'WARNING',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** The port that the child prints, once its health endpoint answers; rejects with what it wrote where it fails. */
async function ready(child: ChildProcess): Promise<string> {
  let output = '';
  let port = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    port += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-4000);
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the AWS emulator ended: ${output}`);
    if (port.endsWith('\n')) {
      const url = `http://127.0.0.1:${port.trim()}`;
      const healthy = await fetch(`${url}/_ministack/health`).then(
        answer => answer.ok,
        () => false,
      );
      if (healthy) return url;
    }
    await new Promise(resolve => setTimeout(resolve, 30));
  }
  throw new Error(`the AWS emulator was not ready within ${READY_WITHIN_MS / 1000} s: ${output}`);
}

/** Starts an empty emulator on a free loopback port; it ends with this process. About 0.5 s once installed. */
export async function startMinistack({ log }: { log: BenchLog }): Promise<Ministack> {
  const python = await ensureMinistack({ log });
  const child = spawn(python, ['-c', SERVER], { env: environment(), stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = new Promise<void>(resolve => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  async function stop(): Promise<void> {
    child.kill('SIGKILL');
    await exited;
  }
  try {
    const url = await ready(child);
    return { url, pid: child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
