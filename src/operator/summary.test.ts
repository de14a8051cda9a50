import { describe, expect, test } from 'vitest';
import { type ErrorClass, PASSING } from '../engine/error-class.ts';
import type { NodeView } from '../engine/plan.ts';
import type { Step } from '../engine/step.ts';
import { deletionVerdict } from './deletion.ts';
import { differences, differencesOf } from './differences.ts';
import { unknownAnnotations } from './objects.ts';
import { conditionsOf, notReadyNow, readyOfBefore, standingsOf } from './own-conditions.ts';
import { worst } from './reasons.ts';
import { summarize, withStates } from './summary.ts';
import {
  tellingAnnotations,
  tellingApproval,
  tellingNextAttempt,
  tellingReady,
  tellingSynced,
} from './telling.ts';
import { objectOf } from './testing/objects.ts';
import { entryOf, failure, type Passed, resultOf, stepOf, viewOf } from './testing/results.ts';

const TARGET = '-n shop queue.opta.dev/orders';

interface Row {
  readonly what: string;
  readonly passed: Passed;
  readonly observe?: true;
  readonly ready: string;
  readonly synced: string;
  /** Who has to move: nobody, the operator, or a person. */
  readonly waitsFor: 'nobody' | 'operator' | 'person';
  readonly says: RegExp;
}

const change = stepOf('queue', 'update', {
  changes: [{ field: 'VisibilityTimeout', from: '30', to: '45', risk: 'Low' }],
  found: { id: 'q', tags: {}, state: {} },
});
const create = stepOf('queue', 'create');
const removeOld = stepOf('queue', 'remove', { found: { id: 'q', tags: {}, state: {} } });
const recreate = stepOf('bucket', 'recreate', { epoch: 2 });

const ROWS: readonly Row[] = [
  {
    what: 'everything is there',
    passed: { views: [viewOf('queue', 'Ready')] },
    ready: 'true Ready',
    synced: 'true Synced',
    waitsFor: 'nobody',
    says: /everything is as the spec says/,
  },
  {
    what: 'a remark on what is never planned',
    passed: { views: [viewOf('queue', 'Ready', { note: 'adopted as it is: FifoQueue' })] },
    ready: 'true Ready',
    synced: 'true Synced',
    waitsFor: 'nobody',
    says: /queue adopted as it is: FifoQueue/,
  },
  {
    what: 'AWS is busy',
    passed: { views: [viewOf('queue', 'InProgress', { message: 'is to be created' })] },
    ready: 'false Progressing',
    synced: 'false Progressing',
    waitsFor: 'operator',
    says: /queue is to be created/,
  },
  {
    what: 'a dependency',
    passed: { views: [viewOf('subscription/a', 'Waiting', { message: 'waits for Queue a' })] },
    ready: 'false WaitingForDependency',
    synced: 'false WaitingForDependency',
    waitsFor: 'operator',
    says: /subscription\/a waits for Queue a/,
  },
  {
    what: 'what does not come by itself, before what does',
    passed: {
      views: [
        viewOf('subscription/a', 'Waiting', { message: 'waits for Queue a' }),
        viewOf('subscription/b', 'Waiting', { message: 'waits for another queue', needsPerson: true }),
      ],
    },
    ready: 'false InvalidSpec',
    synced: 'false InvalidSpec',
    waitsFor: 'person',
    says: /^subscription\/b waits for another queue$/,
  },
  {
    what: 'what waits for what AWS is still making, which is told first',
    passed: {
      views: [
        viewOf('oidc-provider', 'Waiting', { message: 'waits for the issuer of the cluster' }),
        viewOf('cluster', 'InProgress', { message: 'is being created', againInMs: 30_000 }),
      ],
    },
    ready: 'false Progressing',
    synced: 'false Progressing',
    waitsFor: 'operator',
    says: /^cluster is being created; oidc-provider waits for the issuer of the cluster$/,
  },
  {
    what: 'a dependency, and what waits behind it',
    passed: {
      views: [
        viewOf('policy', 'InProgress', { message: 'waits for subscription/a' }),
        viewOf('subscription/a', 'Waiting', { message: 'waits for Queue a' }),
      ],
    },
    ready: 'false WaitingForDependency',
    synced: 'false WaitingForDependency',
    waitsFor: 'operator',
    says: /^subscription\/a waits for Queue a$/,
  },
  {
    what: 'what does not come by itself, beside what AWS is making',
    passed: {
      views: [
        viewOf('cluster', 'InProgress', { message: 'is being created', againInMs: 30_000 }),
        viewOf('subscription/b', 'Waiting', { message: 'waits for another queue', needsPerson: true }),
      ],
    },
    ready: 'false InvalidSpec',
    synced: 'false InvalidSpec',
    waitsFor: 'person',
    says: /^subscription\/b waits for another queue$/,
  },
  {
    what: 'AWS refuses what it does not need',
    passed: {
      views: [viewOf('queue', 'Ready'), viewOf('mark', 'InProgress', { message: 'is to be created' })],
      steps: [stepOf('mark', 'create')],
      errors: [['mark', failure('Denied', 'AWS refused EC2:CreateTags'), 'create']],
      aside: ['mark'],
      mayBeRefused: ['mark'],
    },
    ready: 'true Ready',
    synced: 'true Synced',
    waitsFor: 'nobody',
    says: /everything is as the spec says/,
  },
  {
    what: 'AWS did not answer about what it does not need',
    passed: {
      views: [viewOf('queue', 'Ready'), viewOf('mark', 'InProgress', { message: 'is to be created' })],
      steps: [stepOf('mark', 'create')],
      errors: [['mark', failure('Transient', 'no answer'), 'create']],
      aside: ['mark'],
      mayBeRefused: ['mark'],
    },
    ready: 'unchanged AwsError',
    synced: 'false AwsError',
    waitsFor: 'operator',
    says: /no answer/,
  },
  {
    what: 'AWS refuses what it needs, beside that',
    passed: {
      views: [viewOf('queue', 'InProgress'), viewOf('mark', 'InProgress')],
      steps: [stepOf('mark', 'create'), create],
      errors: [
        ['mark', failure('Denied', 'AWS refused EC2:CreateTags'), 'create'],
        ['queue', failure('Denied', 'AWS refused SQS:CreateQueue'), 'create'],
      ],
      aside: ['mark'],
      mayBeRefused: ['mark'],
    },
    ready: 'false Denied',
    synced: 'false Denied',
    waitsFor: 'person',
    says: /SQS:CreateQueue/,
  },
  {
    what: 'something beside it is still to come',
    passed: {
      views: [viewOf('queue', 'Ready'), viewOf('certificate', 'Waiting', { message: 'waits for the world' })],
      steps: [stepOf('certificate', 'create', { known: false })],
      aside: ['certificate'],
    },
    ready: 'true Ready',
    synced: 'true Synced',
    waitsFor: 'nobody',
    says: /everything is as the spec says/,
  },
  {
    what: 'what was begun beside it got no answer',
    passed: {
      views: [viewOf('queue', 'Ready'), viewOf('certificate', 'Pending', { message: 'got no answer (503)' })],
      steps: [],
      aside: ['certificate'],
    },
    ready: 'true Ready',
    synced: 'false Progressing',
    waitsFor: 'operator',
    says: /^usable; not as the spec says yet$/,
  },
  {
    what: 'something beside it failed',
    passed: {
      views: [viewOf('queue', 'Ready'), viewOf('certificate', 'Failed', { message: 'timed out' })],
      aside: ['certificate'],
    },
    ready: 'false Failed',
    synced: 'false Failed',
    waitsFor: 'person',
    says: /certificate: timed out/,
  },
  {
    what: 'a resource that failed',
    passed: { views: [viewOf('key', 'Failed', { message: 'the key is PendingDeletion' })] },
    ready: 'false Failed',
    synced: 'false Failed',
    waitsFor: 'person',
    says: /key: the key is PendingDeletion/,
  },
  {
    what: 'something foreign, before an error and before what is lost elsewhere in AWS',
    passed: {
      views: [viewOf('queue', 'Conflict', { message: 'not ours' })],
      errors: [['key', failure('Denied', 'no')]],
    },
    ready: 'false Conflict',
    synced: 'false Conflict',
    waitsFor: 'person',
    says: /queue: not ours/,
  },
  {
    what: 'what left the spec and lost its tags',
    passed: {
      views: [viewOf('queue', 'Ready'), viewOf('box', 'Conflict', { message: 'b is not wanted any more' })],
      graph: ['queue'],
    },
    ready: 'true Ready',
    synced: 'false Conflict',
    waitsFor: 'person',
    says: /box: b is not wanted any more/,
  },
  {
    what: 'lost data that was adopted: it says the way out by itself',
    passed: { views: [viewOf('bucket', 'Lost', { message: 'b was adopted' })], adopted: ['bucket'] },
    ready: 'false ResourceLost',
    synced: 'false ResourceLost',
    waitsFor: 'person',
    says: /^bucket: b was adopted$/,
  },
  {
    what: 'lost data, with the way back',
    passed: {
      views: [viewOf('bucket', 'Lost', { message: 'b no longer exists' })],
      gated: [{ step: recreate, gate: 'approve' }],
      steps: [recreate],
      hash: 'abc',
    },
    ready: 'false ResourceLost',
    synced: 'false ApprovalRequired',
    waitsFor: 'person',
    says: /bucket: b no longer exists\. Restore it, or have it made anew: recreate bucket; to approve: kubectl annotate --overwrite -n shop queue\.opta\.dev\/orders opta\.dev\/approve=abc$/,
  },
  {
    what: 'lost data that is only observed: no approval does anything',
    passed: {
      views: [viewOf('bucket', 'Lost', { message: 'b no longer exists' })],
      gated: [{ step: recreate, gate: 'show' }],
      steps: [recreate],
      hash: 'abc',
    },
    observe: true,
    ready: 'false ResourceLost',
    synced: 'false DriftDetected',
    waitsFor: 'person',
    says: /no longer exists\. Restore it, or have it made anew: managementPolicy Observe makes nothing, so that must be another one first; then the plan is to be approved$/,
  },
  {
    what: 'a creation that waits for approval',
    passed: {
      views: [viewOf('queue', 'InProgress')],
      steps: [create],
      gated: [{ step: create, gate: 'approve' }],
      hash: 'abc',
    },
    ready: 'false ApprovalRequired',
    synced: 'false ApprovalRequired',
    waitsFor: 'person',
    says: /waits for approval of create queue; to approve: kubectl annotate --overwrite -n shop queue\.opta\.dev\/orders opta\.dev\/approve=abc$/,
  },
  {
    what: 'a change that waits for approval: it can be used meanwhile',
    passed: {
      views: [viewOf('queue', 'InProgress', { usable: true })],
      steps: [change],
      gated: [{ step: change, gate: 'approve' }],
      hash: 'abc',
    },
    ready: 'true Ready',
    synced: 'false ApprovalRequired',
    waitsFor: 'person',
    says: /usable; a change waits for approval/,
  },
  {
    what: 'a change that waits for approval, of what is being made still',
    passed: {
      views: [viewOf('queue', 'InProgress', { message: 'is being created' })],
      steps: [change],
      gated: [{ step: change, gate: 'approve' }],
      hash: 'abc',
    },
    ready: 'false Progressing',
    synced: 'false ApprovalRequired',
    waitsFor: 'operator',
    says: /^queue is being created$/,
  },
  {
    what: 'the old one drains, and another one serves in its place',
    passed: {
      views: [
        viewOf('queue', 'Ready', { epoch: 2 }),
        viewOf('queue', 'Deleting', { message: 'is draining' }),
      ],
      resources: [entryOf('queue'), entryOf('queue', { epoch: 2 })],
    },
    ready: 'true Ready',
    synced: 'false Progressing',
    waitsFor: 'operator',
    says: /^everything is as the spec says$/,
  },
  {
    what: 'a removal that waits for approval, of the old one while another one is made in its place',
    passed: {
      views: [
        { ...viewOf('queue', 'InProgress', { message: 'is being created' }), epoch: 2 },
        viewOf('queue', 'Deleting'),
      ],
      resources: [entryOf('queue'), entryOf('queue', { epoch: 2 })],
      steps: [removeOld],
      gated: [{ step: removeOld, gate: 'approve' }],
      hash: 'abc',
    },
    ready: 'false Progressing',
    synced: 'false ApprovalRequired',
    waitsFor: 'operator',
    says: /^queue is being created$/,
  },
  {
    what: 'a removal that waits for approval, of a newer one that is not wanted any more',
    passed: {
      views: [viewOf('queue', 'Ready'), viewOf('queue', 'Deleting', { epoch: 2 })],
      resources: [entryOf('queue'), entryOf('queue', { epoch: 2, setAside: true })],
      steps: [removeOld],
      gated: [{ step: removeOld, gate: 'approve' }],
      hash: 'abc',
    },
    ready: 'true Ready',
    synced: 'false ApprovalRequired',
    waitsFor: 'person',
    says: /^usable; a change waits for approval$/,
  },
  {
    what: 'a difference under Observe',
    passed: {
      views: [viewOf('queue', 'InProgress', { usable: true })],
      steps: [change],
      gated: [{ step: change, gate: 'show' }],
    },
    observe: true,
    ready: 'true Ready',
    synced: 'false DriftDetected',
    waitsFor: 'nobody',
    says: /^usable; what differs is not changed \(managementPolicy Observe\)$/,
  },
  {
    what: 'something missing under Observe',
    passed: {
      views: [viewOf('queue', 'InProgress')],
      steps: [create],
      gated: [{ step: create, gate: 'show' }],
    },
    observe: true,
    ready: 'false DriftDetected',
    synced: 'false DriftDetected',
    waitsFor: 'person',
    says: /^not made, because of managementPolicy Observe: create queue$/,
  },
  {
    what: 'a removal that goes on beside what is ready',
    passed: {
      views: [viewOf('queue', 'Ready'), viewOf('dead-letter', 'Deleting', { message: 'is to be removed' })],
      graph: ['queue'],
      steps: [stepOf('dead-letter', 'remove')],
    },
    ready: 'true Ready',
    synced: 'false Progressing',
    waitsFor: 'operator',
    says: /everything is as the spec says/,
  },
];

describe('what a pass means', () => {
  test.each(ROWS)('$what', ({ passed, observe, ready, synced, waitsFor, says }) => {
    const summary = summarize(resultOf(passed), observe === true, TARGET);
    expect(`${summary.ready} ${summary.readyReason}`).toBe(ready);
    expect(`${summary.synced} ${summary.syncedReason}`).toBe(synced);
    expect(summary.readyMessage).toMatch(says);
    const moving = summary.stalled ? 'person' : summary.reconciling ? 'operator' : 'nobody';
    expect(moving).toBe(waitsFor);
    expect(summary.stalled && summary.reconciling).toBe(false);
  });

  // What was ready stays so through what says nothing of the resource.
  test.each<[ErrorClass, string, boolean]>([
    ['Conflict', 'false Conflict', true],
    ['Denied', 'false Denied', true],
    ['Invalid', 'false InvalidSpec', true],
    ['Quota', 'false QuotaExceeded', true],
    ['Blocked', 'unchanged ChangeBlocked', true],
    ['Throttled', 'unchanged Throttled', false],
    ['Transient', 'unchanged AwsError', false],
    ['Unknown', 'unchanged AwsError', false],
    ['NotFound', 'unchanged AwsError', false],
    ['NotYet', 'unchanged Progressing', false],
    ['Busy', 'unchanged Progressing', false],
  ])('an error %s is %s', (errorClass, expected, stalled) => {
    const passed = {
      views: [viewOf('queue', 'Ready')],
      errors: [['queue', failure(errorClass, 'words')]],
    } as const;
    const summary = summarize(resultOf(passed), false, TARGET);
    expect(`${summary.ready} ${summary.readyReason}`).toBe(expected);
    expect(summary.synced).toBe(false);
    expect([summary.stalled, summary.reconciling]).toEqual([stalled, !stalled]);
    expect(summary.readyMessage).toBe('queue: words');
  });
});

describe('what AWS shows to have failed', () => {
  const failed = viewOf('key', 'Failed', { message: 'the key is disabled' });
  const withError = (error: ErrorClass, ...views: readonly NodeView[]) =>
    summarize(
      resultOf({
        views: [viewOf('cluster', 'InProgress'), ...views],
        errors: [['cluster', failure(error, 'not ready for 1.35')]],
      }),
      false,
      TARGET,
    );

  test.each([...PASSING, 'Blocked'] as const)('makes it not ready, whatever an error %s keeps', error => {
    const summary = withError(error, failed);
    expect(summary).toMatchObject({ ready: false, readyReason: 'Failed', stalled: true, reconciling: false });
    expect(summary.readyMessage).toBe('key: the key is disabled');
    expect([summary.syncedReason, summary.syncedMessage]).toEqual([
      withError(error).syncedReason,
      'cluster: not ready for 1.35',
    ]);
  });

  test('is told after an error that makes it not ready by itself', () => {
    expect(withError('Denied', failed)).toMatchObject({ ready: false, readyReason: 'Denied' });
  });

  test('is not what could not be read', () => {
    const unread = viewOf('key', 'Failed', { error: failure('Transient', 'no answer') });
    expect(withError('Blocked', unread)).toMatchObject({ ready: 'unchanged', readyReason: 'ChangeBlocked' });
  });

  test('is not what is not wanted any more', () => {
    const result = resultOf({
      views: [viewOf('cluster', 'Ready'), failed],
      errors: [['cluster', failure('Busy', 'words')]],
      graph: ['cluster'],
    });
    expect(summarize(result, false, TARGET).ready).toBe('unchanged');
  });
});

describe('what was on record and is gone', () => {
  const anew = viewOf('queue', 'InProgress', { epoch: 2, message: 'is to be created' });
  const withError = (error: ErrorClass, of: Partial<Passed> = {}) =>
    summarize(
      resultOf({
        views: [anew],
        steps: [stepOf('queue', 'create', { epoch: 2 })],
        resources: [entryOf('queue', { epoch: 2, former: ['https://q'] })],
        errors: [['queue', failure(error, 'QueueDeletedRecently'), 'create']],
        ...of,
      }),
      false,
      TARGET,
    );

  test.each([...PASSING, 'Blocked'] as const)('makes it not ready, whatever an error %s keeps', error => {
    const summary = withError(error);
    expect(summary).toMatchObject({ ready: false, stalled: error === 'Blocked' });
    expect(summary.readyMessage).toBe('queue is gone and is to be made anew; queue: QueueDeletedRecently');
  });

  test('also before another one has its epoch', () => {
    const of = {
      views: [viewOf('queue', 'InProgress', { message: 'was lost and is to be made anew' })],
      steps: [stepOf('queue', 'recreate')],
      resources: [entryOf('queue', { id: 'https://q' })],
      errors: [['queue', failure('Throttled', 'slow down'), 'recreate']],
    } as const;
    expect(withError('Throttled', of)).toMatchObject({ ready: false, readyReason: 'Throttled' });
  });

  test.each<[string, Partial<Passed>]>([
    ['what a newer spec asks for beside what is there', { resources: [entryOf('queue', { epoch: 2 })] }],
    ['what it is usable without', { aside: ['queue'] }],
  ])('is not %s', (_, of) => {
    expect(withError('Throttled', of).ready).toBe('unchanged');
  });
});

test.each([
  ['remove', 'DeletionBlocked'],
  ['retain', 'DeletionBlocked'],
  ['update', 'ChangeBlocked'],
  ['create', 'ChangeBlocked'],
] as const)('what stands in the way of a step %s is told as %s', (action, reason) => {
  const passed = {
    views: [viewOf('cluster', 'Ready')],
    errors: [['cluster', failure('Blocked', 'not ready for 1.35'), action]],
  } as const;
  expect(summarize(resultOf(passed), false, TARGET)).toMatchObject({
    readyReason: reason,
    syncedReason: reason,
    syncedMessage: 'cluster: not ready for 1.35',
  });
});

test.each<[string, Passed, string]>([
  [
    'the part of the spec that it is of',
    {
      errors: [['subscription/a', failure('Invalid', 'SNS Subscribe: InvalidParameter'), 'create']],
      fields: { 'subscription/a': 'spec.subscriptions[a]' },
      graph: ['topic', 'subscription/a'],
    },
    'spec.subscriptions[a]: SNS Subscribe: InvalidParameter',
  ],
  [
    'its node, where it is of no part',
    { errors: [['add-on/vpc-cni', failure('Invalid', 'EKS CreateAddon: InvalidParameterException')]] },
    'add-on/vpc-cni: EKS CreateAddon: InvalidParameterException',
  ],
  [
    'the node that could not be looked at',
    { views: [viewOf('queue', 'Failed', { error: failure('Denied', 'AWS refused SQS:GetQueueUrl') })] },
    'queue: AWS refused SQS:GetQueueUrl',
  ],
  [
    'no node that it names by itself',
    { errors: [['bucket', failure('Blocked', 'bucket b still holds 3 objects'), 'remove']] },
    'bucket b still holds 3 objects',
  ],
])('what went wrong is told with %s', (_, passed, message) => {
  const result = resultOf(passed);
  expect(summarize(result, false, TARGET)).toMatchObject({ readyMessage: message, syncedMessage: message });
  expect(deletionVerdict(result).message).toBe(message);
});

test.each([
  [
    'Denied',
    'queue: no; tried again within 15 minutes, and at once when opta.dev/reconcile-requested-at is set anew',
  ],
  ['Throttled', 'queue: no'],
] as const)('when what AWS refuses is tried again is told: %s', (errorClass, message) => {
  const result = resultOf({ errors: [['queue', failure(errorClass, 'no'), 'create']] });
  const told = tellingNextAttempt(summarize(result, false, TARGET), result);
  expect([told.readyMessage, told.syncedMessage]).toEqual([message, message]);
});

test('of several errors the one is told that a person has to do something about', () => {
  const errors = [
    failure('Busy', '1'),
    failure('Quota', '2'),
    failure('Unknown', '3'),
    failure('Denied', '4'),
  ];
  expect(worst(errors)?.message).toBe('4');
  expect(worst(errors.slice(0, 3))?.message).toBe('2');
  expect(worst([])).toBeUndefined();
});

test('differences are named with node, field, from and to', () => {
  const found = { id: 'q', tags: { a: 'old', c: 'x' }, state: {} };
  const step = stepOf('queue', 'update', {
    changes: [
      { field: 'DelaySeconds', from: undefined, to: '5', risk: 'Low' },
      { field: 'RedrivePolicy', from: '{}', to: undefined, risk: 'Low' },
      { field: 'DisplayName', from: '', to: 'Orders', risk: 'Low' },
    ],
    setTags: { a: 'new', b: '' },
    unsetTags: ['c'],
    found,
  });
  expect(differencesOf(step)).toEqual([
    'queue.DelaySeconds: (none) → 5',
    'queue.RedrivePolicy: {} → (none)',
    'queue.DisplayName: (empty) → Orders',
    'queue.tags[a]: old → new',
    'queue.tags[b]: (none) → (empty)',
    'queue.tags[c]: x → (none)',
  ]);
  expect(differences([stepOf('key', 'create'), change])).toBe('create key; queue.VisibilityTimeout: 30 → 45');
  // What is changed now of what waits, too.
  expect(differences([change, { ...change, known: false }])).toBe('queue.VisibilityTimeout: 30 → 45');
});

test('what is told of a node and of what it replaces is told once where it is the same', () => {
  const waits = { message: 'waits for the new queue' };
  const views = [
    viewOf('queue', 'InProgress', { epoch: 2, message: 'is being created' }),
    viewOf('queue', 'Deleting', waits),
  ];
  const resources = [entryOf('queue'), entryOf('queue', { epoch: 2 })];
  const { syncedMessage } = summarize(resultOf({ views, resources, graph: ['queue'] }), false, TARGET);
  expect(syncedMessage).toBe('queue is being created; queue waits for the new queue');
});

describe('what waits for a yes is told', () => {
  const fields = (...names: readonly string[]) =>
    names.map(field => ({ field, from: 'a', to: 'b', risk: 'Low' as const }));
  const told = (...steps: readonly Step[]) => {
    const passed = { hash: 'abc', steps, gated: steps.map(step => ({ step, gate: 'approve' as const })) };
    return summarize(resultOf(passed), false, '-n shop topic.opta.dev/events').syncedMessage;
  };

  test('most weighty first, and of each what makes another resource necessary', () => {
    const message = told(
      stepOf('key', 'update', { changes: fields('policy') }),
      stepOf('cluster', 'update', { changes: fields('size'), risk: 'High' }),
      stepOf('topic', 'replace', {
        changes: [
          ...fields('Policy'),
          { field: 'FifoTopic', from: 'a', to: 'b', risk: 'High', replace: true },
        ],
        risk: 'High',
      }),
    );
    expect(message).toBe(
      'replace topic, topic.FifoTopic: a → b, topic.Policy: a → b; cluster.size: a → b; key.policy: a → b. ' +
        'Waits for approval; to approve: kubectl annotate --overwrite -n shop topic.opta.dev/events opta.dev/approve=abc',
    );
  });

  test('once, with how to agree to it', () => {
    expect(told(stepOf('key', 'create'), stepOf('alias', 'create'))).toMatch(
      /^create key; create alias\. Waits for approval; to approve: kubectl /,
    );
  });

  test('as far as an event has room for it and for how to agree to it', () => {
    const changes = fields(...Array.from({ length: 60 }, (_, n) => `Attribute${n}`));
    const message = told(stepOf('queue', 'update', { changes }));
    expect(message).toMatch(
      /^update queue; queue\.Attribute0: .*; and \d+ more in status\.plan\. Waits for approval; .*=abc$/,
    );
    expect(message.length).toBeLessThan(800);
  });

  test('with all steps and what is lost by each, however many fields one of them has', () => {
    const changes = fields(...Array.from({ length: 60 }, (_, n) => `Attribute${n}`));
    const loss = 'with the messages in it';
    const message = told(
      stepOf('key', 'create'),
      stepOf('dead-letter', 'replace', { changes, loss, risk: 'High' }),
      stepOf('queue', 'replace', { changes, loss, risk: 'High' }),
    );
    expect(message).toMatch(
      /^replace dead-letter \(with the messages in it\); replace queue \(with the messages in it\); create key; dead-letter\.Attribute0: a → b; .*; and \d+ more in status\.plan\. Waits/,
    );
  });

  test('which one goes, where another takes its place', () => {
    const found = { id: 'cluster/nodes-1', name: 'nodes-1', tags: {}, state: {} };
    const step = stepOf('node-group', 'remove', { found, replaced: true });
    expect(differencesOf(step)).toEqual(['remove node-group (nodes-1: another takes its place)']);
    expect(differencesOf(stepOf('node-group', 'remove', { found }))).toEqual(['remove node-group']);
  });

  test('without the tags by which what is adopted becomes this object’s: the action says that', () => {
    const step = stepOf('queue', 'adopt', { setTags: { 'opta.dev/uid': 'u', Name: 'orders' } });
    expect(differencesOf(step)).toEqual(['adopt queue', 'queue.tags[Name]: (none) → orders']);
  });
});

test('the inventory shows the state of each resource, and none of one that was not looked at', () => {
  const inventory = [
    entryOf('queue', { state: 'Pending', message: 'old' }),
    entryOf('key', { state: 'Ready' }),
  ];
  expect(withStates(inventory, [viewOf('queue', 'Ready')])).toEqual([
    entryOf('queue', { state: 'Ready' }),
    entryOf('key'),
  ]);
});

describe('conditions are those of kstatus', () => {
  const base = { readyMessage: 'r', syncedMessage: 's' } as const;
  test.each([
    {
      ready: true,
      stalled: false,
      reconciling: false,
      expected: ['Reconciling=False Idle', 'Stalled=False NotStalled', 'Ready=True Ready'],
    },
    {
      ready: false,
      stalled: true,
      reconciling: false,
      expected: ['Reconciling=False Idle', 'Stalled=True Denied', 'Ready=False Denied'],
    },
    {
      ready: false,
      stalled: false,
      reconciling: true,
      expected: ['Reconciling=True Denied', 'Stalled=False NotStalled', 'Ready=False Denied'],
    },
    {
      ready: 'unchanged',
      stalled: false,
      reconciling: true,
      expected: ['Reconciling=True Denied', 'Stalled=False NotStalled'],
    },
  ] as const)('ready $ready, stalled $stalled', ({ ready, stalled, reconciling, expected }) => {
    const reason = ready === true ? 'Ready' : 'Denied';
    const summary = {
      ...base,
      ready,
      stalled,
      reconciling,
      readyReason: reason,
      synced: false,
      syncedReason: 'Denied',
    } as const;
    const conditions = conditionsOf(summary, 7);
    expect(conditions.map(one => `${one.type}=${one.status} ${one.reason}`)).toEqual([
      'Synced=False Denied',
      ...expected,
    ]);
    expect(conditions.map(one => one.observedGeneration)).toEqual(conditions.map(() => 7));
  });
});

describe('what is as ready as it was', () => {
  const paused = {
    ready: 'unchanged',
    readyReason: 'Paused',
    readyMessage: 'paused by x',
    synced: false,
    syncedReason: 'Paused',
    syncedMessage: 'paused by x',
    stalled: false,
    reconciling: false,
  } as const;
  const metadata = { name: 'orders', uid: 'uid-1', resourceVersion: '1' };
  const message = 'everything is as the spec says';
  const before = { type: 'Ready', status: 'True', reason: 'Ready', message, observedGeneration: 3 } as const;
  test('does not say of a newer spec that everything is as that says', () => {
    const says = 'usable as of generation 3; the current spec is not applied: paused by x';
    const told = readyOfBefore(before, paused, { ...metadata, generation: 4 });
    expect(told).toEqual([{ ...before, message: says }]);
    expect(readyOfBefore(told[0], paused, { ...metadata, generation: 4 })).toEqual(told);
  });
  test('says of what is being deleted that it is there still', () => {
    const says = 'usable as of generation 3; it is being deleted, and is still there: paused by x';
    const deleted = { ...metadata, generation: 4, deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(readyOfBefore(before, paused, deleted)).toEqual([{ ...before, message: says }]);
  });
  test.each([
    ['of the same spec', before, paused, 3],
    ['and is not', { ...before, status: 'False' }, paused, 4],
    ['and was not told', undefined, paused, 4],
    ['where it is known anew', before, { ...paused, ready: true }, 4],
  ] as const)('stays as it is told: %s', (_, one, summary, generation) => {
    expect(readyOfBefore(one, summary, { ...metadata, generation })).toEqual([]);
  });
});

test.each([
  ['a conflict that is over', 'False', 'Conflict', 'False AwsError: queue: no answer'],
  ['what was lost and is there', 'False', 'ResourceLost', 'False AwsError: queue: no answer'],
  ['what waits still', 'False', 'WaitingForDependency', undefined],
  ['the same', 'False', 'AwsError', undefined],
  ['what was ready', 'True', 'Ready', undefined],
] as const)('a pass that failed for now tells no more of %s', (_, status, reason, says) => {
  const errors = [['queue', failure('Transient', 'no answer')]] as const;
  const summary = summarize(resultOf({ views: [viewOf('queue', 'Ready')], errors }), false, TARGET);
  const [told] = notReadyNow(
    { type: 'Ready', status, reason, message: 'as it was', observedGeneration: 3 },
    summary,
    4,
  );
  expect(told && `${told.status} ${told.reason}: ${told.message}`).toBe(says);
});

test.each(['Conflict', 'ResourceLost'])('a pass that could not look does not take %s for over', reason => {
  const error = failure('Throttled', 'slow down');
  const before = {
    type: 'Ready',
    status: 'False',
    reason,
    message: 'as it was',
    observedGeneration: 3,
  } as const;
  const told = (graph: readonly string[]) => {
    const views = [viewOf('key', 'Ready'), viewOf('queue', 'Failed', { error })];
    const result = resultOf({ views, graph, errors: [['key', failure('Transient', 'no answer')]] });
    return notReadyNow(before, summarize(result, false, TARGET), 3);
  };
  expect(told(['key', 'queue'])).toEqual([]);
  // What is not wanted any more never was the reason.
  expect(told(['key'])).toHaveLength(1);
});

describe('what a kind tells besides', () => {
  const ready = summarize(resultOf({ views: [viewOf('zone', 'Ready')] }), false, TARGET);
  const pending = {
    type: 'DomainDelegated',
    status: 'False',
    reason: 'DelegationPending',
    message: 'set the name servers',
    readyReason: 'DelegationPending',
  } as const;

  test('is said by Ready, which stays true', () => {
    expect(tellingReady(ready, [pending])).toMatchObject({
      ready: true,
      readyReason: 'DelegationPending',
      readyMessage: 'set the name servers',
      synced: true,
    });
  });
  test.each([
    ['once it is so', { ...pending, status: 'True' as const }],
    ['while nobody knows', { ...pending, status: 'Unknown' as const }],
    ['where it says so in its own condition only', { ...pending, readyReason: undefined }],
  ])('is not, %s', (_, { readyReason, ...condition }) => {
    const own = readyReason === undefined ? condition : { ...condition, readyReason };
    expect(tellingReady(ready, [own])).toEqual(ready);
  });
  test('is not said by what is not ready: its own trouble comes first', () => {
    const failed = summarize(
      resultOf({ views: [viewOf('zone', 'Failed', { message: 'x' })] }),
      false,
      TARGET,
    );
    expect(tellingReady(failed, [pending])).toEqual(failed);
  });
  const upgrading = {
    type: 'Upgrading',
    status: 'True',
    reason: 'AddOns',
    message: 'from 1.34 to 1.35',
  } as const;
  test.each([
    ['Upgrading', false, 'Reconciling'],
    ['UpgradeBlocked', true, 'Stalled'],
  ] as const)('Synced is not true while it says %s', (reason, needsPerson, moving) => {
    const summary = tellingSynced(ready, [{ ...upgrading, notSynced: { reason, needsPerson } }]);
    const conditions = conditionsOf(summary, 7).map(one => [one.type, one.status, one.reason, one.message]);
    expect(conditions).toContainEqual(['Synced', 'False', reason, 'from 1.34 to 1.35']);
    expect(conditions).toContainEqual([moving, 'True', reason, 'from 1.34 to 1.35']);
    expect(conditions).toContainEqual(['Ready', 'True', 'Ready', 'usable; not as the spec says yet']);
    expect([summary.stalled, summary.reconciling]).toEqual([needsPerson, !needsPerson]);
  });
  test('Synced says first what is to be written, or went wrong', () => {
    const failed = summarize(
      resultOf({ views: [viewOf('zone', 'Failed', { message: 'x' })] }),
      false,
      TARGET,
    );
    const notSynced = { reason: 'Upgrading', needsPerson: false } as const;
    expect(tellingSynced(failed, [{ ...upgrading, notSynced }])).toEqual(failed);
    expect(tellingSynced(ready, [upgrading])).toEqual(ready);
  });
  test('is a condition of its own', () => {
    const { readyReason: _, ...condition } = pending;
    const notSynced = { reason: 'Upgrading', needsPerson: false } as const;
    const own = [{ ...pending, notSynced }];
    expect(conditionsOf(ready, 7, own)).toContainEqual({ ...condition, observedGeneration: 7 });
  });
  test('is told from how the nodes stand, with what went wrong', () => {
    const result = resultOf({
      views: [viewOf('zone', 'InProgress', { message: 'is to be made' }), viewOf('old', 'Deleting')],
      errors: [['zone', failure('Denied', 'no right')]],
    });
    expect(standingsOf(result)).toEqual([
      { node: 'zone', state: 'InProgress', message: 'no right', trouble: 'Denied' },
    ]);
  });
  test.each([
    ['approve', /^is usable; a change of it waits for approval$/],
    ['show', /^is usable; what differs is not changed \(managementPolicy Observe\)$/],
  ] as const)('is usable as it is while what is to change in it is not done: %s', (gate, says) => {
    const views = [viewOf('queue', 'InProgress', { message: 'update: VisibilityTimeout', usable: true })];
    const of = (gated: NonNullable<Passed['gated']>) =>
      standingsOf(resultOf({ views, steps: [change], gated }));
    expect(of([{ step: change, gate }])).toEqual([
      { node: 'queue', state: 'Ready', message: expect.stringMatching(says) },
    ]);
    expect(of([])).toEqual([{ node: 'queue', state: 'InProgress', message: 'update: VisibilityTimeout' }]);
  });
});

test.each<[string | undefined, boolean]>([
  ['5 minutes', true],
  ['1d', true],
  ['', true],
  ['15m', false],
  [undefined, false],
])('drift-interval %j is told to be not understood: %s', (asked, isTold) => {
  const ready = summarize(resultOf({ views: [viewOf('queue', 'Ready')] }), false, TARGET);
  const told = tellingAnnotations(ready, { driftInterval: asked, unknown: [] });
  expect(told.readyMessage.includes('opta.dev/drift-interval is not like 90s')).toBe(isTold);
  expect({ ...told, readyMessage: '' }).toEqual({ ...ready, readyMessage: '' });
});

test('what is not ready tells its trouble only', () => {
  const failed = summarize(resultOf({ views: [viewOf('zone', 'Failed')] }), false, TARGET);
  expect(tellingAnnotations(failed, { driftInterval: 'often', unknown: ['opta.dev/pause'] })).toEqual(failed);
});

test('an annotation that looks like one of the operator and is none is told', () => {
  const ready = summarize(resultOf({ views: [viewOf('queue', 'Ready')] }), false, TARGET);
  const annotations = {
    'opta.dev/paused': '',
    'opta.dev/pause': 'true',
    'example.com/x': '',
    'opta.dev/approved': 'x',
  };
  const unknown = unknownAnnotations(objectOf('Queue shop/orders', { metadata: { annotations } }));
  expect(tellingAnnotations(ready, { driftInterval: undefined, unknown }).readyMessage).toBe(
    'everything is as the spec says; no annotation of the operator, and of no effect: opta.dev/approved, opta.dev/pause',
  );
});

test.each<[string | undefined, RegExp]>([
  [undefined, /opta\.dev\/approve=abc$/],
  ['', /opta\.dev\/approve=abc$/],
  [' abc\n', /opta\.dev\/approve=abc$/],
  ['true', /approve=abc \(opta\.dev\/approve is true now, which is no hash of this plan\)$/],
  ['"<script>"', /\(opta\.dev\/approve is \?\?script\?\? now, /],
])('an approval of %j that is not of the plan of now is told', (approve, says) => {
  const gated = [{ step: change, gate: 'approve' as const }];
  const views = [viewOf('queue', 'InProgress')];
  const asks = summarize(resultOf({ views, steps: [change], gated, hash: 'abc' }), false, TARGET);
  expect(tellingApproval(asks, approve, 'abc').syncedMessage).toMatch(says);
});
