import { describe, expect, test } from 'vitest';
import { bucketKind } from './bucket.ts';
import type { Grants, Kind } from './kind.ts';
import { queueKind } from './queue.ts';
import { at, inputOf, objectOf, resolved, TODAY } from './testing/graph.ts';
import { topicKind } from './topic.ts';

const KINDS: readonly (readonly [string, Kind, string])[] = [
  ['Queue', queueKind as Kind, 'queue'],
  ['Topic', topicKind as Kind, 'topic'],
  ['Bucket', bucketKind as Kind, 'bucket'],
];

function grant(
  of: Partial<{ namespace: string; kind: string; ids: string[] }>,
  kind: string,
): { grants: Grants } {
  return { grants: { adopt: [{ namespace: 'shop', kind, ids: ['theirs'], ...of }] } };
}

describe.each(KINDS)('%s', (name, kind, node) => {
  const spec = { adopt: { name: 'theirs' } };
  const computed = at(resolved(kind, { spec: {} }), `${node}.name`);

  test('adopts what the environment grants, by name, to this kind in this namespace', () => {
    const environment = grant({}, name);
    expect(kind.check(inputOf(kind, { spec, environment }), TODAY)).toBeUndefined();
    expect(at(resolved(kind, { spec, environment }), `${node}.adopt`)).toBe('theirs');
    expect(at(resolved(kind, { spec, environment }), `${node}.name`)).toBe('theirs');
  });

  test.each<[string, { grants: Grants }]>([
    ['without a grant', { grants: {} }],
    ['with an empty one', { grants: { adopt: [] } }],
    ['with one of another namespace', grant({ namespace: 'bank' }, name)],
    ['with one of another kind', grant({ kind: 'Postgres' }, name)],
    ['with one of another name', grant({ ids: ['theirs-2', 'their', ''] }, name)],
    ['with a pattern, which is a name', grant({ ids: ['*', 'their*'] }, name)],
  ])('%s is refused by its field, and nobody is told the name', (_, environment) => {
    expect(kind.check(inputOf(kind, { spec, environment }), TODAY)).toMatchObject({
      field: 'spec.adopt',
      message: expect.stringMatching(
        new RegExp(`does not grant ${name} in namespace shop the resource theirs; an administrator`),
      ),
    });
    // Its deletion builds the graph without that check: it must look for its own resource only.
    const nodes = resolved(kind, { spec, environment });
    expect(at(nodes, `${node}.adopt`)).toBeUndefined();
    expect(at(nodes, `${node}.name`)).toBe(computed);
    expect(JSON.stringify(nodes)).not.toContain('theirs');
  });

  test('its own name, left in AWS by an earlier object, needs a grant too', () => {
    const again = { adopt: {} };
    expect(kind.check(inputOf(kind, { spec: again }), TODAY)).toMatchObject({ field: 'spec.adopt' });
    const environment = grant({ ids: [String(computed)] }, name);
    expect(kind.check(inputOf(kind, { spec: again, environment }), TODAY)).toBeUndefined();
    expect(at(resolved(kind, { spec: again, environment }), `${node}.adopt`)).toBe(computed);
  });
});

test('who sends to an object that adopts without a grant does not send to what it would adopt', () => {
  const objects = [objectOf('Queue', 'orders', { adopt: { name: 'theirs' } })];
  const nodes = resolved(topicKind as Kind, { spec: { subscriptions: [{ queue: 'orders' }] }, objects });
  expect(JSON.stringify(nodes)).not.toContain('theirs');
});

test('a subscription is wanted only of a topic that is this object’s', () => {
  const input = inputOf(topicKind as Kind, {
    spec: { subscriptions: [{ queue: 'orders' }] },
    objects: [objectOf('Queue', 'orders')],
  });
  const node = topicKind.graph(input as never).find(one => one.id === 'subscription/orders');
  const seen = {
    state: () => ({}) as never,
    id: () => undefined,
    arn: () => undefined,
    isKnown: () => true,
    isLeaving: () => false,
    tags: () => ({}),
  };
  expect(node?.desired(seen)).toEqual({ waitingFor: 'the topic', node: 'topic' });
});
