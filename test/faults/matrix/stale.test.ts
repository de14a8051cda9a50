import { afterAll, expect, test } from 'vitest';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../../hack/vitest/mode.ts';
import { sampleByName } from '../../../hack/vitest/random.ts';
import { silentLog } from '../../../src/kube/log.ts';
import type { Call } from '../../../src/kube/transport.ts';
import type { OptaObject } from '../../../src/operator/objects.ts';
import { awaitingApproval } from '../../support/approval.ts';
import { audit } from '../../support/audit.ts';
import type { Life } from '../../support/life.ts';
import {
  bucket,
  environment,
  type Manifest,
  plainEnvironment,
  plainQueue,
  queue,
  topic,
} from '../../support/manifests.ts';
import { allReady, pass, settle, type Until } from '../../support/settle.ts';
import { standing } from '../../support/snapshot.ts';
import {
  type Act,
  applied,
  begin,
  goOn,
  liveOn,
  type Reference,
  type Run,
  type Story,
  verdict,
} from '../../support/story.ts';
import { trickWatch } from '../../support/tricked-watch.ts';
import type { TestWorld } from '../../support/world.ts';
import { bucketDeletion, environmentDeletion, queueDeletion, topicDeletion } from '../stories/deletion.ts';
import { queueReplacement, topicReplacement } from '../stories/replacement.ts';
import { disturbances } from './disturbances.ts';
import { openReferences } from './references.ts';

const SAMPLE = 6;
/** Of the stories that they are drawn from: each is told undisturbed first. */
const STORY_SAMPLE = 3;
/** Enough for an operator that finds its object changed to look again, twice. In ms. */
const STALE_MS = 3_000;

/** What takes something away, or lets it go. */
const DESTRUCTIVE = /:(Delete|Schedule|Unsubscribe|Release|Disassociate|Detach)/;

const subscribed = topic('events', { subscriptions: [{ queue: 'orders' }] });
const DELETIONS: readonly Story[] = [
  ...environmentDeletion,
  ...queueDeletion,
  ...topicDeletion,
  ...bucketDeletion,
].filter(({ acts }) => acts.length === 1);
const REMOVALS: readonly Story[] = [
  {
    name: 'Queue: its key and dead-letter queue removed from the spec',
    before: [applied(plainEnvironment()), applied(queue('orders'))],
    acts: awaitingApproval(plainQueue('orders')),
  },
  {
    name: 'Topic: its subscription removed from the spec',
    before: [applied(plainEnvironment(), plainQueue('orders')), applied(subscribed)],
    acts: awaitingApproval(topic('events')),
  },
  {
    name: 'Bucket: its replica removed from the spec',
    before: [applied(environment()), applied(bucket('uploads', { replica: { mode: 'SameRegion' } }))],
    acts: awaitingApproval(bucket('uploads')),
  },
];

const ALL = [...DELETIONS, ...REMOVALS, ...queueReplacement, ...topicReplacement];

/** What somebody did to the objects of a story, of which the operator does not hear. */
interface Turn {
  readonly name: string;
  /** The stories in which it can come. */
  readonly of: readonly Story[];
  make(world: TestWorld, objects: readonly Changed[]): Promise<unknown>;
  /** When the operator has heard: what a person does then, and when it is carried out. Left out: the story goes on. */
  after?(objects: readonly Changed[]): readonly Act[];
  undo?(world: TestWorld, objects: readonly Changed[]): Promise<unknown>;
}

/** An object that the story changes or deletes. */
interface Changed {
  readonly now: OptaObject;
  /** As it was when the story began. */
  readonly before: Manifest;
}

const TURNS: readonly Turn[] = [
  {
    name: 'paused',
    of: ALL,
    make: (world, objects) => annotated(world, objects, 'true'),
    undo: (world, objects) => annotated(world, objects, null),
  },
  {
    name: 'another of the same name',
    of: ALL,
    async make(world, objects) {
      for (const { now } of objects) {
        await world.delete(now.kind, now.metadata.name);
        await world.force(now.kind, now.metadata.name);
      }
      for (const { before } of objects) await world.apply(before);
    },
    after: objects => [{ act: async () => {}, until: areThere(objects) }],
  },
  {
    name: 'to be retained',
    of: DELETIONS,
    async make(world, objects) {
      for (const { now } of objects)
        await world.cluster.patch(now.kind, now.metadata.name, { spec: { deletionPolicy: 'Retain' } });
    },
    after: objects => [
      {
        act: async () => {},
        until: all => !objects.some(({ now }) => all.some(isSame(now))) && allReady(all),
      },
    ],
  },
  {
    name: 'as before',
    // What was replaced cannot be taken back: its fields may not be.
    of: REMOVALS,
    async make(world, objects) {
      for (const { before } of objects) await world.apply(before);
    },
    after: objects => objects.flatMap(({ before }) => awaitingApproval(before)),
  },
];

async function annotated(
  world: TestWorld,
  objects: readonly Changed[],
  paused: string | null,
): Promise<void> {
  for (const { now } of objects)
    await world.annotate(now.kind, now.metadata.name, { 'opta.dev/paused': paused });
}

function isSame({ kind, metadata }: OptaObject) {
  return (one: OptaObject) => one.kind === kind && one.metadata.name === metadata.name;
}

function areThere(objects: readonly Changed[]): Until {
  return all => allReady(all) && objects.every(({ now }) => all.some(isSame(now)));
}

interface Stale {
  readonly reference: Reference;
  /** The destructive one, from 0. */
  readonly write: number;
  readonly turn: Turn;
}

const CHOSEN = isFull ? ALL : sampleByName(ALL, STORY_SAMPLE, seed, ({ name }) => name);

const references = openReferences();
const stales = disturbances<Stale>(references, {
  of: stalesOf,
  nameOf,
  differenceWith: stale => decidedOnOld(references.world, stale),
});
let noticed = 0;
afterAll(() => {
  console.log(
    `covered: destructive calls decided on what the objects were before: ${stales.made} of ${stales.all}, ${noticed} times the operator noticed${isFull ? '' : ` (seed ${seed})`}`,
  );
});

test(
  'nothing is taken away that the object as it is now does not let go',
  async () => {
    expect(await stales.differences(CHOSEN, isFull ? undefined : SAMPLE)).toEqual([]);
    expect(noticed).toBeGreaterThan(0);
  },
  FULL_TIMEOUT_MS,
);

function stalesOf(reference: Reference): readonly Stale[] {
  const turns = TURNS.filter(turn => turn.of.includes(reference.story));
  return reference.writes.flatMap(({ what }, write) =>
    DESTRUCTIVE.test(what) ? turns.map(turn => ({ reference, write, turn })) : [],
  );
}

function nameOf({ reference, write, turn }: Stale): string {
  return `${reference.story.name}, ${turn.name} before write ${write} (${reference.writes[write]?.what})`;
}

/** An operator dies before the call, and the next one has the lists that it begins from when somebody changes the object. */
async function decidedOnOld(
  world: TestWorld,
  { reference, write, turn }: Stale,
): Promise<string | undefined> {
  let atFirst: readonly OptaObject[] = [];
  const { acts } = reference.story;
  const story: Story = {
    ...reference.story,
    acts: acts.map((one, at) => ({
      ...one,
      async act(place) {
        if (at === 0) atFirst = await place.objects();
        await one.act(place);
      },
    })),
  };
  const run = await begin(world, story);
  if ((await liveOn(world, run, { kill: { write, point: 'before' } })).finished) return undefined;
  const changed = changedSince(atFirst, await world.objects());

  const deaf = trickWatch(world.cluster.operatorTransport);
  const { transport } = deaf;
  const { news } = world.cluster;
  const life = world.live({
    transport: {
      ...transport,
      async request<T>(call: Call): Promise<T> {
        // What is asked last before work begins, when the lists are in that it begins from.
        if (call.path.endsWith('/namespaces/kube-system') && !deaf.isHeld) {
          deaf.hold();
          await turn.make(world, changed);
        }
        return transport.request<T>(call);
      },
    },
    // What is held back is not waited for.
    news: { ...news, isKnownTo: (...asked) => deaf.isHeld || news.isKnownTo(...asked) },
    standby: true,
    log: {
      ...silentLog,
      info: (_, message) => (noticed += message === 'the object changed meanwhile' ? 1 : 0),
    },
  });
  try {
    await life.operator.synced;
    void life.lead();
    await pass(world, life, STALE_MS);
    if (!deaf.isHeld) return 'it did not begin to work';
    const sent = life.writes.filter(({ what }) => DESTRUCTIVE.test(what)).map(({ what }) => what);
    if (sent.length > 0) return `${sent.join(', ')} was sent`;
    await turn.undo?.(world, changed);
    deaf.goOn();
    return await wentOn(world, { reference, run, life }, turn.after?.(changed));
  } finally {
    await life.end();
  }
}

async function wentOn(
  world: TestWorld,
  { reference, run, life }: { readonly reference: Reference; readonly run: Run; readonly life: Life },
  acts: readonly Act[] | undefined,
): Promise<string | undefined> {
  if (acts === undefined) {
    await goOn(world, run, life);
    await life.end();
    return verdict(world, reference, run);
  }
  for (const { act, until } of acts) {
    await act(world);
    await settle(world, life, until);
  }
  const problems = audit(await standing(world));
  return problems.length === 0 ? undefined : problems.join('\n');
}

function changedSince(atFirst: readonly OptaObject[], now: readonly OptaObject[]): readonly Changed[] {
  return now.flatMap(object => {
    const before = atFirst.find(isSame(object));
    const { generation } = object.metadata;
    if (before === undefined || generation === before.metadata.generation) return [];
    return { now: object, before: { kind: object.kind, name: object.metadata.name, spec: before.spec } };
  });
}
