/** What a role of a team is asked where everything is attached to it: what is left is its boundary. */
export interface WorkloadPlace {
  readonly accountId: string;
  readonly region: string;
  readonly installation: string;
}

type WorkloadProbe = readonly [
  action: string,
  resource: string,
  context: Record<string, string>,
  answer: 'yes' | 'no',
  /** Where it is another account's, whose policy lets everybody in. */
  owner?: string,
];

export function workloadProbes({ accountId, region, installation }: WorkloadPlace): readonly WorkloadProbe[] {
  const arn = (service: string, what: string, of = accountId, at = region) =>
    `arn:aws:${service}:${at}:${of}:${what}`;
  const other = '444455556666';
  const role = `arn:aws:iam::${accountId}:role/x`;
  const ours = `${installation}-prod-a`;
  const tagged = { 'aws:ResourceTag/opta.dev/installation': installation };
  return [
    ['s3:GetObject', `arn:aws:s3:::${ours}/key`, {}, 'yes'],
    ['s3:PutObject', `arn:aws:s3:::${ours}/key`, {}, 'yes'],
    ['s3:ListBucket', `arn:aws:s3:::${ours}`, {}, 'yes'],
    ['sqs:SendMessage', arn('sqs', ours), {}, 'yes'],
    ['sqs:DeleteMessage', arn('sqs', ours), {}, 'yes'],
    ['sns:Publish', arn('sns', ours), {}, 'yes'],
    ['kms:Decrypt', arn('kms', 'key/2'), tagged, 'yes'],

    ['sqs:SendMessage', arn('sqs', `${installation}2-a`), {}, 'no'],
    ['s3:GetObject', `arn:aws:s3:::${installation}2-a/key`, {}, 'no'],
    ['s3:GetObject', `arn:aws:s3:::${ours}/key`, {}, 'no', other],
    ['s3:PutObject', `arn:aws:s3:::${ours}/key`, {}, 'no', other],
    ['s3:ListBucket', `arn:aws:s3:::${ours}`, {}, 'no', other],
    ['sqs:SendMessage', arn('sqs', ours, accountId, 'us-east-1'), {}, 'no'],
    ['sqs:SendMessage', arn('sqs', ours, other), {}, 'no', other],
    ['sns:Publish', arn('sns', ours, other), {}, 'no', other],
    ['rds-db:connect', arn('rds-db', 'dbuser:cluster-A/app'), {}, 'no'],
    ['kms:Decrypt', arn('kms', 'key/2'), {}, 'no'],
    ['kms:ScheduleKeyDeletion', arn('kms', 'key/2'), tagged, 'no'],
    ['s3:DeleteBucket', `arn:aws:s3:::${ours}`, {}, 'no'],
    ['s3:PutBucketPolicy', `arn:aws:s3:::${ours}`, {}, 'no'],
    ['sqs:DeleteQueue', arn('sqs', ours), {}, 'no'],
    ['sqs:SetQueueAttributes', arn('sqs', ours), {}, 'no'],
    ['iam:CreateUser', '*', {}, 'no'],
    ['iam:PassRole', role, {}, 'no'],
    ['iam:DeleteRolePermissionsBoundary', role, {}, 'no'],
    ['organizations:LeaveOrganization', '*', {}, 'no'],
    ['sts:AssumeRole', role, {}, 'no'],
    ['ec2:RunInstances', '*', {}, 'no'],
    ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:a'), {}, 'no'],
  ];
}
