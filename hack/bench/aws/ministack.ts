/** The AWS emulator for S3, SQS, SNS, KMS, STS and tagging, as a child process. */

import { DEFAULT_ACCOUNT } from './accounts.ts';
import { HTTP_SERVER } from './http-server.ts';
import type { BenchLog } from './python.ts';
import { type Emulator, startPythonProcess } from './python-process.ts';

// Its own command would write a pid file and choose the port before binding it.
const SERVE = `
listener = listen()
os.environ["GATEWAY_PORT"] = str(listener.getsockname()[1])
from ministack.app import app
tell(listener.getsockname()[1])
serve(listener, app)
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
    { prepare: HTTP_SERVER, serve: SERVE, environment, healthPath: '/_ministack/health' },
    { log },
  );
}
