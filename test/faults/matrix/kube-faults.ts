import { seeded } from '../../../hack/vitest/random.ts';
import { TimeoutError } from '../../../src/kube/errors.ts';
import { errorOfAnswer } from '../../../src/kube/status-body.ts';
import type { Call, Transport } from '../../../src/kube/transport.ts';
import { FINALIZER } from '../../../src/operator/objects.ts';
import type { Reference } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';
import { type FaultResult, type Met, SETTLED_MS, SOON_MS, watched } from './faults.ts';

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
/** Events are written beside the work, and tried again after some time. In ms. */
export const EVENTS_MS = 30_000;

const always = () => true;
const writes = (purpose: string) => purpose !== 'live read';
/** Carries the resourceVersion that it was computed from. */
export const versioned = (purpose: string) => writes(purpose) && !/POST|Event/.test(purpose);

const reset: KubeFault = { name: 'reset before it was read', times: 1, meets: always, happen: broken };
const lost: KubeFault = {
  name: 'applied, its answer lost',
  times: 1,
  meets: writes,
  happen: (_, send) => send().then(broken),
};
const hanging: KubeFault = { name: 'hanging', times: 1, meets: always, happen: late };
const hangingApplied: KubeFault = {
  name: 'hanging, applied',
  times: 1,
  meets: writes,
  happen: (call, send) => send().then(() => late(call)),
};
const failing: KubeFault = {
  name: 'failed three times',
  times: 3,
  meets: always,
  happen: call => refused(call, 500, 'InternalError'),
};
const throttled: KubeFault = {
  name: 'throttled with a time to wait',
  times: 2,
  meets: always,
  happen: call => refused(call, 429, 'TooManyRequests', String(RETRY_AFTER_S)),
};
export const changed: KubeFault = {
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
};

export const KUBE_FAULTS: readonly KubeFault[] = [
  reset,
  lost,
  hanging,
  hangingApplied,
  failing,
  throttled,
  changed,
];

/** One request meets these, one after the other. An event is given up after three, and none is applied before the last. */
export const KUBE_CHAINS: readonly { readonly name: string; readonly faults: readonly KubeFault[] }[] = [
  { name: 'reset, then hanging, then applied with its answer lost', faults: [reset, hanging, lost] },
  { name: 'throttled twice, then hanging but applied', faults: [throttled, hangingApplied] },
  { name: 'failed three times, then sent for what somebody changed', faults: [failing, changed] },
];

/** Of the writes of an object that others write all the time. */
const BUSY_SHARE = 0.7;

/** Others write what the operator writes, as long as the story lasts: most of its updates come too late, drawn by the seed. */
export function amongBusyWriters(reference: Reference, seed: number): readonly Planted[] {
  const random = seeded(seed);
  const fault: KubeFault = {
    name: 'mostly sent for what somebody changed meanwhile',
    times: Number.POSITIVE_INFINITY,
    meets: versioned,
    happen: (call, send, world) => (random() < BUSY_SHARE ? changed.happen(call, send, world) : send()),
  };
  const purposes = new Set(kubeSites(reference).map(site => site.purpose));
  return [...purposes].filter(versioned).map(purpose => ({ purpose, nth: 1, fault }));
}

/** The first request of each purpose meets all of these that can befall it. */
export function inARow(reference: Reference, faults: readonly KubeFault[]): readonly Planted[] {
  const purposes = new Set(kubeSites(reference).map(site => site.purpose));
  return [...purposes].flatMap(purpose => {
    let nth = 1;
    return faults
      .filter(fault => fault.meets(purpose))
      .map(fault => {
        const planted = { purpose, nth, fault };
        nth += fault.times;
        return planted;
      });
  });
}

async function broken(): Promise<never> {
  throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** As the transport tells of its own time-out: at once, so that no test waits. */
async function late({ method, path }: Call): Promise<never> {
  throw new TimeoutError(`${method} ${path}: no answer within 15 s`);
}

export async function refused(
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

/** A story in which requests meet faults. */
export async function kubeDisturbed(
  world: TestWorld,
  reference: Reference,
  faults: readonly Planted[],
): Promise<FaultResult> {
  const [first] = faults;
  const { transport, met } = plantRequests(world, faults);
  // Many failures in a row wait longer and longer.
  const within = first !== undefined && faults.length === 1 ? { longerMs: longerMs(first) } : {};
  return watched(world, reference, { transport }, () => met, { restMs: EVENTS_MS, ...within });
}

/** A transport of the operator whose requests fail so, and how many of them did. */
export function plantRequests(world: TestWorld, faults: readonly Planted[]) {
  const seen = new Map<string, number>();
  const fired = new Map<Planted, number>();
  const real = world.cluster.operatorTransport;

  async function request(call: Call): Promise<unknown> {
    const send = () => real.request<unknown>(call);
    const purpose = purposeOf(call);
    if (purpose === undefined) return send();
    const nth = (seen.get(purpose) ?? 0) + 1;
    seen.set(purpose, nth);
    const planted = faults.find(
      one => one.purpose === purpose && nth >= one.nth && nth < one.nth + one.fault.times,
    );
    if (planted === undefined) return send();
    fired.set(planted, (fired.get(planted) ?? 0) + 1);
    return planted.fault.happen(call, send, world);
  }

  const transport: Pick<Transport, 'request' | 'stream'> = {
    request: <T>(call: Call) => request(call) as Promise<T>,
    stream: real.stream,
  };
  const met = (): readonly Met[] =>
    faults.map(planted => ({
      what: kubePairOf(planted),
      times: fired.get(planted) ?? 0,
      mustMeet: isSure(planted.purpose) && faults.length === 1,
    }));
  return { transport, met };
}

/** Whether a ConfigMap is made or changed depends on when Kubernetes has collected the one before. */
function isSure(purpose: string): boolean {
  return writes(purpose) && !purpose.endsWith('ConfigMap');
}

/** A status that may have been stored holds the intent of a create: what it came to is looked for before another one. */
function longerMs({ purpose }: KubeSite): number {
  return purpose === 'status' ? SETTLED_MS : SOON_MS;
}

/** One request of a story: the nth of its purpose, counted from 1. */
export interface KubeSite {
  readonly purpose: string;
  readonly nth: number;
}

export interface Planted extends KubeSite {
  readonly fault: KubeFault;
}

export function kubePairOf({ purpose, fault }: Planted): string {
  return `${purpose} ${fault.name}`;
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
