import type { GraphNode } from '../../engine/graph.ts';
import { createMemory, type Memory } from '../../engine/memory.ts';
import { type PassResult, runPass } from '../../engine/pass.ts';
import type { EngineState, Subject } from '../../engine/subject.ts';
import { barePorts } from '../../engine/testing/bare-ports.ts';
import { adaptorOf, loadAdaptors } from '../adaptors.ts';
import type { World } from './world.ts';

/** An object of a graph of one's own, looked after by the engine on the emulated AWS. */
export interface Life {
  readonly world: World;
  memory: Memory;
  generation: number;
  deletion: Subject['deletion'];
  state: EngineState;
}

/** Of what no pass has looked at yet. */
export function newLife(world: World): Life {
  return {
    world,
    memory: createMemory(() => world.gateway.now()),
    generation: 1,
    deletion: 'None',
    state: { resources: [], defaults: {} },
  };
}

/** The longest that is waited at once; in ms of the gateway's clock. */
const LONGEST_WAIT_MS = 30_000;

/** `shortestWaitS`: time goes on by as much at least, between passes. */
export function livesOf<L extends Life>(of: {
  graph(life: L): readonly GraphNode[];
  readonly mostPasses: number;
  readonly shortestWaitS: number;
}) {
  async function pass(life: L): Promise<PassResult> {
    const { gateway, owner, scope } = life.world;
    const now = () => gateway.now();
    const result = await runPass(
      {
        owner,
        generation: life.generation,
        policy: 'Apply',
        deletion: life.deletion,
        state: life.state,
        defaults: [],
        graph: () => of.graph(life),
      },
      {
        ...barePorts(now, adaptorOf),
        scope,
        prepare: loadAdaptors,
        memory: life.memory,
        async save(state) {
          life.state = state;
        },
      },
    );
    if (life.deletion === 'None') life.state = result.state;
    return result;
  }

  /** Passes until it holds; between them time goes on as the nodes ask for. */
  async function until(life: L, done: (result: PassResult) => boolean): Promise<PassResult> {
    let result: PassResult | undefined;
    for (let n = 0; n < of.mostPasses; n++) {
      result = await pass(life);
      if (done(result)) return result;
      const waits = result.plan.nodes.flatMap(view => view.againInMs ?? []);
      const waitS = Math.min(LONGEST_WAIT_MS, ...waits) / 1000;
      life.world.gateway.advanceClock(Math.max(of.shortestWaitS, waitS));
    }
    const views = result?.plan.nodes.map(view => `${view.node} ${view.state} ${view.message ?? ''}`);
    throw new Error(`never came: ${JSON.stringify(views)} ${JSON.stringify(result?.errors)}`);
  }

  return { pass, until };
}

export const isReady = ({ plan, errors }: PassResult) =>
  errors.length === 0 && plan.steps.length === 0 && plan.nodes.every(view => view.state === 'Ready');
export const isGone = ({ plan, errors }: PassResult) => errors.length === 0 && plan.nodes.length === 0;
