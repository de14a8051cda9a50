import type { OptaObject } from '../../src/operator/objects.ts';
import type { Manifest } from './manifests.ts';
import { allReady, conditionOf } from './settle.ts';
import type { Act } from './story.ts';
import type { TestWorld } from './world.ts';

/**
 * A change that a person sees through: applied, and its plan approved where it waits for that. An approval may bring up
 * another plan, which is approved too.
 */
export function awaitingApproval(manifest: Manifest): readonly Act[] {
  const isOf = ({ kind, metadata }: OptaObject) => kind === manifest.kind && metadata.name === manifest.name;
  const mine = (objects: readonly OptaObject[]) => objects.find(isOf);
  const settledOrWaiting = (objects: readonly OptaObject[]) =>
    isWaiting(mine(objects)) || (mine(objects) !== undefined && allReady(objects));
  return [
    { act: world => world.apply(manifest), until: settledOrWaiting, manifests: [manifest] },
    {
      act: world => approve(world, manifest.kind, manifest.name),
      until: objects => mine(objects) !== undefined && allReady(objects),
    },
  ];
}

/** The plan waits for a person, and it is that of the newest spec. */
export function isWaiting(object: OptaObject | undefined): boolean {
  const synced = conditionOf(object, 'Synced');
  return synced?.reason === 'ApprovalRequired' && synced.observedGeneration === object?.metadata.generation;
}

/** What a person does who agrees; nothing where nothing waits. */
export async function approve(world: TestWorld, kind: string, name: string): Promise<void> {
  const object = await world.get(kind, name);
  const hash = object?.status?.plan?.hash;
  if (hash !== undefined && isWaiting(object)) await world.annotate(kind, name, { 'opta.dev/approve': hash });
}
