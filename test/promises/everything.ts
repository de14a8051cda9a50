import { bucket, environment, type Manifest, queue, topic } from '../support/world.ts';

/** Every kind, with every option that it has. */
export const EVERYTHING: readonly Manifest[] = [
  environment({ tags: { team: 'platform' }, grants: { publicBuckets: { namespaces: ['shop'] } } }),
  queue('orders', {
    delaySeconds: 1,
    messageRetentionSeconds: 600,
    visibilityTimeoutSeconds: 45,
    receiveWaitTimeSeconds: 5,
    maximumMessageSizeBytes: 2048,
    deadLetter: { maxReceiveCount: 3, messageRetentionSeconds: 700 },
    acceptEventBridge: true,
    tags: { cost: 'a' },
  }),
  queue('audit.v2', { encryption: 'EnvironmentKey', deadLetter: { mode: 'Disabled' } }),
  queue('ledger', { fifo: true, contentBasedDeduplication: true }),
  topic('events', {
    displayName: 'Events',
    subscriptions: [
      {
        queue: 'orders',
        rawMessageDelivery: true,
        filterPolicy: { kind: ['order'], size: [{ numeric: ['>', 10] }] },
      },
      { queue: 'audit.v2', filterPolicyScope: 'MessageBody', filterPolicy: { a: { b: ['c'] } } },
    ],
  }),
  topic('ledger', {
    fifo: true,
    contentBasedDeduplication: true,
    encryption: 'EnvironmentKey',
    subscriptions: [{ queue: 'ledger' }],
  }),
  topic('uploads'),
  bucket('uploads', {
    encryption: 'EnvironmentKey',
    replica: { mode: 'SameRegion' },
    lifecycle: { nonCurrentExpireDays: 120, expireDays: 400, abortMultipartDays: 3 },
    cors: [
      { allowedOrigins: ['https://shop.example'], allowedMethods: ['GET', 'PUT'], maxAgeSeconds: 60 },
      { allowedOrigins: ['*'], allowedMethods: ['HEAD'], exposeHeaders: ['etag'] },
    ],
    policyStatements: [
      {
        sid: 'Cdn',
        effect: 'Allow',
        principals: { services: ['cloudfront.amazonaws.com'] },
        actions: ['s3:GetObject'],
        resources: ['/*'],
        conditions: { StringEquals: { 'aws:SourceAccount': ['111111111111'] } },
      },
    ],
    notifications: [
      { events: ['s3:ObjectCreated:*'], prefix: 'in/', suffix: '.csv', queue: 'orders' },
      { events: ['s3:ObjectRemoved:*'], topic: 'uploads' },
    ],
    tags: { cost: 'b' },
  }),
  bucket('site', {
    publicRead: true,
    versioning: false,
    accessLogs: 'Disabled',
    lifecycle: {
      nonCurrentToInfrequentAccessDays: 0,
      nonCurrentToGlacierDays: 0,
      nonCurrentExpireDays: 0,
      abortMultipartDays: 0,
    },
  }),
];
