import { describe, expect, test } from 'vitest';
import type { Kind } from './kind.ts';
import { queueKind } from './queue.ts';
import { at, type Given, inputOf, objectOf, resolved, TODAY } from './testing/graph.ts';
import { topicKind } from './topic.ts';

const queue = queueKind as Kind;
const topic = topicKind as Kind;
/** Amazon SQS Developer Guide, "Amazon SQS policy quotas". */
const LARGEST = 8_192;

/** As long as names of objects may be that become names of topics. */
function sentFrom(count: number, name = 'b'.repeat(50)): Given {
  const referrers = Array.from({ length: count }, (_, n) => objectOf('Bucket', `${name}-${n}`));
  return { spec: { encryption: 'EnvironmentKey' }, referrers };
}

function sentTo(count: number, length: number): Given {
  const referrers = Array.from({ length: count }, (_, n) => objectOf('Topic', `${'t'.repeat(length)}-${n}`));
  return { spec: { encryption: 'EnvironmentKey' }, referrers };
}

function policyOf(given: Given): { bytes: number; statements: number } {
  const text = JSON.stringify(at(resolved(queue, given), 'queue.desired.attributes.Policy'));
  return { bytes: Buffer.byteLength(text), statements: JSON.parse(text).Statement.length };
}

describe('the policy of a queue with many senders', () => {
  test.each([
    [3, 10],
    [12, 10],
    [12, 60],
    [30, 60],
  ])('%d Topics with names of %d letters: it is small enough for SQS', (count, length) => {
    expect(policyOf(sentTo(count, length)).bytes).toBeLessThanOrEqual(LARGEST);
    expect(queue.check(inputOf(queue, sentTo(count, length)), TODAY)).toBeUndefined();
  });

  test('a few have a statement each, many one together', () => {
    expect(policyOf(sentTo(3, 10)).statements).toBe(4);
    expect(policyOf(sentTo(12, 60)).statements).toBe(2);
  });

  test('more than there is room for are refused, before SQS refuses all that is set with it', () => {
    expect(queue.check(inputOf(queue, sentTo(200, 60)), TODAY)).toMatchObject({
      reason: 'InvalidSpec',
      message: expect.stringMatching(/SQS takes 8192: 200 Topics and Buckets send to it; .* another Queue$/),
    });
  });
});

test('more Buckets than the policy of a topic has room for are refused, and as many as it has are not', () => {
  expect(topic.check(inputOf(topic, sentFrom(300)), TODAY)).toBeUndefined();
  expect(topic.check(inputOf(topic, sentFrom(500)), TODAY)).toMatchObject({
    reason: 'InvalidSpec',
    message: expect.stringMatching(/SNS takes 30720: 500 Buckets send to it; .* another Topic$/),
  });
});
