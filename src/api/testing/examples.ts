import { environmentParts } from './environment-examples.ts';
import type { Example } from './example.ts';

const environment = { region: 'eu-central-1', accountId: '123456789012', kubernetes: { enabled: false } };
const many = (count: number, of: (index: number) => string) => Array.from({ length: count }, (_, i) => of(i));
const tags = (list: Record<string, string>) => ({ environment: 'dev', tags: list });

const common: Example[] = [
  { about: 'the least', spec: { environment: 'dev' } },
  { about: 'no environment', spec: {}, says: /spec\.environment: Required value/ },
  {
    about: 'an unknown policy',
    spec: { environment: 'dev', managementPolicy: 'Auto' },
    says: /managementPolicy: Unsupported value: "Auto": supported values: "Apply", "ApproveHighRisk"/,
  },
  {
    about: 'a snapshot of what has none',
    spec: { environment: 'dev', deletionPolicy: 'Snapshot' },
    says: /deletionPolicy: Unsupported value: "Snapshot": supported values: "Delete", "Retain"/,
  },
  {
    about: 'a path as a reference',
    spec: { environment: '../prod' },
    says: /environment.*must be the name of an OptaEnvironment: .* not a path, ARN or URL/,
  },
  {
    about: 'an environment of another namespace',
    spec: { environment: 'dev', namespace: 'other' },
    says: /unknown field "spec\.namespace"/,
  },
  { about: 'tags of many languages', spec: tags({ Größe: 'a/b=c+d@e:f_g', 'cost center': '' }) },
  { about: '38 tags', spec: tags(Object.fromEntries(many(38, String).map(key => [key, key]))) },
  {
    about: '39 tags',
    spec: tags(Object.fromEntries(many(39, String).map(key => [key, key]))),
    says: /tags: Too many: 39: must have at most 38 items/,
  },
  {
    about: 'tag keys that differ in case only',
    spec: tags({ Team: 'a', other: 'b', team: 'c' }),
    says: /tag keys that differ only in upper and lower case are one to IAM/,
  },
  {
    about: '10,000 tags',
    spec: tags(Object.fromEntries(many(10_000, String).map(key => [key, key]))),
    says: /tags: Too many: 10000/,
  },
  { about: 'a key of 127 characters', spec: tags({ ['k'.repeat(127)]: '' }) },
  {
    about: 'a key of 128 characters',
    spec: tags({ ['k'.repeat(128)]: '' }),
    says: /a tag key has 1 to 127 characters/,
  },
  { about: 'a value of 257 characters', spec: tags({ a: 'v'.repeat(257) }), says: /tags\[?.*Too long/ },
  {
    about: 'a wildcard in a tag',
    spec: tags({ a: '*' }),
    says: /a tag value can have letters, digits, spaces/,
  },
  { about: 'a quote in a key', spec: tags({ '"a': '' }), says: /a tag key can have letters, digits, spaces/ },
  ...[
    'opta.dev/uid',
    'Opta.Dev/installation',
    'aws:created',
    'AWS:x',
    'rds:x',
    'kubernetes.io/cluster/a',
    'KUBERNETES.IO/x',
  ].map(key => ({
    about: `the tag ${key}`,
    spec: tags({ [key]: 'owned' }),
    says: /are reserved: choose another key/,
  })),
  ...['aws:x', 'Rds:x'].map(value => ({
    about: `a tag with the value ${value}`,
    spec: tags({ owner: value }),
    says: /tag values that begin with aws: or rds: are reserved by AWS: choose another value/,
  })),
  {
    about: 'tags that only look reserved',
    spec: tags({ 'my-opta.dev/uid': 'x:aws:', awsome: 'y', rds: 'rds' }),
  },
];

const queue = (spec: object) => ({ environment: 'dev', ...spec });

const queues: Example[] = [
  ...common,
  {
    about: 'everything',
    spec: queue({
      managementPolicy: 'ApproveAll',
      deletionPolicy: 'Retain',
      fifo: true,
      contentBasedDeduplication: true,
      delaySeconds: 900,
      messageRetentionSeconds: 1_209_600,
      visibilityTimeoutSeconds: 43_200,
      receiveWaitTimeSeconds: 20,
      maximumMessageSizeBytes: 1_048_576,
      deadLetter: { mode: 'Enabled', maxReceiveCount: 1000, messageRetentionSeconds: 60 },
      encryption: 'EnvironmentKey',
      acceptEventBridge: true,
      adopt: { name: 'old-queue.fifo' },
    }),
  },
  {
    about: 'the smallest numbers',
    spec: queue({ delaySeconds: 0, messageRetentionSeconds: 60, maximumMessageSizeBytes: 1024 }),
  },
  { about: 'no dead-letter queue', spec: queue({ deadLetter: { mode: 'Disabled' } }) },
  { about: 'adoption of what was retained', spec: queue({ adopt: {} }) },
  {
    about: 'a long delay',
    spec: queue({ delaySeconds: 901 }),
    says: /delaySeconds.*less than or equal to 900/,
  },
  { about: 'a fraction', spec: queue({ delaySeconds: 1.5 }), says: /delaySeconds.*must be of type integer/ },
  {
    about: 'a short retention',
    spec: queue({ messageRetentionSeconds: 59 }),
    says: /greater than or equal to 60/,
  },
  { about: 'a long wait', spec: queue({ receiveWaitTimeSeconds: 21 }), says: /less than or equal to 20/ },
  {
    about: 'a long timeout',
    spec: queue({ visibilityTimeoutSeconds: 43_201 }),
    says: /less than or equal to 43200/,
  },
  {
    about: 'big messages',
    spec: queue({ maximumMessageSizeBytes: 1_048_577 }),
    says: /less than or equal to 1048576/,
  },
  {
    about: 'deduplication without fifo',
    spec: queue({ contentBasedDeduplication: true }),
    says: /contentBasedDeduplication is for fifo only: set fifo to true or leave it out/,
  },
  {
    about: 'a dead-letter queue that is off, with settings',
    spec: queue({ deadLetter: { mode: 'Disabled', maxReceiveCount: 3 } }),
    says: /with mode Disabled there is no dead-letter queue: leave out/,
  },
  {
    about: 'a dead-letter queue that forgets sooner',
    spec: queue({ messageRetentionSeconds: 3600, deadLetter: { messageRetentionSeconds: 600 } }),
    says: /deadLetter\.messageRetentionSeconds must not be less than messageRetentionSeconds/,
  },
  {
    about: 'a dead-letter queue that forgets sooner than a new queue, of one that was adopted with less',
    spec: queue({ adopt: {}, deadLetter: { messageRetentionSeconds: 86_400 } }),
  },
  {
    about: 'a fifo dead-letter queue, where the age starts anew',
    spec: queue({ fifo: true, deadLetter: { messageRetentionSeconds: 60 } }),
  },
  {
    about: 'a count of none',
    spec: queue({ deadLetter: { maxReceiveCount: 0 } }),
    says: /greater than or equal to 1/,
  },
  {
    about: 'a key of somebody else',
    spec: queue({ encryption: 'arn:aws:kms:eu-central-1:1:key/x' }),
    says: /"OwnKey", "EnvironmentKey"/,
  },
  {
    about: 'an ARN to adopt',
    spec: queue({ adopt: { name: 'arn:aws:sqs:x' } }),
    says: /must be the name of a queue in AWS, not its ARN or URL/,
  },
  {
    about: 'a fifo queue to adopt as none',
    spec: queue({ adopt: { name: 'a.fifo' } }),
    says: /adopt\.name ends with \.fifo exactly when fifo is true/,
  },
  {
    about: 'a name of 1 MiB',
    spec: { environment: 'a'.repeat(1_048_576) },
    says: /environment: Too long: may not be more than 253/,
  },
  {
    about: 'a name made for slow patterns',
    spec: { environment: `${'a-'.repeat(126)}!` },
    says: /must be the name of an OptaEnvironment/,
  },
];

const topic = (...subscriptions: object[]) => ({ environment: 'dev', subscriptions });

const topics: Example[] = [
  ...common,
  {
    about: 'everything',
    spec: {
      ...topic(
        { queue: 'a', rawMessageDelivery: true, filterPolicy: { state: ['paid', { prefix: 'x' }, 1, null] } },
        { queue: 'b', filterPolicy: { order: { state: ['paid'] } }, filterPolicyScope: 'MessageBody' },
      ),
      fifo: true,
      contentBasedDeduplication: true,
      encryption: 'OwnKey',
      displayName: 'Order events',
      adopt: { name: 'events.fifo' },
    },
  },
  {
    about: 'an address to send to',
    spec: topic({ queue: 'http://169.254.169.254/' }),
    says: /must be the name of a Queue/,
  },
  {
    about: 'an endpoint',
    spec: topic({ queue: 'a', endpoint: 'https://example.com' }),
    says: /unknown field "spec\.subscriptions\[0\]\.endpoint"/,
  },
  { about: 'a protocol', spec: topic({ queue: 'a', protocol: 'https' }), says: /unknown field/ },
  {
    about: 'a queue of another namespace',
    spec: topic({ queue: 'other/a' }),
    says: /must be the name of a Queue/,
  },
  {
    about: 'a queue twice',
    spec: topic({ queue: 'a' }, { queue: 'a' }),
    says: /subscriptions\[1\]: Duplicate value/,
  },
  { about: 'no queue', spec: topic({}), says: /subscriptions\[0\]\.queue: Required value/ },
  {
    about: 'a policy as text',
    spec: topic({ queue: 'a', filterPolicy: '{}' }),
    says: /filterPolicy.*must be of type object/,
  },
  {
    about: 'six fields in a policy',
    spec: topic({ queue: 'a', filterPolicy: Object.fromEntries(many(6, String).map(key => [key, ['x']])) }),
    says: /filterPolicy: Too many: 6: must have at most 5 items/,
  },
  {
    about: 'a scope of nothing',
    spec: topic({ queue: 'a', filterPolicyScope: 'MessageBody' }),
    says: /filterPolicyScope needs a filterPolicy/,
  },
  {
    about: '101 subscriptions',
    spec: topic(...many(101, i => `q${i}`).map(name => ({ queue: name }))),
    says: /subscriptions: Too many: 101/,
  },
  {
    about: 'a display name with a line break',
    spec: { environment: 'dev', displayName: 'a\nb' },
    says: /displayName can have letters/,
  },
  {
    about: 'deduplication without fifo',
    spec: { environment: 'dev', contentBasedDeduplication: true },
    says: /is for fifo only/,
  },
];

const bucket = (spec: object) => ({ environment: 'dev', ...spec });
const named = (name: string) => bucket({ name });
const lifecycle = (days: object) => bucket({ lifecycle: days });
const cors = (rule: object) =>
  bucket({ cors: [{ allowedOrigins: ['*'], allowedMethods: ['GET'], ...rule }] });
const notify = (to: object) => bucket({ notifications: [{ events: ['s3:ObjectCreated:*'], ...to }] });
const statement = (words: object) =>
  bucket({
    policyStatements: [
      {
        sid: 'One',
        effect: 'Allow',
        principals: { aws: ['123456789012'] },
        actions: ['s3:GetObject'],
        ...words,
      },
    ],
  });
const forService = (conditions?: object) =>
  statement({ principals: { services: ['cloudfront.amazonaws.com'] }, ...(conditions && { conditions }) });

const buckets: Example[] = [
  ...common,
  {
    about: 'everything',
    spec: bucket({
      name: 'shop-uploads-2',
      adopt: { name: 'shop-uploads-2' },
      publicRead: true,
      encryption: 'AES256',
      versioning: false,
      lifecycle: {
        nonCurrentToInfrequentAccessDays: 30,
        nonCurrentToGlacierDays: 60,
        nonCurrentExpireDays: 61,
        abortMultipartDays: 0,
        expireDays: 1,
      },
      cors: [
        {
          allowedOrigins: ['https://*.example.com'],
          allowedMethods: ['GET', 'HEAD'],
          allowedHeaders: ['x-amz-*'],
          exposeHeaders: ['ETag'],
          maxAgeSeconds: 600,
        },
      ],
      accessLogs: 'Disabled',
      notifications: [
        { events: ['s3:ObjectCreated:*'], prefix: 'a/', suffix: '.jpg', queue: 'orders' },
        { events: ['s3:ObjectRemoved:*'], topic: 'order-events' },
      ],
      policyStatements: [
        {
          sid: 'Readers',
          effect: 'Allow',
          principals: {
            aws: [
              'arn:aws:iam::123456789012:role/path/reader',
              'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC',
            ],
          },
          actions: ['s3:Get*', 's3:ListBucket'],
          resources: ['', '/public/*'],
          conditions: {
            StringLike: { 's3:prefix': ['public/*'] },
            'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': ['a'] },
          },
        },
        {
          sid: 'KeepLogs',
          effect: 'Deny',
          principals: { aws: ['*'] },
          actions: ['s3:DeleteObject*'],
          resources: ['/logs/*'],
        },
      ],
      forceDestroy: true,
    }),
  },
  ...['abc', 'a.b-c', '1'.repeat(63), 'my.bucket.name'].map(name => ({
    about: `the name ${name}`,
    spec: named(name),
  })),
  ...['ab', 'a'.repeat(64)].map(name => ({
    about: `a name of ${name.length}`,
    spec: named(name),
    says: /Too long|at least 3 chars/,
  })),
  ...['Shop', '-shop', 'shop.', 'shop_1', 'a/../b', 'shop:x', 'shop*', 'shop"x'].map(name => ({
    about: `the name ${name}`,
    spec: named(name),
    says: /a bucket name has lower-case letters, digits, "-" and "\." only/,
  })),
  { about: 'two dots', spec: named('a..b'), says: /cannot have two dots in a row/ },
  { about: 'an address', spec: named('192.168.5.4'), says: /cannot look like an IP address/ },
  ...['xn--a', 'sthree-a', 'amzn-s3-demo-a', 'a-s3alias', 'a--ol-s3', 'a.mrap', 'a--x-s3', 'a--table-s3'].map(
    name => ({
      about: `the reserved name ${name}`,
      spec: named(name),
      says: /S3 reserves names that begin with/,
    }),
  ),
  {
    about: 'two names',
    spec: bucket({ name: 'one', adopt: { name: 'two' } }),
    says: /name and adopt\.name differ: leave out name/,
  },
  { about: 'a replica', spec: bucket({ replica: { mode: 'SameRegion' }, versioning: true }) },
  {
    about: 'a replica of no mode',
    spec: bucket({ replica: {} }),
    says: /replica\.mode: Required value/,
  },
  {
    about: 'a replica in another region',
    spec: bucket({ replica: { mode: 'CrossRegion' } }),
    says: /replica\.mode: Unsupported value: "CrossRegion"/,
  },
  {
    about: 'A13: a replica somewhere else',
    spec: bucket({ replica: { mode: 'SameRegion', bucket: 'arn:aws:s3:::theirs' } }),
    says: /unknown field "spec\.replica\.bucket"/,
  },
  {
    about: 'a replica without versions',
    spec: bucket({ replica: { mode: 'SameRegion' }, versioning: false }),
    says: /versioning.*replica needs versioning: S3 copies versions/,
  },
  {
    about: 'a public bucket with a KMS key',
    spec: bucket({ publicRead: true, encryption: 'EnvironmentKey' }),
    says: /publicRead needs encryption AES256/,
  },
  {
    about: 'nothing ever',
    spec: lifecycle({
      nonCurrentToInfrequentAccessDays: 0,
      nonCurrentToGlacierDays: 0,
      nonCurrentExpireDays: 0,
    }),
  },
  { about: 'only an early end', spec: lifecycle({ nonCurrentExpireDays: 1 }) },
  {
    about: 'straight to Glacier',
    spec: lifecycle({
      nonCurrentToInfrequentAccessDays: 0,
      nonCurrentToGlacierDays: 1,
      nonCurrentExpireDays: 2,
    }),
  },
  {
    about: 'infrequent access too early',
    spec: lifecycle({ nonCurrentToInfrequentAccessDays: 29 }),
    says: /must be 30 or more, as S3 demands, or 0 for never/,
  },
  {
    about: 'Glacier too early',
    spec: lifecycle({ nonCurrentToInfrequentAccessDays: 30, nonCurrentToGlacierDays: 59 }),
    says: /at least 30 days after nonCurrentToInfrequentAccessDays/,
  },
  {
    about: 'deleted before it moves',
    spec: lifecycle({ nonCurrentToInfrequentAccessDays: 30, nonCurrentExpireDays: 30 }),
    says: /later than nonCurrentToInfrequentAccessDays/,
  },
  {
    about: 'deleted before Glacier',
    spec: lifecycle({ nonCurrentToGlacierDays: 60, nonCurrentExpireDays: 60 }),
    says: /later than nonCurrentToGlacierDays/,
  },
  {
    about: 'a negative number of days',
    spec: lifecycle({ expireDays: -1 }),
    says: /greater than or equal to 0/,
  },
  {
    about: 'two stars in an origin',
    spec: cors({ allowedOrigins: ['https://*.*'] }),
    says: /an origin is like .* with one \* at most/,
  },
  { about: 'no origin', spec: cors({ allowedOrigins: [] }), says: /should have at least 1 items/ },
  {
    about: 'a method that S3 lacks',
    spec: cors({ allowedMethods: ['PATCH'] }),
    says: /Unsupported value: "PATCH"/,
  },
  { about: 'a wildcard to expose', spec: cors({ exposeHeaders: ['*'] }), says: /S3 takes no \* here/ },
  { about: 'an event for two', spec: notify({ queue: 'a', topic: 'b' }), says: /give either queue or topic/ },
  { about: 'an event for nobody', spec: notify({}), says: /give either queue or topic/ },
  {
    about: 'an event of replication without any',
    spec: notify({ events: ['s3:ObjectCreated:*', 's3:Replication:*'], queue: 'a' }),
    says: /events of s3:Replication need replica/,
  },
  {
    about: 'an event of Replication Time Control',
    spec: {
      ...notify({ events: ['s3:Replication:OperationMissedThreshold'], queue: 'a' }),
      replica: { mode: 'SameRegion' },
    },
    says: /only with Replication Time Control.*use s3:Replication:OperationFailedReplication/,
  },
  {
    about: 'an event for a foreign queue',
    spec: notify({ queue: 'arn:aws:sqs:eu-central-1:999999999999:q' }),
    says: /must be the name of a Queue/,
  },
  {
    about: 'an unknown event',
    spec: notify({ queue: 'a', events: ['s3:ObjectRead'] }),
    says: /Unsupported value: "s3:ObjectRead"/,
  },
  {
    about: 'everyone allowed',
    spec: statement({ principals: { aws: ['*'] } }),
    says: /principal \* is for Deny only; for a bucket that everyone can read use publicRead/,
  },
  {
    about: 'a wildcard principal',
    spec: statement({ principals: { aws: ['arn:aws:iam::*:root'] } }),
    says: /must be an account id of 12 digits/,
  },
  {
    about: 'another user of CloudFront',
    spec: statement({ principals: { aws: ['arn:aws:iam::cloudfront:user/app'] } }),
    says: /CloudFront origin access identity/,
  },
  {
    about: 'nobody',
    spec: statement({ principals: {} }),
    says: /name at least one principal in aws or services/,
  },
  ...['s3:*', '*', 's3:Put*', 's3:PutBucketPolicy', 's3:DeleteBucket', 'iam:PassRole', 's3:*Object'].map(
    action => ({
      about: `the action ${action}`,
      spec: statement({ actions: [action] }),
      says: /must be an S3 action on objects or one that reads/,
    }),
  ),
  ...['s3:Get*', 's3:GetBucketPolicy', 's3:List*', 's3:ListBucket'].map(action => ({
    about: `a Deny of ${action}`,
    spec: statement({ effect: 'Deny', principals: { aws: ['*'] }, actions: [action] }),
    says: /a Deny can name actions on objects only, .*: others would shut the operator out/,
  })),
  {
    about: 'another bucket',
    spec: statement({ resources: ['arn:aws:s3:::other/*'] }),
    says: /must be what follows the bucket's ARN/,
  },
  {
    about: 'a bucket whose name begins the same',
    spec: statement({ resources: ['-other/*'] }),
    says: /must be what follows the bucket's ARN/,
  },
  {
    about: 'a quote in a resource',
    spec: statement({ resources: ['/"],"x"'] }),
    says: /must be what follows the bucket's ARN/,
  },
  {
    about: 'everything but one action',
    spec: statement({ notActions: ['s3:GetObject'] }),
    says: /unknown field/,
  },
  {
    about: 'a statement twice',
    spec: bucket({
      policyStatements: [1, 2].map(() => ({
        sid: 'A',
        effect: 'Deny',
        principals: { aws: ['*'] },
        actions: ['s3:GetObject'],
      })),
    }),
    says: /Duplicate value/,
  },
  {
    about: 'a service for anybody',
    spec: forService(),
    says: /an Allow for an AWS service needs a condition/,
  },
  {
    about: 'a service for all but one',
    spec: forService({ StringNotEquals: { 'aws:SourceAccount': ['1'] } }),
    says: /an Allow for an AWS service needs a condition/,
  },
  {
    about: 'a service for one',
    spec: forService({
      StringEquals: { 'AWS:SourceArn': ['arn:aws:cloudfront::123456789012:distribution/E1'] },
    }),
  },
  {
    about: 'an unknown operator',
    spec: statement({ conditions: { Equals: { 'aws:SourceVpce': ['x'] } } }),
    says: /a condition operator is one of the IAM policy language/,
  },
  {
    about: 'a condition on nothing',
    spec: statement({ conditions: { Bool: { x: ['true'] } } }),
    says: /a condition key is like aws:SourceAccount/,
  },
];

const env = (spec: object) => ({ ...environment, ...spec });

const environments: Example[] = [
  { about: 'the least', spec: environment },
  {
    about: 'everything',
    spec: env({
      managementPolicy: 'ApproveHighRisk',
      deletionPolicy: 'Retain',
      roleArn: 'arn:aws:iam::123456789012:role/path/operator',
      externalId: 'a-b_c:d',
      allowedNamespaces: {
        from: 'Selector',
        selector: {
          matchLabels: { 'opta.dev/environment': 'dev' },
          matchExpressions: [{ key: 'team', operator: 'In', values: ['a', ''] }],
        },
      },
      encryption: { deletionWindowDays: 7, onDelete: 'Schedule' },
      logBucket: { mode: 'Enabled', retentionDays: 3653 },
      grants: {
        publicBuckets: { namespaces: ['web'] },
        managedPolicies: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
        principals: [
          '210987654321',
          'arn:aws:iam::210987654321:role/partner',
          'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC',
        ],
        serviceAccountNamespaces: [{ namespace: 'shop', clusterNamespaces: ['jobs'] }],
        adopt: [{ namespace: 'shop', kind: 'Bucket', ids: ['old-bucket', 'old.bucket-2'] }],
      },
      tags: { team: 'platform' },
      network: { enabled: false },
      kubernetes: { enabled: false },
    }),
  },
  ...['us-gov-west-1', 'ap-southeast-5', 'cn-north-1', 'eusc-de-east-1', 'us-iso-east-1'].map(region => ({
    about: region,
    spec: env({ region }),
  })),
  { about: 'a domain in China', spec: env({ region: 'cn-north-1', dns: { domain: 'dev.example.com' } }) },
  {
    about: 'a domain in AWS GovCloud',
    spec: env({ region: 'us-gov-west-1', dns: { domain: 'dev.example.com' } }),
    says: /no public zones in AWS GovCloud \(US\): leave out dns/,
  },
  { about: 'all namespaces', spec: env({ allowedNamespaces: { from: 'All' } }) },
  { about: 'no region', spec: { accountId: '123456789012' }, says: /spec\.region: Required value/ },
  {
    about: 'a zone as region',
    spec: env({ region: 'eu-central-1a' }),
    says: /must be an AWS region such as eu-central-1/,
  },
  {
    about: 'a number as account',
    spec: env({ accountId: 123456789012 }),
    says: /accountId.*must be of type string/,
  },
  {
    about: 'a short account',
    spec: env({ accountId: '12345' }),
    says: /must be the 12 digits of an AWS account, in quotes/,
  },
  {
    about: 'a role of another account',
    spec: env({ roleArn: 'arn:aws:iam::210987654321:role/x' }),
    says: /roleArn must be a role of the account in accountId/,
  },
  {
    about: 'a user as role',
    spec: env({ roleArn: 'arn:aws:iam::123456789012:user/x' }),
    says: /must be the ARN of an IAM role/,
  },
  {
    about: 'an external id alone',
    spec: env({ externalId: 'abc' }),
    says: /externalId is for assuming roleArn: set roleArn too/,
  },
  {
    about: 'all namespaces and a selector',
    spec: env({ allowedNamespaces: { from: 'All', selector: {} } }),
    says: /with from: All there is no selector/,
  },
  {
    about: 'In without values',
    spec: env({ allowedNamespaces: { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } }),
    says: /In and NotIn need values/,
  },
  {
    about: 'a key that is no label',
    spec: env({ allowedNamespaces: { selector: { matchLabels: { 'a b': 'c' } } } }),
    says: /must have keys of labels/,
  },
  {
    about: 'a short window',
    spec: env({ encryption: { deletionWindowDays: 6 } }),
    says: /greater than or equal to 7/,
  },
  {
    about: 'no log bucket, kept long',
    spec: env({ logBucket: { mode: 'Disabled', retentionDays: 1 } }),
    says: /leave out retentionDays/,
  },
  {
    about: 'everyone as partner',
    spec: env({ grants: { principals: ['*'] } }),
    says: /must be an account id of 12 digits/,
  },
  {
    about: 'any id to adopt',
    spec: env({ grants: { adopt: [{ namespace: 'a', kind: 'Queue', ids: ['*'] }] } }),
    says: /must be the name or id of a resource in AWS/,
  },
  {
    about: 'a grant twice',
    spec: env({ grants: { adopt: [1, 2].map(id => ({ namespace: 'a', kind: 'Queue', ids: [`${id}`] })) } }),
    says: /Duplicate value/,
  },
  ...environmentParts,
];

/** By kind. */
export const examples: Record<string, Example[]> = {
  OptaEnvironment: environments,
  Bucket: buckets,
  Queue: queues,
  Topic: topics,
};
