/** The bench's AWS endpoint: identifies each call, lets faults and overlays at it, asks the emulator, and writes it down. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createAccounts } from './accounts.ts';
import { BROKEN_HEADER, createBroken, type Told } from './broken.ts';
import { createCall } from './call.ts';
import { callerIdentityOverlay } from './caller-identity.ts';
import { controlHandler } from './control.ts';
import { createCreations } from './creations.ts';
import { imageParametersOverlay } from './eks/image-parameters.ts';
import { clusterLogsOverlay, eksOverlay } from './eks/index.ts';
import { forgetPlanted } from './eks/settings.ts';
import { resetAll, type Upstreams } from './emulators.ts';
import { type ActiveRule, createFaults, type FaultRule } from './faults.ts';
import { createForwarder } from './forward.ts';
import { headersOf, listen, readBody, splitUrl } from './http.ts';
import type { Request } from './identify.ts';
import { createJournal, type JournalEntry } from './journal.ts';
import type { BenchContext, Call, Overlay } from './overlay.ts';
import { createPipeline, type Outcome } from './pipeline.ts';
import { createReadHistory } from './read-history.ts';
import { createRemembered } from './remembered.ts';
import { createReply } from './reply.ts';
import { createTurns } from './turns.ts';
import { createUpstream } from './upstream.ts';
import { errorAnswer, successAnswer } from './wire.ts';

export interface GatewayOptions {
  /** Where each emulator is that the routing table names. */
  upstreams: Upstreams;
  /** Default: any free port. */
  port?: number;
  /** Of the control API; default: any free port. */
  controlPort?: number;
  /** Milliseconds since 1970; default the machine's. */
  clock?: () => number;
  overlays?: Overlay[];
  /** Reads are asked of an emulator once, until something of their service is written. */
  remembersReads?: boolean;
}

export interface Gateway {
  /** AWS endpoint, `http://127.0.0.1:<port>`. */
  url: string;
  /** Control API: /journal, /faults, /reset, /clock. */
  controlUrl: string;
  /** The newest 200,000 calls, in the order in which they were answered. */
  journal: readonly JournalEntry[];
  /** A call from this very process, carried out as those that come by the network are. */
  ask(asked: Request, body: Buffer): Promise<Told>;
  /** Entries with a greater id. */
  journalSince(id: number): JournalEntry[];
  /** Calls that are being answered; those that are left hanging are not. */
  readonly underway: number;
  /** Called as each call is written down, before its answer leaves. Returns the way to unsubscribe. */
  onCall(listener: (entry: JournalEntry, call: Call) => void): () => void;
  /** Returns the rule's id. Throws TypeError for an unknown kind. */
  addFault(rule: FaultRule): string;
  /** Without an id: all rules, and hanging calls are reset. */
  clearFaults(id?: string): void;
  faults(): ActiveRule[];
  /**
   * Empties the emulators, the journal, the faults, the overlays' memory and what was planted, and sets the clock back. Calls
   * under way come to their end first (those that hang or are delayed are reset), those that come meanwhile wait. Keys of
   * sessions go on speaking for them, since clients hold them.
   */
  reset(): Promise<void>;
  /** Moves the gateway's clock on, for windows of time in faults and overlays. */
  advanceClock(seconds: number): void;
  /** The gateway's clock, ms. */
  now(): number;
  /** What overlays see. */
  bench: BenchContext;
  stop(): Promise<void>;
}

/** Starts the gateway on loopback. Rejects where a port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { upstreams, overlays = [], clock = Date.now } = options;
  let advancedMs = 0;
  let calls = 0;
  let underway = 0;
  const now = () => clock() + advancedMs;
  const accounts = createAccounts();
  const journal = createJournal();
  const faults = createFaults();
  const creations = createCreations();
  const history = createReadHistory();
  const upstream = createUpstream();
  const remembered = options.remembersReads === true ? createRemembered() : undefined;
  const forwarder = createForwarder(upstream, upstreams, remembered);
  const reply = createReply();
  const broken = createBroken();
  const turns = createTurns();
  const listeners = new Set<(entry: JournalEntry, call: Call) => void>();
  const bench: BenchContext = {
    forward: request => ('requestId' in request ? forwarder.call(request) : forwarder.own(request)),
    now,
    state: new Map(),
    error: errorAnswer,
    success: successAnswer,
  };
  const run = createPipeline({
    accounts,
    overlays: [
      clusterLogsOverlay,
      ...overlays,
      callerIdentityOverlay(accounts),
      eksOverlay,
      imageParametersOverlay,
    ],
    forwarder,
    faults,
    creations,
    history,
    bench,
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/_bench/')) return control(request, response);
    const method = request.method ?? 'GET';
    const asked = { method, headers: headersOf(request), ...splitUrl(request.url ?? '/') };
    const known = asked.headers[BROKEN_HEADER];
    if (known !== undefined) return reply.send(response, method, broken.take(known));
    await counted(async () => {
      const body = await readBody(request);
      await carryOut(asked, body, outcome => reply.send(response, method, outcome));
    });
  }

  async function ask(asked: Request, body: Buffer): Promise<Told> {
    return counted(
      () =>
        new Promise((resolve, reject) => {
          carryOut(asked, body, outcome => resolve(broken.tell(outcome))).catch(reject);
        }),
    );
  }

  async function counted<T>(work: () => Promise<T>): Promise<T> {
    underway += 1;
    try {
      return await work();
    } finally {
      underway -= 1;
    }
  }

  async function carryOut(asked: Request, body: Buffer, deliver: (outcome: Outcome) => void): Promise<void> {
    const at = now();
    const started = performance.now();
    await turns.call(async reset => {
      calls += 1;
      const call = createCall(calls, asked, body, accounts);
      const outcome = await run(call, reset);
      const [delivered, lost] =
        outcome.delivery === 'whole' ? [outcome.answer, undefined] : [undefined, outcome.answer];
      const entry = journal.add(call, at, performance.now() - started, delivered, outcome.faults, lost);
      for (const listener of listeners) listener(entry, call);
      deliver(outcome);
    });
  }

  async function reset(): Promise<void> {
    await turns.reset(async () => {
      clearFaults();
      await resetAll(upstreams);
      remembered?.clear();
      journal.clear();
      creations.clear();
      history.clear();
      bench.state.clear();
      forgetPlanted(bench);
      advancedMs = 0;
    });
  }

  function clearFaults(id?: string): void {
    faults.clear(id);
    if (id === undefined) reply.cutHanging();
  }

  const controlled = {
    journalSince: journal.since,
    addFault: (rule: FaultRule) => faults.add(rule, now()),
    clearFaults,
    faults: faults.list,
    reset,
    advanceClock: (seconds: number) => {
      advancedMs += seconds * 1000;
    },
    now,
  };
  const control = controlHandler(controlled);
  const aws = await listen(options.port ?? 0, serve);
  const controlListener = await listen(options.controlPort ?? 0, control);

  return {
    ...controlled,
    url: aws.url,
    ask,
    controlUrl: controlListener.url,
    journal: journal.entries,
    get underway() {
      return underway;
    },
    onCall: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    bench,
    stop: async () => {
      reply.cutHanging();
      await Promise.all([aws.close(), controlListener.close()]);
      upstream.close();
    },
  };
}
