import { plainEnvironment, queue } from '../../support/manifests.ts';
import type { KindFields } from './field.ts';

export const queueFields: KindFields = {
  kind: 'Queue',
  manifest: spec => queue('orders', spec),
  context: [plainEnvironment()],
  fields: {
    environment: 'immutable: every story sets it',
    managementPolicy: { values: ['ApproveHighRisk', 'ApproveAll', 'Observe'], group: 'policies' },
    deletionPolicy: { values: ['Retain', 'Delete'], group: 'policies' },
    tags: { values: [{ team: 'shop' }, { team: 'web', 'cost center': '7' }] },
    'adopt.name': 'stories/adoption.ts',
    fifo: 'immutable once it is set: stories/replacement.ts, and given below',
    contentBasedDeduplication: {
      values: [true, false],
      given: { fifo: true },
      group: 'fifo',
      apart: 'fifo cannot be taken back',
    },
    delaySeconds: { values: [5, 900] },
    messageRetentionSeconds: { values: [600_000, 100_000] },
    visibilityTimeoutSeconds: { values: [45, 0] },
    receiveWaitTimeSeconds: { values: [0, 5] },
    maximumMessageSizeBytes: { values: [1024, 262_144] },
    'deadLetter.mode': { values: ['Disabled', 'Enabled'], group: 'dead-letter queue off and on' },
    'deadLetter.maxReceiveCount': { values: [3, 10] },
    'deadLetter.messageRetentionSeconds': { values: [1_000_000, 1_100_000] },
    encryption: {
      values: ['EnvironmentKey', 'OwnKey', 'EnvironmentKey'],
      group: 'encryption',
      leaves: 'each change back makes another key, and the one before is going',
    },
    acceptEventBridge: { values: [true, false] },
  },
};
