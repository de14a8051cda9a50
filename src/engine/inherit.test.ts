import { expect, test } from 'vitest';
import type { Found } from './adaptor.ts';
import { inheritOwners } from './inherit.ts';
import type { Entry } from './inventory.ts';
import { observationKey } from './observation.ts';
import { graphOf, type NodeSpec } from './testing/fake-graph.ts';
import { entry, found, OWNER } from './testing/planning.ts';

const TOPIC: NodeSpec = { id: 'topic', type: 'queue', fields: {} };
const SUBSCRIPTION: NodeSpec = { id: 'sub', type: 'link', fields: {}, uses: ['topic'] };
const BOTH = [TOPIC, SUBSCRIPTION];

const sub = found('link', 'sub');
const topic = (tags: Readonly<Record<string, string>> = {}, epoch = 1) =>
  found('queue', 'topic', { tags, epoch });

interface Row {
  readonly spec: readonly NodeSpec[];
  readonly inventory?: readonly Entry[];
  readonly looks: Readonly<Record<string, readonly Found[]>>;
  /** What the tags of the subscription then say of its owner; undefined: whatever the object says. */
  readonly name: string | undefined;
}

/** What has no tags of its own is whose the resource is that it hangs on. */
test.each<readonly [string, Row]>([
  ['ours', { spec: BOTH, looks: { 'topic@1': [topic()] }, name: undefined }],
  [
    'ours from before',
    { spec: BOTH, looks: { 'topic@1': [topic({ 'opta.dev/uid': 'before' })] }, name: undefined },
  ],
  [
    'another object’s',
    { spec: BOTH, looks: { 'topic@1': [topic({ 'opta.dev/name': 'two' })] }, name: 'two' },
  ],
  ['not there', { spec: BOTH, looks: { 'topic@1': [] }, name: undefined }],
  [
    'another’s under one epoch and ours under the other',
    {
      spec: BOTH,
      looks: { 'topic@1': [topic({ 'opta.dev/name': 'two' })], 'topic@2': [topic({}, 2)] },
      name: undefined,
    },
  ],
  [
    'kept by this very object as it goes',
    { spec: BOTH, looks: { 'topic@1': [topic({ 'opta.dev/retained': '2026' })] }, name: undefined },
  ],
  [
    'kept by an earlier object',
    {
      spec: BOTH,
      looks: { 'topic@1': [topic({ 'opta.dev/retained': '2026', 'opta.dev/uid': 'before' })] },
      name: 'one',
    },
  ],
  [
    'only watched, so its owner says nothing',
    {
      spec: [{ ...TOPIC, role: 'watched' }, SUBSCRIPTION],
      looks: { 'topic@1': [topic({ 'opta.dev/name': 'two' })] },
      name: undefined,
    },
  ],
  [
    'on record as what it hung on, when both left the graph',
    {
      spec: [],
      inventory: [entry('queue', 'topic'), entry('link', 'sub', { after: ['topic'] })],
      looks: { 'topic@1': [topic({ 'opta.dev/name': 'two' })] },
      name: 'two',
    },
  ],
])('it hangs on what is %s', (_, { spec, inventory = [], looks, name }) => {
  const all = Object.entries({ ...looks, 'sub@1': [sub] }).map(([key, one]) => {
    const [node = '', epoch = ''] = key.split('@');
    return [key, { node, epoch: Number(epoch), found: one, fresh: true }] as const;
  });
  const input = { owner: OWNER, takeOver: [], graph: graphOf('one', spec), inventory };
  const [child] = inheritOwners(input, new Map(all)).get(observationKey('sub', 1))?.found ?? [];
  if (name === undefined) {
    expect(child?.tags).toBe('inherited');
    return;
  }
  expect(child?.tags).toMatchObject({ 'opta.dev/name': name, 'opta.dev/node': 'sub' });
});
