/** The AWS emulator for S3, SQS, SNS, KMS, STS and tagging, as a child process. */

import { DEFAULT_ACCOUNT } from './accounts.ts';
import { HTTP_SERVER } from './http-server.ts';
import type { PythonProgram } from './python-process.ts';

// Its own command would write a pid file and choose the port before binding it.
const SERVE = `
listener = listen()
os.environ["GATEWAY_PORT"] = str(listener.getsockname()[1])
serve(listener, app)
`;

// Its services read the port when they are imported, which is later: as each is asked for the first time.
const PREPARE = `${HTTP_SERVER}
from ministack.app import app
`;

// Here it has no port yet; that is in the host of a queue's URL, which nobody calls.
const WARM_UP = `
import random
from ministack.services import cloudwatch_logs, elasticache, kms, rds, route53, s3, sns, sqs, ssm, sts, tagging

def born():
    random.seed()
`;

/** For S3, SQS, SNS, KMS, STS, tagging and their like. Its start takes 0.7 s. */
export const MINISTACK: PythonProgram = {
  name: 'ministack',
  prepare: PREPARE,
  warmUp: WARM_UP,
  serve: SERVE,
  environment: {
    BIND_HOST: '127.0.0.1',
    MINISTACK_ACCOUNT_ID: DEFAULT_ACCOUNT,
    PERSIST_STATE: '0',
    S3_PERSIST: '0',
    LOG_LEVEL: 'WARNING',
    // It would listen on port 8883 of every interface.
    IOT_MTLS_ENABLED: '0',
  },
  healthPath: '/_ministack/health',
};
