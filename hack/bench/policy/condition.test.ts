// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written like that
import { expect, test } from 'vitest';
import { conditionHolds } from './condition.ts';
import type { Context } from './pattern.ts';

interface Row {
  page: string;
  operator: string;
  key: string;
  values: string[];
  context: Context;
  holds: boolean;
}

const operators = 'IAM JSON policy elements: Condition operators';
const sets = 'Creating a condition with multiple keys or values';
const variables = 'IAM policy elements: Variables and tags';
const queueArn = 'arn:aws:sqs:us-east-1:111122223333:orders';

/** Short rows: page, operator, key, values of the policy, values of the request (undefined: key absent), result. */
const rows: Row[] = (
  [
    [operators, 'StringEquals', 'aws:PrincipalTag/job-category', ['iamuser-admin'], 'iamuser-admin', true],
    [operators, 'StringEquals', 'aws:PrincipalTag/job-category', ['iamuser-admin'], 'IamUser-Admin', false],
    [operators, 'StringEquals', 'aws:PrincipalTag/job-category', ['iamuser-admin'], undefined, false],
    [operators, 'StringNotEquals', 'aws:PrincipalTag/job-category', ['iamuser-admin'], undefined, true],
    [operators, 'StringNotEquals', 'aws:PrincipalTag/job-category', ['a', 'b'], 'b', false],
    [operators, 'StringNotEquals', 'aws:PrincipalTag/job-category', ['a', 'b'], 'c', true],
    [operators, 'StringNotEquals', 'aws:TagKeys', ['a'], ['a', 'b'], false],
    [operators, 'DateGreaterThan', 'aws:EpochTime', ['2020-01-01T00:00:01Z'], '1577836900', true],
    [operators, 'StringEqualsIgnoreCase', 'aws:username', ['David'], 'DAVID', true],
    [operators, 'StringNotEqualsIgnoreCase', 'aws:username', ['David'], 'DAVID', false],
    [operators, 'StringLike', 's3:prefix', ['', 'home/', 'home/${aws:username}/'], '', true],
    [operators, 'StringLike', 's3:prefix', ['home/*'], 'home/David/2020', true],
    [operators, 'StringLike', 's3:prefix', ['home/?'], 'home/David', false],
    [operators, 'StringLike', 's3:prefix', ['home.*'], 'home/David', false],
    [operators, 'StringNotLike', 's3:prefix', ['home/*'], 'work/', true],
    [operators, 'NumericLessThanEquals', 's3:max-keys', ['10'], '10', true],
    [operators, 'NumericLessThanEquals', 's3:max-keys', ['10'], '11', false],
    [operators, 'NumericLessThanEquals', 's3:max-keys', ['10'], '9', true],
    [operators, 'NumericLessThan', 's3:TlsVersion', ['1.2'], '1.1', true],
    [operators, 'NumericLessThan', 's3:TlsVersion', ['1.2'], '1.2', false],
    [operators, 'NumericGreaterThan', 's3:max-keys', ['10'], undefined, false],
    [operators, 'NumericNotEquals', 's3:max-keys', ['10'], undefined, true],
    [operators, 'NumericEquals', 's3:max-keys', ['10'], 'ten', false],
    [
      operators,
      'DateGreaterThan',
      'aws:TokenIssueTime',
      ['2020-01-01T00:00:01Z'],
      '2020-06-01T00:00:00Z',
      true,
    ],
    [
      operators,
      'DateGreaterThan',
      'aws:TokenIssueTime',
      ['2020-01-01T00:00:01Z'],
      '2019-06-01T00:00:00Z',
      false,
    ],
    [operators, 'DateLessThan', 'aws:EpochTime', ['2020-01-01T00:00:01Z'], '1577836800', true],
    [operators, 'Bool', 'aws:SecureTransport', ['false'], 'false', true],
    [operators, 'Bool', 'aws:SecureTransport', ['false'], 'true', false],
    [operators, 'Bool', 'aws:SecureTransport', ['false'], undefined, false],
    [
      operators,
      'BinaryEquals',
      'key',
      ['QmluYXJ5VmFsdWVJbkJhc2U2NA=='],
      'QmluYXJ5VmFsdWVJbkJhc2U2NA==',
      true,
    ],
    [operators, 'IpAddress', 'aws:SourceIp', ['203.0.113.0/24'], '203.0.113.77', true],
    [operators, 'IpAddress', 'aws:SourceIp', ['203.0.113.0/24'], '203.0.114.1', false],
    [
      operators,
      'IpAddress',
      'aws:SourceIp',
      ['203.0.113.0/24', '2001:DB8:1234:5678::/64'],
      '2001:db8:1234:5678::1',
      true,
    ],
    [operators, 'IpAddress', 'aws:SourceIp', ['203.0.113.7'], '203.0.113.8', false],
    [operators, 'NotIpAddress', 'aws:SourceIp', ['203.0.113.0/24'], '198.51.100.1', true],
    [operators, 'NotIpAddress', 'aws:SourceIp', ['203.0.113.0/24'], undefined, true],
    [
      operators,
      'ArnEquals',
      'aws:SourceArn',
      ['arn:aws:sns:us-east-1:123456789012:topic-id-1'],
      'arn:aws:sns:us-east-1:123456789012:topic-id-1',
      true,
    ],
    [operators, 'ArnEquals', 'aws:SourceArn', ['arn:aws:sqs:*:111122223333:*'], queueArn, true],
    [operators, 'ArnLike', 'aws:SourceArn', ['arn:aws:sqs:*:orders'], queueArn, false],
    [operators, 'ArnLike', 'aws:SourceArn', ['arn:aws:s3:*:*:bucket'], 'arn:aws:s3:::bucket', true],
    [operators, 'ArnNotLike', 'aws:SourceArn', ['arn:aws:sqs:*:111122223333:*'], queueArn, false],
    [operators, 'ArnNotEquals', 'aws:SourceArn', ['arn:aws:sqs:*:111122223333:*'], undefined, true],
    [operators, 'StringLikeIfExists', 'ec2:InstanceType', ['t1.*', 't2.*'], undefined, true],
    [operators, 'StringLikeIfExists', 'ec2:InstanceType', ['t1.*', 't2.*'], 'm5.large', false],
    [operators, 'StringLikeIfExists', 'ec2:InstanceType', ['t1.*', 't2.*'], 't2.micro', true],
    [operators, 'Null', 'aws:TokenIssueTime', ['true'], undefined, true],
    [operators, 'Null', 'aws:TokenIssueTime', ['true'], '2020-01-01T00:00:00Z', false],
    [operators, 'Null', 'aws:TokenIssueTime', ['false'], '2020-01-01T00:00:00Z', true],
    [operators, 'StringSimilar', 'aws:username', ['David'], 'David', false],
    [
      sets,
      'ForAllValues:StringLike',
      'dynamodb:requestedAttributes',
      ['PostDateTime', 'Message', 'Tags'],
      ['PostDateTime', 'Message'],
      true,
    ],
    [
      sets,
      'ForAllValues:StringLike',
      'dynamodb:requestedAttributes',
      ['PostDateTime', 'Message', 'Tags'],
      ['PostDateTime', 'UserName'],
      false,
    ],
    [sets, 'ForAllValues:StringLike', 'dynamodb:requestedAttributes', ['PostDateTime'], undefined, true],
    [
      sets,
      'ForAnyValue:StringLike',
      'dynamodb:requestedAttributes',
      ['ID', 'PostDateTime'],
      ['UserName', 'Message', 'PostDateTime'],
      true,
    ],
    [
      sets,
      'ForAnyValue:StringLike',
      'dynamodb:requestedAttributes',
      ['ID', 'PostDateTime'],
      ['UserName'],
      false,
    ],
    [sets, 'ForAnyValue:StringLike', 'dynamodb:requestedAttributes', ['ID'], undefined, false],
    [sets, 'ForAnyValue:StringNotEquals', 'aws:TagKeys', ['owner'], ['owner', 'other'], true],
    [sets, 'ForAnyValue:StringNotEquals', 'aws:TagKeys', ['owner'], undefined, false],
    [sets, 'ForAllValues:StringNotEquals', 'aws:TagKeys', ['owner'], ['owner', 'other'], false],
    [variables, 'StringEquals', 'AWS:username', ['David'], 'David', true],
  ] as [string, string, string, string[], string | string[] | undefined, boolean][]
).map(([page, operator, key, values, actual, holds]) => ({
  page,
  operator,
  key,
  values,
  context: actual === undefined ? {} : { [key.toLowerCase()]: actual },
  holds,
}));

test.each(rows)(
  '$page: $operator $key $values of $context is $holds',
  ({ operator, key, values, context, holds }) => {
    expect(conditionHolds({ operator, key, values }, { context, version: '2012-10-17' })).toBe(holds);
  },
);

test.each([
  ['2012-10-17', { 's3:prefix': 'home/David/', 'aws:username': 'David' }, 'home/${aws:username}/', true],
  ['2012-10-17', { 's3:prefix': 'home/Adele/', 'aws:username': 'David' }, 'home/${aws:username}/', false],
  ['2012-10-17', { 's3:prefix': 'home//' }, 'home/${aws:username}/', false],
  [
    '2012-10-17',
    { 's3:prefix': 'home/company-wide/' },
    "home/${aws:PrincipalTag/team, 'company-wide'}/",
    true,
  ],
  ['2012-10-17', { 's3:prefix': 'home/ab/', 'aws:username': 'a*' }, 'home/${aws:username}/', false],
  ['2012-10-17', { 's3:prefix': 'home/*/' }, 'home/${*}/', true],
  ['2012-10-17', { 's3:prefix': 'home/x/' }, 'home/${*}/', false],
  ['2008-10-17', { 's3:prefix': 'home/David/', 'aws:username': 'David' }, 'home/${aws:username}/', false],
] as [string, Context, string, boolean][])(
  `${variables}: version %s, %o against %s is %s`,
  (version, context, pattern, holds) => {
    const condition = { operator: 'StringLike', key: 's3:prefix', values: [pattern] };
    expect(conditionHolds(condition, { context, version })).toBe(holds);
  },
);
