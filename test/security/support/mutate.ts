import { type GraphNode, isWaiting, type Observations } from '../../../src/engine/graph.ts';
import { KINDS } from '../../../src/kinds/all.ts';
import type { Kind, KindInput } from '../../../src/kinds/kind.ts';

/** A kind whose graph is another: an operator with a mistake in it. */
export type Mutation = (nodes: readonly GraphNode[]) => readonly GraphNode[];

/** One in what a single object becomes. */
export interface Mistake {
  /** `Queue orders` */
  readonly of: string;
  readonly mistake: (nodes: readonly GraphNode[], input: KindInput<never>) => readonly GraphNode[];
}

/** The shipped kinds with the mistakes that are made at the time. */
export function kindsThatErr(made: () => readonly Mistake[]): readonly Kind[] {
  return KINDS.map(kind => ({
    ...kind,
    graph(input: KindInput<unknown>) {
      const mine = made().filter(one => one.of === `${kind.api.kind} ${input.name}`);
      return mine.reduce((nodes, one) => one.mistake(nodes, input as KindInput<never>), kind.graph(input));
    },
  }));
}

/** The shipped kinds, one of them with a mistake. */
export function kindsWith(kind: string, mutation: Mutation): readonly Kind[] {
  return KINDS.map(one =>
    one.api.kind === kind ? { ...one, graph: input => mutation(one.graph(input)) } : one,
  );
}

/** The desired state of a node changed, where it is known. */
export function desired(node: string, change: (desired: Desired, seen: Observations) => Desired): Mutation {
  return nodes =>
    nodes.map(one => {
      if (one.id !== node) return one;
      return {
        ...one,
        desired(seen) {
          const wanted = one.desired(seen);
          return isWaiting(wanted) ? wanted : change(structuredClone(wanted) as Desired, seen);
        },
      };
    });
}

/** As loose as a mutant needs it. */
export interface Desired {
  [member: string]: unknown;
}

export function inAttributes(
  change: (attributes: Record<string, string>) => void,
): (desired: Desired) => Desired {
  return wanted => {
    change(wanted.attributes as Record<string, string>);
    return wanted;
  };
}

export function inSettings(
  change: (settings: Record<string, unknown>) => void,
): (desired: Desired) => Desired {
  return wanted => {
    change(wanted.settings as Record<string, unknown>);
    return wanted;
  };
}

export function setting(name: string, value: unknown): (settings: Record<string, unknown>) => void {
  return settings => {
    settings[name] = value;
  };
}

type Statements = readonly Desired[];

/** The statements of a policy: a text in an attribute, a document elsewhere. */
export function inPolicy(change: (statements: Statements) => Statements): (policy: unknown) => unknown {
  return policy => {
    const document = typeof policy === 'string' ? JSON.parse(policy) : policy;
    const changed = { ...document, Statement: change(document.Statement) };
    return typeof policy === 'string' ? JSON.stringify(changed) : changed;
  };
}

export function attributePolicy(
  change: (statements: Statements) => Statements,
): (desired: Desired) => Desired {
  return inAttributes(attributes => {
    attributes.Policy = String(inPolicy(change)(attributes.Policy));
  });
}

export function bucketPolicy(change: (statements: Statements) => Statements): (desired: Desired) => Desired {
  return inSettings(settings => {
    settings.policy = inPolicy(change)(settings.policy);
  });
}

export function keyPolicy(change: (statements: Statements) => Statements): (desired: Desired) => Desired {
  return wanted => ({ ...wanted, policy: inPolicy(change)(wanted.policy) });
}

export function inDocument(
  member: string,
  edit: (statements: Statements) => Statements,
): (wanted: Desired) => Desired {
  return wanted => ({ ...wanted, [member]: inPolicy(edit)(wanted[member]) });
}

export function inReplicationPolicy(
  edit: (statements: Statements) => Statements,
): (wanted: Desired) => Desired {
  return wanted => {
    const { replication } = wanted.inlinePolicies as Desired;
    return { ...wanted, inlinePolicies: { replication: inPolicy(edit)(replication) } };
  };
}

/** The node is not made, and nobody waits for it. */
export function missing(node: string): Mutation {
  const others = (ids: readonly string[]) => ids.filter(id => id !== node);
  return nodes =>
    nodes
      .filter(one => one.id !== node)
      .map(one => ({
        ...one,
        dependsOn: others(one.dependsOn),
        ...(one.goesBefore === undefined ? {} : { goesBefore: others(one.goesBefore) }),
      }));
}

export const drop = (sid: string) => (statements: Statements) =>
  statements.filter(one => !String(one.Sid).startsWith(sid));

export const add = (statement: Desired) => (statements: Statements) => [
  ...statements,
  { Sid: 'Mutant', Effect: 'Allow', ...statement },
];

export const change = (sid: string, to: Desired) => (statements: Statements) =>
  statements.map(one => (String(one.Sid).startsWith(sid) ? { ...one, ...to } : one));
