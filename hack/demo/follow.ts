import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { label, type OptaObject } from '../../src/operator/objects.ts';
import { readAgain } from './samples.ts';
import type { Screen } from './screen.ts';
import { isReady, tableOf, whyNotReady } from './table.ts';

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
  for (const object of objects) {
    const now = isReady(object) ? 'Ready' : whyNotReady(object);
    if (told.get(label(object)) === now) continue;
    told.set(label(object), now);
    screen.progress(`${label(object)}: ${now}`);
  }
}
