import { environment, type Manifest, NAMESPACE, plainQueue, queue, topic } from '../../support/manifests.ts';
import { FEW_ADDONS, NO_LOG_BUCKET } from '../../support/small.ts';
import type { TestWorld } from '../../support/world.ts';
import { bucketFields } from '../fields/bucket.ts';
import { environmentFields } from '../fields/environment.ts';
import type { Fields, KindFields } from '../fields/field.ts';
import { queueFields } from '../fields/queue.ts';
import { topicFields } from '../fields/topic.ts';
import { withCluster } from '../stories/cluster.ts';
import { makeByHand, withExisting } from '../stories/existing.ts';
import { withNetwork } from '../stories/network.ts';

/** Where walks are. */
export interface Place {
  readonly what: string;
  /** What people have in the account before; answers the ids that AWS chose. */
  readonly prepare?: (world: TestWorld) => Promise<readonly string[]>;
  /** What is there from the beginning; those that change are among it. */
  beginning(): readonly Manifest[];
  readonly changing: readonly KindFields[];
  /** Longer than a change takes, and than AWS may show old values, with drift checks in it; in ms. */
  readonly settleMs: number;
}

/** What AWS does at once, or in a few minutes. */
const QUICK_MS = 12 * 60_000;

/** Under Observe nothing is carried out. */
const managementPolicy = { values: ['ApproveHighRisk', 'ApproveAll', 'Apply'] };

function without({ fields, ...of }: KindFields, ...left: readonly string[]): KindFields {
  const kept = Object.entries(fields).filter(([path]) => !left.includes(path));
  return { ...of, fields: Object.fromEntries(kept) };
}

export const MESSAGING_AND_STORAGE: Place = {
  what: 'queues, topics and buckets in their environment',
  beginning: () => [
    environment({ grants: { publicBuckets: { namespaces: [NAMESPACE] }, principals: ['222222222222'] } }),
    queue('orders'),
    plainQueue('mail'),
    topic('events'),
    topic('news'),
    bucketFields.manifest({}),
  ],
  changing: [
    environmentFields,
    queueFields,
    topicFields,
    // What is left out keeps the default that it got first, beside what else was written then.
    without(bucketFields, 'lifecycle.nonCurrentToInfrequentAccessDays', 'lifecycle.nonCurrentToGlacierDays'),
  ].map(of => ({ ...of, fields: { ...of.fields, managementPolicy } })),
  settleMs: QUICK_MS,
};

const common: Fields = {
  managementPolicy,
  tags: { values: [{ team: 'shop' }, { team: 'web', 'cost center': '7' }] },
  'encryption.deletionWindowDays': { values: [7, 14], given: { encryption: { onDelete: 'Schedule' } } },
};

const environmentParts: Fields = {
  ...common,
  'logBucket.mode': { values: ['Enabled', 'Disabled'] },
  'network.flowLogs.mode': { values: ['Disabled', 'Enabled'] },
  'network.flowLogs.retentionDays': { values: [7, 30] },
  'network.gatewayEndpoints': { values: [[], ['s3'], ['dynamodb'], ['s3', 'dynamodb']] },
};

interface Parts {
  readonly network?: object;
  readonly kubernetes?: object;
}

const networkFields: KindFields = {
  kind: 'OptaEnvironment',
  manifest: ({ network, ...spec }: Parts) => withNetwork(network, spec),
  context: [],
  fields: { ...environmentParts, 'network.natGateways': { values: ['PerZone', 'Single', 'None'] } },
};

export const NETWORK: Place = {
  what: 'a network',
  beginning: () => [networkFields.manifest({})],
  changing: [networkFields],
  settleMs: QUICK_MS,
};

const clusterFields: KindFields = {
  kind: 'OptaEnvironment',
  manifest: ({ kubernetes, ...spec }: Parts) => withCluster(kubernetes, spec),
  context: [],
  fields: {
    ...environmentParts,
    'network.natGateways': { values: ['PerZone', 'Single'] },
    'kubernetes.nodeGroup.maxSize': { values: [4, 5] },
    'kubernetes.nodeGroup.diskGiB': { values: [60, 70] },
    'kubernetes.nodeGroup.labels': { values: [{ team: 'shop' }] },
    'kubernetes.nodeGroup.taints': { values: [[{ key: 'team', value: 'shop', effect: 'NoSchedule' }]] },
    'kubernetes.nodeGroup.instanceTypes': { values: [['t3.large']] },
    'kubernetes.nodeGroup.capacity': { values: ['Spot'] },
    'kubernetes.nodeGroup.image': { values: ['Latest', 'Pinned'] },
    'kubernetes.logRetentionDays': { values: [7, 30] },
    'kubernetes.supportType': { values: ['Extended', 'Standard'] },
    'kubernetes.deletionProtection': { values: [true, false] },
    'kubernetes.endpoint': { values: [{ public: true, publicCidrs: ['203.0.113.0/24'] }] },
    'kubernetes.controllerRoles.clusterAutoscaler': { values: ['Enabled', 'Disabled'] },
    'kubernetes.controllerRoles.loadBalancerController': { values: ['Enabled', 'Disabled'] },
    'kubernetes.addons': {
      values: [[...FEW_ADDONS, { name: 'kube-proxy', configuration: '{"mode":"ipvs"}' }]],
    },
  },
};

export const CLUSTER: Place = {
  what: 'a cluster',
  beginning: () => [clusterFields.manifest({})],
  changing: [clusterFields],
  settleMs: 40 * 60_000,
};

const domain = 'dev.example.com';
const domainFields: KindFields = {
  kind: 'OptaEnvironment',
  manifest: spec =>
    environment({
      logBucket: NO_LOG_BUCKET,
      encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
      ...spec,
    }),
  context: [],
  fields: {
    ...common,
    // Without its certificate the validation record stays as it is: AWS is not as if it had never been there.
    dns: { values: [{ domain }, { domain }, { domain, delegationCheck: 'Skip' }] },
  },
};

export const DOMAIN: Place = {
  what: 'a domain',
  beginning: () => [domainFields.manifest({ dns: { domain } })],
  changing: [domainFields],
  settleMs: QUICK_MS,
};

const existingFields: KindFields = {
  kind: 'OptaEnvironment',
  manifest: ({ kubernetes, dns, ...spec }: Parts & { readonly dns?: object }) =>
    withExisting(kubernetes, dns, spec),
  context: [],
  fields: {
    ...common,
    'kubernetes.controllerRoles.externalDns': { values: ['Enabled', 'Disabled'] },
    'kubernetes.controllerRoles.loadBalancerController': { values: ['Enabled', 'Disabled'] },
    'kubernetes.controllerRoles.clusterAutoscaler': { values: ['Enabled', 'Disabled'] },
    'dns.certificate': { values: [true, false] },
    'dns.delegationCheck': { values: ['Resolver', 'Skip'] },
  },
};

export const EXISTING: Place = {
  what: 'an environment in a network, with a cluster and a zone of others',
  prepare: makeByHand,
  beginning: () => [existingFields.manifest({})],
  changing: [existingFields],
  settleMs: QUICK_MS,
};
