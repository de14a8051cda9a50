import { onceFor } from './once-for.ts';
import { ADOPTED_TAG, isReservedTag, type Tags } from './owner.ts';

/**
 * `owned`: made and removed with the object. `shared`: looked up, made if missing, never tagged, changed or removed.
 * `watched`: only read; somebody else writes it, and this object is not ready before it is as expected.
 * `swept`: whatever others made and left of some sort, however many: looked at and removed only while the object is
 * deleted. Its adaptor finds nothing but what is provably left.
 */
export type NodeRole = 'owned' | 'shared' | 'watched' | 'swept';

/** An input of `desired` that does not exist yet: not an error. */
export interface Waiting {
  readonly waitingFor: string;
  /** The node of this graph that will bring it, when it is one of ours: the step is then "known after apply". */
  readonly node?: string;
  /** It comes by nothing that goes on by itself: somebody has to change the spec, or what it names. */
  readonly needsPerson?: true;
  /** What its removal goes by all the same; absent: that is not known either. */
  readonly leaving?: unknown;
  /** As what is there goes on where that does not come by itself: all else of it is looked after. Absent: it waits whole. */
  readonly meanwhile?: unknown;
}

/** What this pass has seen of AWS, by node. */
export interface Observations {
  /** The state of the node's newest epoch, or undefined where it does not exist (yet). */
  state<S>(node: string): S | undefined;
  id(node: string): string | undefined;
  arn(node: string): string | undefined;
  /**
   * False before it was looked at, where AWS did not answer, and while what was made a moment ago is not shown: that it
   * has no state then says nothing.
   */
  isKnown(node: string): boolean;
  /** True while what left the spec is on record: it may be there still, and need what only it needs. */
  isLeaving(node: string): boolean;
}

/** The same, with the tags of what is there; none where it has none of its own. */
export interface TaggedObservations extends Observations {
  tags(node: string): Tags;
}

export interface GraphNode<D = unknown> {
  /** Stable words: `queue`, `key`, `subscription/orders`. Used in tags, tokens, names and messages. */
  readonly id: string;
  /** The adaptor: `sqs/queue`. */
  readonly type: string;
  /** Default `owned`. */
  readonly role?: NodeRole;
  /** The natural key, where AWS has one; the same for every epoch where AWS or other objects' ARNs need it to be. */
  readonly name?: (epoch: number) => string;
  /**
   * What it was called under an earlier spec of this object: what is on no record may stand there under such a name, until
   * it is replaced by one under the name that it has now.
   */
  readonly formerNames?: readonly string[];
  /** Pure. */
  desired(seen: TaggedObservations): D | Waiting;
  /**
   * True while less is desired of it than the spec asks for, because of something in the way that may go. What a person
   * agreed to for it is not done then, though nothing differs.
   */
  heldBack?(seen: Observations): boolean;
  /** The part of the spec that it is of, where its id alone does not say that: AWS may refuse it. */
  readonly field?: string;
  /** Of a watched node: what is waited for while AWS does not have it, in words of the spec. */
  readonly whenAbsent?: Waiting;
  /** Orders writes, and removals the other way round. */
  readonly dependsOn: readonly string[];
  /** Nodes that it needs as long as it is there, and is not made after: they are removed after it all the same. */
  readonly goesBefore?: readonly string[];
  /** Of a swept node: the nodes whose resources make such things, as a cluster does. It is looked at once they are gone. */
  readonly leftBy?: readonly string[];
  /** Of a swept node: what is found is never removed. It is named where the object's end is told, and holds nothing up. */
  readonly onlyNamed?: true;
  /** Tags of the user; ownership tags and `Name` are added by the engine. */
  readonly tags?: Tags;
  /** Tags that others go by, such as those by which Kubernetes finds a subnet: the kind's own, never out of a spec. */
  readonly marks?: Tags;
  /** May leave the graph when the spec changes: so its creation is recorded before it is begun. */
  readonly optional?: boolean;
  /** The object is usable and as it should be without it: what it waits for is nobody's here. A condition tells of it. */
  readonly aside?: boolean;
  /**
   * AWS may refuse to make or change it, as it does of what others keep: the object is as it should be all the same, and a
   * condition tells of it.
   */
  readonly mayBeRefused?: true;
  /** Why it stays in AWS when the object is deleted; absent: it is removed. */
  readonly keepOnDelete?: string;
  /** Whether it may go with the object is asked when it is its turn: nothing that goes before it is missed while it stays. */
  readonly asksLast?: true;
  /** An existing resource to take into care (`spec.adopt`), by the adaptor's id or name. */
  readonly adopt?: string;
  /** `spec.adopt` may name what is there under its name. */
  readonly mayBeAdopted?: true;
  /** Takes up what an earlier object of this very name kept in AWS. */
  readonly adoptsKept?: boolean;
}

const byId = onceFor((graph: readonly GraphNode[]) => new Map(graph.map(node => [node.id, node])));

export function nodeAt(graph: readonly GraphNode[], id: string | undefined): GraphNode | undefined {
  return id === undefined ? undefined : byId(graph).get(id);
}

/** The same where this object makes and removes it. */
export function ownedAt(graph: readonly GraphNode[], id: string): GraphNode | undefined {
  const node = nodeAt(graph, id);
  return (node?.role ?? 'owned') === 'owned' ? node : undefined;
}

/** The nodes that may go only after it. */
export function usesOf({ dependsOn, goesBefore = [] }: GraphNode): readonly string[] {
  return [...dependsOn, ...goesBefore];
}

/** Of what was there before its object, by the spec or by its record. */
export function adoptedTag(
  node: GraphNode | undefined,
  entry: { readonly adopted?: boolean } | undefined,
): Tags {
  return node?.adopt === undefined && entry?.adopted !== true ? {} : { [ADOPTED_TAG]: 'yes' };
}

/** Of the user's tags, without those that carry meaning for us, AWS or Kubernetes; and what the kind marks the node with. */
export function writtenTags({ tags = {}, marks = {} }: Pick<GraphNode, 'tags' | 'marks'>): Tags {
  const users = Object.entries(tags).filter(([key]) => !isReservedTag(key));
  return { ...Object.fromEntries(users), ...marks };
}

/** Another one in its place has another name, and may stand beside it. */
export function hasNameByEpoch(node: Pick<GraphNode, 'name'> | undefined): boolean {
  return node?.name !== undefined && node.name(1) !== node.name(2);
}

export function isWaiting(value: unknown): value is Waiting {
  return typeof value === 'object' && value !== null && 'waitingFor' in value;
}

/** What a removal goes by: it waits for nothing that only writing needs. `left`: of nodes that the spec has no more, by id. */
export function onLeaving(
  of: { readonly graph: readonly GraphNode[]; readonly left?: Readonly<Record<string, unknown>> },
  id: string,
  seen: TaggedObservations,
): unknown {
  const node = nodeAt(of.graph, id);
  if (node === undefined) return of.left?.[id];
  const desired = node.desired(seen);
  return isWaiting(desired) ? desired.leaving : desired;
}
