import type { Kill, Point } from './life.ts';
import { begin, liveOn, type Reference, verdict } from './story.ts';
import type { TestWorld } from './world.ts';

/** Lives of one chain for each write of its story, so that a story which does not move on is found. */
const LIVES_A_WRITE = 3;

export interface CrashResult {
  /** How often the operator died. */
  readonly deaths: number;
  /** What differs from the undisturbed run, or undefined. */
  readonly difference: string | undefined;
}

/** The operator dies at each of these, a life each, and is started anew; a life that comes to the end is the last one. */
export async function crashAt(
  world: TestWorld,
  reference: Reference,
  ...kills: readonly Kill[]
): Promise<CrashResult> {
  const run = await begin(world, reference.story);
  let deaths = 0;
  for (const kill of [...kills, undefined]) {
    const { finished } = await liveOn(world, run, { kill });
    if (finished) break;
    deaths += 1;
  }
  return { deaths, difference: await verdict(world, reference, run) };
}

/**
 * The operator dies at each write in turn, at these points one after the other: every life gets one write further than those
 * before, but one after a life that died before a write, which dies at the same.
 */
export async function crashChain(
  world: TestWorld,
  reference: Reference,
  points: readonly Point[],
): Promise<CrashResult> {
  const run = await begin(world, reference.story);
  // A write that was not sent is sent first in the next life, which dies at the one after it. A life that went just as an
  // earlier one would go round in circles with it (each repeats the intent of a create): it is let further.
  const isAlone = points.length === 1;
  const first = isAlone && points[0] === 'before' ? 1 : 0;
  const before = new Map<string, number>();
  const longest = points.length * LIVES_A_WRITE * (reference.writes.length + 1);
  let write = 0;
  for (let deaths = 0; deaths < longest; deaths++) {
    const point = points[deaths % points.length] ?? 'before';
    const { finished, life } = await liveOn(world, run, { kill: { write, point } });
    if (finished) return { deaths, difference: await verdict(world, reference, run) };
    if (point === 'before' && !isAlone) continue;
    const trace = life.writes.map(one => one.what).join(' ');
    const times = before.get(trace) ?? 0;
    before.set(trace, times + 1);
    write = first + times;
  }
  return { deaths: longest, difference: `${longest} lives did not carry it out` };
}
