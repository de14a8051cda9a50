import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PolicyInput, PolicyKind } from '../../hack/bench/policy/document.ts';
import { validate } from '../../hack/bench/policy/validate.ts';
import { customResourceDefinitions } from '../api/crds.ts';
import type { Structural } from '../api/structural.ts';
import { checkGraph } from '../engine/testing/check-graph.ts';
import { KINDS } from './all.ts';
import { type Kind, type SpecOf, tagsOf } from './kind.ts';
import { lastingOutputs } from './lasting-outputs.ts';
import { specsOf } from './testing/arbitrary.ts';
import { environmentRows } from './testing/environment-rows.ts';
import { ACCOUNT, allThere, at, type Given, inputOf, objectOf, resolved, TODAY } from './testing/graph.ts';
import type { Row, Rows } from './testing/rows.ts';

const queue = objectOf('Queue', 'orders');
const topic = objectOf('Topic', 'events');
const QUEUE_ARN = expect.stringMatching(
  new RegExp(`^arn:aws:sqs:eu-central-1:${ACCOUNT}:opta-dev-shop-orders-[a-z2-7]{6}$`),
);
const TOPIC_ARN = expect.stringMatching(
  new RegExp(`^arn:aws:sns:eu-central-1:${ACCOUNT}:opta-dev-shop-events-[a-z2-7]{6}$`),
);

const COMMON: Rows = {
  environment: 'which account and region: src/operator, targetOf',
  managementPolicy: 'what may be done: src/engine/gate.ts',
  deletionPolicy: 'what deletion does: src/engine/plan-removal.ts',
};

function attribute(node: string, spec: object, name: string, is: unknown): Row {
  return { spec, at: `${node}.desired.attributes.${name}`, is };
}

function setting(spec: object, name: string, is: unknown, given: Partial<Given> = {}): Row {
  return { spec, at: `bucket.desired.settings.${name}`, is, given };
}

function adopted(kind: string, node: string): Row {
  return {
    spec: { adopt: { name: 'existing' } },
    at: `${node}.adopt`,
    is: 'existing',
    given: { environment: { grants: { adopt: [{ namespace: 'shop', kind, ids: ['existing'] }] } } },
  };
}

function statement(fields: object): object {
  const minimal = { sid: 'Team', effect: 'Allow', principals: { aws: [ACCOUNT] }, actions: ['s3:GetObject'] };
  return { policyStatements: [{ ...minimal, ...fields }] };
}

function notified(fields: object): Row['spec'] {
  return { notifications: [{ events: ['s3:ObjectCreated:*'], queue: 'orders', ...fields }] };
}
const toQueue = '[notifications].desired.configuration.QueueConfigurations.0';

const ROWS: Readonly<Record<string, Rows>> = {
  Queue: {
    ...COMMON,
    tags: { spec: { tags: { team: 'a' } }, at: 'queue.tags.team', is: 'a' },
    'adopt.name': adopted('Queue', 'queue'),
    fifo: attribute('queue', { fifo: true }, 'FifoQueue', 'true'),
    contentBasedDeduplication: attribute(
      'queue',
      { fifo: true, contentBasedDeduplication: true },
      'ContentBasedDeduplication',
      'true',
    ),
    delaySeconds: attribute('queue', { delaySeconds: 7 }, 'DelaySeconds', '7'),
    messageRetentionSeconds: attribute(
      'queue',
      { messageRetentionSeconds: 77 },
      'MessageRetentionPeriod',
      '77',
    ),
    visibilityTimeoutSeconds: attribute('queue', { visibilityTimeoutSeconds: 7 }, 'VisibilityTimeout', '7'),
    receiveWaitTimeSeconds: attribute(
      'queue',
      { receiveWaitTimeSeconds: 7 },
      'ReceiveMessageWaitTimeSeconds',
      '7',
    ),
    maximumMessageSizeBytes: attribute(
      'queue',
      { maximumMessageSizeBytes: 2048 },
      'MaximumMessageSize',
      '2048',
    ),
    'deadLetter.mode': { spec: { deadLetter: { mode: 'Disabled' } }, at: 'dead-letter', is: undefined },
    'deadLetter.maxReceiveCount': attribute(
      'queue',
      { deadLetter: { maxReceiveCount: 7 } },
      'RedrivePolicy.maxReceiveCount',
      7,
    ),
    'deadLetter.messageRetentionSeconds': attribute(
      'dead-letter',
      { messageRetentionSeconds: 77, deadLetter: { messageRetentionSeconds: 77 } },
      'MessageRetentionPeriod',
      '77',
    ),
    encryption: { spec: { encryption: 'EnvironmentKey' }, at: 'key', is: undefined },
    acceptEventBridge: attribute(
      'queue',
      { acceptEventBridge: true },
      'Policy.Statement.1.Sid',
      'AllowEventBridge',
    ),
  },
  Topic: {
    ...COMMON,
    tags: { spec: { tags: { team: 'a' } }, at: 'topic.tags.team', is: 'a' },
    'adopt.name': adopted('Topic', 'topic'),
    fifo: attribute('topic', { fifo: true }, 'FifoTopic', 'true'),
    contentBasedDeduplication: attribute(
      'topic',
      { fifo: true, contentBasedDeduplication: true },
      'ContentBasedDeduplication',
      'true',
    ),
    displayName: attribute('topic', { displayName: 'Orders' }, 'DisplayName', 'Orders'),
    encryption: { spec: { encryption: 'EnvironmentKey' }, at: 'key', is: undefined },
    'subscriptions[].queue': {
      spec: { subscriptions: [{ queue: 'orders' }] },
      at: '[subscription/orders].desired.queueArn',
      is: QUEUE_ARN,
    },
    'subscriptions[].rawMessageDelivery': {
      spec: { subscriptions: [{ queue: 'orders', rawMessageDelivery: true }] },
      at: '[subscription/orders].desired.attributes.RawMessageDelivery',
      is: 'true',
    },
    'subscriptions[].filterPolicy': {
      spec: { subscriptions: [{ queue: 'orders', filterPolicy: { state: ['paid'] } }] },
      at: '[subscription/orders].desired.attributes.FilterPolicy',
      is: { state: ['paid'] },
    },
    'subscriptions[].filterPolicyScope': {
      spec: {
        subscriptions: [
          { queue: 'orders', filterPolicy: { state: ['paid'] }, filterPolicyScope: 'MessageBody' },
        ],
      },
      at: '[subscription/orders].desired.attributes.FilterPolicyScope',
      is: 'MessageBody',
    },
  },
  Bucket: {
    ...COMMON,
    tags: { spec: { tags: { team: 'a' } }, at: 'bucket.tags.team', is: 'a' },
    'adopt.name': adopted('Bucket', 'bucket'),
    name: { spec: { name: 'a-name' }, at: 'bucket.name', is: 'a-name' },
    publicRead: setting({ publicRead: true }, 'publicAccess', 'PolicyAllowed', {
      environment: { grants: { publicBuckets: { namespaces: ['shop'] } } },
    }),
    encryption: setting({ encryption: 'EnvironmentKey' }, 'encryption.algorithm', 'aws:kms'),
    versioning: setting({ versioning: false }, 'versioning', 'Suspended'),
    accessLogs: setting({ accessLogs: 'Disabled' }, 'logging', undefined),
    'replica.mode': {
      spec: { replica: { mode: 'SameRegion' } },
      at: 'replication.desired.rules.0.Destination.Bucket',
      is: expect.stringMatching(/^arn:aws:s3:::opta-dev-shop-orders-replica-[a-z2-7]{6}$/),
    },
    forceDestroy: { spec: { forceDestroy: true }, at: 'bucket.desired.forceDestroy', is: true },
    'lifecycle.nonCurrentToInfrequentAccessDays': setting(
      { lifecycle: { nonCurrentToInfrequentAccessDays: 33 } },
      'lifecycle.0.NoncurrentVersionTransitions.0',
      { NoncurrentDays: 33, StorageClass: 'STANDARD_IA' },
    ),
    'lifecycle.nonCurrentToGlacierDays': setting(
      { lifecycle: { nonCurrentToGlacierDays: 77 } },
      'lifecycle.0.NoncurrentVersionTransitions.1',
      { NoncurrentDays: 77, StorageClass: 'GLACIER' },
    ),
    'lifecycle.nonCurrentExpireDays': setting(
      { lifecycle: { nonCurrentExpireDays: 777 } },
      'lifecycle.0.NoncurrentVersionExpiration.NoncurrentDays',
      777,
    ),
    'lifecycle.abortMultipartDays': setting(
      { lifecycle: { abortMultipartDays: 3 } },
      'lifecycle.1.AbortIncompleteMultipartUpload.DaysAfterInitiation',
      3,
    ),
    'lifecycle.expireDays': setting({ lifecycle: { expireDays: 5 } }, 'lifecycle.2.Expiration.Days', 5),
    'cors[].allowedOrigins': setting(cors({ allowedOrigins: ['https://a'] }), 'cors.0.AllowedOrigins', [
      'https://a',
    ]),
    'cors[].allowedMethods': setting(cors({ allowedMethods: ['PUT'] }), 'cors.0.AllowedMethods', ['PUT']),
    'cors[].allowedHeaders': setting(cors({ allowedHeaders: ['x'] }), 'cors.0.AllowedHeaders', ['x']),
    'cors[].exposeHeaders': setting(cors({ exposeHeaders: ['x'] }), 'cors.0.ExposeHeaders', ['x']),
    'cors[].maxAgeSeconds': setting(cors({ maxAgeSeconds: 7 }), 'cors.0.MaxAgeSeconds', 7),
    'policyStatements[].sid': setting(statement({ sid: 'Mine' }), 'policy.Statement.2.Sid', 'Mine'),
    'policyStatements[].effect': setting(statement({ effect: 'Deny' }), 'policy.Statement.2.Effect', 'Deny'),
    'policyStatements[].principals.aws': setting(statement({}), 'policy.Statement.2.Principal.AWS', [
      `arn:aws:iam::${ACCOUNT}:root`,
    ]),
    'policyStatements[].principals.services': setting(
      statement({ principals: { services: ['s3.amazonaws.com'] } }),
      'policy.Statement.2.Principal',
      { Service: ['s3.amazonaws.com'] },
    ),
    'policyStatements[].actions': setting(statement({ actions: ['s3:List*'] }), 'policy.Statement.2.Action', [
      's3:List*',
    ]),
    'policyStatements[].resources': setting(
      statement({ resources: ['/a/*'] }),
      'policy.Statement.2.Resource.0',
      expect.stringMatching(/^arn:aws:s3:::opta-dev-shop-orders-[a-z2-7]{6}\/a\/\*$/),
    ),
    'policyStatements[].conditions': setting(
      statement({ conditions: { Bool: { 'aws:SecureTransport': ['true'] } } }),
      'policy.Statement.2.Condition',
      { Bool: { 'aws:SecureTransport': ['true'] } },
    ),
    'notifications[].events': {
      spec: notified({ events: ['s3:ObjectAcl:Put'] }),
      at: `${toQueue}.Events`,
      is: ['s3:ObjectAcl:Put'],
    },
    'notifications[].prefix': {
      spec: notified({ prefix: 'in/' }),
      at: `${toQueue}.Filter.Key.FilterRules`,
      is: [{ Name: 'prefix', Value: 'in/' }],
    },
    'notifications[].suffix': {
      spec: notified({ suffix: '.png' }),
      at: `${toQueue}.Filter.Key.FilterRules`,
      is: [{ Name: 'suffix', Value: '.png' }],
    },
    'notifications[].queue': { spec: notified({}), at: `${toQueue}.QueueArn`, is: QUEUE_ARN },
    'notifications[].topic': {
      spec: { notifications: [{ events: ['s3:ObjectCreated:*'], topic: 'events' }] },
      at: 'notifications.desired.configuration.TopicConfigurations.0.TopicArn',
      is: TOPIC_ARN,
    },
  },
  OptaEnvironment: {
    ...environmentRows,
    managementPolicy: 'what may be done: src/engine/gate.ts',
    deletionPolicy: 'what deletion does: src/engine/plan-removal.ts',
    tags: { spec: { tags: { team: 'a' } }, at: 'key.tags.team', is: 'a' },
    adopt: 'what was kept is taken up: src/operator/pass-input.ts, subjectOf',
    region: 'which region: src/operator, targetOf',
    accountId: 'which account: src/aws/sessions.ts',
    roleArn: 'whom calls are made as: src/aws/sessions.ts',
    externalId: 'whom calls are made as: src/aws/sessions.ts',
    'allowedNamespaces.from': 'who may use it: src/operator/namespace-access.ts',
    'allowedNamespaces.selector.matchLabels': 'who may use it: src/operator/namespace-access.ts',
    'allowedNamespaces.selector.matchExpressions[].key': 'who may use it: src/operator/namespace-access.ts',
    'allowedNamespaces.selector.matchExpressions[].operator':
      'who may use it: src/operator/namespace-access.ts',
    'allowedNamespaces.selector.matchExpressions[].values':
      'who may use it: src/operator/namespace-access.ts',
    'encryption.deletionWindowDays': {
      spec: { encryption: { deletionWindowDays: 7 } },
      at: 'key.desired.deletionWindowDays',
      is: 7,
    },
    'encryption.onDelete': {
      spec: { encryption: { onDelete: 'Schedule' } },
      at: 'key.keepOnDelete',
      is: undefined,
    },
    'logBucket.mode': { spec: { logBucket: { mode: 'Disabled' } }, at: 'log-bucket', is: undefined },
    'logBucket.retentionDays': {
      spec: { logBucket: { retentionDays: 7 } },
      at: '[log-bucket].desired.settings.lifecycle.0.Expiration.Days',
      is: 7,
    },
    'grants.publicBuckets.namespaces': 'what a Bucket may ask for: bucket.test.ts',
    'grants.managedPolicies': 'for IamRole, which this version does not serve',
    'grants.principals': 'what a Bucket may ask for: bucket.test.ts',
    'grants.serviceAccountNamespaces[].namespace': 'for IamRole, which this version does not serve',
    'grants.serviceAccountNamespaces[].clusterNamespaces': 'for IamRole, which this version does not serve',
    'grants.adopt[].namespace': 'what may be adopted: adoption.test.ts',
    'grants.adopt[].kind': 'what may be adopted: adoption.test.ts',
    'grants.adopt[].ids': 'what may be adopted: adoption.test.ts',
  },
};

function cors(fields: object): object {
  return { cors: [{ allowedOrigins: ['*'], allowedMethods: ['GET'], ...fields }] };
}

/** The leaves of a schema: `deadLetter.mode`, `cors[].allowedOrigins`. A map or a set of words is one. */
function leaves(schema: Structural, path = ''): readonly string[] {
  const items = schema.items;
  if (items?.properties !== undefined) return leaves(items, `${path}[]`);
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return [path];
  return properties.flatMap(([name, one]) => leaves(one, path === '' ? name : `${path}.${name}`));
}

function specSchema(kind: Kind): Structural {
  const crd = customResourceDefinitions().find(one => one.spec.names.kind === kind.api.kind);
  const schema = crd?.spec.versions[0].schema.openAPIV3Schema.properties?.spec;
  if (schema === undefined) throw new Error(`no schema of ${kind.api.kind}`);
  return schema;
}

const objects = [queue, topic];

describe.each(KINDS.map(kind => [kind.api.kind, kind] as const))('%s', (name, kind) => {
  const rows = Object.entries(ROWS[name] ?? {});
  const places = rows.flatMap(([field, row]) => (typeof row === 'string' ? [] : [[field, row] as const]));

  test('every field of the schema has a row, and every row a field', () => {
    expect(rows.map(([field]) => field).sort()).toEqual([...leaves(specSchema(kind))].sort());
  });

  test.each(places)('%s is in the graph', (_, { spec, at: path, is, given = {} }) => {
    const nodes = resolved(kind, { objects, ...given, spec });
    expect(at(nodes, path)).toEqual(is);
  });

  test.each(places)('%s is not there without being asked for', (_, { at: path, is, given = {} }) => {
    const nodes = resolved(kind, { objects, ...given, spec: {} });
    expect(at(nodes, path)).not.toEqual(is);
  });
});

const POLICIES: Readonly<Record<string, PolicyKind>> = {
  'sqs/queue': 'sqs',
  'sns/topic': 'sns',
  'kms/key': 'kms',
};

const known = new Map<string, readonly SpecOf[]>([
  ['all', objects],
  ['none', []],
]);

describe.each(KINDS.map(kind => [kind.api.kind, kind] as const))('for every spec of %s', (_, kind) => {
  const givens = fc.record({
    spec: specsOf(kind),
    name: fc.constantFrom('orders', 'a.b-c', 'x'.repeat(253)),
    objects: fc.constantFrom(...known.values()),
    referrers: fc.subarray([
      topic,
      objectOf('Bucket', 'uploads'),
      objectOf('Topic', 'e-2'),
      objectOf('Topic', 'e2'),
    ]),
  });

  test('the graph has an order, unique ids, and is the same each time', () => {
    fc.assert(
      fc.property(givens, given => {
        const graph = kind.graph(inputOf(kind, given));
        checkGraph(graph);
        const again = kind.graph(inputOf(kind, structuredClone(given)));
        expect(told(again)).toEqual(told(graph));
      }),
    );
  });

  test('whatever is there or missing, a node says what it wants or what it waits for, and the spec stays as it was', () => {
    fc.assert(
      fc.property(givens, fc.boolean(), (given, isThere) => {
        const before = JSON.stringify(given.spec);
        const input = inputOf(kind, given);
        const graph = kind.graph(input);
        const seen = isThere ? allThere(graph) : allThere([]);
        for (const node of graph) expect(node.desired(seen)).toBeTypeOf('object');
        kind.check(input, TODAY);
        kind.connection?.(lastingOutputs(kind.outputs(input), { seen, graph }), input);
        expect(JSON.stringify(given.spec)).toBe(before);
      }),
    );
  });

  test('every policy of a queue, topic or key is one that AWS takes', () => {
    fc.assert(
      fc.property(givens, given => {
        const all = resolved(kind, { ...given, objects });
        for (const node of Object.values(all)) {
          const service = POLICIES[node.type];
          if (service === undefined) continue;
          const policy = at(node, service === 'kms' ? 'desired.policy' : 'desired.attributes.Policy');
          if (policy !== undefined) expect(validate(policy as PolicyInput, { kind: service })).toEqual([]);
        }
      }),
    );
  });

  test('every tag fits AWS', () => {
    fc.assert(
      fc.property(givens, given => {
        for (const node of kind.graph(inputOf(kind, given)))
          expect(node.tags?.Name?.length ?? 0).toBeLessThanOrEqual(256);
      }),
    );
  });
});

/** A graph as a value. */
function told(graph: ReturnType<Kind['graph']>): unknown {
  const seen = allThere(graph);
  return graph.map(node => ({
    ...node,
    name: node.name?.(1),
    desired: node.desired(seen),
    heldBack: node.heldBack?.(seen),
  }));
}

test.each<[string, object, object, object]>([
  [
    'of the environment, which the object wins',
    { team: 'a' },
    { Team: 'b' },
    { Name: expect.any(String), team: 'a' },
  ],
  ['of the operator’s own', { name: 'a' }, { env: 'b' }, { env: 'b', name: 'a' }],
  ['that is the same key', { Name: 'a', team: 'a' }, { team: 'b' }, { Name: 'a', team: 'a' }],
])('a user tag stands for the one that is the same to IAM, %s', (_, tags, environments, made) => {
  for (const kind of KINDS) {
    const input = inputOf(kind, { spec: { tags }, environment: { tags: { ...environments } } });
    expect(kind.check(input, TODAY)).toBeUndefined();
    expect(tagsOf({ ...input, spec: { tags: { ...tags } } }, 'it')).toEqual(made);
  }
});

describe('user tags leave room for the operator’s own', () => {
  const tags = (count: number, from = 0) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`team-${index + from}`, 'a']));
  test.each<[string, number, number, boolean]>([
    ['as many as fit', 38, 0, true],
    ['one more', 39, 0, false],
    ['as many as fit, half of them the environment’s', 19, 19, true],
    ['one more, half of them the environment’s', 20, 19, false],
  ])('%s', (_, own, environments, fits) => {
    for (const kind of KINDS) {
      const environment = { tags: tags(environments, 100) };
      const problem = kind.check(inputOf(kind, { spec: { tags: tags(own) }, environment }), TODAY);
      if (fits) expect(problem).toBeUndefined();
      else expect(problem).toMatchObject({ field: 'spec.tags', reason: 'InvalidSpec' });
      // Ten of ownership with the attempt's, and the mark of what is kept.
      for (const node of kind.graph(inputOf(kind, { spec: { tags: tags(own) }, environment })))
        if (fits) expect(Object.keys(node.tags ?? {}).length + 11).toBeLessThanOrEqual(50);
    }
  });
});
