import { CloudError } from '../../engine/errors.ts';
import type { GraphNode } from '../../engine/graph.ts';
import type { Entry, EntryState } from '../../engine/inventory.ts';
import type { PassResult } from '../../engine/pass.ts';
import type { NodeView } from '../../engine/plan.ts';
import { makeStep, type Step } from '../../engine/step.ts';

const NOTHING = {
  state: () => undefined,
  id: () => undefined,
  arn: () => undefined,
  isKnown: () => true,
  isLeaving: () => false,
  tags: () => ({}),
};

export function nodeOf(id: string): GraphNode {
  return { id, type: 'fake/thing', dependsOn: [], desired: () => ({}) };
}

export function viewOf(node: string, state: EntryState, more: Partial<NodeView> = {}): NodeView {
  return { node, epoch: 1, state, ...more };
}

export function stepOf(node: string, action: Step['action'], more: Partial<Step> = {}): Step {
  return makeStep({ node, epoch: 1, action, risk: 'Low', consent: 'low', ...more });
}

export function entryOf(node: string, more: Partial<Entry> = {}): Entry {
  return { node, epoch: 1, type: 'fake/thing', after: [], ...more };
}

export interface Passed {
  readonly views?: readonly NodeView[];
  readonly steps?: readonly Step[];
  readonly gated?: PassResult['gated'];
  /** Of an update, where nothing is said. */
  readonly errors?: readonly (readonly [node: string, error: CloudError, action?: Step['action']])[];
  readonly resources?: readonly Entry[];
  /** Nodes of the spec; default: those of the views. */
  readonly graph?: readonly string[];
  /** Of them, those that the object is usable without. */
  readonly aside?: readonly string[];
  /** Of them, those that AWS may refuse. */
  readonly mayBeRefused?: readonly string[];
  /** Of them, those that spec.adopt names. */
  readonly adopted?: readonly string[];
  /** The parts of the spec that they are of. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly hash?: string;
}

/** What a pass came to. */
export function resultOf(of: Passed): PassResult {
  const { views = [], steps = [], gated = [], errors = [], resources = [] } = of;
  const graph = (of.graph ?? views.map(view => view.node)).map(id => ({
    ...nodeOf(id),
    aside: of.aside?.includes(id) === true,
    ...(of.mayBeRefused?.includes(id) === true ? { mayBeRefused: true as const } : {}),
    ...(of.adopted?.includes(id) === true ? { adopt: id } : {}),
    ...(of.fields?.[id] === undefined ? {} : { field: of.fields[id] }),
  }));
  return {
    state: {
      resources,
      defaults: {},
      ...(of.hash === undefined ? {} : { plan: { hash: of.hash, sequence: 1 } }),
    },
    plan: { steps, nodes: views, forget: [], marked: [] },
    seen: NOTHING,
    graph,
    gated,
    errors: errors.map(([node, error, action = 'update']) => ({ node, action, error })),
    done: [],
    tried: [],
  };
}

export function failure(...of: ConstructorParameters<typeof CloudError>): CloudError {
  return new CloudError(...of);
}
