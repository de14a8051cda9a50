import { evaluate } from '../../../hack/bench/policy/evaluate.ts';
import type { Context } from '../../../hack/bench/policy/pattern.ts';
import type { Principal } from '../../../hack/bench/policy/principal.ts';
import type { RoleView } from '../../support/role-view.ts';
import { ACCOUNT, REGION } from '../../support/world.ts';
import { type Check, isReplica } from './checks.ts';
import { FOREIGN, when } from './judge.ts';
import type { BucketSecurity, SecurityState } from './state.ts';

/**
 * A13, and what a replica is worth: a bucket is copied to its own second bucket and nowhere else, all of it, and by a role
 * that only S3 can take, for this bucket only, and that can do nothing else.
 */
export const replicas: Check = state => [
  ...state.buckets
    .filter(bucket => bucket.replication !== undefined)
    .flatMap(bucket => copied(state, bucket).map(problem => `bucket ${bucket.name}: ${problem}`)),
  ...state.buckets
    .filter(isReplica)
    .filter(second => !state.buckets.some(first => destinationsOf(first).includes(arnOf(second))))
    .map(({ name }) => `bucket ${name}: nothing is copied to it`),
];

function arnOf({ name }: BucketSecurity): string {
  return `arn:aws:s3:::${name}`;
}

function destinationsOf({ replication }: BucketSecurity): readonly string[] {
  return (replication?.Rules ?? []).flatMap(rule => rule.Destination?.Bucket ?? []);
}

function copied(state: SecurityState, bucket: BucketSecurity): readonly string[] {
  const tag = (one: BucketSecurity, name: string) => one.tags[`opta.dev/${name}`];
  const second = state.buckets.find(
    one =>
      isReplica(one) && ['kind', 'namespace', 'name'].every(name => tag(one, name) === tag(bucket, name)),
  );
  if (second === undefined) return ['it is copied and has no second bucket'];
  const rules = bucket.replication?.Rules ?? [];
  const [rule] = rules;
  const withKey = bucket.encryption[0]?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID;
  const role = state.roles.find(one => one.arn === bucket.replication?.Role);
  const expect = (holds: boolean, problem: string) => (holds ? [] : [problem]);
  return [
    ...expect(
      rules.length === 1 && rule?.Destination?.Bucket === arnOf(second),
      `it is copied to ${destinationsOf(bucket).join(', ')}`,
    ),
    ...expect(rule?.Destination?.Account === undefined, 'it is copied to another account'),
    ...expect(rule?.Status === 'Enabled', `its rule is ${rule?.Status}`),
    ...expect(JSON.stringify(rule?.Filter) === '{"Prefix":""}', 'only a part of it is copied'),
    ...expect(rule?.DeleteMarkerReplication?.Status === 'Enabled', 'what is deleted stays in the copy'),
    ...expect(
      rule?.SourceSelectionCriteria?.ReplicaModifications?.Status !== 'Enabled',
      'the copies can change it',
    ),
    ...expect(
      withKey === undefined ||
        (rule?.SourceSelectionCriteria?.SseKmsEncryptedObjects?.Status === 'Enabled' &&
          rule.Destination?.EncryptionConfiguration?.ReplicaKmsKeyID === withKey),
      'what its key encrypts is not copied',
    ),
    ...expect(
      bucket.versioning === 'Enabled' && second.versioning === 'Enabled',
      'versioning is not on in both',
    ),
    ...(role === undefined
      ? ['its role is not there']
      : [...takenBy(role, bucket), ...mayMore(role, bucket, second, withKey)]),
  ];
}

function takenBy(role: RoleView, bucket: BucketSecurity): readonly string[] {
  const source = (arn: string, account: string): Context => ({
    'aws:SourceArn': arn,
    'aws:SourceAccount': account,
  });
  const service = (name: string): Principal => ({ type: 'service', service: name });
  const person = (account: string): Principal => ({
    type: 'aws',
    accountId: account,
    arn: `arn:aws:iam::${account}:role/app`,
  });
  const here = source(arnOf(bucket), ACCOUNT);
  const others: readonly (readonly [string, Principal, Context])[] = [
    ['S3 for another bucket', service('s3.amazonaws.com'), source('arn:aws:s3:::other', ACCOUNT)],
    ['S3 for another account', service('s3.amazonaws.com'), source(arnOf(bucket), FOREIGN)],
    ['EC2', service('ec2.amazonaws.com'), here],
    ['a person of the account', person(ACCOUNT), {}],
    ['a person of another account', person(FOREIGN), {}],
  ];
  const takes = (principal: Principal, context: Context) =>
    evaluate({
      kind: 'iam-role',
      policies: [{ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
      resourcePolicy: role.trust,
      request: { principal, action: 'sts:AssumeRole', resource: role.arn, context },
    }).decision === 'Allow';
  return [
    ...(takes(service('s3.amazonaws.com'), here) ? [] : ['S3 cannot take its role']),
    ...others
      .filter(([, principal, context]) => takes(principal, context))
      .map(([who]) => `its role can be taken by ${who}`),
  ];
}

/** What is not of the copying of this bucket to that one. */
function mayMore(
  role: RoleView,
  first: BucketSecurity,
  second: BucketSecurity,
  key: string | undefined,
): readonly string[] {
  const [from, to] = [arnOf(first), arnOf(second)];
  const by = (bucket: string): Context => ({
    'kms:ViaService': `s3.${REGION}.amazonaws.com`,
    'kms:EncryptionContext:aws:s3:arn': bucket,
  });
  const anyKey = key ?? `arn:aws:kms:${REGION}:${ACCOUNT}:key/any`;
  const more: readonly (readonly [string, string, Context?])[] = [
    ['s3:GetObject', `${from}/a`],
    ['s3:PutObject', `${from}/a`],
    ['s3:DeleteObjectVersion', `${from}/a`],
    ['s3:DeleteObjectVersion', `${to}/a`],
    ['s3:PutObject', `${to}/a`],
    ['s3:PutBucketPolicy', from],
    ['s3:PutBucketPolicy', to],
    ['s3:ReplicateObject', `${from}/a`],
    ['s3:ReplicateObject', 'arn:aws:s3:::other/a'],
    ['s3:GetObjectVersionForReplication', 'arn:aws:s3:::other/a'],
    ['s3:ListAllMyBuckets', '*'],
    ['iam:PassRole', role.arn],
    ['iam:PutRolePolicy', role.arn],
    ['sts:AssumeRole', 'arn:aws:iam::999999999999:role/x'],
    ['sqs:SendMessage', `arn:aws:sqs:${REGION}:${ACCOUNT}:any`],
    ['kms:Decrypt', anyKey],
    ['kms:Decrypt', anyKey, by('arn:aws:s3:::other')],
    ['kms:Decrypt', `arn:aws:kms:${REGION}:${ACCOUNT}:key/other`, by(from)],
    ['kms:CreateGrant', anyKey, by(from)],
    ...(key === undefined ? [['kms:Decrypt', anyKey, by(from)] as const] : []),
  ];
  const principal: Principal = {
    type: 'aws',
    accountId: ACCOUNT,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role.arn.slice(role.arn.lastIndexOf('/') + 1)}/s3`,
  };
  // Whatever the policy of a bucket of another account says.
  const letIn = {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' },
  };
  const may = (action: string, resource: string, context: Context = {}, resourceAccountId = ACCOUNT) =>
    evaluate({
      kind: 'iam-identity',
      policies: Object.values(role.inline),
      ...(resourceAccountId === ACCOUNT ? {} : { resourcePolicy: letIn }),
      request: {
        principal,
        action,
        resource,
        resourceAccountId,
        context: { 'aws:SecureTransport': 'true', ...context },
      },
    }).decision === 'Allow';
  const allowed = more.filter(([action, resource, context]) => may(action, resource, context));
  const copies = ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'];
  return [
    ...copies.flatMap(action =>
      when(
        may(action, `${to}/a`, {}, FOREIGN),
        `its role may ${action} on ${to} where that is of another account`,
      ),
    ),
    ...allowed.map(([action, resource]) => `its role may ${action} on ${resource}`),
    ...role.attached.map(arn => `its role has the policy ${arn}`),
  ];
}
