import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  type _Error as Failure,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { asCloudError } from '../../engine/errors.ts';
import type { AwsScope } from '../scope.ts';
import { emptyBucket, refuseIfNotEmpty } from './empty.ts';

const target = { Bucket: 'b', ExpectedBucketOwner: '111111111111' };

/** S3 with these keys; `failures`: what it says of those that it does not delete at the first try. */
function s3With(
  keys: readonly string[],
  options: { readonly failures?: readonly Failure[]; readonly plain?: boolean; readonly page?: number } = {},
) {
  const { plain = false, page = 1_000 } = options;
  const left = new Set(keys);
  let failures = options.failures ?? [];
  const sent: unknown[] = [];
  const written = (key: string) => (plain ? key : encodeURIComponent(key).replaceAll('%20', '+'));
  const encoding = plain ? {} : { EncodingType: 'url' };
  const send = async (command: unknown) => {
    if (command instanceof ListObjectVersionsCommand) {
      const { KeyMarker = '' } = command.input;
      const shown = [...left].filter(key => key > KeyMarker).sort();
      return {
        ...encoding,
        Versions: shown.slice(0, page).map(key => ({ Key: written(key), VersionId: 'v' })),
        IsTruncated: shown.length > page,
        NextKeyMarker: written(shown[page - 1] ?? ''),
      };
    }
    if (command instanceof ListMultipartUploadsCommand) return { ...encoding, IsTruncated: false };
    sent.push(command);
    if (command instanceof DeleteObjectCommand) left.delete(command.input.Key ?? '');
    if (!(command instanceof DeleteObjectsCommand)) return {};
    const Errors = failures;
    failures = [];
    for (const { Key } of command.input.Delete?.Objects ?? [])
      if (!Errors.some(one => one.Key === Key && one.Code !== 'NoSuchKey')) left.delete(Key ?? '');
    return { Errors };
  };
  return { scope: { s3: { send } } as unknown as AwsScope, sent, left };
}

const failure = (Key: string, Code: string): Failure => ({ Key, Code });

describe('S3 answers 200 and did not delete all', () => {
  test.each<[string, readonly Failure[], object]>([
    ['an error of its own', [failure('a', 'InternalError')], { class: 'Transient', code: 'InternalError' }],
    ['too many calls', [failure('a', 'SlowDown')], { class: 'Throttled', code: 'SlowDown' }],
    ['no service', [failure('a', 'ServiceUnavailable')], { class: 'Transient', blockers: [] }],
    [
      'what lasts',
      [failure('b', 'AccessDenied')],
      { class: 'Blocked', blockers: [{ resource: 'b/b', reason: 'AccessDenied' }] },
    ],
    [
      'both',
      [failure('a', 'SlowDown'), failure('b', 'AccessDenied')],
      { class: 'Blocked', blockers: [{ resource: 'b/b', reason: 'AccessDenied' }] },
    ],
    [
      'two that last, in whatever order',
      [failure('b', 'AccessDenied'), failure('a', 'AccessDenied')],
      { class: 'Blocked', blockers: [{ resource: 'b/a' }] },
    ],
    ['a code of nobody’s', [failure('a', 'Purple')], { class: 'Blocked' }],
  ])('%s', async (_, failures, expected) => {
    const { scope } = s3With(['a', 'b', 'c'], { failures });
    const empty = emptyBucket(scope, target);
    expect(await empty.catch(asCloudError)).toMatchObject(expected);
    await emptyBucket(scope, target);
  });

  test('what was gone by then is no failure', async () => {
    const { scope, left } = s3With(['a', 'b'], { failures: [failure('a', 'NoSuchKey')] });
    await emptyBucket(scope, target);
    expect([...left]).toEqual([]);
  });
});

describe('keys that no XML document holds', () => {
  test('are deleted each by itself, and hold up no others', async () => {
    const keys = ['a b+c/%', 'ä\u{1f600}', 'tab\tline\n', 'x\u0001', 'y\uffff', 'z\u001f'];
    const { scope, sent, left } = s3With(keys);
    await emptyBucket(scope, target);
    expect([...left]).toEqual([]);
    const [batch, ...single] = sent;
    expect(batch instanceof DeleteObjectsCommand && batch.input).toMatchObject({
      ...target,
      Delete: {
        Objects: keys
          .slice(0, 3)
          .map(Key => ({ Key, VersionId: 'v' }))
          .sort(byKey),
      },
    });
    expect(single.map(one => one instanceof DeleteObjectCommand && one.input)).toEqual(
      keys.slice(3).map(Key => ({ ...target, Key, VersionId: 'v' })),
    );
  });

  test('alone ask for no batch', async () => {
    const { scope, sent } = s3With(['x\u0001']);
    await emptyBucket(scope, target);
    expect(sent.map(one => one instanceof DeleteObjectCommand)).toEqual([true]);
  });

  test('in great number take more than one step', async () => {
    const keys = Array.from({ length: 110 }, (_, at) => `\u0001${at}`);
    const { scope, sent, left } = s3With(keys);
    expect(await emptyBucket(scope, target).catch(asCloudError)).toMatchObject({ class: 'Busy' });
    expect([sent.length, left.size]).toEqual([100, 10]);
    await emptyBucket(scope, target);
    expect(left.size).toBe(0);
  });

  test('are taken as they are where S3 does not say that it wrote them as in a URL', async () => {
    const { scope, left } = s3With(['a+b', '100%', 'c%20d'], { plain: true });
    await emptyBucket(scope, target);
    expect([...left]).toEqual([]);
  });

  test('are counted past the end of a page', async () => {
    const { scope } = s3With(['a b', 'b\u0001', 'c'], { page: 1 });
    expect(await refuseIfNotEmpty(scope, target, '').catch(asCloudError)).toMatchObject({
      class: 'Blocked',
      blockers: [{ resource: '3 object versions in b' }],
    });
  });
});

test('a step deletes two pages, so that who keeps what is left is heard soon', async () => {
  const { scope, sent, left } = s3With(
    Array.from({ length: 25 }, (_, at) => `${at}`),
    { page: 10 },
  );
  expect(await emptyBucket(scope, target).catch(asCloudError)).toMatchObject({ class: 'Busy' });
  expect([sent.length, left.size]).toEqual([2, 5]);
  await emptyBucket(scope, target);
  expect(left.size).toBe(0);
});

test.each([
  [1, '1 object version'],
  [100, '100 object versions'],
  [101, 'more than 100 object versions'],
  [102, 'more than 100 object versions'],
  [200, 'more than 100 object versions'],
  [201, 'more than 200 object versions'],
  [1_000, 'more than 900 object versions'],
  [8_999, 'more than 8,000 object versions'],
  [10_000, 'more than 9,000 object versions'],
  [10_001, 'more than 10,000 object versions'],
  [20_000, 'more than 10,000 object versions'],
])('%d in a bucket are told as %s, also while it receives some', async (count, told) => {
  const { scope } = s3With(Array.from({ length: count }, (_, at) => `${at}`));
  expect(await refuseIfNotEmpty(scope, target, '').catch(asCloudError)).toMatchObject({
    message: expect.stringContaining(`bucket b still holds ${told}:`),
    blockers: [{ resource: `${told} in b` }],
  });
});

function byKey(one: { readonly Key: string }, other: { readonly Key: string }): number {
  return one.Key < other.Key ? -1 : 1;
}
