import type { JournalEntry } from '../../hack/bench/aws/journal.ts';
import type { Call } from '../../src/kube/transport.ts';
import type { OptaObject } from '../../src/operator/objects.ts';
import { audit } from './audit.ts';
import { type Ledger, ledgerDifference, ledgerOf } from './ledger.ts';
import type { Life, LifeOptions, Write } from './life.ts';
import type { Manifest } from './manifests.ts';
import { allReady, pass, settle, type Until } from './settle.ts';
import { firstDifference, type Standing, standing, told, toldOf } from './snapshot.ts';
import type { TestWorld } from './world.ts';

/** What a person does, and when it is carried out. */
export interface Act {
  act(world: TestWorld): Promise<unknown>;
  readonly until: Until;
  /** What is applied, for who looks what a story tells. */
  readonly manifests?: readonly Manifest[];
}

/** Something that must end the same whatever happens to the operator in it. */
export interface Story {
  readonly name: string;
  /** Done undisturbed. */
  readonly before: readonly Act[];
  /** Disturbed. The first is done while no operator runs, the others when the one before is carried out. */
  readonly acts: readonly Act[];
  /** AWS must be at the end as it was at the beginning. */
  readonly returns?: boolean;
}

/** A story as it goes when nothing disturbs it. */
export interface Reference {
  readonly story: Story;
  /** Of virtual time. */
  readonly lastedMs: number;
  /** As it began, told as the end is. */
  readonly beginning: string;
  readonly end: string;
  readonly writes: readonly Write[];
  readonly ledger: Ledger;
  /** Every call of AWS, but reads that were repeated while nothing was written: they find what the one before found. */
  readonly calls: readonly CallSite[];
  /** Every request to the API server, in the order in which they were sent; watches are none. */
  readonly requests: readonly Call[];
  /** What AWS has when each act is carried out, of each object that exists then, by `Queue orders`. */
  readonly stages: readonly Stage[];
}

/** One call of a story: the nth of its operation, counted from 1. */
export interface CallSite {
  readonly service: string;
  readonly operation: string;
  readonly nth: number;
  readonly mutating: boolean;
}

export type Stage = ReadonlyMap<string, Things>;

export interface Things {
  /** Of the object: the newest spec then. */
  readonly generation: number | undefined;
  /** Undefined: something waits for a person, and is done in part. */
  readonly lines: readonly string[] | undefined;
}

/** A story under way: which of its acts are done outlives the operator. */
export interface Run {
  readonly story: Story;
  /** Acts done so far, the last of which is being carried out. */
  done: number;
  /** The last entry of the gateway's journal before the disturbed part. */
  readonly since: number;
}

/** A drift check and a little more: longer than AWS may show old values, and what is kept in mind for that. In ms. */
const CALM_MS = 6 * 60_000;
/** Enough to look at everything once. In ms. */
const REST_MS = 1_000;

export async function begin(world: TestWorld, story: Story): Promise<Run> {
  await world.reset();
  if (story.before.length > 0) {
    const life = world.live();
    try {
      for (const { act, until } of story.before) {
        await act(world);
        await settle(world, life, until);
      }
    } finally {
      await life.end();
    }
  }
  const since = world.bench.gateway.journal.at(-1)?.id ?? 0;
  await story.acts[0]?.act(world);
  return { story, done: 1, since };
}

/**
 * One life of an operator: until the story is carried out (true) or the operator died (false). `onDone` is called when an act is
 * carried out.
 */
export async function goOn(
  world: TestWorld,
  run: Run,
  life: Life,
  onDone: () => Promise<void> = async () => {},
): Promise<boolean> {
  const { acts } = run.story;
  for (;;) {
    const current = acts[run.done - 1];
    if (current === undefined) return true;
    // What is told may be older than what is being done: a pass that waits for its rate has not said its word.
    const { queue } = life.operator;
    const isIdle = () => queue.running === 0 && queue.depth === 0;
    if (!(await settle(world, life, objects => isIdle() && current.until(objects)))) return false;
    await onDone();
    if (run.done === acts.length) return true;
    await acts[run.done]?.act(world);
    run.done += 1;
  }
}

/** As `goOn`, with an operator made for it and ended after it. */
export async function liveOn(
  world: TestWorld,
  run: Run,
  options: Partial<LifeOptions> = {},
): Promise<{ finished: boolean; life: Life }> {
  const life = world.live(options);
  try {
    return { finished: await goOn(world, run, life), life };
  } finally {
    await life.end();
  }
}

export async function undisturbed(world: TestWorld, story: Story): Promise<Reference> {
  const run = await begin(world, story);
  const beginning = told(await standing(world));
  const requests: Call[] = [];
  const begun = world.clock.monotonic();
  const { operatorTransport } = world.cluster;
  const life = world.live({
    transport: {
      ...operatorTransport,
      request(call) {
        requests.push(call);
        return operatorTransport.request(call);
      },
    },
  });
  const stages: Stage[] = [];
  try {
    await goOn(world, run, life, async () => {
      if (run.done === story.acts.length) return;
      const stands = await standing(world);
      stages.push(stageOf(stands));
    });
  } finally {
    await life.end();
  }
  const lastedMs = world.clock.monotonic() - begun;
  const writes = [...life.writes];
  const journal = world.bench.gateway.journalSince(run.since);
  const { problems, stands } = await atRest(world);
  if (problems.length > 0) throw new Error(`${story.name}, undisturbed: ${problems.join('\n')}`);
  return {
    story,
    lastedMs,
    beginning,
    end: told(stands),
    writes,
    ledger: ledgerOf(journal),
    calls: callsOf(journal),
    requests,
    stages: [...stages, stageOf(stands)],
  };
}

function callsOf(journal: readonly JournalEntry[]): readonly CallSite[] {
  const counts = new Map<string, number>();
  const reads = new Set<string>();
  const sites: CallSite[] = [];
  for (const { service, operation, resource, mutating, observer } of journal) {
    if (observer !== undefined) continue;
    const name = `${service}:${operation}`;
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    const read = `${name} ${resource}`;
    if (mutating) reads.clear();
    else if (reads.has(read)) continue;
    else reads.add(read);
    sites.push({ service, operation, nth, mutating });
  }
  return sites;
}

function stageOf(stands: Standing): Stage {
  const isDone = allReady(stands.objects);
  return new Map(
    stands.objects.map(({ kind, metadata: { name, generation } }) => [
      `${kind} ${name}`,
      { generation, lines: isDone ? toldOf(stands, { kind, name }) : undefined },
    ]),
  );
}

/** What is wrong at the end of a run, or undefined. `spared`: calls that came to nothing, and do not count. */
export async function verdict(
  world: TestWorld,
  reference: Reference,
  run: Run,
  spared: readonly JournalEntry[] = [],
): Promise<string | undefined> {
  const journal = world.bench.gateway.journalSince(run.since);
  const ledger = ledgerOf(journal.filter(entry => !spared.includes(entry)));
  const { problems, stands } = await atRest(world);
  const difference = firstDifference(reference.end, told(stands));
  const all = [...problems, ...ledgerDifference(reference.ledger, ledger), ...[difference ?? []].flat()];
  return all.length === 0 ? undefined : all.join('\n');
}

/** Nothing is to be done in AWS, and for a newer operator in Kubernetes either; the audit finds nothing. */
async function atRest(world: TestWorld): Promise<{ problems: readonly string[]; stands: Standing }> {
  const calm = await writesOf(world, CALM_MS);
  const inAws = calm.filter(one => one.side === 'aws');
  // What is kept in mind for a while goes from the status then. Where nothing did, the calm began with that newer operator.
  const rest = calm.length > inAws.length ? await writesOf(world, REST_MS) : [];
  const writes = [...inAws, ...rest].map(one => `written although nothing had changed: ${one.what}`);
  const stands = await standing(world);
  return { problems: [...writes, ...audit(stands)], stands };
}

async function writesOf(world: TestWorld, ms: number): Promise<readonly Write[]> {
  const life = world.live();
  try {
    await pass(world, life, ms);
    return life.writes;
  } finally {
    await life.end();
  }
}

export function applied(...manifests: readonly Manifest[]): Act {
  return {
    async act(world) {
      for (const manifest of manifests) await world.apply(manifest);
    },
    manifests,
    until: objects =>
      allReady(objects) &&
      manifests.every(({ kind, name }) =>
        objects.some(one => one.kind === kind && one.metadata.name === name),
      ),
  };
}

let asks = 0;

/** Done by a person past the operator, and noticed: the operator is asked to look. */
export function noticed(
  { kind, name }: { readonly kind: string; readonly name: string },
  act: (world: TestWorld) => Promise<unknown>,
): Act {
  asks += 1;
  const asked = `${kind} ${name}, ${asks}`;
  return {
    async act(world) {
      await act(world);
      await world.annotate(kind, name, { 'opta.dev/reconcile-requested-at': asked });
    },
    until: objects =>
      allReady(objects) && objects.some(object => object.status?.lastHandledReconcileAt === asked),
  };
}

export function deleted(...those: readonly { readonly kind: string; readonly name: string }[]): Act {
  const isOf = (object: OptaObject) =>
    those.some(({ kind, name }) => kind === object.kind && name === object.metadata.name);
  return {
    async act(world) {
      for (const { kind, name } of those) await world.delete(kind, name);
    },
    until: objects => !objects.some(isOf) && allReady(objects),
  };
}
