import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ALIAS_NAME,
  BUCKET_NAME,
  isLikeResourceName,
  type NameOf,
  type NameRule,
  QUEUE_NAME,
  resourceName,
  TOPIC_NAME,
} from './names.ts';

const orders: NameOf = {
  installation: 'opta',
  accountId: '111122223333',
  environment: 'dev',
  kind: 'Queue',
  namespace: 'shop',
  name: 'orders',
  node: 'queue',
};
const FIFO: NameRule = { ...QUEUE_NAME, suffix: '.fifo' };

test.each<[string, Partial<NameOf>, NameRule, RegExp]>([
  ['the main node of a kind', {}, QUEUE_NAME, /^opta-dev-shop-orders-[a-z2-7]{6}$/],
  ['another node', { node: 'dead-letter' }, QUEUE_NAME, /^opta-dev-shop-orders-dead-letter-[a-z2-7]{6}$/],
  ['a fifo queue', {}, FIFO, /^opta-dev-shop-orders-[a-z2-7]{6}\.fifo$/],
  ['an alias', { node: 'alias' }, ALIAS_NAME, /^alias\/opta-dev-shop-orders-[a-z2-7]{6}$/],
  ['a bucket in lower case', { name: 'Orders' }, BUCKET_NAME, /^opta-dev-shop-orders-[a-z2-7]{6}$/],
  [
    'an object without a namespace',
    { namespace: '', name: 'dev', node: 'logs' },
    BUCKET_NAME,
    /^opta-dev-logs-[a-z2-7]{6}$/,
  ],
  [
    'dots, which are no letters of a queue',
    { name: 'a.b..c' },
    QUEUE_NAME,
    /^opta-dev-shop-a-b-c-[a-z2-7]{6}$/,
  ],
])('%s', (_, of, rule, expected) => {
  expect(resourceName({ ...orders, ...of }, rule)).toMatch(expected);
});

/** Amazon SQS, SNS, S3 and KMS: what they take. */
const ACCEPTED: readonly (readonly [string, NameRule, RegExp])[] = [
  ['queue', QUEUE_NAME, /^[A-Za-z0-9_-]{1,80}$/],
  ['fifo queue', FIFO, /^(?=.{1,80}$)[A-Za-z0-9_-]+\.fifo$/],
  ['topic', TOPIC_NAME, /^[A-Za-z0-9_-]{1,256}$/],
  ['fifo topic', { ...TOPIC_NAME, suffix: '.fifo' }, /^(?=.{1,256}$)[A-Za-z0-9_-]+\.fifo$/],
  ['bucket', BUCKET_NAME, /^(?=.{3,63}$)[a-z0-9][a-z0-9-]*[a-z0-9]$/],
  ['alias', ALIAS_NAME, /^(?=.{1,256}$)alias\/(?!aws\/)[A-Za-z0-9/_-]+$/],
];

/** Also what no API server would store: a name is what it is, wherever it comes from. */
const anyText = fc.oneof(
  fc.string({ maxLength: 300, unit: 'binary' }),
  fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,250}[a-z0-9])?$/),
  fc.constantFrom(
    '',
    '-',
    '..',
    '../../x',
    'a:b',
    '*',
    'arn:aws:sqs:::x',
    'aws/',
    'Größe',
    'xn--a',
    '\u202e',
    'a'.repeat(253),
  ),
);
const anyObject = fc.record({
  installation: fc.constantFrom('opta', 'a-b', 'a'.repeat(20)),
  accountId: fc.constantFrom('111122223333', '999999999999'),
  environment: anyText,
  kind: fc.constantFrom('Queue', 'Topic', 'Bucket'),
  namespace: anyText,
  name: anyText,
  node: fc.constantFrom('queue', 'dead-letter', 'alias', 'logs'),
});

describe.each(ACCEPTED)('a name of a %s', (_, rule, accepted) => {
  test('is what AWS takes, whatever the object is called', () => {
    fc.assert(
      fc.property(anyObject, of => {
        expect(resourceName(of, rule)).toMatch(accepted);
      }),
      { numRuns: 500 },
    );
  });

  test('is the same each time, and not the order of members', () => {
    fc.assert(
      fc.property(anyObject, of => {
        const turned = Object.fromEntries(Object.entries(of).reverse()) as unknown as NameOf;
        expect(resourceName(turned, rule)).toBe(resourceName(of, rule));
      }),
    );
  });
});

describe('two objects never get one name where', () => {
  const long = 'x'.repeat(240);
  test.each<[string, Partial<NameOf>, Partial<NameOf>]>([
    [
      'the boundary of namespace and name moves',
      { namespace: 'a-b', name: 'c' },
      { namespace: 'a', name: 'b-c' },
    ],
    [
      'the boundary of environment and namespace moves',
      { environment: 'a-b', namespace: 'c' },
      { environment: 'a', namespace: 'b-c' },
    ],
    [
      'the boundary of installation and environment moves',
      { installation: 'a-b', environment: 'c' },
      { installation: 'a', environment: 'b-c' },
    ],
    [
      'the boundary of name and node moves',
      { name: 'orders-dead-letter' },
      { name: 'orders', node: 'dead-letter' },
    ],
    ['they differ after the cut only', { name: `${long}a` }, { name: `${long}b` }],
    ['they differ in what the service does not take', { name: 'a.b' }, { name: 'a-b' }],
    ['they differ in case only', { name: 'Orders' }, { name: 'orders' }],
    ['they differ in a kind', { kind: 'Topic' }, { kind: 'Queue' }],
    ['they differ in the account', { accountId: '111122223333' }, { accountId: '999999999999' }],
    ['they differ in the installation', { installation: 'blue' }, { installation: 'green' }],
    ['they differ in the node', { node: 'queue' }, { node: 'alias' }],
    [
      'a quote would end the text of one',
      { namespace: 'a","b', name: 'c' },
      { namespace: 'a', name: 'b","c' },
    ],
  ])('%s', (_, a, b) => {
    for (const [, rule] of ACCEPTED)
      expect(resourceName({ ...orders, ...a }, rule)).not.toBe(resourceName({ ...orders, ...b }, rule));
  });

  test('ten thousand objects of one environment are made', () => {
    const names = Array.from({ length: 10_000 }, (_, index) =>
      resourceName({ ...orders, name: `worker-${index}`, namespace: `team-${index % 100}` }, BUCKET_NAME),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});

const word = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/);

test('every name that the operator gives a bucket is like one', () => {
  fc.assert(
    fc.property(
      word,
      word,
      word,
      fc.constantFrom('bucket', 'replica'),
      (environment, namespace, name, node) => {
        for (const of of [
          { environment, namespace, name, node },
          { environment, namespace: '', name: environment, node: 'logs' },
        ]) {
          const given = resourceName({ ...orders, ...of, kind: 'Bucket' }, BUCKET_NAME);
          expect(isLikeResourceName(given, orders.installation, BUCKET_NAME)).toBe(true);
        }
      },
    ),
  );
});

test.each([
  'acme-eu-reports',
  'acme-eu-images',
  'acme-eu-shop-images',
  'acme-eu-shop-web-reports',
  'acme-eu-shop-web-logs',
  'acme-eu-prod-logs',
  'acme-eu-prod-images',
  'acme-eu-logs-images',
  'acme-eu-prod-shop-uploads-abcde1',
  'acme-eu.prod-shop-uploads-abcdef',
  'acme-eu-prod-shop-uploads.abcdef',
  'acme-us-prod-shop-uploads-abcdef',
  'acme-europe-shop-uploads-abcdef',
  'prod-shop-uploads-abcdef',
  'acme-eu-',
])('%s is not like a name that the operator gives', name => {
  expect(isLikeResourceName(name, 'acme-eu', BUCKET_NAME)).toBe(false);
});
