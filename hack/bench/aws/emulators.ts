/** The emulators behind the gateway, by the name that the routing table has for them. */

import { MINISTACK } from './ministack.ts';
import { MOTO } from './moto.ts';
import { startEmulator } from './nursery.ts';
import type { BenchLog } from './python.ts';
import type { Emulator } from './python-process.ts';

/** Base URL, or the way to one for an emulator that is started by its first call. */
export type Address = string | OnDemand;

export interface OnDemand {
  /** Starts it where it does not run yet. */
  url(): Promise<string>;
  /** What to empty: undefined where nobody asked it since this was asked last, so that it is empty. */
  used(): Promise<string> | undefined;
}

export interface Upstreams {
  ministack: Address;
  moto?: Address;
}

export interface Emulators {
  upstreams: Upstreams;
  /** Of the one that runs from the start. */
  ministackUrl: string;
  stop(): Promise<void>;
}

const RESET_PATHS: Record<keyof Upstreams, string> = {
  ministack: '/_ministack/reset',
  moto: '/moto-api/reset',
};

/** Starts ministack now, and moto when the first call for one of its services comes: many tests have none. */
export async function startEmulators({ log }: { log: BenchLog }): Promise<Emulators> {
  const ministack = await startEmulator(MINISTACK, { log });
  let moto: Promise<Emulator> | undefined;
  let isUsed = false;
  const urlOf = async (emulator: Promise<Emulator>) => (await emulator).url;
  return {
    ministackUrl: ministack.url,
    upstreams: {
      ministack: ministack.url,
      moto: {
        url: () => {
          moto ??= startEmulator(MOTO, { log });
          isUsed = true;
          return urlOf(moto);
        },
        used: () => {
          const wasUsed = isUsed;
          isUsed = false;
          return wasUsed && moto ? urlOf(moto) : undefined;
        },
      },
    },
    stop: async () => {
      await ministack.stop();
      await moto?.then(
        emulator => emulator.stop(),
        () => undefined,
      );
    },
  };
}

/** Base URL of the emulator; throws where the gateway was started without it. */
export async function urlOf(upstreams: Upstreams, name: keyof Upstreams): Promise<string> {
  const address = upstreams[name];
  if (address === undefined) throw new Error(`the gateway was started without the emulator ${name}`);
  return typeof address === 'string' ? address : address.url();
}

/** Empties every emulator that was used. */
export async function resetAll(upstreams: Upstreams): Promise<void> {
  const names = Object.keys(RESET_PATHS) as (keyof Upstreams)[];
  for (const name of names) {
    const address = upstreams[name];
    const url = typeof address === 'string' ? address : await address?.used();
    if (url === undefined) continue;
    const answer = await fetch(`${url}${RESET_PATHS[name]}`, { method: 'POST' });
    if (!answer.ok)
      throw new Error(`the emulator at ${url} did not reset: ${answer.status} ${await answer.text()}`);
  }
}
