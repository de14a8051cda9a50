import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { includesStatement, keyAllows } from './access.ts';
import {
  canonicalPolicy,
  policyOf,
  type Statement,
  sameJson,
  samePolicy,
  statementNames,
  statementsOf,
} from './policy.ts';
import type { AwsScope } from './scope.ts';

const allow: Statement = {
  Sid: 'Allow',
  Effect: 'Allow',
  Principal: { Service: 'sns.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: 'arn:aws:sqs:eu-central-1:111122223333:orders',
  Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
};
const deny: Statement = { ...allow, Sid: 'Deny', Effect: 'Deny', Principal: '*' };

/** A statement as JSON, changed. */
function withMembers(statement: Statement, members: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...members }] });
}

describe('two documents mean the same', () => {
  test.each<[string, string]>([
    [
      'with members in another order',
      JSON.stringify({
        Statement: [Object.fromEntries(Object.entries(allow).reverse())],
        Version: '2012-10-17',
      }),
    ],
    ['with other spacing', JSON.stringify(policyOf([allow]), null, 4)],
    [
      'with one statement instead of a list of one',
      JSON.stringify({ Version: '2012-10-17', Statement: allow }),
    ],
    ['with a list of one instead of a value', withMembers(allow, { Action: ['sqs:SendMessage'] })],
    ['with a value twice', withMembers(allow, { Action: ['sqs:SendMessage', 'sqs:SendMessage'] })],
    [
      'with a condition’s list of one',
      withMembers(allow, { Condition: { StringEquals: { 'aws:SourceAccount': ['111122223333'] } } }),
    ],
  ])('%s', (_, text) => {
    expect(samePolicy(policyOf([allow]), text)).toBe(true);
  });

  test('with statements in another order', () => {
    expect(samePolicy(policyOf([allow, deny]), policyOf([deny, allow]))).toBe(true);
  });
  test('with everybody in either form', () => {
    expect(samePolicy(policyOf([deny]), withMembers(deny, { Principal: { AWS: '*' } }))).toBe(true);
  });
  test('with a truth value as a word', () => {
    const tls = { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    expect(
      samePolicy(
        policyOf([tls]),
        withMembers(deny, { Condition: { Bool: { 'aws:SecureTransport': false } } }),
      ),
    ).toBe(true);
  });
});

describe('two documents do not mean the same', () => {
  test.each<[string, object]>([
    ['with another effect', { Effect: 'Deny' }],
    ['with everybody', { Principal: '*' }],
    ['with another service', { Principal: { Service: 's3.amazonaws.com' } }],
    ['with one more principal', { Principal: { Service: 'sns.amazonaws.com', AWS: '*' } }],
    ['with one more action', { Action: ['sqs:SendMessage', 'sqs:ReceiveMessage'] }],
    ['with another resource', { Resource: '*' }],
    ['without its condition', { Condition: undefined }],
    [
      'with one more value in a condition',
      { Condition: { StringEquals: { 'aws:SourceAccount': ['111122223333', '999999999999'] } } },
    ],
    ['with a weaker operator', { Condition: { StringLike: { 'aws:SourceAccount': '111122223333' } } }],
    ['with another account', { Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } } }],
    ['with NotPrincipal', { Principal: undefined, NotPrincipal: { Service: 'sns.amazonaws.com' } }],
  ])('%s', (_, members) => {
    expect(samePolicy(policyOf([allow]), withMembers(allow, members))).toBe(false);
  });

  test('with a statement more, or fewer', () => {
    expect(samePolicy(policyOf([allow]), policyOf([allow, deny]))).toBe(false);
    expect(samePolicy(policyOf([allow, deny]), policyOf([deny]))).toBe(false);
  });
  test('where one of them is no JSON, or is not there', () => {
    expect(samePolicy(policyOf([allow]), '{')).toBe(false);
    expect(samePolicy(policyOf([allow]), undefined)).toBe(false);
    expect(samePolicy(undefined, '')).toBe(true);
  });
});

test('what is equal in canonical form is so whatever the order of lists and members', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(words, words, fc.boolean(), (actions, resources, turned) => {
      const one = withMembers(allow, { Action: actions, Resource: resources });
      const other = turned
        ? withMembers(allow, {
            Resource: resources.toReversed(),
            Action: [...actions.toReversed(), ...actions],
          })
        : withMembers(allow, { Action: [...new Set(actions)], Resource: [...new Set(resources)] });
      expect(canonicalPolicy(one)).toBe(canonicalPolicy(other));
      expect(canonicalPolicy(canonicalPolicy(one))).toBe(canonicalPolicy(one));
    }),
  );
});

describe('the statements of a document as AWS gives it', () => {
  test.each<[string, string | undefined, number, string]>([
    ['none', undefined, 0, '(none)'],
    ['an empty text', '', 0, '(none)'],
    ['no JSON', '{"Statement"', 0, '(not JSON)'],
    ['not an object', '"a text"', 0, '(no statements)'],
    ['without statements', '{}', 0, '(no statements)'],
    ['one statement', JSON.stringify({ Statement: allow }), 1, 'Allow'],
    ['two', JSON.stringify(policyOf([allow, deny])), 2, 'Allow, Deny'],
    ['one without a name', '{"Statement":[{"Effect":"Allow"}]}', 1, '(no Sid)'],
    ['among what is none', '{"Statement":["*",null,{"Sid":"A"}]}', 1, 'A'],
  ])('%s', (_, text, count, names) => {
    expect(statementsOf(text)).toHaveLength(count);
    expect(statementNames(text)).toBe(names);
  });
});

describe('sameJson', () => {
  test.each<[string | undefined, string | undefined, boolean]>([
    ['{"a":[1],"b":2}', '{ "b": 2, "a": [1] }', true],
    ['{"a":["x","y"]}', '{"a":["y","x"]}', false],
    ['{"a":[1]}', '{"a":["1"]}', false],
    [undefined, undefined, true],
    [undefined, '{}', false],
    ['', '', true],
    ['no', 'no', true],
    ['no', 'nor', false],
  ])('%s and %s', (a, b, same) => {
    expect(sameJson(a, b)).toBe(same);
  });
});

const forSources = (...sources: string[]): Statement => ({
  ...allow,
  Condition: { ...allow.Condition, ArnEquals: { 'aws:SourceArn': sources } },
});

describe('a policy lets a sender in by a statement that is for others too', () => {
  test.each<[string, Statement, Statement, boolean]>([
    ['itself alone', forSources('a'), forSources('a'), true],
    ['itself among others', forSources('a', 'b'), forSources('b'), true],
    ['under another name', { ...forSources('a', 'b'), Sid: 'Topics' }, forSources('a'), true],
    ['others only', forSources('a', 'b'), forSources('c'), false],
    ['a part of who is asked for', forSources('a'), forSources('a', 'b'), false],
    ['whoever it is, which is not what we wrote', allow, forSources('a'), false],
    ['one where all were to be let in', forSources('a'), allow, false],
    ['with another action', { ...forSources('a', 'b'), Action: 'sqs:*' }, forSources('a'), false],
    [
      'with a further condition',
      {
        ...forSources('a'),
        Condition: { ...forSources('a').Condition, Bool: { 'aws:SecureTransport': 'true' } },
      },
      forSources('a'),
      false,
    ],
  ])('%s', (_, written, asked, expected) => {
    expect(includesStatement(JSON.stringify(policyOf([deny, written])), asked)).toBe(expected);
  });
});

describe('a policy lets a sender in by exactly its statement', () => {
  test.each<[string, string | undefined, boolean]>([
    [
      'in other words',
      JSON.stringify({ Statement: [deny, { ...allow, Action: ['sqs:SendMessage'] }] }),
      true,
    ],
    [
      'for somebody else',
      withMembers(allow, { Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } } }),
      false,
    ],
    ['for everybody, which is not what we wrote', withMembers(allow, { Principal: '*' }), false],
    ['no policy', undefined, false],
    ['an empty one', '', false],
    ['no JSON', '{', false],
  ])('%s', (_, policy, expected) => {
    expect(includesStatement(policy, allow)).toBe(expected);
  });
});

describe('a key lets a sender in by one of the statements', () => {
  function scopeWith(policy: string | Error): AwsScope {
    const send = () =>
      policy instanceof Error ? Promise.reject(policy) : Promise.resolve({ Policy: policy });
    return { kms: { send } } as unknown as AwsScope;
  }
  test.each<[string, string | undefined, Statement[], boolean]>([
    ['its own', 'key', [allow], true],
    ['the second of two', 'key', [deny, allow], true],
    ['another', 'key', [deny], false],
    ['none is asked for', 'key', [], false],
    ['no key', undefined, [allow], false],
    ['an empty key, as of a queue without encryption', '', [allow], false],
  ])('%s', async (_, key, statements, expected) => {
    expect(await keyAllows(scopeWith(JSON.stringify(policyOf([allow]))), key, statements)).toBe(expected);
  });
  test('what cannot be read is an error, never a yes', async () => {
    await expect(keyAllows(scopeWith(new Error('broken')), 'key', [allow])).rejects.toThrow('broken');
  });
});
