import type { PassResult } from '../pass.ts';
import { approve, type Kill, passOnce, restart, type World } from './world.ts';

/** When the operator would look again, in ms; undefined: at the next drift check. */
export function nextLook(result: PassResult): number | undefined {
  const errors = [
    ...result.errors.map(one => one.error),
    ...result.plan.nodes.flatMap(view => view.error ?? []),
  ];
  const looks = [
    ...errors.map(error => error.retryAfterMs ?? 5_000),
    ...result.plan.nodes.flatMap(view => view.againInMs ?? []),
  ];
  if (looks.length === 0 && result.tried.length > 0) looks.push(5_000);
  return looks.length === 0 ? undefined : Math.max(10, Math.min(...looks));
}

export class NotQuiet extends Error {}

interface Options {
  /** Each counts from where the process before it ended. */
  readonly kills?: readonly Kill[];
  readonly passes?: number;
  /** A person who says yes to every plan that waits. */
  readonly approving?: boolean;
}

/** Passes until nothing is left to do now; a process that ends is started anew from the stored status. */
export async function converge(world: World, of: Options = {}): Promise<PassResult> {
  const kills = [...(of.kills ?? [])];
  world.kill = nextKill(world, kills);
  let last: PassResult | undefined;
  let before = '';
  let asked: string | undefined;
  for (let pass = 0; pass < (of.passes ?? 400); pass++) {
    const { writes } = world;
    const result = await passOnce(world);
    if (world.dead) {
      world.kill = nextKill(world, kills);
      restart(world);
      continue;
    }
    if (result === undefined) continue;
    last = result;
    const wait = nextLook(result);
    const settled = JSON.stringify(result.plan.nodes);
    const quiet = wait === undefined && world.writes === writes && settled === before;
    before = settled;
    const { hash } = world.state.plan ?? {};
    if (of.approving === true && isAsking(world, result) && hash === asked) {
      approve(world, hash);
      continue;
    }
    asked = hash;
    if (quiet) return result;
    world.now += wait ?? 1_000;
  }
  const views = last?.plan.nodes.map(
    view => `${view.node}@${view.epoch} ${view.state} ${view.message ?? ''}`,
  );
  throw new NotQuiet(`still not quiet: ${JSON.stringify(views)} ${JSON.stringify(last?.errors)}`);
}

function nextKill(world: World, kills: Kill[]): Kill | undefined {
  const kill = kills.shift();
  return kill === undefined ? undefined : { ...kill, at: world.writes + kill.at };
}

function isAsking(world: World, result: PassResult): boolean {
  const { plan } = world.state;
  return result.gated.some(one => one.gate === 'approve') && plan?.hash !== world.approve;
}
