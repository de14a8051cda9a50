import type { Fault } from '../../../hack/bench/aws/faults.ts';
import { seeded } from '../../../hack/vitest/random.ts';
import type { AwsCall } from '../../../src/aws/client.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import { approve, isWaiting } from '../../support/approval.ts';
import { audit, isOurs } from '../../support/audit.ts';
import { environmentClients } from '../../support/environment-clients.ts';
import { type Kill, type Life, POINTS } from '../../support/life.ts';
import type { Manifest } from '../../support/manifests.ts';
import { allReady, describe, pass, settle } from '../../support/settle.ts';
import { standing, toldOf } from '../../support/snapshot.ts';
import type { TestWorld } from '../../support/world.ts';
import { drawnSpec, type KindFields } from '../fields/field.ts';
import { HANDS } from './hands.ts';
import type { Place } from './places.ts';

export interface Walk {
  readonly seed: number;
  readonly rounds: number;
}

export interface Walked {
  /** What does not hold, and after what; undefined where all is well. */
  readonly problem: string | undefined;
  readonly done: ReadonlyMap<Doing, number>;
}

export type Doing =
  | 'changes'
  | 'refusals'
  | 'deletions'
  | 'changes by hand'
  | 'changes by hand that AWS refused'
  | 'rounds with calls that fail'
  | 'deaths'
  | 'writes that arrive after their operator died'
  | 'rounds taken back';

/** Between two changes of a round; in ms. */
const PAUSES_MS = [0, 200, 3_000, 60_000];
const MOST_CHANGES = 3;
/** The last write of a life that an operator may die at. */
const MOST_WRITES = 8;
/** An approval may bring up another plan. */
const APPROVALS = 4;
const DELETED = 0.2;
const BY_HAND = 0.4;
const DISTURBED = 0.6;
/** Of the deaths at a write. */
const ARRIVES_LATE = 0.4;
/** After the death: while it was on its way another operator began. In ms, and less than what AWS may take to show it. */
const LATE_MS = [0, 200, 3_000, 30_000];
/** Of all calls of a disturbed round. */
const FAILING = 0.15;
const FAULTS: readonly Fault[] = [
  { kind: 'resetBefore' },
  { kind: 'resetAfter' },
  { kind: 'resetInBody' },
  { kind: 'throttle' },
  { kind: 'serverError' },
  { kind: 'notFoundForNew', seconds: 45 },
  { kind: 'untaggedForNew', seconds: 45 },
  { kind: 'staleReads', seconds: 45 },
];

/**
 * After each round all is carried out, or, where it cannot be, the specs of before are applied again and AWS is again as it
 * was. In the end AWS is as an empty account would be with the same specs.
 */
export async function walk(world: TestWorld, place: Place, options: Walk): Promise<Walked> {
  const walker = createWalker(world, place, options);
  try {
    return { problem: await walker.walk(), done: walker.done };
  } finally {
    await walker.end();
  }
}

function createWalker(
  world: TestWorld,
  { prepare = async () => [], beginning, changing, settleMs }: Place,
  { seed, rounds }: Walk,
) {
  const random = seeded(seed);
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(all: readonly T[]) => all[below(all.length)] as T;
  const done = new Map<Doing, number>();
  const clients = environmentClients(world);
  let life: Life | undefined;
  let story: string[] = [];
  function tell(what: Doing, how: string): void {
    done.set(what, (done.get(what) ?? 0) + 1);
    story.push(how);
  }

  /** The write at which it dies is still on its way then. */
  function liveUntil(kill: Kill): Life {
    const lateMs = random() < ARRIVES_LATE ? pick(LATE_MS) : undefined;
    if (lateMs === undefined) return world.live({ kill });
    const dying: Life = world.live({
      kill: { ...kill, point: 'applied' },
      async around<T>({ mutating, operation }: AwsCall, send: () => Promise<T>): Promise<T> {
        if (!mutating || dying.writes.length - 1 !== kill.write) return send();
        world.clock.setTimeout(() => {
          tell('writes that arrive after their operator died', `${operation} arrives`);
          send().catch(() => {});
        }, lateMs);
        return undefined as T;
      },
    });
    return dying;
  }

  /** An operator that dies is followed by another one. */
  async function letPass(ms: number, kill?: Kill): Promise<void> {
    if (kill !== undefined) await end();
    life ??= kill === undefined ? world.live() : liveUntil(kill);
    while (!(await settle(world, life, () => life?.isLeading === true)) || !(await pass(world, life, ms))) {
      tell('deaths', 'the operator died');
      await life.end();
      life = world.live();
    }
  }

  async function end(): Promise<void> {
    await life?.end();
    life = undefined;
  }

  async function isCarriedOut(): Promise<boolean> {
    await letPass(settleMs);
    for (let n = 0; n < APPROVALS; n++) {
      const waiting = (await world.objects()).filter(isWaiting);
      if (waiting.length === 0) break;
      for (const { kind, metadata } of waiting) await approve(world, kind, metadata.name);
      await letPass(settleMs);
    }
    return allReady(await world.objects());
  }

  /** What AWS has of them. */
  async function pictureOf(manifests: readonly Manifest[]): Promise<string> {
    const stands = await standing(world);
    return manifests
      .flatMap(one => [`${one.kind} ${one.name}`, ...toldOf(stands, one).map(withoutHistory)])
      .join('\n');
  }

  async function thingsOfOthers(): Promise<readonly string[]> {
    const { parts } = await standing(world);
    return parts.filter(part => !isOurs(part)).map(one => JSON.stringify(one));
  }

  /** True where they are not all to go. */
  async function isGone(good: readonly Manifest[]): Promise<boolean> {
    if (!good.every(goesWhole)) return true;
    for (const { kind, name } of good.toReversed()) await world.delete(kind, name);
    await letPass(settleMs);
    return (await world.objects()).length === 0;
  }

  async function change(of: KindFields): Promise<Manifest | undefined> {
    const manifest = of.manifest(drawnSpec(of, random));
    const how = `${manifest.kind} ${JSON.stringify(manifest.spec)}`;
    try {
      await world.apply(manifest);
      tell('changes', how);
      return manifest;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      tell('refusals', `refused: ${how}`);
      return undefined;
    }
  }

  /** Somebody past the operator; what is being made or taken away may not be there. */
  async function changeByHand(): Promise<void> {
    const entries = (await world.objects()).flatMap(({ kind, metadata, status }) =>
      (status?.resources ?? []).flatMap(({ node, type, id }) =>
        HANDS.filter(hand => hand.type === type).map(hand => ({
          hand,
          id,
          at: `${kind} ${metadata.name} ${node}`,
        })),
      ),
    );
    if (entries.length === 0) return;
    const { hand, id, at } = pick(entries);
    if (id === undefined) return;
    const how = `${at}: somebody ${hand.does}`;
    try {
      await hand.by({ ...world.aws, ...clients }, id);
      tell('changes by hand', how);
    } catch (error) {
      tell('changes by hand that AWS refused', `${how}, refused: ${error}`);
    }
  }

  /** By others that are in it. */
  function isNeeded({ kind }: Manifest): boolean {
    return kind === 'OptaEnvironment' && beginning().length > 1;
  }

  /** False where it stays. */
  async function makeAnew({ kind, name, spec }: Manifest): Promise<boolean> {
    tell('deletions', `${kind} ${name} deleted`);
    await world.delete(kind, name);
    await letPass(pick(PAUSES_MS));
    const isThere = async () => (await world.get(kind, name)) !== undefined;
    // What fails is tried again later and later; it is over then.
    world.bench.gateway.clearFaults();
    if (await isThere()) await letPass(settleMs);
    if (await isThere()) return false;
    await world.apply({ kind, name, spec });
    return true;
  }

  async function round(good: readonly Manifest[]): Promise<readonly Manifest[] | string> {
    const before = await pictureOf(good);
    const { gateway } = world.bench;
    if (random() < DISTURBED) {
      const fault = pick(FAULTS);
      gateway.addFault({ fault, probability: FAILING, seed: below(1_000_000), times: 0 });
      tell('rounds with calls that fail', `calls meet ${JSON.stringify(fault)}`);
    }
    let now = good;
    for (let n = 1 + below(MOST_CHANGES); n > 0; n--) {
      const of = pick(changing);
      const at = now.findIndex(isOf(of));
      const standing = now[at];
      const mayGo = standing !== undefined && !isNeeded(standing) && [standing, good[at]].every(goesWhole);
      if (mayGo && random() < DELETED) {
        if (!(await makeAnew(standing))) return 'it does not go';
        continue;
      }
      const changed = await change(of);
      if (changed !== undefined) now = now.with(at, changed);
      if (random() < BY_HAND) await changeByHand();
      await letPass(pick(PAUSES_MS));
    }
    await letPass(settleMs, { write: below(MOST_WRITES), point: pick(POINTS) });
    gateway.clearFaults();
    if (await isCarriedOut()) return now;
    const why = await describe(world);
    tell('rounds taken back', 'taken back');
    for (const manifest of good) if (!now.includes(manifest)) await world.apply(manifest);
    if (!(await isCarriedOut())) return `it does not come back; before it was taken back:\n${why}`;
    const parting = partingOf(before, await pictureOf(good));
    return parting === undefined ? good : `AWS is not as it was: ${parting}`;
  }

  async function walkOn(): Promise<string | undefined> {
    await world.reset();
    const ids = await prepare(world);
    const ofOthers = await thingsOfOthers();
    let good = beginning();
    for (const manifest of good) await world.apply(manifest);
    life = world.live();
    await settle(world, life, allReady);
    for (let n = 0; n < rounds; n++) {
      story = [`round ${n + 1}`];
      const next = await round(good);
      if (typeof next === 'string') return next;
      good = next;
      const wrong = audit(await standing(world));
      if (wrong.length > 0) return wrong.join('\n');
    }
    story = [`the specs at the end: ${JSON.stringify(good)}`];
    const walked = await pictureOf(good);
    if (!(await isGone(good))) return 'it does not go';
    const still = await thingsOfOthers();
    const changed = ofOthers.filter(one => !still.includes(one));
    if (changed.length > 0) return `what others have is not as it was: ${changed.join('\n')}`;
    await end();
    await world.reset();
    const idsNow = await prepare(world);
    for (const manifest of good) await world.apply(renamed(manifest, ids, idsNow));
    if (!(await isCarriedOut())) return 'an empty account does not come to that';
    const parting = partingOf(await pictureOf(good), walked);
    return parting === undefined ? undefined : `an empty account comes to something else: ${parting}`;
  }

  return {
    done,
    async end() {
      await end();
      for (const client of Object.values(clients)) client.destroy();
    },
    async walk() {
      const problem = await walkOn();
      if (problem === undefined) return undefined;
      return [`seed ${seed}, ${story.join('; ')}`, problem, await describe(world)].join('\n');
    },
  };
}

function isOf(of: KindFields): (one: Manifest) => boolean {
  const { kind, name } = of.manifest({});
  return one => one.kind === kind && one.name === name;
}

/** What is kept would not be taken up again without a word; and what is protected stays. */
function goesWhole(manifest: Manifest | undefined): boolean {
  const { kind, spec = {} } = manifest ?? {};
  const { deletionPolicy, encryption, logBucket, kubernetes } = spec as {
    readonly deletionPolicy?: string;
    readonly kubernetes?: { readonly deletionProtection?: boolean };
    readonly encryption?: { readonly onDelete?: string };
    readonly logBucket?: { readonly mode?: string };
  };
  if (deletionPolicy === 'Retain' || kubernetes?.deletionProtection === true) return false;
  return (
    kind !== 'OptaEnvironment' || (encryption?.onDelete === 'Schedule' && logBucket?.mode === 'Disabled')
  );
}

/** Two items of one key are refused by server-side apply itself, with a 500. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 422 || error.message.includes('duplicate entries'));
}

/**
 * Without how often it was made, and that its versioning was on once: S3 takes that no further back. A key that is taken back
 * from deletion has tags that nobody remembers to be ours.
 */
function withoutHistory(line: string): string {
  const told = line.startsWith('["key(')
    ? line.replaceAll(/,"(?:team|cost center|old-\d+|new-\d+)":"[^"]*"/g, '')
    : line;
  return told
    .replaceAll(/"opta.dev\/epoch":"\d+"/g, '"opta.dev/epoch":"n"')
    .replaceAll(/(\([^()]*) \d+( going)?\)/g, '$1 n)')
    .replace('"configurationValues":"{}",', '')
    .replaceAll(/\bnodes-\d+/g, 'nodes-n')
    .replaceAll(/("name":"[^"]*launch-template[^"]*","version":)"\d+"/g, '$1"n"')
    .replace('"versioning":{"Status":"Suspended"}', '"versioning":{}');
}

/** In an account in which AWS chose other ids for the same things. */
function renamed(manifest: Manifest, ids: readonly string[], now: readonly string[]): Manifest {
  const text = ids.reduce((told, id, n) => told.replaceAll(id, now[n] ?? id), JSON.stringify(manifest));
  return JSON.parse(text);
}

/** Where two texts part, with a little around it; undefined where they do not. */
function partingOf(expected: string, actual: string): string | undefined {
  if (expected === actual) return undefined;
  let at = 0;
  while (expected[at] === actual[at]) at += 1;
  const around = (text: string) => text.slice(Math.max(0, at - 300), at + 200);
  return `expected\n${around(expected)}\nbut it is\n${around(actual)}`;
}
