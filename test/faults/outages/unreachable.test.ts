import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { FaultRule } from '../../../hack/bench/aws/faults.ts';
import { environment, type Manifest, plainQueue, queue, topic } from '../../support/manifests.ts';
import { ownEvents } from '../../support/own-events.ts';
import { isTrue, pass } from '../../support/settle.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../../support/stage.ts';

const MINUTE_MS = 60_000;
const OUTAGE_MS = 30 * MINUTE_MS;
/** Longer than AWS may show old values: nobody looks at anything for another reason than the next drift check. */
const CALM_MS = 10 * MINUTE_MS;
/** The longest back-off is a minute and a half; what no retry mends is tried again after fifteen. */
const BACK_MS = 2 * MINUTE_MS;
const BACK_AFTER_REFUSAL_MS = 16 * MINUTE_MS;
/** An object that fails is looked at so often in half an hour: at first quickly, then each minute and a half, half of it by chance. */
const MOST_LOOKS = 45;
/** What is said at first, and what is said when the first failure turns out to be another. */
const MOST_STATUS_WRITES = 3;

const READY: readonly Manifest[] = [environment(), queue('orders'), plainQueue('mails'), topic('events')];
const CHANGED = queue('orders', { visibilityTimeoutSeconds: 90 });
const NEW = plainQueue('new');

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterEach(() => stage.clear());
afterAll(() => stage?.close());

interface Outage {
  readonly name: string;
  readonly rule: FaultRule;
  readonly says: RegExp;
}

const OUTAGES: readonly Outage[] = [
  { name: 'AWS cannot be reached', rule: { fault: { kind: 'resetBefore' } }, says: /ECONNRESET/ },
  {
    name: 'AWS answers that it failed',
    rule: { fault: { kind: 'serverError' } },
    says: /We encountered an internal error/,
  },
];

test.each(OUTAGES)(
  '$name for half an hour: it is said once, what was ready stays so, and all comes back by itself',
  async ({ rule, says }) => {
    const acting = await begun();
    const { gateway } = stage.world.bench;
    const [mark, writes] = [stage.mark(), acting.life.writes.length];
    const looks = new Map(READY.map(one => [one, acting.passesOf(keyOf(one))]));

    gateway.addFault({ ...rule, times: 0 });
    await stage.cluster.apply(CHANGED, NEW);
    await waits(acting, OUTAGE_MS);

    for (const one of READY) {
      const object = await stage.cluster.get(one.kind, one.name);
      const said = [standing(object), standing(object, 'Synced'), standing(object, 'Stalled')];
      expect(said, one.name).toEqual([
        'Ready=True Ready',
        'Synced=False AwsError',
        'Stalled=False NotStalled',
      ]);
      expect(messageOf(object, 'Synced')).toMatch(says);
      expect(acting.passesOf(keyOf(one)) - (looks.get(one) ?? 0)).toBeLessThan(MOST_LOOKS);
    }
    const made = await stage.cluster.get('Queue', 'new');
    expect([standing(made), messageOf(made)]).toEqual(['Ready=False AwsError', expect.stringMatching(says)]);
    // That the queue is ready is said of the spec that it was ready for.
    expect(isTrue(await stage.cluster.get('Queue', 'orders'), 'Ready')).toBe(false);
    expect(await ownEvents(stage.cluster)).toEqual([]);
    expect(most(acting.life.writes.slice(writes).map(write => write.what))).toBeLessThanOrEqual(
      MOST_STATUS_WRITES,
    );
    expect(gateway.journalSince(mark).filter(call => call.status === 200)).toEqual([]);

    gateway.clearFaults();
    await waits(acting, BACK_MS);
    await allAreReady(CHANGED, NEW);
    await acting.end();
  },
);

interface StsOutage {
  readonly name: string;
  readonly fault: FaultRule['fault'];
  readonly ready: string;
  readonly backMs: number;
}

const STS_OUTAGES: readonly StsOutage[] = [
  { name: 'fails', fault: { kind: 'serverError' }, ready: 'Ready=True Ready', backMs: BACK_MS },
  {
    name: 'refuses',
    fault: { kind: 'accessDenied' },
    ready: 'Ready=False Denied',
    backMs: BACK_AFTER_REFUSAL_MS,
  },
];

test.each(STS_OUTAGES)(
  'STS $name for half an hour when the operator starts: nothing is asked of AWS, it is said why, and all comes back',
  async ({ fault, ready, backMs }) => {
    await (await begun()).end();
    const { gateway } = stage.world.bench;
    const mark = stage.mark();
    gateway.addFault({ service: 'sts', fault, times: 0 });
    await stage.cluster.apply(CHANGED, NEW);
    const acting = await stage.operator();
    await waits(acting, OUTAGE_MS);

    for (const one of READY) {
      const object = await stage.cluster.get(one.kind, one.name);
      expect(standing(object), one.name).toBe(ready);
      expect(messageOf(object, 'Synced')).toContain("the operator's own credentials cannot be used");
    }
    expect(new Set(gateway.journalSince(mark).map(call => call.service))).toEqual(new Set(['sts']));
    const events = await ownEvents(stage.cluster);
    expect(Math.max(0, ...events.map(event => event.count))).toBeLessThanOrEqual(1);
    expect(events.length).toBeLessThanOrEqual(READY.length + 1);

    gateway.clearFaults();
    await waits(acting, backMs);
    await allAreReady(CHANGED, NEW);
    await acting.end();
  },
);

/** An operator whose objects are ready, and that has nothing to do. */
async function begun(): Promise<Acting> {
  await stage.cluster.apply(...READY);
  const acting = await stage.operator();
  await acting.until(areReady(...READY));
  await waits(acting, CALM_MS);
  return acting;
}

async function waits(acting: Acting, ms: number): Promise<void> {
  await pass({ ...stage.world, objects: stage.cluster.objects }, acting.life, ms);
}

async function allAreReady(...changed: readonly Manifest[]): Promise<void> {
  const objects = await stage.cluster.objects();
  for (const object of objects)
    expect([isTrue(object, 'Ready'), isTrue(object, 'Synced')], object.metadata.name).toEqual([true, true]);
  for (const { name } of changed) expect(objects.map(object => object.metadata.name)).toContain(name);
}

function keyOf({ kind, name }: Manifest): string {
  return kind === 'OptaEnvironment' ? `${kind}:${name}` : `${kind}:shop/${name}`;
}

/** How often the commonest of them is there. */
function most(all: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
