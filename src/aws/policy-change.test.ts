import { describe, expect, test } from 'vitest';
import { covers, planHash, storedStep } from '../engine/approval.ts';
import { makeStep, type StepParts } from '../engine/step.ts';
import { type PolicyDocument, policyOf, type Statement } from './policy.ts';
import { policyChange } from './policy-change.ts';
import { queueAdaptor } from './sqs/queue.ts';

const topic = (n: number) => `arn:aws:sns:eu-central-1:111122223333:t${n}`;
const deny: Statement = {
  Sid: 'DenyPlaintext',
  Effect: 'Deny',
  Principal: '*',
  Action: 'sqs:*',
  Resource: 'arn:aws:sqs:eu-central-1:111122223333:orders',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const allow = (...topics: readonly string[]): Statement => ({
  ...deny,
  Sid: 'AllowTopics',
  Effect: 'Allow',
  Principal: { Service: 'sns.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Condition: { ArnEquals: { 'aws:SourceArn': topics } },
});
const many = (count: number) => Array.from({ length: count }, (_, n) => topic(n + 1));
const before = policyOf([deny, allow(...many(13))]);

const shownTo = (document: PolicyDocument | string | undefined) => policyChange(undefined, document).to;

describe('what a policy becomes', () => {
  test.each<[string, PolicyDocument | string | undefined, PolicyDocument | string | undefined, string]>([
    ['from nothing', undefined, policyOf([deny, allow(topic(1))]), '(none)'],
    [
      'for one more source',
      before,
      policyOf([deny, allow(...many(14))]),
      `AllowTopics (lacks ArnEquals aws:SourceArn ${topic(14)}); as wanted: DenyPlaintext`,
    ],
    [
      'for another action and everybody',
      policyOf([deny, { ...allow(topic(1)), Action: 'sqs:*', Principal: '*' }]),
      policyOf([deny, allow(topic(1))]),
      'AllowTopics (lacks Action sqs:SendMessage, lacks Principal Service sns.amazonaws.com, has Action sqs:*, has Principal AWS *); as wanted: DenyPlaintext',
    ],
    [
      'for many at once',
      policyOf([allow(topic(1))]),
      policyOf([allow(...many(5))]),
      `AllowTopics (lacks ArnEquals aws:SourceArn ${topic(2)}, lacks ArnEquals aws:SourceArn ${topic(3)}, lacks 2 more)`,
    ],
    [
      'without a statement',
      before,
      policyOf([deny]),
      'AllowTopics (gone: - Principal Service sns.amazonaws.com); as wanted: DenyPlaintext',
    ],
    [
      'without one that has no name, of many',
      JSON.stringify({ Statement: { Effect: 'Allow', Principal: { AWS: ['1', '2', '3'] } } }),
      policyOf([deny]),
      '(no Sid) (gone: - Principal AWS 1, - Principal AWS 2, - 1 more)',
    ],
    [
      'without another one that forbids',
      policyOf([deny, { ...deny, Sid: 'Other', Action: 'sqs:SendMessage' }]),
      policyOf([deny]),
      'Other; as wanted: DenyPlaintext',
    ],
    ['with one that is missing', policyOf([deny]), before, 'as wanted: DenyPlaintext'],
    ['with all other ones', policyOf([{ ...deny, Sid: 'Hole' }]), policyOf([deny]), 'Hole'],
    [
      'of another version of the language',
      JSON.stringify({ ...policyOf([deny]), Version: '2008-10-17' }),
      policyOf([deny]),
      'as wanted: DenyPlaintext',
    ],
    [
      'with statements that have no name',
      '{"Statement":[{"Effect":"Deny"}]}',
      '{"Statement":[{"Effect":"Allow"}]}',
      '(no Sid) (lacks Effect Allow, has Effect Deny)',
    ],
    [
      'no statements',
      before,
      '{}',
      'DenyPlaintext, AllowTopics (gone: - Principal Service sns.amazonaws.com)',
    ],
    ['from what cannot be read', '{', before, '(not JSON)'],
    [
      'nothing',
      before,
      undefined,
      'DenyPlaintext, AllowTopics (gone: - Principal Service sns.amazonaws.com)',
    ],
  ])('%s', (_, from, to, told) => {
    // What it was has no say in what is agreed to.
    expect(policyChange(from, to)).toEqual({ from: told, to: shownTo(to) });
  });

  test.each<[string, PolicyDocument | string, string]>([
    ['its statements', before, 'DenyPlaintext, AllowTopics'],
    ['no statements', '{}', '(no statements)'],
  ])('it is told by its statements and a hash: %s', (_, document, names) => {
    expect(shownTo(document)).toMatch(/^.* \(sha256 [0-9a-f]{12}\)$/);
    expect(shownTo(document).replace(/ \(sha256 \w+\)$/, '')).toBe(names);
  });

  test('nothing has no hash', () => {
    expect(shownTo(undefined)).toBe('(none)');
  });

  test('the same meaning is told alike, in whatever words', () => {
    const reordered = JSON.stringify(
      { Statement: [allow(...many(13).reverse()), deny], Version: '2012-10-17' },
      null,
      2,
    );
    expect(shownTo(reordered)).toBe(shownTo(before));
  });
});

/** `Other`, and the like, so long that few have room. */
const named = (Sid: string, Resource: string) => ({ ...deny, Sid, Resource });
const long = (end: string) => `arn:aws:sns:eu-central-1:111122223333:${'t'.repeat(25)}${end}`;

describe('what is too long to be told is cut', () => {
  test.each<[string, PolicyDocument, PolicyDocument, string]>([
    [
      'within a statement at one of its words',
      policyOf([allow(long('1'), long('2'))]),
      policyOf([allow(long('3'), long('4'))]),
      `AllowTopics (lacks ArnEquals aws:SourceArn ${long('3')}, lacks 1 more, has ArnEquals aws:SourceArn ${long('1')}, has 1 more)`,
    ],
    [
      'at a statement',
      policyOf([named('One', long('1')), named('Two', long('5')), named('Three', long('3'))]),
      policyOf([named('One', long('2')), named('Two', long('6')), named('Three', long('4'))]),
      `One (lacks Resource ${long('2')}, has Resource ${long('1')}) and 2 more`,
    ],
    [
      'at a name',
      policyOf(Array.from({ length: 30 }, (_, n) => named(`Statement${n}`, 'a'))),
      policyOf([]),
      `${Array.from({ length: 19 }, (_, n) => `Statement${n}`).join(', ')} and 11 more`,
    ],
  ])('%s', (_, from, to, told) => {
    expect(policyChange(from, to).from).toBe(told);
    expect(told.length).toBeLessThanOrEqual(256);
  });

  test('and the hash of the whole stays', () => {
    const { to } = policyChange(
      undefined,
      policyOf(Array.from({ length: 30 }, (_, n) => named(`Statement${n}`, 'a'))),
    );
    expect(to).toMatch(/^Statement0, .*, Statement\d+ and \d+ more \(sha256 [0-9a-f]{12}\)$/);
    expect(to.length).toBeLessThanOrEqual(256);
  });
});

describe('what is approved is the policy that is written', () => {
  const step = (from: PolicyDocument, to: PolicyDocument) => {
    const [desired, state] = [to, from].map(one => ({ attributes: { Policy: JSON.stringify(one) } }));
    if (desired === undefined || state === undefined) throw new Error('both are there');
    const changes = queueAdaptor.diff(desired, state, []);
    const parts: StepParts = {
      node: 'queue',
      epoch: 1,
      action: 'update',
      risk: 'Low',
      consent: 'low',
      changes,
    };
    return storedStep(makeStep(parts));
  };

  // Each has the same statements by name.
  test.each<[string, PolicyDocument]>([
    ['another topic', policyOf([deny, allow(...many(12), topic(99))])],
    ['one topic more, of so many that the text is cut', policyOf([deny, allow(...many(200))])],
    ['another action', policyOf([deny, { ...allow(...many(13)), Action: 'sqs:*' }])],
    ['everybody', policyOf([deny, { ...allow(...many(13)), Principal: '*' }])],
  ])('%s is another step', (_, other) => {
    const agreed = step(before, policyOf([deny, allow(...many(14))]));
    const wanted = step(before, other);
    expect(covers(agreed, agreed)).toBe(true);
    expect(covers(agreed, wanted)).toBe(false);
    expect(planHash('u', 1, 1, [agreed])).not.toBe(planHash('u', 1, 1, [wanted]));
    for (const { to } of wanted.fields ?? []) expect(to.length).toBeLessThanOrEqual(256);
  });

  test.each<[string, PolicyDocument]>([
    ['a statement was added by hand meanwhile', policyOf([deny, { ...allow(topic(1)), Sid: 'Hole' }])],
    ['one is gone meanwhile', policyOf([deny])],
    ['nothing of it is there any more', policyOf([])],
  ])('the same policy is covered whatever AWS has by then: %s', (_, now) => {
    const to = policyOf([deny, allow(...many(14))]);
    const [agreed, wanted] = [step(before, to), step(now, to)];
    expect(covers(agreed, wanted)).toBe(true);
    expect(planHash('u', 1, 1, [wanted])).toBe(planHash('u', 1, 1, [agreed]));
    expect(wanted.fields?.[0]?.from).not.toBe(agreed.fields?.[0]?.from);
  });

  test('of two texts that are cut alike each is another', () => {
    const long = (end: string) =>
      ({ field: 'a', from: undefined, to: `${'x'.repeat(400)}${end}`, risk: 'Low' }) as const;
    const [one, other] = ['1', '2'].map(end =>
      storedStep(
        makeStep({
          node: 'n',
          epoch: 1,
          action: 'update',
          risk: 'Low',
          consent: 'low',
          changes: [long(end)],
        }),
      ),
    );
    expect(one?.fields?.[0]?.to).toHaveLength(256);
    expect(one?.fields?.[0]?.to).toMatch(/^x+\.\.\. \(sha256 [0-9a-f]{12}\)$/);
    if (one === undefined || other === undefined) throw new Error('no step is stored');
    expect(covers(one, other)).toBe(false);
  });
});
