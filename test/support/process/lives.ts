import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { logTail } from '../../../hack/bench/kubernetes/program.ts';
import { ACCOUNT } from '../manifests.ts';
import { describe, type Until } from '../settle.ts';
import { AHEAD } from './ahead-signal.ts';
import type { Process, Realm } from './realm.ts';

/** Where a life ends: at the nth write from now that it sends to either side (from 1), before it is applied or after. */
export interface Trap {
  readonly write: number;
  readonly at: 'arrived' | 'applied';
}

/** One operator after another, each the holder of the same Lease. */
export interface Lives {
  /** What each killed one was at. */
  readonly deaths: readonly string[];
  /**
   * Lets them go on until the objects are so and nobody has written for six minutes of their time. `next` says where the
   * life that runs or is to begin ends; undefined: nowhere.
   */
  until(wanted: Until, next: () => Trap | undefined): Promise<void>;
  end(): Promise<void>;
}

const TICK_MS = 10;
/** A drift check and a little more: longer than AWS may show old values, and what is kept in mind for that. In ms. */
const CALM_MS = 6 * 60_000;
/** Of the machine's time: beyond it something is stuck. In ms. */
const GIVE_UP_MS = 240_000;
/** No operator waits for the end of a Lease that lasts longer than any test. */
const LEASE = ['--lease-duration', '100h', '--renew-deadline', '50h', '--retry-period', '5m'];
const PRELOAD = join(import.meta.dirname, 'ahead.ts');

export function createLives(realm: Realm): Lives {
  const { world } = realm;
  const deaths: string[] = [];
  let aheadMs = 0;
  let current: Process | undefined;
  let isKilled = false;
  let trap: Trap | undefined;
  let looked = performance.now();

  async function begin(): Promise<Process> {
    isKilled = false;
    const life = await realm.start({
      identity: 'the-pod',
      accessKeyId: ACCOUNT,
      flags: LEASE,
      environment: { NODE_OPTIONS: `--import=${PRELOAD}`, [AHEAD.variable]: String(aheadMs) },
    });
    life.party.onWrite = (what, at) => {
      // What was on its way when it died.
      if (isKilled || trap === undefined) return !isKilled;
      if (at !== trap.at || life.party.writes.length < trap.write) return true;
      isKilled = true;
      life.signal('SIGKILL');
      deaths.push(`${what} ${at}`);
      return false;
    };
    return life;
  }

  function set(next: Trap | undefined): void {
    trap = next && { ...next, write: next.write + (current?.party.writes.length ?? 0) };
  }

  function pass(ms: number): void {
    const now = performance.now();
    world.clock.advance(ms + now - looked);
    looked = now;
  }

  async function until(wanted: Until, next: () => Trap | undefined): Promise<void> {
    const started = performance.now();
    let before = '';
    let written = -1;
    let calmMs = 0;
    set(next());
    for (;;) {
      current ??= await begin();
      await delay(TICK_MS);
      pass(0);
      const { party, how, logPath } = current;
      if (how !== undefined) {
        if (!isKilled) throw new Error(`the operator ended by itself (${how}):\n${logTail(logPath)}`);
        current = undefined;
        set(next());
        continue;
      }
      if (performance.now() - started > GIVE_UP_MS)
        throw new Error(`nothing comes of waiting: ${await describe(world)}\n${logTail(logPath)}`);
      if (party.writes.length !== written) calmMs = 0;
      written = party.writes.length;
      const now = `${deaths.length} ${party.seen} ${world.bench.gateway.journal.at(-1)?.id}`;
      const isIdle = party.leases > 0 && party.underway + world.bench.gateway.underway === 0;
      const isStill = isIdle && now === before;
      before = now;
      if (!isStill || isKilled) continue;
      if (calmMs >= CALM_MS && wanted(await world.objects())) return;
      if (!(await answers(current))) continue;
      current.signal(AHEAD.signal);
      aheadMs += AHEAD.ms;
      calmMs += AHEAD.ms;
      pass(AHEAD.ms);
    }
  }

  /** Its first lists are in, and it is not busy with something else. */
  async function answers({ url }: Process): Promise<boolean> {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    await answer?.text();
    return answer?.status === 200;
  }

  return {
    deaths,
    until,
    async end() {
      isKilled = true;
      current?.signal('SIGKILL');
      await current?.ended;
      current = undefined;
    },
  };
}
