import { describe, expect, test } from 'vitest';
import type { Adaptor, Found } from '../engine/adaptor.ts';
import { systemClock } from '../engine/clock.ts';
import type { ErrorClass } from '../engine/error-class.ts';
import { asCloudError, CloudError } from '../engine/errors.ts';
import { classify } from './errors.ts';
import { keyAdaptor } from './kms/key.ts';
import { partByPart } from './part-by-part.ts';
import { createPatience } from './patience.ts';
import { policyOf } from './policy.ts';
import { bucketAdaptor } from './s3/bucket.ts';
import type { BucketDesired } from './s3/settings.ts';
import { topicAdaptor } from './sns/topic.ts';
import { queueAdaptor } from './sqs/queue.ts';

const of = (errorClass: ErrorClass, code?: string, refused = false) =>
  new CloudError(errorClass, `it is ${errorClass}`, { ...(code === undefined ? {} : { code }), refused });
/** As AWS answers it. */
const answered = (name: string, status: number) =>
  classify('S3', 'PutBucketCors', {
    name,
    message: name,
    $fault: 'client',
    $metadata: { httpStatusCode: status },
  });

async function written(errors: Readonly<Record<string, unknown>>) {
  const tried: string[] = [];
  const named = (part: string) => part.toUpperCase();
  const error = await partByPart(['a', 'b', 'c'], named, async part => {
    tried.push(part);
    if (part in errors) throw errors[part];
  }).then(() => undefined, asCloudError);
  return { tried: tried.join(''), error };
}

describe('part by part', () => {
  test.each<[string, unknown, 'abc' | 'ab']>([
    ['a value that is refused', of('Invalid'), 'abc'],
    ['a call that is not allowed', answered('AccessDenied', 403), 'abc'],
    ['a state that refuses it', of('Busy'), 'abc'],
    ['what is not visible yet', of('NotYet'), 'abc'],
    ['a limit', of('Quota'), 'abc'],
    ['what is others’', of('Conflict'), 'abc'],
    ['a code that nobody knows, said of the request', answered('StrangeThing', 400), 'abc'],
    ['too many calls', answered('SlowDown', 503), 'ab'],
    ['an answer that did not come', classify('S3', 'PutBucketCors', { code: 'ECONNRESET' }), 'ab'],
    ['credentials that nobody knows', answered('InvalidAccessKeyId', 403), 'ab'],
    ['a signature that is wrong', answered('SignatureDoesNotMatch', 403), 'ab'],
    ['another account', of('Denied'), 'ab'],
    ['a thing that is gone', answered('NoSuchBucket', 404), 'ab'],
    ['a process that may not write any more', new Error('not the leader'), 'ab'],
  ])('after %s: %s is tried', async (_, error, tried) => {
    const done = await written({ b: error });
    const { class: of, message, refused } = asCloudError(error);
    expect(done).toMatchObject({ tried, error: { class: of, message, refused } });
    const others = tried === 'abc' ? ['A', 'C'] : ['A'];
    expect(done.error?.written).toEqual(error instanceof CloudError ? others : undefined);
  });

  test('without an error there is none', async () => {
    expect(await written({})).toEqual({ tried: 'abc', error: undefined });
  });

  test('of several refusals all are told, and the one that needs a person decides', async () => {
    const { tried, error } = await written({
      a: of('Busy'),
      b: of('Invalid', 'MalformedXML'),
      c: of('Busy'),
    });
    expect([tried, error?.written, error?.class, error?.code, error?.message]).toEqual([
      'abc',
      [],
      'Invalid',
      'MalformedXML',
      'it is Invalid; it is Busy; it is Busy',
    ]);
  });

  const soon = (errorClass: ErrorClass, retryAfterMs: number) =>
    new CloudError(errorClass, `it is ${errorClass}`, { retryAfterMs });
  test.each<[string, readonly CloudError[], ErrorClass, number | undefined]>([
    ['a part that names its time', [of('Invalid'), soon('NotYet', 4_000)], 'Invalid', 4_000],
    ['the sooner of two', [soon('Busy', 9_000), of('Quota'), soon('NotYet', 4_000)], 'Quota', 4_000],
    ['one that names none', [of('Busy'), of('Conflict')], 'Conflict', 5_000],
    ['none that passes', [of('Invalid'), of('Quota')], 'Invalid', undefined],
    ['what nobody knows when it passes', [of('Invalid'), of('Blocked')], 'Invalid', undefined],
    ['two that pass, of which one names its time', [of('Busy'), soon('NotYet', 4_000)], 'Busy', 4_000],
    ['two that pass and name none: it backs off', [of('Busy'), of('NotYet')], 'Busy', undefined],
  ])('of several refusals what passes by itself is tried again soon: %s', async (_, errors, told, ms) => {
    const { error } = await written(Object.fromEntries(errors.map((one, n) => ['abc'[n], one])));
    expect([error?.class, error?.retryAfterMs]).toEqual([told, ms]);
  });

  test('what may have been applied is thrown, whatever was refused before', async () => {
    expect((await written({ a: of('Invalid'), b: of('Transient') })).error?.class).toBe('Transient');
  });
});

/** The names of the writes that an update sends where AWS refuses one of them. */
async function sent<D, S>(
  adaptor: Adaptor<D, S>,
  of: { desired: D; state: S; refused: (name: string, input: object) => boolean },
) {
  const names: string[] = [];
  const client = {
    async send(command: { constructor: { name: string }; input: object }) {
      const name = command.constructor.name.replace(/Command$/, '');
      if (!name.startsWith('Get')) names.push(name);
      if (of.refused(name, command.input)) throw answered('InvalidRequest', 400);
      return {};
    },
  };
  const scope = { s3: client, sns: client, sqs: client, kms: client, patience: createPatience(systemClock) };
  const found: Found<S> = { id: 'x', tags: {}, state: of.state };
  const changes = adaptor.diff(of.desired, of.state, []);
  const error = await adaptor
    .update({ key: 'here', ...scope }, found, of.desired, changes)
    .then(() => undefined, asCloudError);
  return { names, error: error?.class };
}

describe('a policy is written where AWS refuses another part of the same resource', () => {
  const policy = policyOf([]);
  const Policy = JSON.stringify(policy);

  test.each([
    'PutBucketEncryption',
    'PutBucketVersioning',
    'PutBucketLifecycleConfiguration',
    'PutBucketCors',
  ])('a bucket: %s', async refused => {
    const desired: BucketDesired = {
      region: 'eu-central-1',
      settings: {
        publicAccess: 'Blocked',
        ownership: 'BucketOwnerEnforced',
        encryption: { algorithm: 'AES256' },
        versioning: 'Enabled',
        policy,
        lifecycle: [{ ID: 'objects', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }],
        cors: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }],
        logging: { bucket: 'logs', prefix: '' },
      },
    };
    // One that is made has a policy.
    const state = { region: 'eu-central-1', settings: { policy: { Statement: [{ Sid: 'Old' }] } } };
    const { names, error } = await sent(bucketAdaptor, { desired, state, refused: name => name === refused });
    expect([names.at(0), names.at(-1), names.length, error]).toEqual([
      'PutPublicAccessBlock',
      'PutBucketPolicy',
      8,
      'Invalid',
    ]);
  });

  test('a topic', async () => {
    const desired = { attributes: { KmsMasterKeyId: 'alias/gone', Policy } };
    const refused = (_: string, input: object) => Reflect.get(input, 'AttributeName') === 'KmsMasterKeyId';
    const state = { attributes: {} };
    const result = await sent(topicAdaptor, { desired, state, refused });
    expect(result).toEqual({ names: ['SetTopicAttributes', 'SetTopicAttributes'], error: 'Invalid' });
  });

  test('a queue, whose attributes are set or refused together', async () => {
    const desired = { attributes: { KmsMasterKeyId: 'alias/gone', Policy } };
    const state = { attributes: {} };
    const set: string[] = [];
    const refused = (_: string, input: object) => {
      const attributes = Object.keys(Reflect.get(input, 'Attributes'));
      if (attributes.includes('KmsMasterKeyId')) return true;
      set.push(...attributes);
      return false;
    };
    const { names, error } = await sent(queueAdaptor, { desired, state, refused });
    expect([names.length, set, error]).toEqual([3, ['Policy'], 'Invalid']);
    // One that is alone is not asked for twice.
    const alone = await sent(queueAdaptor, {
      desired: { attributes: { Policy } },
      state,
      refused: () => true,
    });
    expect(alone.names).toHaveLength(1);
  });

  test('a key', async () => {
    const desired = { description: 'new', policy, rotationPeriodDays: 365, deletionWindowDays: 30 };
    const state = { keyState: 'Enabled', description: 'old', policy: '', rotationPeriodDays: 0 };
    for (const refused of ['UpdateKeyDescription', 'PutKeyPolicy', 'EnableKeyRotation']) {
      const { names, error } = await sent(keyAdaptor, { desired, state, refused: name => name === refused });
      expect([names.sort(), error]).toEqual([
        ['EnableKeyRotation', 'PutKeyPolicy', 'UpdateKeyDescription'],
        'Invalid',
      ]);
    }
  });
});

describe('a bucket that is being made', () => {
  const lifecycle = [
    { ID: 'objects', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } },
  ] as const;
  const desired: BucketDesired = {
    region: 'eu-central-1',
    settings: {
      publicAccess: 'Blocked',
      ownership: 'BucketOwnerEnforced',
      encryption: { algorithm: 'AES256' },
      versioning: 'Enabled',
      policy: policyOf([
        {
          Sid: 'DenyPlaintext',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: 'arn:aws:s3:::x',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ]),
      lifecycle: [...lifecycle],
    },
  };
  const settings = { publicAccess: 'Blocked', ownership: 'BucketOwnerEnforced' };
  const made = { ...settings, policy: policyOf([]) };

  // What a new one deletes hurts nobody; of one that is made it is asked, and the policy tells that it is.
  test.each<[string, Record<string, unknown>, string, boolean]>([
    ['is not made while its lifecycle is refused', settings, 'PutBucketLifecycleConfiguration', false],
    ['gets its policy where another part is refused', settings, 'PutBucketVersioning', true],
    ['gets its policy once it is made', made, 'PutBucketLifecycleConfiguration', true],
  ])('%s', async (_, has, refused, isWritten) => {
    const state = { region: 'eu-central-1', settings: has };
    const { names, error } = await sent(bucketAdaptor, { desired, state, refused: name => name === refused });
    expect([names.includes('PutBucketPolicy'), error]).toEqual([isWritten, 'Invalid']);
  });
});
