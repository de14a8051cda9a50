import type { GraphNode, NodeRole } from '../graph.ts';
import type { FakeState, Fields } from './fake-cloud.ts';
import { FAKE_TYPES, type FakeType, type FakeTypeName, REFERENCE } from './fake-types.ts';

/** One node of a fake object's spec. */
export interface NodeSpec {
  readonly id: string;
  readonly type: FakeTypeName;
  readonly fields: Fields;
  /** What it is called, and what it was called under earlier specs. Absent: by its object and id. */
  readonly names?: readonly [name: string, ...former: readonly string[]];
  /** Nodes whose ids it holds. */
  readonly uses?: readonly string[];
  /** Nodes that are there before it, of which it holds nothing. */
  readonly after?: readonly string[];
  readonly goesBefore?: readonly string[];
  readonly keepOnDelete?: string;
  readonly asksLast?: true;
  readonly tags?: Readonly<Record<string, string>>;
  readonly adopt?: string;
  readonly mayBeAdopted?: true;
  readonly role?: NodeRole;
  /** What is desired instead while something is in the way; undefined: nothing is. */
  readonly instead?: () => Fields | undefined;
  /** While it waits for the id of what it uses, it goes on by the one that it has. */
  readonly goesOn?: true;
  /** Never leaves the graph while the object lives. */
  readonly fixed?: boolean;
}

export function nameOf(object: string, spec: NodeSpec, epoch: number): string {
  const type: FakeType = FAKE_TYPES[spec.type];
  if (spec.names !== undefined) return spec.names[0];
  return type.onceOnly === true ? `${object}-${spec.id}` : `${object}-${spec.id}-${epoch}`;
}

/** The graph that a kind would build of the spec. */
export function graphOf(object: string, spec: readonly NodeSpec[]): readonly GraphNode[] {
  return spec.map(one => {
    const type: FakeType = FAKE_TYPES[one.type];
    return {
      id: one.id,
      type: type.type,
      dependsOn: [...(one.uses ?? []), ...(one.after ?? [])],
      ...(one.fixed === true ? {} : { optional: true }),
      ...(type.createBy === 'name' ? { name: epoch => nameOf(object, one, epoch) } : {}),
      ...(one.names === undefined ? {} : { formerNames: one.names.slice(1) }),
      ...(one.goesBefore === undefined ? {} : { goesBefore: one.goesBefore }),
      ...(one.keepOnDelete === undefined ? {} : { keepOnDelete: one.keepOnDelete }),
      ...(one.asksLast === undefined ? {} : { asksLast: one.asksLast }),
      ...(one.tags === undefined ? {} : { tags: one.tags }),
      ...(one.adopt === undefined ? {} : { adopt: one.adopt }),
      ...(one.mayBeAdopted === undefined ? {} : { mayBeAdopted: one.mayBeAdopted }),
      ...(one.role === undefined ? {} : { role: one.role }),
      heldBack: () => one.instead?.() !== undefined,
      desired(seen) {
        const fields: Record<string, string> = { ...(one.instead?.() ?? one.fields) };
        let missing: string | undefined;
        for (const used of one.uses ?? []) {
          const id = seen.id(used);
          const last = seen.state<FakeState>(one.id)?.fields[`${REFERENCE}${used}`];
          if (id === undefined) missing ??= used;
          if (id !== undefined || last !== undefined) fields[`${REFERENCE}${used}`] = id ?? last ?? '';
        }
        if (missing === undefined) return { fields };
        const meanwhile = one.goesOn === true ? { meanwhile: { fields } } : {};
        return { waitingFor: missing, node: missing, ...meanwhile };
      },
    } satisfies GraphNode;
  });
}
