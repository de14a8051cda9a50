import { expect, test } from 'vitest';
import type { PolicyInput } from './document.ts';
import { evaluate, type PolicyQuestion, type PolicyRequest } from './evaluate.ts';

const logic = 'Policy evaluation logic';
const cross = 'Cross-account policy evaluation logic';
const boundaries = 'Permissions boundaries for IAM entities';
const principals = 'AWS JSON policy elements: Principal';
const notAction = 'IAM JSON policy elements: NotAction';
const notResource = 'IAM JSON policy elements: NotResource';
const notPrincipal = 'AWS JSON policy elements: NotPrincipal';
const keyPolicies = 'KMS: Key policies in AWS KMS';
const externalId = 'Access to AWS accounts owned by third parties';
const webIdentity = 'Create a role for OpenID Connect federation';
const snsToSqs = 'SNS: Subscribing an Amazon SQS queue to an Amazon SNS topic';
const snsKey = 'SNS: Setting up Amazon SNS topic encryption with encrypted Amazon SQS queue subscription';
const s3Events = 'S3: Granting permissions to publish event notification messages to a destination';
const identifiers = 'IAM JSON policy elements: Resource';

const globalKeys = 'AWS global condition context keys';

const account = '111122223333';
const other = '444455556666';
const user = { type: 'aws', arn: `arn:aws:iam::${account}:user/Zhang`, accountId: account } as const;
const roleArn = `arn:aws:iam::${account}:role/path/examplerole`;
const plainRole = `arn:aws:iam::${account}:role/examplerole`;
const sessionArn = `arn:aws:sts::${account}:assumed-role/examplerole/session`;
const session = { type: 'aws', arn: sessionArn, accountId: account } as const;
const root = { type: 'aws', arn: `arn:aws:iam::${account}:root`, accountId: account } as const;
const foreigner = { type: 'aws', arn: `arn:aws:iam::${other}:user/Ana`, accountId: other } as const;
const provider = `arn:aws:iam::${account}:oidc-provider/oidc.example.com/id/1`;
const anonymous = { type: 'anonymous' } as const;
const sns = { type: 'service', service: 'sns.amazonaws.com' } as const;
const s3 = { type: 'service', service: 's3.amazonaws.com' } as const;

const bucket = 'arn:aws:s3:::amzn-s3-demo-bucket';
const queue = `arn:aws:sqs:us-east-2:${account}:MyQueue`;
const topic = `arn:aws:sns:us-east-2:${account}:MyTopic`;
const key = `arn:aws:kms:us-east-2:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

type Body = Record<string, unknown>;
const policy = (...Statement: Body[]): PolicyInput => ({ Version: '2012-10-17', Statement });
const allow = (Action: string | string[], Resource: string | string[], rest: Body = {}): Body => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...rest,
});
const deny = (...args: Parameters<typeof allow>): Body => ({ ...allow(...args), Effect: 'Deny' });
const everything = policy(allow('*', '*'));
const read: PolicyRequest = {
  principal: user,
  action: 's3:GetObject',
  resource: `${bucket}/a`,
  resourceAccountId: account,
};
const objects = (Principal: unknown) => policy(allow('s3:GetObject', `${bucket}/*`, { Principal }));

const queuePolicy = policy(
  allow('sqs:SendMessage', queue, {
    Principal: { Service: 'sns.amazonaws.com' },
    Condition: { ArnEquals: { 'aws:SourceArn': topic } },
  }),
);
const send = { principal: sns, action: 'sqs:SendMessage', resource: queue };
const snsKeyPolicy = policy(
  allow('kms:*', '*', { Principal: { AWS: `arn:aws:iam::${account}:root` } }),
  allow(['kms:GenerateDataKey*', 'kms:Decrypt'], '*', {
    Principal: { Service: 'sns.amazonaws.com' },
    Condition: { ArnLike: { 'aws:SourceArn': topic }, StringEquals: { 'aws:SourceAccount': account } },
  }),
);
const fromTopic = { 'aws:SourceArn': topic, 'aws:SourceAccount': account };
const s3QueuePolicy = policy(
  allow('SQS:SendMessage', queue, {
    Principal: { Service: 's3.amazonaws.com' },
    Condition: {
      ArnLike: { 'aws:SourceArn': 'arn:aws:s3:*:*:amzn-s3-demo-bucket' },
      StringEquals: { 'aws:SourceAccount': account },
    },
  }),
);
const rootKeyPolicy = policy(allow('kms:*', '*', { Principal: { AWS: `arn:aws:iam::${account}:root` } }));
const decrypt = { principal: user, action: 'kms:Decrypt', resource: key };
const trust = policy({
  Effect: 'Allow',
  Principal: { AWS: other },
  Action: 'sts:AssumeRole',
  Condition: { StringEquals: { 'sts:ExternalId': '12345' } },
});
const assume = { principal: foreigner, action: 'sts:AssumeRole', resource: roleArn };
const denyPlain = deny('s3:*', [bucket, `${bucket}/*`], {
  Principal: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

type Row = [
  page: string,
  what: string,
  question: Omit<PolicyQuestion, 'kind'> & { kind?: PolicyQuestion['kind'] },
  decision: string,
];

const rows: Row[] = [
  [logic, 'nothing allows', { request: read }, 'ImplicitDeny'],
  [
    logic,
    'an identity policy is enough',
    { policies: [policy(allow('s3:Get*', '*'))], request: read },
    'Allow',
  ],
  [
    logic,
    'a resource policy is enough',
    { resourcePolicy: objects({ AWS: user.arn }), request: read },
    'Allow',
  ],
  [
    logic,
    'a deny beats an allow',
    { policies: [everything, policy(deny('s3:*', '*'))], request: read },
    'ExplicitDeny',
  ],
  [
    logic,
    'a deny in the resource policy',
    {
      policies: [everything],
      resourcePolicy: policy(denyPlain),
      request: { ...read, context: { 'aws:SecureTransport': 'false' } },
    },
    'ExplicitDeny',
  ],
  [
    logic,
    'the same over TLS',
    {
      policies: [everything],
      resourcePolicy: policy(denyPlain),
      request: { ...read, context: { 'aws:SecureTransport': 'true' } },
    },
    'Allow',
  ],
  [logic, 'the root user has full access', { request: { ...read, principal: root } }, 'Allow'],
  [
    logic,
    'but not against a deny',
    { resourcePolicy: policy(deny('s3:*', '*', { Principal: '*' })), request: { ...read, principal: root } },
    'ExplicitDeny',
  ],
  [
    logic,
    'a role ARN is limited by the boundary',
    {
      resourcePolicy: objects({ AWS: roleArn }),
      boundary: policy(allow('sqs:*', '*')),
      request: { ...read, principal: session },
    },
    'ImplicitDeny',
  ],
  [
    logic,
    'also where the role itself is the principal',
    {
      resourcePolicy: objects({ AWS: roleArn }),
      boundary: policy(allow('sqs:*', '*')),
      request: { ...read, principal: { ...session, arn: roleArn } },
    },
    'ImplicitDeny',
  ],
  [
    logic,
    'a session ARN is not',
    {
      resourcePolicy: objects({ AWS: sessionArn }),
      boundary: policy(allow('sqs:*', '*')),
      request: { ...read, principal: session },
    },
    'Allow',
  ],
  [
    logic,
    'nor is a user ARN',
    { resourcePolicy: objects({ AWS: user.arn }), boundary: policy(allow('sqs:*', '*')), request: read },
    'Allow',
  ],
  [
    boundaries,
    'intersection: in both',
    { policies: [everything], boundary: policy(allow(['s3:*', 'cloudwatch:*'], '*')), request: read },
    'Allow',
  ],
  [
    boundaries,
    'intersection: only in the policy',
    {
      policies: [policy(allow('iam:CreateUser', '*'))],
      boundary: policy(allow(['s3:*', 'cloudwatch:*', 'ec2:*'], '*')),
      request: { ...read, action: 'iam:CreateUser' },
    },
    'ImplicitDeny',
  ],
  [boundaries, 'a boundary grants nothing', { boundary: everything, request: read }, 'ImplicitDeny'],
  [
    boundaries,
    'a deny in the boundary',
    { policies: [everything], boundary: policy(allow('*', '*'), deny('s3:*', `${bucket}/*`)), request: read },
    'ExplicitDeny',
  ],
  [
    cross,
    'both sides allow',
    {
      policies: [everything],
      resourcePolicy: objects({ AWS: foreigner.arn }),
      request: { ...read, principal: foreigner },
    },
    'Allow',
  ],
  [
    cross,
    'only the identity side',
    {
      policies: [everything],
      resourcePolicy: objects({ AWS: user.arn }),
      request: { ...read, principal: foreigner },
    },
    'ImplicitDeny',
  ],
  [
    cross,
    'only the resource side',
    { resourcePolicy: objects({ AWS: foreigner.arn }), request: { ...read, principal: foreigner } },
    'ImplicitDeny',
  ],
  [
    cross,
    'to the whole account',
    {
      policies: [everything],
      resourcePolicy: objects({ AWS: other }),
      request: { ...read, principal: foreigner },
    },
    'Allow',
  ],
  [
    principals,
    'an account delegates to its IAM policies',
    { resourcePolicy: objects({ AWS: account }), request: read },
    'ImplicitDeny',
  ],
  [
    principals,
    'and these grant',
    {
      policies: [everything],
      resourcePolicy: objects({ AWS: `arn:aws:iam::${account}:root` }),
      request: read,
    },
    'Allow',
  ],
  [
    principals,
    'a role ARN means its sessions, path or not',
    { resourcePolicy: objects({ AWS: roleArn }), request: { ...read, principal: session } },
    'Allow',
  ],
  [
    principals,
    'not the sessions of another role',
    { resourcePolicy: objects({ AWS: `${roleArn}2` }), request: { ...read, principal: session } },
    'ImplicitDeny',
  ],
  [
    principals,
    'one of several',
    { resourcePolicy: objects({ AWS: [other, user.arn] }), request: read },
    'Allow',
  ],
  [
    principals,
    'everyone, anonymously',
    { resourcePolicy: objects('*'), request: { ...read, principal: anonymous } },
    'Allow',
  ],
  [
    principals,
    'everyone, written as AWS',
    { resourcePolicy: objects({ AWS: '*' }), request: { ...read, principal: anonymous } },
    'Allow',
  ],
  [
    principals,
    'anonymous is no account',
    { resourcePolicy: objects({ AWS: account }), request: { ...read, principal: anonymous } },
    'ImplicitDeny',
  ],
  [
    principals,
    'a service is not another service',
    { resourcePolicy: queuePolicy, kind: 'sqs', request: { ...send, principal: s3, context: fromTopic } },
    'ImplicitDeny',
  ],
  [
    principals,
    'an account is no service',
    {
      resourcePolicy: policy(allow('sqs:*', queue, { Principal: { AWS: account } })),
      kind: 'sqs',
      request: { ...send, context: fromTopic },
    },
    'ImplicitDeny',
  ],
  [
    notPrincipal,
    'all but one are denied',
    {
      policies: [everything],
      resourcePolicy: policy({
        Effect: 'Deny',
        NotPrincipal: { AWS: user.arn },
        Action: 's3:*',
        Resource: `${bucket}/*`,
      }),
      request: { ...read, principal: session },
    },
    'ExplicitDeny',
  ],
  [
    notPrincipal,
    'the one is not',
    {
      policies: [everything],
      resourcePolicy: policy({
        Effect: 'Deny',
        NotPrincipal: { AWS: user.arn },
        Action: 's3:*',
        Resource: `${bucket}/*`,
      }),
      request: read,
    },
    'Allow',
  ],
  [
    notAction,
    'everything but IAM',
    { policies: [policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })], request: read },
    'Allow',
  ],
  [
    notAction,
    'so not IAM',
    {
      policies: [policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })],
      request: { ...read, action: 'iam:ListUsers' },
    },
    'ImplicitDeny',
  ],
  [
    notResource,
    'denied outside the listed',
    {
      policies: [everything, policy({ Effect: 'Deny', Action: 's3:*', NotResource: [`${bucket}/b`] })],
      request: read,
    },
    'ExplicitDeny',
  ],
  [
    notResource,
    'not inside',
    {
      policies: [everything, policy({ Effect: 'Deny', Action: 's3:*', NotResource: [`${bucket}/a*`] })],
      request: read,
    },
    'Allow',
  ],
  [
    identifiers,
    'actions ignore case',
    { policies: [policy(allow('S3:getobject', '*'))], request: read },
    'Allow',
  ],
  [
    identifiers,
    'resources do not',
    { policies: [policy(allow('s3:*', 'arn:aws:s3:::AMZN-s3-demo-bucket/*'))], request: read },
    'ImplicitDeny',
  ],
  [
    identifiers,
    '? is one character',
    { policies: [policy(allow('s3:*', `${bucket}/?`))], request: read },
    'Allow',
  ],
  [
    identifiers,
    '? is not two',
    { policies: [policy(allow('s3:*', `${bucket}/?`))], request: { ...read, resource: `${bucket}/ab` } },
    'ImplicitDeny',
  ],
  [
    'IAM policy elements: Variables and tags',
    'own prefix',
    {
      policies: [policy(allow('s3:GetObject', `${bucket}/\${aws:username}/*`))],
      request: { ...read, resource: `${bucket}/Zhang/1`, context: { 'aws:username': 'Zhang' } },
    },
    'Allow',
  ],
  [
    'IAM policy elements: Variables and tags',
    'not another one',
    {
      policies: [policy(allow('s3:GetObject', `${bucket}/\${aws:username}/*`))],
      request: { ...read, resource: `${bucket}/Ana/1`, context: { 'aws:username': 'Zhang' } },
    },
    'ImplicitDeny',
  ],
  [
    globalKeys,
    'a role session shows the ARN of its role',
    {
      policies: [everything],
      resourcePolicy: policy(
        deny('s3:*', '*', { Principal: '*', Condition: { ArnNotEquals: { 'aws:PrincipalArn': plainRole } } }),
      ),
      request: { ...read, principal: session },
    },
    'Allow',
  ],
  [
    globalKeys,
    'a service is one',
    {
      kind: 'sqs',
      resourcePolicy: policy(
        allow('sqs:*', queue, {
          Principal: '*',
          Condition: { Bool: { 'aws:PrincipalIsAWSService': 'true' } },
        }),
      ),
      request: send,
    },
    'Allow',
  ],
  [
    globalKeys,
    'a person is none',
    {
      kind: 'sqs',
      resourcePolicy: policy(
        allow('sqs:*', queue, {
          Principal: '*',
          Condition: { Bool: { 'aws:PrincipalIsAWSService': 'true' } },
        }),
      ),
      request: { ...send, principal: user },
    },
    'ImplicitDeny',
  ],
  ...(['aws:ResourceAccount', 's3:ResourceAccount'] as const).flatMap((named): Row[] => {
    const policies = [policy(allow('s3:*', '*', { Condition: { StringEquals: { [named]: account } } }))];
    const abroad = { ...read, resourceAccountId: other };
    return [
      [globalKeys, `${named} is whose the resource is`, { policies, request: read }, 'Allow'],
      [
        globalKeys,
        `${named} is no other account, whatever its policy says`,
        { policies, resourcePolicy: objects({ AWS: account }), request: abroad },
        'ImplicitDeny',
      ],
    ];
  }),
  [
    globalKeys,
    'whose the resource is stands in its ARN',
    {
      kind: 'sqs',
      policies: [
        policy(allow('sqs:*', '*', { Condition: { StringEquals: { 'aws:ResourceAccount': account } } })),
      ],
      request: { ...send, principal: user },
    },
    'Allow',
  ],
  [
    keyPolicies,
    'IAM alone does not count',
    {
      policies: [everything],
      kind: 'kms',
      resourcePolicy: policy(allow('kms:*', '*', { Principal: { AWS: roleArn } })),
      request: decrypt,
    },
    'ImplicitDeny',
  ],
  [
    keyPolicies,
    'it does once the account may',
    {
      policies: [policy(allow('kms:Decrypt', key))],
      kind: 'kms',
      resourcePolicy: rootKeyPolicy,
      request: decrypt,
    },
    'Allow',
  ],
  [
    keyPolicies,
    'the account statement alone gives nobody a permission',
    { kind: 'kms', resourcePolicy: rootKeyPolicy, request: decrypt },
    'ImplicitDeny',
  ],
  [
    keyPolicies,
    'the key policy may name the user',
    {
      kind: 'kms',
      resourcePolicy: policy(allow('kms:Decrypt', '*', { Principal: { AWS: user.arn } })),
      request: decrypt,
    },
    'Allow',
  ],
  [
    keyPolicies,
    'the root user needs the key policy too',
    {
      kind: 'kms',
      resourcePolicy: policy(allow('kms:*', '*', { Principal: { AWS: roleArn } })),
      request: { ...decrypt, principal: root },
    },
    'ImplicitDeny',
  ],
  [
    keyPolicies,
    'another account needs both',
    {
      kind: 'kms',
      resourcePolicy: rootKeyPolicy,
      policies: [everything],
      request: { ...decrypt, principal: foreigner },
    },
    'ImplicitDeny',
  ],
  [
    snsToSqs,
    'the topic may send',
    { kind: 'sqs', resourcePolicy: queuePolicy, request: { ...send, context: fromTopic } },
    'Allow',
  ],
  [
    snsToSqs,
    'another topic may not',
    {
      kind: 'sqs',
      resourcePolicy: queuePolicy,
      request: { ...send, context: { 'aws:SourceArn': `${topic}2` } },
    },
    'ImplicitDeny',
  ],
  [
    snsToSqs,
    'nor may it receive',
    {
      kind: 'sqs',
      resourcePolicy: queuePolicy,
      request: { ...send, action: 'sqs:ReceiveMessage', context: fromTopic },
    },
    'ImplicitDeny',
  ],
  [
    snsToSqs,
    'a queue without a policy',
    { kind: 'sqs', request: { ...send, context: fromTopic } },
    'ImplicitDeny',
  ],
  [
    snsKey,
    'GenerateDataKey*',
    {
      kind: 'kms',
      resourcePolicy: snsKeyPolicy,
      request: { principal: sns, action: 'kms:GenerateDataKey', resource: key, context: fromTopic },
    },
    'Allow',
  ],
  [
    snsKey,
    'not from another account',
    {
      kind: 'kms',
      resourcePolicy: snsKeyPolicy,
      request: {
        principal: sns,
        action: 'kms:Decrypt',
        resource: key,
        context: { ...fromTopic, 'aws:SourceAccount': other },
      },
    },
    'ImplicitDeny',
  ],
  [
    s3Events,
    'the bucket of this account',
    {
      kind: 'sqs',
      resourcePolicy: s3QueuePolicy,
      request: { ...send, principal: s3, context: { 'aws:SourceArn': bucket, 'aws:SourceAccount': account } },
    },
    'Allow',
  ],
  [
    s3Events,
    'a bucket of that name elsewhere',
    {
      kind: 'sqs',
      resourcePolicy: s3QueuePolicy,
      request: { ...send, principal: s3, context: { 'aws:SourceArn': bucket, 'aws:SourceAccount': other } },
    },
    'ImplicitDeny',
  ],
  [
    externalId,
    'the agreed id',
    {
      kind: 'iam-role',
      policies: [everything],
      resourcePolicy: trust,
      request: { ...assume, context: { 'sts:ExternalId': '12345' } },
    },
    'Allow',
  ],
  [
    externalId,
    'another id',
    {
      kind: 'iam-role',
      policies: [everything],
      resourcePolicy: trust,
      request: { ...assume, context: { 'sts:ExternalId': '54321' } },
    },
    'ImplicitDeny',
  ],
  [
    externalId,
    'no id',
    { kind: 'iam-role', policies: [everything], resourcePolicy: trust, request: assume },
    'ImplicitDeny',
  ],
  ...(
    [
      ['the provider and the audience', provider, 'sts.amazonaws.com', 'Allow'],
      ['another audience', provider, 'somebody', 'ImplicitDeny'],
      ['another provider', `${provider}2`, 'sts.amazonaws.com', 'ImplicitDeny'],
    ] as const
  ).map(([what, from, audience, decision]): (typeof rows)[number] => [
    webIdentity,
    what,
    {
      kind: 'iam-role',
      resourcePolicy: policy({
        Effect: 'Allow',
        Principal: { Federated: provider },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { 'oidc.example.com/id/1:aud': 'sts.amazonaws.com' } },
      }),
      request: {
        principal: { type: 'federated', provider: from },
        action: 'sts:AssumeRoleWithWebIdentity',
        resource: roleArn,
        context: { 'oidc.example.com/id/1:aud': audience },
      },
    },
    decision,
  ]),
  [
    logic,
    'a trust policy must name the principal, even within the account',
    {
      kind: 'iam-role',
      policies: [everything],
      resourcePolicy: trust,
      request: { ...assume, principal: user, context: { 'sts:ExternalId': '12345' } },
    },
    'ImplicitDeny',
  ],
];

test.each(rows)('%s: %s', (_page, _what, question, decision) => {
  expect(evaluate({ kind: 's3', ...question }).decision).toBe(decision);
});

test('names the statement that decided', () => {
  const document = { Statement: { Sid: 'Read', Effect: 'Allow', Action: 's3:GetObject', Resource: '*' } };
  expect(evaluate({ kind: 's3', policies: [JSON.stringify(document)], request: read }).statement?.sid).toBe(
    'Read',
  );
});

test.each(['not json', '[]', { Statement: { Effect: 'Maybe' } }])('throws on %o', document => {
  expect(() => evaluate({ kind: 's3', policies: [document as PolicyInput], request: read })).toThrow();
});
