import { ACCOUNT, environment } from '../../support/manifests.ts';
import type { KindFields } from './field.ts';

const byLabel = { allowedNamespaces: { selector: { matchLabels: { 'opta.dev/environment': 'dev' } } } };
const byExpression = {
  allowedNamespaces: {
    selector: { matchExpressions: [{ key: 'opta.dev/environment', operator: 'In', values: ['dev'] }] },
  },
};
const adoption = { grants: { adopt: [{ namespace: 'shop', kind: 'Queue', ids: ['old'] }] } };
const others = { grants: { serviceAccountNamespaces: [{ namespace: 'shop', clusterNamespaces: ['web'] }] } };
const role = `arn:aws:iam::${ACCOUNT}:role/operator`;

/** What takes AWS minutes: `fields.test.ts` sees that the stories of networks, clusters and domains tell each. */
export const PARTS = [
  'dns.certificate',
  'dns.delegationCheck',
  'dns.domain',
  'dns.existingZoneId',
  'kubernetes.addons',
  'kubernetes.addons[].configuration',
  'kubernetes.addons[].mode',
  'kubernetes.addons[].name',
  'kubernetes.addons[].version',
  'kubernetes.admins',
  'kubernetes.admins[].namespaces',
  'kubernetes.admins[].policy',
  'kubernetes.admins[].principalArn',
  'kubernetes.controllerRoles.clusterAutoscaler',
  'kubernetes.controllerRoles.externalDns',
  'kubernetes.controllerRoles.loadBalancerController',
  'kubernetes.deletionProtection',
  'kubernetes.endpoint.public',
  'kubernetes.endpoint.publicCidrs',
  'kubernetes.existing.clusterName',
  'kubernetes.logRetentionDays',
  'kubernetes.nodeGroup.amiType',
  'kubernetes.nodeGroup.capacity',
  'kubernetes.nodeGroup.diskGiB',
  'kubernetes.nodeGroup.instanceTypes',
  'kubernetes.nodeGroup.labels',
  'kubernetes.nodeGroup.maxSize',
  'kubernetes.nodeGroup.minSize',
  'kubernetes.nodeGroup.taints',
  'kubernetes.nodeGroup.taints[].effect',
  'kubernetes.nodeGroup.taints[].key',
  'kubernetes.nodeGroup.taints[].value',
  'kubernetes.nodeGroup.updateMaxUnavailablePercent',
  'kubernetes.supportType',
  'kubernetes.version',
  'network.availabilityZones',
  'network.cidr',
  'network.existing.privateSubnetIds',
  'network.existing.publicSubnetIds',
  'network.existing.vpcId',
  'network.flowLogs.mode',
  'network.flowLogs.retentionDays',
  'network.gatewayEndpoints',
  'network.natGateways',
  'network.privateSubnetCidrs',
  'network.publicSubnetCidrs',
] as const;

export const environmentFields: KindFields = {
  kind: 'OptaEnvironment',
  manifest: environment,
  context: [],
  fields: {
    managementPolicy: { values: ['ApproveHighRisk', 'ApproveAll', 'Observe'], group: 'policies' },
    deletionPolicy: { values: ['Retain', 'Delete'], group: 'policies' },
    tags: { values: [{ team: 'shop' }, { team: 'web', 'cost center': '7' }] },
    region: 'immutable: every story sets it',
    accountId: 'immutable: every story sets it',
    roleArn: { values: [role, `${role}-2`] },
    externalId: { values: ['one', 'two-2'], given: { roleArn: role }, group: 'external id' },
    'allowedNamespaces.from': { values: ['All', 'Selector'] },
    'allowedNamespaces.selector.matchLabels': {
      values: [{ 'opta.dev/environment': 'dev' }, { team: 'shop' }],
      group: 'selector',
    },
    'allowedNamespaces.selector.matchExpressions': {
      values: [[{ key: 'team', operator: 'Exists' }], [{ key: 'team', operator: 'DoesNotExist' }]],
      given: byLabel,
      group: 'selector',
    },
    'allowedNamespaces.selector.matchExpressions[].key': {
      values: ['opta.dev/environment', 'team'],
      given: byExpression,
      stays: true,
      group: 'expression',
    },
    'allowedNamespaces.selector.matchExpressions[].operator': {
      values: ['In', 'NotIn'],
      given: byExpression,
      stays: true,
      group: 'expression',
    },
    'allowedNamespaces.selector.matchExpressions[].values': {
      values: [['dev'], ['dev', 'test']],
      given: byExpression,
      stays: true,
      group: 'expression',
    },
    ...Object.fromEntries(PARTS.map(path => [path, 'of network, cluster or domain: test/faults/stories'])),
    'encryption.deletionWindowDays': { values: [7, 14] },
    'encryption.onDelete': { values: ['Schedule', 'Keep'] },
    'logBucket.mode': { values: ['Disabled', 'Enabled'], group: 'log bucket off and on' },
    'logBucket.retentionDays': { values: [30, 400] },
    'grants.publicBuckets.namespaces': { values: [['shop'], ['shop', 'web']] },
    'grants.managedPolicies': { values: [['arn:aws:iam::aws:policy/ReadOnlyAccess'], []] },
    'grants.principals': { values: [['222222222222'], ['arn:aws:iam::222222222222:role/reader']] },
    'grants.serviceAccountNamespaces': {
      values: [[{ namespace: 'shop', clusterNamespaces: ['web'] }], []],
    },
    'grants.serviceAccountNamespaces[].namespace': {
      values: ['shop', 'web'],
      given: others,
      stays: true,
      group: 'parts of lists',
    },
    'grants.serviceAccountNamespaces[].clusterNamespaces': {
      values: [['web'], ['web', 'jobs']],
      given: others,
      stays: true,
      group: 'parts of lists',
    },
    'grants.adopt': { values: [[{ namespace: 'shop', kind: 'Queue', ids: ['old'] }], []] },
    'grants.adopt[].namespace': {
      values: ['shop', 'web'],
      given: adoption,
      stays: true,
      group: 'parts of lists',
    },
    'grants.adopt[].kind': {
      values: ['Queue', 'Topic'],
      given: adoption,
      stays: true,
      group: 'parts of lists',
    },
    'grants.adopt[].ids': {
      values: [['old'], ['old', 'older']],
      given: adoption,
      stays: true,
      group: 'parts of lists',
    },
    'network.enabled': { values: [false] },
    'kubernetes.enabled': { values: [false] },
  },
};
