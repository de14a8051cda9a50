import { describe, expect, test } from 'vitest';
import { isWaiting } from '../../engine/graph.ts';
import type { Kind } from '../kind.ts';
import { allThere, inputOf, TODAY } from '../testing/graph.ts';
import { environmentKind } from './environment.ts';
import type { Input } from './node.ts';

function configured(configuration: string, kubernetes: object = {}): Input {
  const cluster = { endpoint: { public: false }, admins: [], ...kubernetes };
  const spec = { kubernetes: { ...cluster, addons: [{ name: 'vpc-cni', configuration }] } };
  return inputOf(environmentKind as Kind, { spec }) as Input;
}

function desired(input: Input) {
  const graph = environmentKind.graph(input);
  return graph.find(node => node.id === 'addon/vpc-cni')?.desired(allThere(graph));
}

describe('settings of an add-on that are no JSON object are refused, and never taken for none', () => {
  test.each([
    ['a typo', '{"env":{"A":"b"}', /^is not JSON: /],
    ['YAML', 'env:\n  A: b', /^is not JSON: /],
    ['an empty text', '', /^is not JSON: /],
    ['a list', '[{"env":{}}]', /^is JSON, and not an object in braces: /],
    ['a number', '7', /^is JSON, and not an object/],
    ['a text', '"env"', /^is JSON, and not an object/],
    ['null', 'null', /^is JSON, and not an object/],
  ])('%s', (_, text, says) => {
    expect(environmentKind.check(configured(text), TODAY)).toEqual({
      field: 'spec.kubernetes.addons[vpc-cni].configuration',
      reason: 'InvalidSpec',
      message: expect.stringMatching(says),
    });
    // Where the object is being deleted nobody checks, and nobody guesses either.
    expect(isWaiting(desired(configured(text)))).toBe(true);
  });

  test.each([
    ['an object', '{"env":{"A":"b"}}', { env: { A: 'b' } }],
    ['an empty object', ' {} ', {}],
  ])('%s is taken', (_, text, configuration) => {
    expect(environmentKind.check(configured(text), TODAY)).toBeUndefined();
    expect(desired(configured(text))).toMatchObject({ configuration });
  });

  test('what no cluster would have is nobody’s mistake', () => {
    expect(environmentKind.check(configured('{', { enabled: false }), TODAY)).toBeUndefined();
  });
});
