/** The AWS emulator for S3, SQS, SNS, KMS, STS and tagging, as a child process. */

import { DEFAULT_ACCOUNT } from './accounts.ts';
import type { BenchLog } from './python.ts';
import { type Emulator, startPythonProcess } from './python-process.ts';

// Its own command would write a pid file and choose the port before binding it.
const SERVE = `
import asyncio, socket

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
tell(listener.getsockname()[1])
asyncio.run(serve(app, config))
`;

/** Starts an empty emulator on a free loopback port; it ends with this process. About 0.5 s once installed. */
export function startMinistack({ log }: { log: BenchLog }): Promise<Emulator> {
  const environment = {
    BIND_HOST: '127.0.0.1',
    MINISTACK_ACCOUNT_ID: DEFAULT_ACCOUNT,
    PERSIST_STATE: '0',
    S3_PERSIST: '0',
    LOG_LEVEL: 'WARNING',
  };
  return startPythonProcess(
    { prepare: '', serve: SERVE, environment, healthPath: '/_ministack/health' },
    { log },
  );
}
