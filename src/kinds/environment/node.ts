import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { NameRule } from '../../aws/names.ts';
import type { GraphNode, Observations, Waiting } from '../../engine/graph.ts';
import type { Tags } from '../../engine/owner.ts';
import { type KindInput, nameOf, tagsOf } from '../kind.ts';

export type Input = KindInput<OptaEnvironmentSpec>;

/** Of any kind, for what others than environments make too. */
export type AnyInput = KindInput<{ tags?: Tags | undefined }>;

type More = Partial<Pick<GraphNode, 'name' | 'marks' | 'keepOnDelete' | 'heldBack' | 'goesBefore'>>;

/** A node, tagged as its object is. The spec may switch off the part that it belongs to. */
export function node<D>(
  input: AnyInput,
  id: string,
  type: string,
  dependsOn: readonly string[],
  desired: (seen: Observations) => D | Waiting,
  more: More = {},
): GraphNode<D> {
  return { id, type, dependsOn, optional: true, tags: tagsOf(input, id), desired, ...more };
}

/** What is made of the id of another node, or the wait for it. */
export function withId<D>(seen: Observations, id: string, make: (id: string) => D | Waiting): D | Waiting {
  const known = seen.id(id);
  return known === undefined ? { waitingFor: id, node: id } : make(known);
}

export function withArn<D>(seen: Observations, id: string, make: (arn: string) => D | Waiting): D | Waiting {
  const known = seen.arn(id);
  return known === undefined ? { waitingFor: id, node: id } : make(known);
}

/** The ids of several nodes, once all of them are there. */
export function withIds<D>(
  seen: Observations,
  ids: readonly string[],
  make: (ids: readonly string[]) => D | Waiting,
): D | Waiting {
  const missing = ids.find(id => seen.id(id) === undefined);
  if (missing !== undefined) return { waitingFor: missing, node: missing };
  return make(ids.flatMap(id => seen.id(id) ?? []));
}

/** Amazon EC2 API Reference, CreateSecurityGroup: 255 characters; other services take as many. */
const LONGEST_DESCRIPTION = 255;

/** For people who find it in AWS; a name may be longer than there is room. `what`: `Postgres`, one of several things. */
export function descriptionOf({ name }: Input, what?: string): string {
  const part = what === undefined ? '' : `${what} of `;
  return `${part}OptaEnvironment ${name}`.slice(0, LONGEST_DESCRIPTION);
}

/** For types whose natural key is another one: the name only has to be unique in the account. */
export function unique(input: Input, id: string): () => string {
  return () => `${input.installation}/${input.name}/${id}`;
}

/** The computed name of a node's resource. */
export function named(input: AnyInput, id: string, rule: NameRule): string {
  return nameOf(input, input, id, rule);
}

/** The same, and another one when it is made again: the old one may have to go after it. */
export function namedByEpoch(input: AnyInput, id: string, rule: NameRule): (epoch: number) => string {
  return epoch => named(input, id, epoch === 1 ? rule : { ...rule, suffix: `-${epoch}` });
}
