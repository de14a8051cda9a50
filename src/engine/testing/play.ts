import type { ManagementPolicy } from '../gate.ts';
import { TAG_PREFIX } from '../owner.ts';
import { converge, NotQuiet } from './converge.ts';
import { type Episode, type Event, NO_TROUBLE, type Trouble, WORST_LAG_S } from './history.ts';
import { resourceOf } from './oracles.ts';
import {
  createWorld,
  deleteObject,
  type Kill,
  loseStatus,
  passOnce,
  rebuild,
  respecify,
  restart,
  type World,
} from './world.ts';

/** A late answer and its lag together are below every settling time of the fake types. */
const LATE_S = 9;
/** As long as a batched read is shared. */
const SHARED_S = 15;
const CALL_MS = 300;

/** What may happen while a tag is missing: without its record nobody could tell whose that is. */
const GOES_ON: ReadonlySet<Event['is']> = new Set(['spec', 'restart', 'clock', 'policy']);

/** What left the spec just before is on no record after these, and a deletion is of an object at rest. */
const ENDS_PAUSE: ReadonlySet<Event['is']> = new Set(['rebuild', 'lose', 'delete']);

/** Plays a life, with what goes wrong or without it, and lets it come to rest. */
export async function play(
  episodes: readonly Episode[],
  of: {
    readonly disturbed: boolean;
    readonly approving: boolean;
    readonly policy?: ManagementPolicy;
    readonly prepare?: (world: World) => void;
  },
): Promise<World> {
  const world = createWorld([], of.policy === undefined ? {} : { policy: of.policy });
  of.prepare?.(world);
  const late = episodes.some(one => one.trouble.faults.includes('late'));
  let cameEarly = false;
  let paused = 0;
  let undo: (() => void) | undefined;
  async function putRight(): Promise<void> {
    undo?.();
    if (undo !== undefined) await rest(world, [], of.approving);
    undo = undefined;
  }
  for (const [index, { event, trouble: planned }] of episodes.entries()) {
    const now = of.disturbed ? planned : NO_TROUBLE;
    if (paused > 0 && ENDS_PAUSE.has(event.is)) {
      paused = 0;
      await rest(world, [], of.approving);
    }
    if (!GOES_ON.has(event.is)) await putRight();
    if (event.is === 'pause') paused = 2;
    else paused = Math.max(paused - 1, 0);
    const again = cameEarly ? undefined : happen(world, event);
    cameEarly = false;
    if (paused > 0) {
      again?.();
      continue;
    }
    disturb(world, now, late ? WORST_LAG_S - LATE_S : WORST_LAG_S);
    const next = episodes[index + 1]?.event;
    if (next !== undefined && now.during !== undefined) {
      const at = world.writes + now.during;
      world.edit = {
        at,
        change() {
          cameEarly = true;
          happen(world, next);
        },
      };
    }
    if (now.hurry !== undefined && next !== undefined) await hurry(world, now);
    else await rest(world, now.kills, of.approving);
    world.edit = undefined;
    await putRight();
    undo = again;
    if (event.is !== 'strip' || !event.late) await putRight();
  }
  calm(world);
  await putRight();
  // What was only looked at is done in the end.
  if (world.policy === 'Observe' && of.policy !== 'Observe') setPolicy(world, of.policy ?? 'Apply');
  await rest(world, [], of.approving);
  return world;
}

/** What waits for an approval that does not come may hold up a removal, which is tried again and again. */
async function rest(world: World, kills: readonly Kill[], approving: boolean): Promise<void> {
  try {
    await converge(world, { kills, approving, ...(approving ? {} : { passes: 50 }) });
  } catch (error) {
    if (approving || !(error instanceof NotQuiet)) throw error;
  }
}

async function hurry(world: World, { kills, hurry: passes = 0 }: Trouble): Promise<void> {
  const [kill] = kills;
  world.kill = kill === undefined ? undefined : { ...kill, at: world.writes + kill.at };
  for (let pass = 0; pass < passes; pass++) {
    await passOnce(world);
    if (world.dead) restart(world);
    world.now += 1_000;
  }
  world.kill = undefined;
}

/** From here on AWS answers at once and truly; a drift check is due. */
export function calm(world: World): void {
  world.cloud.fault = () => 'none';
  world.cloud.lagMs = 0;
  world.cloud.sharedLagMs = 0;
  world.kill = undefined;
  world.doomed = false;
  world.edit = undefined;
  world.now += 10 * 60_000;
}

function disturb(world: World, { faults, lags }: Trouble, worstLagS: number): void {
  let calls = 0;
  world.cloud.lateMs = LATE_S * 1_000;
  world.cloud.sharedLagMs = lags.length > 1 ? SHARED_S * 1_000 : 0;
  world.cloud.fault = () => {
    const now = faults[calls] ?? 'none';
    world.cloud.lagMs = Math.min(lags[calls % lags.length] ?? 0, worstLagS) * 1_000;
    world.now += lags.length > 1 ? CALL_MS : 0;
    calls += 1;
    return now;
  };
}

function setPolicy(world: World, policy: ManagementPolicy): void {
  world.policy = policy;
  world.generation += 1;
  world.version += 1;
}

/** Returns what puts it right again, where somebody does. */
function happen(world: World, event: Event): (() => void) | undefined {
  switch (event.is) {
    case 'spec':
      respecify(world, event.spec);
      return undefined;
    case 'restart':
      restart(world);
      return undefined;
    case 'pause':
      return undefined;
    case 'policy':
      setPolicy(world, event.policy);
      return undefined;
    case 'clock':
      world.wallAheadMs = event.aheadMs;
      return undefined;
    case 'rebuild':
      // Longer than AWS lags.
      world.now += 2 * 60_000;
      rebuild(world, `cluster-${world.takeOver.length + 2}`);
      return undefined;
    case 'lose':
      world.now += 2 * 60_000;
      loseStatus(world);
      return undefined;
    case 'delete':
      deleteObject(world, event.how);
      return undefined;
    default:
      return meddle(world, event);
  }
}

function meddle(world: World, event: Extract<Event, { node: string }>): (() => void) | undefined {
  const one = resourceOf(world, event.node);
  if (one === undefined || world.spec.every(node => node.id !== event.node)) return undefined;
  // By hand, and nobody looks for longer than AWS lags.
  world.now += 2 * 60_000;
  const { fields, tags } = world.cloud.current(one);
  let undo: (() => void) | undefined;
  switch (event.is) {
    case 'vanish':
      one.deletedAt = world.now;
      one.byHand = true;
      break;
    case 'drift':
      if (fields[event.field] === undefined) return undefined;
      one.versions.push({ at: world.now, fields: { ...fields, [event.field]: 'by hand' }, tags });
      break;
    case 'fail':
      one.failed = true;
      break;
    case 'untag': {
      const { team: _, ...rest } = tags;
      one.versions.push({ at: world.now, fields, tags: rest });
      break;
    }
    case 'strip': {
      const { [`${TAG_PREFIX}${event.tag}`]: tag, ...rest } = tags;
      if (tag === undefined) return undefined;
      one.versions.push({ at: world.now, fields, tags: rest });
      undo = () => {
        const now = world.cloud.current(one);
        one.versions.push({
          at: world.now,
          ...now,
          tags: { ...now.tags, [`${TAG_PREFIX}${event.tag}`]: tag },
        });
        world.now += 2 * 60_000;
      };
    }
  }
  world.now += 2 * 60_000;
  return undo;
}
