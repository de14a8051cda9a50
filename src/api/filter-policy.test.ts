import { expect, test } from 'vitest';
import { type FilterPolicy, filterPolicyProblem } from './filter-policy.ts';

/** As deep as an API server would never store it, but a watch may say it. */
function nested(levels: number): FilterPolicy {
  let policy: FilterPolicy = { leaf: ['x'] };
  for (let level = 0; level < levels; level++) policy = { a: policy };
  return policy;
}

function lists(levels: number): readonly unknown[] {
  let list: readonly unknown[] = ['x'];
  for (let level = 0; level < levels; level++) list = [list];
  return list;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

test.each<[string, FilterPolicy, 'MessageAttributes' | 'MessageBody', RegExp | undefined]>([
  ['nothing', {}, 'MessageAttributes', undefined],
  ['values', { state: ['paid', 1, true, null, { prefix: 'a' }] }, 'MessageAttributes', undefined],
  ['150 combinations', { a: numbers(15), b: numbers(10) }, 'MessageAttributes', undefined],
  ['151 combinations', { a: numbers(151) }, 'MessageAttributes', /151 combinations.*150 at most/],
  ['many small lists', { a: numbers(13), b: numbers(12) }, 'MessageAttributes', /156 combinations/],
  [
    'a bare value',
    { state: 'paid' },
    'MessageAttributes',
    /^state must be a list of values, such as \["paid"\]/,
  ],
  ['an empty list', { state: [] }, 'MessageAttributes', /^state is an empty list/],
  ['nested attributes', { order: { state: ['paid'] } }, 'MessageAttributes', /^order .*MessageBody/],
  ['nested body', { order: { state: ['paid'] } }, 'MessageBody', undefined],
  ['nested lists', { a: { b: { c: numbers(4) } }, d: { e: numbers(3) } }, 'MessageBody', undefined],
  [
    'nested lists that are few by their lengths alone',
    { a: { b: { c: numbers(4) } }, d: { e: numbers(3) }, f: numbers(3) },
    'MessageBody',
    /216 combinations .*each by how deep it is nested/,
  ],
  ['a bare value deep down', { order: { state: 1 } }, 'MessageBody', /^order\.state must be a list/],
  ['alternatives', { $or: [{ a: ['x'] }, { b: ['y'] }] }, 'MessageAttributes', undefined],
  ['a hundred levels', nested(99), 'MessageBody', undefined],
  ['a thousand levels', nested(1000), 'MessageBody', /is nested more than 100 levels deep$/],
  ['a hundred thousand levels', nested(100_000), 'MessageBody', /is nested more than 100 levels deep$/],
  ['a hundred thousand lists', { a: lists(100_000) }, 'MessageAttributes', /is nested more than 100 levels/],
  ['a huge one', { a: ['x'.repeat(262_144)] }, 'MessageAttributes', /bytes, and SNS takes 262144 at most/],
])('%s', (_, policy, scope, problem) => {
  const found = filterPolicyProblem(policy, scope);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(problem);
});
