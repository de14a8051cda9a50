import type { AwsCredentialIdentity } from '@smithy/types';
import type { AwsCall, CallHooks } from '../../src/aws/client.ts';
import type { ReachProbe } from '../../src/aws/eks/reach.ts';
import type { Limits } from '../../src/aws/limits.ts';
import type { NameServerLookup } from '../../src/aws/route53/delegation.ts';
import type { SessionOptions } from '../../src/aws/sessions.ts';
import { KINDS } from '../../src/kinds/all.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import type { Pass } from '../../src/kube/controller.ts';
import type { Log } from '../../src/kube/log.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { type Call, defaultTimeoutMs, type Transport } from '../../src/kube/transport.ts';
import { createOperator, type Operator } from '../../src/operator/operator.ts';
import { DEFAULTS, type Settings } from '../../src/operator/settings.ts';
import { unlimited } from './limits.ts';
import type { News } from './news.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** One write of the operator, as the trace of a run knows it. */
export interface Write {
  readonly side: 'aws' | 'kube';
  /** `sqs:CreateQueue`, `PATCH …/status`. */
  readonly what: string;
}

export type Point = 'before' | 'applied' | 'answered' | 'stored';
/** Before it is sent; applied, its answer lost; its answer heard and nothing after it; after the next status write. */
export const POINTS: readonly Point[] = ['before', 'applied', 'answered', 'stored'];

/** Where a life ends: at its nth write (from 0) or the first one of a name, and how far that write got. */
export interface End {
  readonly write: number | string;
  readonly point: Point;
}

export interface Kill extends End {
  readonly write: number;
}

/** One run of an operator process, ended as a crash ends it: nothing of it is sent any more, nothing is tidied up. */
export interface Life {
  readonly operator: Operator;
  /** Its watches have brought everything that was written so far. */
  readonly isUpToDate: boolean;
  /** Those that were sent, or that it died before sending. */
  readonly writes: readonly Write[];
  readonly died: boolean;
  /** Work was begun: all first lists are in. Rejects with what made that impossible. */
  readonly led: Promise<void>;
  readonly isLeading: boolean;
  /** Requests under way, of either side; watches are not counted. */
  readonly busy: number;
  /** Requests to the API server so far; watches are not counted. */
  readonly requests: number;
  /** Begins to work, when it was started as a standby. */
  lead(): Promise<void>;
  /** Resolves when what was under way has ended on the other side. */
  end(): Promise<void>;
}

export interface LifeOptions {
  /** With the operator's own rights; shared by all lives, which saves its connections. */
  readonly transport: Pick<Transport, 'request' | 'stream'>;
  readonly news: News;
  readonly awsEndpoint: string;
  /** In place of sockets. */
  readonly carriedBy?: SessionOptions['carriedBy'];
  readonly credentials: AwsCredentialIdentity;
  readonly clock: VirtualClock;
  readonly kill?: End | undefined;
  readonly settings?: Partial<Settings>;
  /** Only watches. */
  readonly standby?: boolean;
  /** Called before a write to the API server is sent, with what it sends. */
  readonly onKubeWrite?: (call: Call) => Promise<void>;
  /** Another release of the operator, with other defaults. */
  readonly kinds?: readonly Kind[];
  readonly onPass?: (pass: Pass) => void;
  /** Around each AWS call, to hold it up. */
  readonly around?: NonNullable<CallHooks['around']>;
  readonly hooks?: Omit<CallHooks, 'around'>;
  /** Rates of AWS; default: none. */
  readonly limits?: Limits;
  /** In place of DNS. */
  readonly nameServersOf?: NameServerLookup;
  /** In place of a request to a cluster's API server. */
  readonly reachOf?: ReachProbe;
  readonly log?: Log;
  /** From 0 to 1, for what varies by chance; default: what is in the middle. */
  readonly random?: () => number;
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

/** Longer than any AWS call of a test takes that is answered at all; in ms. */
const REQUEST_TIMEOUT_MS = 15_000;
/** What is cut off ends within this, or it would hold the next life up; in ms of the machine's time. */
const UNWIND_MS = 20_000;

export function startLife(options: LifeOptions): Life {
  const { kill } = options;
  const clock = options.clock.forLife();
  const writes: Write[] = [];
  const ending = new AbortController();
  const stranded = new Set<(reason: Error) => void>();
  let died = false;
  let busy = 0;
  let whenIdle: (() => void) | undefined;
  let requests = 0;
  /** The next status write ends the life. */
  let dieAtStatus = false;
  let isLeading = false;
  let ended: Promise<void> | undefined;

  /** A dead process waits for nothing; its promises are broken when all of it is cleared away. */
  function never(): Promise<never> {
    return new Promise((_, reject) => {
      if (ending.signal.aborted) reject(new Error('this life has ended'));
      else stranded.add(reject);
    });
  }

  async function sent<T>(send: () => Promise<T>): Promise<T> {
    busy += 1;
    try {
      return await send();
    } finally {
      busy -= 1;
      if (busy === 0) whenIdle?.();
    }
  }

  /** What was sent before the end has its answer. */
  async function idle(): Promise<void> {
    if (busy === 0) return;
    await new Promise<void>(resolve => {
      whenIdle = resolve;
    });
  }

  async function through<T>(write: Write | undefined, send: () => Promise<T>): Promise<T> {
    if (died) return never();
    const mine = write !== undefined && (kill?.write === writes.length || kill?.write === write.what);
    if (write !== undefined) writes.push(write);
    if (mine && kill.point === 'before') died = true;
    if (died) return never();
    const ends = dieAtStatus && write?.what.endsWith('/status') === true;
    const answer = await sent(send).catch(async error => {
      if (died) return never();
      throw error;
    });
    if (died) return never();
    if (mine && kill.point === 'applied') {
      died = true;
      return never();
    }
    // The answer arrives, and whatever follows is never sent.
    if (ends || (mine && kill.point === 'answered')) died = true;
    if (mine && kill.point === 'stored') dieAtStatus = true;
    return answer;
  }

  const before: Transport['before'] = [];
  async function sendKube(call: Call): Promise<unknown> {
    const timed = { ...call, timeoutMs: call.timeoutMs ?? defaultTimeoutMs };
    if (call.method !== 'GET') {
      if (call.unguarded !== true) for (const hook of before) await hook(timed);
      await options.onKubeWrite?.(call);
    }
    requests += 1;
    // Its signal stays behind: a request that is under way when the process dies is not called back.
    const { signal: _, ...lasting } = timed;
    return options.transport.request(lasting);
  }
  const transport: Transport = {
    before,
    request: <T>(call: Call) => through(kubeWrite(call), () => sendKube(call)) as Promise<T>,
    stream: ({ signal, ...call }, onLine) =>
      options.transport.stream({ ...call, signal: AbortSignal.any([signal, ending.signal]) }, line => {
        if (!died) onLine(line);
      }),
  };
  const around: NonNullable<CallHooks['around']> = options.around ?? ((_, send) => send());
  const settings = { ...TEST_SETTINGS, ...options.settings };
  const { nameServersOf } = options;
  const operator = createOperator({
    settings,
    kinds: options.kinds ?? KINDS,
    transport,
    clock,
    log: options.log ?? quiet,
    instance: 'test',
    random: options.random ?? (() => 0.5),
    signal: ending.signal,
    ...(options.onPass === undefined ? {} : { onPass: options.onPass }),
    aws: {
      endpoint: options.awsEndpoint,
      credentials: async () => options.credentials,
      limits: options.limits ?? unlimited(),
      ...(options.carriedBy === undefined ? {} : { carriedBy: options.carriedBy }),
      ...(nameServersOf === undefined
        ? {}
        : { nameServersOf: (...asked) => sent(() => nameServersOf(...asked)) }),
      ...(options.reachOf === undefined ? {} : { reachOf: options.reachOf }),
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      hooks: { ...options.hooks, around: (call, send) => through(awsWrite(call), () => around(call, send)) },
    },
  });

  let led: Promise<void> | undefined;
  function lead(): Promise<void> {
    led ??= operator.lead().then(() => {
      isLeading = true;
    });
    // Heard of by who waits for it.
    led.catch(() => {});
    return led;
  }
  if (options.standby !== true) void lead();

  async function end(): Promise<void> {
    died = true;
    await idle();
    ending.abort();
    const stopped = operator.stop(0);
    clock.release();
    for (const reject of stranded) reject(new Error('this life has ended'));
    await within(UNWIND_MS, stopped, 'an operator that was ended does not end');
  }

  return {
    operator,
    get isUpToDate() {
      return options.news.isKnownTo(operator.world, object => isWatched(object, settings));
    },
    writes,
    lead,
    get led() {
      return led ?? Promise.resolve();
    },
    get isLeading() {
      return isLeading;
    },
    get died() {
      return died;
    },
    get requests() {
      return requests;
    },
    get busy() {
      return busy;
    },
    end() {
      ended ??= end();
      return ended;
    },
  };
}

async function within(ms: number, what: Promise<void>, otherwise: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), ms);
  });
  try {
    await Promise.race([what, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** As the operator's settings pick what it watches; of a selector only `label=value` is understood. */
function isWatched({ kind, metadata }: KubeObject, settings: Settings): boolean {
  const [label = '', value] = settings.environmentSelector.split('=');
  if (kind === 'OptaEnvironment' && label !== '') return metadata.labels?.[label] === value;
  const { namespace } = metadata;
  return (
    namespace === undefined || settings.namespaces.length === 0 || settings.namespaces.includes(namespace)
  );
}

/** Events come when they come and nothing depends on them: they are no points of a crash. */
function kubeWrite(call: Call): Write | undefined {
  if (call.method === 'GET' || call.path.startsWith('/apis/events.k8s.io/')) return undefined;
  return { side: 'kube', what: `${call.method} ${call.path}` };
}

function awsWrite(call: AwsCall): Write | undefined {
  return call.mutating ? { side: 'aws', what: `${call.service}:${call.operation}` } : undefined;
}
