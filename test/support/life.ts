import type { AwsCall, CallHooks } from '../../src/aws/client.ts';
import type { Clock } from '../../src/engine/clock.ts';
import { KINDS } from '../../src/kinds/all.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import { systemClock } from '../../src/kube/clock.ts';
import type { Pass } from '../../src/kube/controller.ts';
import { loadKubeContext } from '../../src/kube/kubeconfig.ts';
import type { Log } from '../../src/kube/log.ts';
import { createTransport, type TimedCall, type Transport } from '../../src/kube/transport.ts';
import { createOperator, type Operator } from '../../src/operator/operator.ts';
import { DEFAULTS, type Settings } from '../../src/operator/settings.ts';

/** One write of the operator, as the trace of a run knows it. */
export interface Write {
  readonly side: 'aws' | 'kube';
  /** `sqs:CreateQueue`, `PATCH …/status`. */
  readonly what: string;
}

export type Point = 'before' | 'applied' | 'answered' | 'stored';
export const POINTS: readonly Point[] = ['before', 'applied', 'answered', 'stored'];

/** Where a life ends: at its nth write (from 0), and how far that write got. */
export interface Kill {
  readonly write: number;
  readonly point: Point;
}

/** One run of an operator process, ended as a crash ends it: nothing of it is sent any more, nothing is tidied up. */
export interface Life {
  readonly operator: Operator;
  readonly writes: readonly Write[];
  readonly died: boolean;
  /** Requests to the API server so far; watches are not counted. */
  readonly requests: number;
  /** Requests under way, of either side. */
  readonly busy: number;
  end(): Promise<void>;
}

export interface LifeOptions {
  readonly kubeconfig: string;
  readonly awsEndpoint: string;
  readonly clock: Clock;
  readonly kill?: Kill;
  readonly settings?: Partial<Settings>;
  readonly accessKeyId?: string;
  /** Of AWS calls, in ms. */
  readonly requestTimeoutMs?: number;
  readonly log?: Log;
  /** Another release of the operator, with other defaults. */
  readonly kinds?: readonly Kind[];
  readonly onPass?: (pass: Pass) => void;
  /** Around each AWS call, to hold it up. */
  readonly around?: NonNullable<CallHooks['around']>;
}

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export const TEST_SETTINGS: Settings = {
  installation: 'test',
  takeOverFrom: [],
  namespaces: [],
  environmentSelector: '',
  driftIntervalMs: DEFAULTS.driftIntervalMs,
  concurrency: 16,
};

export async function startLife(options: LifeOptions): Promise<Life> {
  const writes: Write[] = [];
  const ending = new AbortController();
  let died = false;
  let busy = 0;
  let requests = 0;
  /** The next status write ends the life. */
  let dieAtStatus = false;
  const never = () => new Promise<never>(() => {});

  function die(): Promise<never> {
    died = true;
    ending.abort();
    return never();
  }

  async function through<T>(write: Write | undefined, send: () => Promise<T>): Promise<T> {
    if (died) return never();
    busy += 1;
    try {
      return await passing(write, send);
    } finally {
      busy -= 1;
    }
  }

  async function passing<T>(write: Write | undefined, send: () => Promise<T>): Promise<T> {
    if (write === undefined) return send();
    const { kill } = options;
    const isStatus = write.what.endsWith('/status');
    const mine = kill !== undefined && writes.length === kill.write;
    writes.push(write);
    if (mine && kill.point === 'before') return die();
    const ends = dieAtStatus && isStatus;
    const answer = await send();
    if (died) return never();
    if (mine && kill.point === 'applied') return die();
    if (ends || (mine && kill.point === 'answered')) {
      // The answer arrives, and whatever follows is never sent.
      died = true;
      ending.abort();
    }
    if (mine && kill.point === 'stored') dieAtStatus = true;
    return answer;
  }

  const transport: Transport & { close(): void } = createTransport({
    context: await loadKubeContext({ path: options.kubeconfig }),
    clock: systemClock,
    intercept(call, send) {
      requests += 1;
      return through(kubeWrite(call), send);
    },
  });
  const around: NonNullable<CallHooks['around']> = options.around ?? ((_, send) => send());
  const credentials = { accessKeyId: options.accessKeyId ?? '111111111111', secretAccessKey: 'test' };
  const operator = createOperator({
    settings: { ...TEST_SETTINGS, ...options.settings },
    kinds: options.kinds ?? KINDS,
    transport,
    clock: options.clock,
    log: options.log ?? quiet,
    instance: 'test',
    random: () => 0.5,
    signal: ending.signal,
    ...(options.onPass === undefined ? {} : { onPass: options.onPass }),
    aws: {
      endpoint: options.awsEndpoint,
      credentials: async () => credentials,
      limits: UNLIMITED,
      requestTimeoutMs: options.requestTimeoutMs ?? 15_000,
      hooks: { around: (call, send) => through(awsWrite(call), () => around(call, send)) },
    },
  });
  await operator.lead();
  return {
    operator,
    writes,
    get died() {
      return died;
    },
    get requests() {
      return requests;
    },
    get busy() {
      return busy;
    },
    async end() {
      died = true;
      ending.abort();
      transport.close();
    },
  };
}

/** The emulator has no rates, and virtual time does not pass while calls wait. */
const UNLIMITED = Object.fromEntries(
  [
    'CreateKey',
    'CreateAlias',
    'UpdateAlias',
    'DeleteAlias',
    'EnableKey',
    'EnableKeyRotation',
    'PutKeyPolicy',
    'TagResource',
    'UntagResource',
    'ScheduleKeyDeletion',
    'CancelKeyDeletion',
    'UpdateKeyDescription',
  ]
    .map(operation => [`kms:${operation}`, 10_000])
    .concat([['tagging:GetResources', 10_000]]),
);

/** Events come when they come and nothing depends on them: they are no points of a crash. */
function kubeWrite(call: TimedCall): Write | undefined {
  if (call.method === 'GET' || call.path.includes('/events')) return undefined;
  return { side: 'kube', what: `${call.method} ${call.path}` };
}

function awsWrite(call: AwsCall): Write | undefined {
  return call.mutating ? { side: 'aws', what: `${call.service}:${call.operation}` } : undefined;
}
