import type { Tags } from '../owner.ts';
import { converge } from './converge.ts';
import type { NodeSpec } from './fake-graph.ts';
import { resourceOf } from './oracles.ts';
import { approve, createWorld, type World } from './world.ts';

export const KEY: NodeSpec = { id: 'key', type: 'vault', fields: { a: '1' } };
export const NET: NodeSpec = { id: 'net', type: 'net', fields: { shape: '1' } };
export const GATE: NodeSpec = { id: 'gate', type: 'gate', fields: { shape: '1' }, uses: ['net'] };
export const BOX: NodeSpec = { id: 'box', type: 'box', fields: { shape: '1' }, uses: ['gate'] };
export const QUEUE: NodeSpec = { id: 'queue', type: 'queue', fields: { a: '1' } };
export const STORE: NodeSpec = { id: 'store', type: 'store', fields: { a: '1' } };

export function changed(node: NodeSpec, fields: Readonly<Record<string, string>>): NodeSpec {
  return { ...node, fields: { ...node.fields, ...fields } };
}

export async function settled(
  spec: readonly NodeSpec[],
  of: Parameters<typeof createWorld>[1] = {},
): Promise<World> {
  const world = createWorld(spec, of);
  await converge(world, { approving: true });
  approve(world, undefined);
  later(world);
  world.log.length = 0;
  world.done.length = 0;
  return world;
}

/** Longer than any type settles. */
export function later(world: World): void {
  world.now += 10 * 60_000;
}

/** The writes to AWS, without those to the status. */
export function calls(world: World): readonly string[] {
  return world.log.filter(one => one !== 'save');
}

export function drift(world: World, node: string, fields: Readonly<Record<string, string>>): void {
  const one = resourceOf(world, node);
  if (one === undefined) throw new Error(`no ${node}`);
  const last = world.cloud.current(one);
  one.versions.push({ at: world.now, fields: { ...last.fields, ...fields }, tags: last.tags });
}

/** By hand, or by what cleans up tags. */
export function retag(world: World, node: string, change: (tags: Tags) => Tags): void {
  const one = resourceOf(world, node);
  if (one === undefined) throw new Error(`no ${node}`);
  const last = world.cloud.current(one);
  one.versions.push({ at: world.now, fields: last.fields, tags: change(last.tags) });
}

export function vanish(world: World, node: string): void {
  const one = resourceOf(world, node);
  if (one === undefined) throw new Error(`no ${node}`);
  one.deletedAt = world.now;
}

export const states = (of: {
  readonly plan: { readonly nodes: readonly { node: string; epoch: number; state: string }[] };
}) => of.plan.nodes.map(view => `${view.node}@${view.epoch} ${view.state}`);
