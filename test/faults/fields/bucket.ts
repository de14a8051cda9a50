import { ACCOUNT, bucket, environment, NAMESPACE, plainQueue, topic } from '../../support/manifests.ts';
import type { KindFields } from './field.ts';

const rule = { allowedOrigins: ['https://shop.example.com'], allowedMethods: ['GET'] };
const corsGiven = { cors: [rule] };
const IDENTITY = 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC';
const statement = {
  sid: 'Readers',
  effect: 'Allow',
  principals: { aws: [ACCOUNT] },
  actions: ['s3:GetObject'],
};
const statementGiven = { policyStatements: [statement] };
const notified = { notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }] };
const fromHere = { StringEquals: { 'aws:SourceAccount': [ACCOUNT] } };

export const bucketFields: KindFields = {
  kind: 'Bucket',
  manifest: spec => bucket('uploads', spec),
  context: [
    environment({
      grants: { publicBuckets: { namespaces: [NAMESPACE] }, principals: ['222222222222', IDENTITY] },
    }),
    plainQueue('orders'),
    plainQueue('mail'),
    topic('events', { encryption: 'EnvironmentKey' }),
    topic('news', { encryption: 'EnvironmentKey' }),
  ],
  fields: {
    environment: 'immutable: every story sets it',
    managementPolicy: { values: ['ApproveHighRisk', 'ApproveAll', 'Observe'], group: 'policies' },
    deletionPolicy: { values: ['Retain', 'Delete'], group: 'policies' },
    tags: { values: [{ team: 'shop' }, { team: 'web', 'cost center': '7' }] },
    name: 'immutable: stories/creation.ts',
    'adopt.name': 'stories/adoption.ts',
    publicRead: { values: [true, false] },
    encryption: { values: ['EnvironmentKey', 'AES256'], group: 'encryption' },
    versioning: { values: [false, true] },
    'lifecycle.nonCurrentToInfrequentAccessDays': { values: [40, 0] },
    'lifecycle.nonCurrentToGlacierDays': { values: [100, 0] },
    'lifecycle.nonCurrentExpireDays': { values: [200, 0] },
    'lifecycle.abortMultipartDays': { values: [3, 0] },
    'lifecycle.expireDays': { values: [365, 30] },
    cors: { values: [[rule], [rule, { ...rule, allowedOrigins: ['https://*.example.com'] }]] },
    'cors[].allowedOrigins': {
      values: [['https://shop.example.com'], ['https://*.example.com', 'https://example.org']],
      given: corsGiven,
      stays: true,
      group: 'parts of lists',
    },
    'cors[].allowedMethods': {
      values: [['GET'], ['GET', 'PUT']],
      given: corsGiven,
      stays: true,
      group: 'parts of lists',
    },
    'cors[].allowedHeaders': { values: [['x-one'], ['*']], given: corsGiven, group: 'parts of lists' },
    'cors[].exposeHeaders': {
      values: [['etag'], ['etag', 'x-id']],
      given: corsGiven,
      group: 'parts of lists',
    },
    'cors[].maxAgeSeconds': { values: [60, 3600], given: corsGiven, group: 'parts of lists' },
    accessLogs: { values: ['Disabled', 'Enabled'] },
    policyStatements: { values: [[statement], [statement, { ...statement, sid: 'More' }]] },
    'policyStatements[].sid': {
      values: ['Readers', 'Others'],
      given: statementGiven,
      stays: true,
      group: 'parts of lists',
    },
    'policyStatements[].effect': {
      values: ['Allow', 'Deny'],
      given: statementGiven,
      stays: true,
      group: 'parts of lists',
    },
    'policyStatements[].principals.aws': {
      values: [[ACCOUNT], ['222222222222', `arn:aws:iam::${ACCOUNT}:role/reader`, IDENTITY]],
      given: statementGiven,
      stays: true,
      group: 'parts of lists',
    },
    'policyStatements[].principals.services': {
      values: [['cloudfront.amazonaws.com'], ['logs.amazonaws.com', 'cloudfront.amazonaws.com']],
      given: { policyStatements: [{ ...statement, conditions: fromHere }] },
      group: 'services of a statement',
    },
    'policyStatements[].actions': {
      values: [['s3:GetObject'], ['s3:GetObject', 's3:GetObjectVersion']],
      given: statementGiven,
      stays: true,
      group: 'parts of lists',
    },
    'policyStatements[].resources': {
      values: [['/*'], ['/public/*', '/pages/*']],
      given: statementGiven,
      group: 'parts of lists',
    },
    'policyStatements[].conditions': {
      values: [fromHere, { Bool: { 'aws:SecureTransport': ['true'] } }],
      given: statementGiven,
      group: 'parts of lists',
    },
    notifications: {
      values: [
        [{ events: ['s3:ObjectCreated:*'], queue: 'orders' }],
        [
          { events: ['s3:ObjectCreated:*'], queue: 'orders', prefix: 'a/' },
          { events: ['s3:ObjectRemoved:*'], topic: 'events' },
        ],
      ],
    },
    'notifications[].events': {
      values: [['s3:ObjectCreated:*'], ['s3:ObjectCreated:Put', 's3:ObjectRemoved:*']],
      given: notified,
      stays: true,
      group: 'parts of lists',
    },
    'notifications[].prefix': { values: ['a/', 'b/'], given: notified, group: 'parts of lists' },
    'notifications[].suffix': { values: ['.png', '.jpg'], given: notified, group: 'parts of lists' },
    'notifications[].queue': {
      values: ['orders', 'mail'],
      given: notified,
      stays: true,
      group: 'parts of lists',
    },
    'notifications[].topic': {
      values: ['events', 'news'],
      given: { notifications: [{ events: ['s3:ObjectCreated:*'] }] },
      stays: true,
      group: 'notifications to a topic',
    },
    forceDestroy: { values: [true, false] },
    'replica.mode': { values: ['SameRegion'], group: 'replica' },
  },
};
