// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written like that
import { expect, test } from 'vitest';
import { isPublicPolicy } from './public.ts';
import { validate } from './validate.ts';

const bucket = 'arn:aws:s3:::amzn-s3-demo-bucket';
const good = {
  Sid: 'DenyPlain',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: [bucket, `${bucket}/*`],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
const document = (...Statement: unknown[]) => ({ Version: '2012-10-17', Statement });
const role = { Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' };
const topic = 'arn:aws:sns:us-east-1:111122223333:MyTopic';

test.each([
  ['s3', document(good)],
  ['s3', { Version: '2008-10-17', Id: 'x', Statement: good }],
  [
    's3',
    document({
      ...good,
      Principal: {
        AWS: ['111122223333', 'arn:aws:iam::111122223333:role/a/b'],
        Service: 'logging.s3.amazonaws.com',
      },
    }),
  ],
  [
    'sns',
    document({
      Effect: 'Allow',
      Principal: { AWS: '999999999999' },
      Action: 'SNS:*',
      Condition: { StringLike: { 'sns:endpoint': 'https://example.com/${aws:username}/' } },
    }),
  ],
  ['sqs', document({ ...good, Action: ['sqs:SendMessage'], Resource: '*' })],
  [
    'kms',
    document({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
      Action: 'kms:*',
      Resource: '*',
    }),
  ],
  ['iam-role', document(role)],
  ['iam-identity', document({ Effect: 'Allow', Action: ['s3:Get*', 'sqs:*'], Resource: '*' })],
] as const)('accepts for %s: %j', (kind, policy) => {
  expect(validate(policy, { kind, ...(kind === 's3' && { resourceArn: bucket }) })).toEqual([]);
});

test.each([
  ['s3', 'bad JSON', '{"Version"', /invalid Json/],
  ['s3', 'no object', '[]', /invalid Json/],
  ['s3', 'a Version of today', { ...document(good), Version: '2026-01-01' }, /valid version string/],
  ['s3', 'no statement', document(), /Missing required field Statement/],
  ['s3', 'bad Effect', document({ ...good, Effect: 'allow' }), /Invalid effect: allow/],
  ['s3', 'no Principal', document(without('Principal')), /Missing required field Principal/],
  ['s3', 'no Action', document(without('Action')), /Missing required field Action/],
  ['s3', 'no Resource', document(without('Resource')), /Missing required field Resource/],
  [
    's3',
    'a bad principal',
    document({ ...good, Principal: { AWS: 'arn:aws:iam::1:role/x' } }),
    /Invalid principal/,
  ],
  [
    's3',
    'a principal with a wildcard',
    document({ ...good, Principal: { AWS: 'arn:aws:iam::111122223333:role/*' } }),
    /Invalid principal/,
  ],
  [
    'kms',
    'an identity that S3 alone knows',
    document({
      ...good,
      Principal: { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1' },
    }),
    /Invalid principal/,
  ],
  ['s3', 'an unknown kind of principal', document({ ...good, Principal: { Aws: '*' } }), /Invalid principal/],
  ['s3', 'another service', document({ ...good, Action: 'sqs:SendMessage' }), /out of service scope/],
  ['s3', 'an action without service', document({ ...good, Action: 'GetObject' }), /invalid action/],
  [
    's3',
    'another bucket',
    document({ ...good, Resource: 'arn:aws:s3:::other/*' }),
    /invalid resource: arn:aws:s3:::other/,
  ],
  [
    's3',
    'a bucket whose name begins alike',
    document({ ...good, Resource: `${bucket}2` }),
    /invalid resource/,
  ],
  [
    's3',
    'an object action on the bucket',
    document({ ...good, Action: 's3:GetObject', Resource: bucket }),
    /does not apply to any resource/,
  ],
  ['s3', 'an unknown element', document({ ...good, Conditions: {} }), /Unknown field Conditions/],
  [
    's3',
    'an unknown operator',
    document({ ...good, Condition: { StringIs: { a: 'b' } } }),
    /Invalid Condition type: StringIs/,
  ],
  ['s3', 'a condition that is no object', document({ ...good, Condition: 'x' }), /must be a JSON object/],
  ['s3', 'one Sid twice', document(good, good), /must be unique/],
  [
    's3',
    'Allow with NotPrincipal',
    document({ ...without('Principal'), Effect: 'Allow', NotPrincipal: { AWS: '111122223333' } }),
    /NotPrincipal/,
  ],
  [
    's3',
    'too long',
    document({ ...good, Resource: Array.from({ length: 900 }, () => `${bucket}/abcdefgh`) }),
    /too long/,
  ],
  [
    'sns',
    'another service',
    document({ ...good, Action: 'sqs:SendMessage', Resource: topic }),
    /out of service scope/,
  ],
  ['kms', 'no Resource', document({ Effect: 'Allow', Principal: '*', Action: 'kms:*' }), /Resource/],
  ['iam-role', 'a Resource', document({ ...role, Resource: '*' }), /prohibited field Resource/],
  ['iam-identity', 'a Principal', document(good), /should not specify a principal/],
] as const)('refuses for %s: %s', (kind, _what, policy, problem) => {
  expect(validate(policy, { kind, ...(kind === 's3' && { resourceArn: bucket }) }).join('\n')).toMatch(
    problem,
  );
});

const meaning = 'S3: Blocking public access, The meaning of "public"';
test.each([
  [meaning, '*', undefined, true],
  [meaning, { AWS: '*' }, undefined, true],
  [meaning, '*', { StringEquals: { 'aws:SourceVpc': 'vpc-91237329' } }, false],
  [meaning, '*', { StringLike: { 'aws:SourceVpc': 'vpc-*' } }, true],
  [meaning, '*', { StringEquals: { 'aws:SourceVpc': '${aws:PrincipalTag/vpc}' } }, true],
  [meaning, '*', { 'ForAllValues:StringEquals': { 'aws:SourceVpc': 'vpc-91237329' } }, true],
  [meaning, '*', { StringNotEquals: { 'aws:SourceVpc': 'vpc-91237329' } }, true],
  [meaning, '*', { StringEquals: { 'aws:SourceAccount': '111122223333' } }, false],
  [meaning, '*', { StringEquals: { 'aws:PrincipalTag/a': 'b' } }, true],
  [meaning, '*', { Bool: { 'aws:SecureTransport': 'true' } }, true],
  [meaning, '*', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, false],
  [meaning, '*', { IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } }, true],
  [meaning, { AWS: '111122223333' }, undefined, false],
  [meaning, { Service: 'logging.s3.amazonaws.com' }, undefined, false],
] as const)('%s: to %j under %j is public: %s', (_page, Principal, Condition, isPublic) => {
  const statement = {
    Effect: 'Allow',
    Principal,
    Action: 's3:GetObject',
    Resource: `${bucket}/*`,
    ...(Condition && { Condition }),
  };
  expect(isPublicPolicy(document(statement))).toBe(isPublic);
});

test('a policy of denials is not public', () => {
  expect(isPublicPolicy(document(good))).toBe(false);
});
