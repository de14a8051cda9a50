import { ApiError, TimeoutError } from '../../../src/kube/errors.ts';
import { errorOfAnswer } from '../../../src/kube/status-body.ts';
import type { Call, Transport } from '../../../src/kube/transport.ts';
import { FINALIZER } from '../../../src/operator/objects.ts';
import type { Reference } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';
import { type FaultResult, watched } from './faults.ts';

/** What a request to the API server is for; undefined for lists, and for what no story is about. */
export function purposeOf({ method, path, body }: Call): string | undefined {
  if (method === 'GET') return NAMED.test(path) ? 'live read' : undefined;
  if (path.startsWith('/apis/events.k8s.io/')) return `${method} Event`;
  if (path.includes('/configmaps')) return `${method} ConfigMap`;
  if (!path.startsWith('/apis/opta.dev/')) return undefined;
  if (path.endsWith('/status')) return 'status';
  const { metadata = {} } = body as { metadata?: { finalizers?: readonly string[] } };
  return metadata.finalizers?.includes(FINALIZER) === true ? 'finalizer on' : 'finalizer off';
}

/** One object, not all of a type. */
const NAMED =
  /^(\/apis\/opta\.dev\/v1alpha1\/(?!namespaces\/)[^/]+\/[^/]+|\/api.*\/namespaces\/[^/]+\/[^/]+\/[^/]+)$/;

/** What can become of one request. */
export interface KubeFault {
  readonly name: string;
  /** Requests in a row that meet it. */
  readonly times: number;
  meets(purpose: string): boolean;
  /** In the request's stead. */
  happen(call: Call, send: () => Promise<unknown>, world: TestWorld): Promise<unknown>;
}

const RETRY_AFTER_S = 7;

const always = () => true;
const writes = (purpose: string) => purpose !== 'live read';
/** Carries the resourceVersion that it was computed from. */
const versioned = (purpose: string) => writes(purpose) && !/POST|Event/.test(purpose);

export const KUBE_FAULTS: readonly KubeFault[] = [
  { name: 'applied, its answer lost', times: 1, meets: writes, happen: (_, send) => send().then(broken) },
  { name: 'reset before it was read', times: 1, meets: always, happen: broken },
  { name: 'hanging', times: 1, meets: always, happen: late },
  {
    name: 'hanging, applied',
    times: 1,
    meets: writes,
    happen: (call, send) => send().then(() => late(call)),
  },
  {
    name: 'failed three times',
    times: 3,
    meets: always,
    happen: call => refused(call, 500, 'InternalError'),
  },
  {
    name: 'throttled with a time to wait',
    times: 2,
    meets: always,
    happen: call => refused(call, 429, 'TooManyRequests', String(RETRY_AFTER_S)),
  },
  {
    name: 'sent for what somebody changed meanwhile',
    times: 1,
    meets: versioned,
    async happen({ path }, send, { cluster, clock }) {
      await cluster.transport.request({
        method: 'PATCH',
        path: path.replace(/\/status$/, ''),
        contentType: 'application/merge-patch+json',
        body: { metadata: { annotations: { 'example.com/touched': String(clock.now()) } } },
      });
      return send();
    },
  },
];

async function broken(): Promise<never> {
  throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** As the transport tells of its own time-out: at once, so that no test waits. */
async function late({ method, path }: Call): Promise<never> {
  throw new TimeoutError(`${method} ${path}: no answer within 15 s`);
}

async function refused(
  { method, path }: Call,
  status: number,
  reason: string,
  retryAfter?: string,
): Promise<never> {
  const body = JSON.stringify({
    kind: 'Status',
    status: 'Failure',
    reason,
    message: 'planted',
    code: status,
  });
  throw errorOfAnswer({ what: `${method} ${path}`, path, status, body, retryAfter });
}

/** A story in which the nth request of each of these purposes meets the fault. */
export async function kubeDisturbed(
  world: TestWorld,
  reference: Reference,
  sites: readonly KubeSite[],
  fault: KubeFault,
): Promise<FaultResult> {
  const seen = new Map<string, number>();
  const fired = new Map<KubeSite, number>();
  const early: string[] = [];
  const waits = new Map<string, number>();
  const real = world.cluster.operatorTransport;

  async function request(call: Call): Promise<unknown> {
    const send = () => real.request<unknown>(call);
    const purpose = purposeOf(call);
    if (purpose === undefined) return send();
    const nth = (seen.get(purpose) ?? 0) + 1;
    seen.set(purpose, nth);
    // What is only read may be read for another object too.
    const what = purpose === 'live read' ? '' : `${call.method} ${call.path}`;
    if (world.clock.monotonic() < (waits.get(what) ?? 0))
      early.push(`${what} was sent again before the time to wait was over`);
    const site = sites.find(one => one.purpose === purpose && nth >= one.nth && nth < one.nth + fault.times);
    if (site === undefined) return send();
    fired.set(site, (fired.get(site) ?? 0) + 1);
    try {
      return await fault.happen(call, send, world);
    } catch (error) {
      const seconds = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0;
      if (seconds > 0 && what !== '') waits.set(what, world.clock.monotonic() + seconds * 1_000);
      throw error;
    }
  }

  const transport: Pick<Transport, 'request' | 'stream'> = {
    request: <T>(call: Call) => request(call) as Promise<T>,
    stream: real.stream,
  };
  const result = await watched(
    world,
    reference,
    { transport },
    () => () =>
      sites.map(site => ({
        what: site.purpose,
        times: fired.get(site) ?? 0,
        mustMeet: writes(site.purpose),
      })),
  );
  if (early.length === 0) return result;
  return { ...result, difference: [...early, result.difference ?? []].flat().join('\n') };
}

/** One request of a story: the nth of its purpose, counted from 1. */
export interface KubeSite {
  readonly purpose: string;
  readonly nth: number;
}

export function kubeSites({ requests }: Reference): readonly KubeSite[] {
  const counts = new Map<string, number>();
  return requests.flatMap(call => {
    const purpose = purposeOf(call);
    if (purpose === undefined) return [];
    const nth = (counts.get(purpose) ?? 0) + 1;
    counts.set(purpose, nth);
    return { purpose, nth };
  });
}
