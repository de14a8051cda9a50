import { expect, test } from 'vitest';
import { namespaceProblem } from './namespace-access.ts';
import { objectOf } from './testing/objects.ts';

const OWN = { 'opta.dev/environment': 'dev' };
const needs = (key: string, value: string) => `kubectl label namespace shop ${key}=${value}`;

test.each<[string, object | undefined, Record<string, string> | undefined, string | undefined]>([
  ['the default asks for the label of the environment', undefined, {}, needs('opta.dev/environment', 'dev')],
  [
    'which may be of another environment',
    undefined,
    { 'opta.dev/environment': 'prod' },
    'needs the label opta.dev/environment=dev, and it has opta.dev/environment=prod. An administrator can allow it: by spec.allowedNamespaces of the OptaEnvironment',
  ],
  ['a namespace that is not known has no labels', undefined, undefined, needs('opta.dev/environment', 'dev')],
  ['the label is enough', undefined, OWN, undefined],
  ['All asks for nothing', { from: 'All' }, undefined, undefined],
  [
    'a selector of its own replaces the default',
    { selector: { matchLabels: { team: 'a' } } },
    OWN,
    needs('team', 'a'),
  ],
  ['and is met by its labels', { selector: { matchLabels: { team: 'a' } } }, { team: 'a' }, undefined],
  [
    'all labels must match',
    { selector: { matchLabels: { team: 'a', tier: '1' } } },
    { team: 'a' },
    needs('tier', '1'),
  ],
  ['an empty selector picks all', { selector: {} }, {}, undefined],
  ['In, met', expressions('In', 'a', 'b'), { team: 'b' }, undefined],
  ['In, another value', expressions('In', 'a', 'b'), { team: 'c' }, 'its label team must be In a, b'],
  ['In, no value', expressions('In', 'a'), {}, 'its label team must be In a'],
  ['NotIn, met', expressions('NotIn', 'a'), { team: 'b' }, undefined],
  ['NotIn, no value', expressions('NotIn', 'a'), {}, undefined],
  ['NotIn, one of them', expressions('NotIn', 'a'), { team: 'a' }, 'its label team must be NotIn a'],
  ['Exists, met', expressions('Exists'), { team: '' }, undefined],
  ['Exists, not', expressions('Exists'), {}, 'its label team must be Exists'],
  ['DoesNotExist, met', expressions('DoesNotExist'), {}, undefined],
  ['DoesNotExist, not', expressions('DoesNotExist'), { team: 'a' }, 'its label team must be DoesNotExist'],
])('%s', (_, allowedNamespaces, labels, expected) => {
  const spec = allowedNamespaces === undefined ? {} : { allowedNamespaces };
  const problem = namespaceProblem(objectOf('OptaEnvironment dev', { spec }), 'shop', labels);
  if (expected === undefined) expect(problem).toBeUndefined();
  else {
    expect(problem).toContain('OptaEnvironment dev does not allow namespace shop: ');
    expect(problem).toContain(expected);
  }
});

function expressions(operator: string, ...values: readonly string[]) {
  return {
    selector: { matchExpressions: [{ key: 'team', operator, ...(values.length > 0 ? { values } : {}) }] },
  };
}
