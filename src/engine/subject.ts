import type { Adaptor, Scope } from './adaptor.ts';
import type { StoredPlan } from './approval.ts';
import type { Claims } from './claims.ts';
import type { Outcome } from './execute.ts';
import type { ManagementPolicy } from './gate.ts';
import type { GraphNode, TaggedObservations } from './graph.ts';
import type { Inventory } from './inventory.ts';
import type { Memory } from './memory.ts';
import type { Owner } from './owner.ts';
import type { Step } from './step.ts';

/** What the engine keeps in the status. */
export interface EngineState {
  readonly resources: Inventory;
  readonly plan?: StoredPlan;
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** A default that is chosen once for an object and kept: a newer table does not move existing objects. */
export interface DefaultField {
  /** As in the spec: `visibilityTimeoutSeconds`. */
  readonly field: string;
  readonly value: unknown;
  /**
   * The value under which the graph has what `observed` looks at: an object that may have been rebuilt is looked at
   * so first, since a newer table may leave that part out. Absent: any value will do.
   */
  readonly probe?: unknown;
  /** What AWS has, for an object that is taken up after a rebuild, or lost its status; undefined: AWS does not show it. */
  observed?(seen: TaggedObservations): unknown;
  /** It lets others in: written once, it holds no longer than that. */
  readonly opens?: true;
  /** The node that is made with it for good: once that is on record, what AWS has was written once, and is left out now. */
  readonly fixedBy?: string;
}

export interface Subject {
  readonly owner: Owner;
  readonly generation: number;
  /** RFC 3339: when the object was made. */
  readonly createdAt?: string;
  readonly policy: ManagementPolicy;
  readonly deletion: 'None' | 'Remove' | 'Retain';
  /** The value of `opta.dev/reconcile-requested-at`. */
  readonly requested?: string;
  /** The value of `opta.dev/approve`. */
  readonly approve?: string;
  /** Who wrote that, as far as is known. */
  readonly approvedBy?: string;
  readonly state: EngineState;
  /** The generation that was last fully applied: differences are then drift. */
  readonly syncedGeneration?: number;
  /** Defaults of the fields that the spec leaves out. */
  readonly defaults: readonly DefaultField[];
  /** Fields that have a default and are written: `value` is what is written. */
  readonly written?: readonly DefaultField[];
  /** The defaults that were chosen, less those that what is written leaves no room for, which are chosen anew. */
  settled?(defaults: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  graph(defaults: Readonly<Record<string, unknown>>): readonly GraphNode[];
  /** What the spec says still of nodes that it has no more, by id: their removal goes by it. */
  readonly left?: Readonly<Record<string, unknown>>;
}

export interface Ports {
  readonly scope: Scope;
  readonly takeOver: readonly string[];
  adaptor(type: string): Adaptor;
  /** Called before adaptors of these types are asked for, where they have to be fetched first. */
  prepare?(types: ReadonlySet<string>): Promise<void>;
  readonly claims: Claims;
  readonly memory: Memory;
  /** In ms; when a look at AWS began, for claims. */
  monotonic(): number;
  /** Stores the state. `guarded`: throws StaleObject when the object changed; `must`: merges until it is stored. */
  save(state: EngineState, how: 'guarded' | 'must'): Promise<void>;
  /** A live look at the object before calls that take away or interrupt; throws StaleObject when it is another or changed. */
  confirm(): Promise<void>;
  /** Told of each step before it is done, for events and logs. */
  onStep?(step: Step): void;
  onOutcome?(outcome: Outcome): void;
  /** Told of what was done together, also where the pass is cut off after that. */
  onDone?(done: Done): void;
}

/** Steps that were done, and what is known after them. */
export interface Done {
  readonly done: readonly Step[];
  readonly graph: readonly GraphNode[];
  readonly seen: TaggedObservations;
  readonly state: EngineState;
}
