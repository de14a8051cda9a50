import { KINDS } from '../../src/kinds/all.ts';
import type { Kind } from '../../src/kinds/kind.ts';

/** By kind and field. */
type Defaults = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A release whose defaults are all others, those of an environment the least that there can be. */
export const WITH_LESS: Defaults = {
  OptaEnvironment: {
    'encryption.deletionWindowDays': 7,
    'encryption.onDelete': 'Schedule',
    'logBucket.mode': 'Disabled',
    'logBucket.retentionDays': 30,
    'network.enabled': true,
    'network.cidr': '10.9.0.0/16',
    'network.availabilityZones': 2,
    'network.natGateways': 'None',
    'network.flowLogs.mode': 'Disabled',
    'network.flowLogs.retentionDays': 30,
    'network.gatewayEndpoints': [],
    'kubernetes.version': '1.34',
    'kubernetes.logRetentionDays': 30,
    'kubernetes.supportType': 'Extended',
    'kubernetes.deletionProtection': false,
    'kubernetes.nodeGroup.instanceTypes': ['m7i.large'],
    'kubernetes.nodeGroup.minSize': 1,
    'kubernetes.nodeGroup.maxSize': 9,
    'kubernetes.nodeGroup.diskGiB': 99,
    'kubernetes.nodeGroup.capacity': 'Spot',
    'kubernetes.nodeGroup.amiType': 'BOTTLEROCKET_x86_64',
    'kubernetes.nodeGroup.image': 'Latest',
    'kubernetes.nodeGroup.updateMaxUnavailablePercent': 99,
  },
  Queue: {
    contentBasedDeduplication: true,
    delaySeconds: 9,
    messageRetentionSeconds: 999,
    visibilityTimeoutSeconds: 99,
    receiveWaitTimeSeconds: 9,
    maximumMessageSizeBytes: 9999,
    encryption: 'EnvironmentKey',
    acceptEventBridge: true,
    'deadLetter.mode': 'Disabled',
    'deadLetter.maxReceiveCount': 9,
    'deadLetter.messageRetentionSeconds': 99999,
  },
  Topic: { contentBasedDeduplication: true, encryption: 'EnvironmentKey' },
  Bucket: {
    publicRead: false,
    encryption: 'EnvironmentKey',
    versioning: false,
    accessLogs: 'Disabled',
    forceDestroy: false,
    'lifecycle.nonCurrentToInfrequentAccessDays': 0,
    'lifecycle.nonCurrentToGlacierDays': 0,
    'lifecycle.nonCurrentExpireDays': 0,
    'lifecycle.abortMultipartDays': 0,
    'lifecycle.expireDays': 0,
  },
};

/** One whose environments have more of everything: more than the region of the tests has zones. */
export const WITH_MORE: Defaults = {
  ...WITH_LESS,
  OptaEnvironment: {
    ...WITH_LESS.OptaEnvironment,
    'logBucket.mode': 'Enabled',
    'logBucket.retentionDays': 365,
    'network.cidr': '10.8.0.0/16',
    'network.availabilityZones': 4,
    'network.natGateways': 'Single',
    'network.flowLogs.mode': 'Enabled',
    'network.flowLogs.retentionDays': 365,
    'network.gatewayEndpoints': ['s3', 'dynamodb'],
    'kubernetes.version': '1.36',
    'kubernetes.logRetentionDays': 365,
    'kubernetes.nodeGroup.instanceTypes': ['t4g.large', 't4g.xlarge'],
    'kubernetes.nodeGroup.minSize': 4,
    'kubernetes.nodeGroup.diskGiB': 200,
    'kubernetes.nodeGroup.amiType': 'AL2023_ARM_64_STANDARD',
  },
};

/** The kinds as another release of the operator has them. Throws where a default has no other value here. */
export function kindsWith(defaults: Defaults): readonly Kind[] {
  return KINDS.map(kind => {
    const others = defaults[kind.api.kind] ?? {};
    return {
      ...kind,
      defaults: (spec, now) =>
        kind.defaults(spec, now).map(one => {
          if (!(one.field in others))
            throw new Error(`${kind.api.kind} has no other default of ${one.field}`);
          return { ...one, value: others[one.field] };
        }),
    };
  });
}
