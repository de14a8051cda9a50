import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { label, type OptaObject } from '../../src/operator/objects.ts';
import { readAgain } from './samples.ts';
import type { Screen } from './screen.ts';
import { isReady, tableOf, whyNotReady } from './table.ts';
import { partsOf } from './tree.ts';

export interface Follow {
  readonly transport: Transport;
  readonly objects: readonly KubeObject[];
  readonly screen: Screen;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 100;

/** Shows the objects until all are Ready. Rejects with what each one lacks after the time-out, and on the signal. */
export async function followUntilReady(of: Follow): Promise<readonly OptaObject[]> {
  const { transport, screen, signal } = of;
  const deadline = Date.now() + of.timeoutMs;
  const told = new Map<string, string>();
  for (;;) {
    const objects = await readAgain(transport, of.objects);
    if (screen.isTerminal) screen.live(tableOf(objects, screen.columns));
    else tellChanges(objects, told, screen);
    if (objects.every(isReady)) {
      if (!screen.isTerminal) for (const line of tableOf(objects, screen.columns)) screen.line(line);
      return objects;
    }
    if (Date.now() > deadline) {
      const missing = objects.filter(object => !isReady(object));
      const reasons = missing.map(object => `  ${label(object)}: ${whyNotReady(object)}`);
      throw new Error(`not Ready after ${of.timeoutMs / 1000} s:\n${reasons.join('\n')}`);
    }
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

function tellChanges(objects: readonly OptaObject[], told: Map<string, string>, screen: Screen): void {
  function tell(what: string, now: string): void {
    if (told.get(what) === now) return;
    told.set(what, now);
    screen.progress(`${what}: ${now}`);
  }
  for (const object of objects) {
    tell(label(object), isReady(object) ? 'Ready' : whyNotReady(object));
    const parts = partsOf(object);
    // A line for each step of a part would bury the rest of the log.
    for (const { name, made, underWay } of parts.length < 2 ? [] : parts)
      if (underWay.length === 0) tell(`${label(object)}, ${name}`, `${made} made`);
  }
}
