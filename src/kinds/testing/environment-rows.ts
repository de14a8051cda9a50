import { expect } from 'vitest';
import { ACCOUNT } from './graph.ts';
import type { Row, Rows } from './rows.ts';

const cluster = { endpoint: { public: false }, admins: [] };
const principalArn = `arn:aws:iam::${ACCOUNT}:role/admin`;
/** With a hash of the whole ARN. */
const ADMIN = '[access/admin-076ded]';

function kubernetes(spec: object, at: string, is: unknown): Row {
  return { spec: { kubernetes: { ...cluster, ...spec } }, at, is };
}

function network(spec: object, at: string, is: unknown): Row {
  // With kubernetes, as admission asks: what is older has no network.
  return { spec: { kubernetes: { enabled: false }, network: spec }, at, is };
}

function nodes(spec: object, field: string, is: unknown): Row {
  return kubernetes({ nodeGroup: spec }, `[node-group].desired.${field}`, is);
}

function admin(spec: object, field: string, is: unknown): Row {
  return kubernetes({ admins: [{ principalArn, ...spec }] }, `${ADMIN}.desired.${field}`, is);
}

function addon(name: string, spec: object, at: string, is: unknown): Row {
  return kubernetes({ addons: [{ name, ...spec }] }, `[addon/${name}]${at}`, is);
}

const existing = { vpcId: 'vpc-0a1b2c3d', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] };
const taint = { key: 'dedicated', value: 'x', effect: 'NoSchedule' };
const ranges = (third: number) => [0, 1, 2].map(zone => `10.0.${third + zone}.0/24`);
const chosen = { publicSubnetCidrs: ranges(10), privateSubnetCidrs: ranges(20) };

export const environmentRows: Rows = {
  'network.enabled': network({ enabled: true }, 'vpc.type', 'ec2/vpc'),
  'network.cidr': network({ cidr: '10.7.0.0/16' }, 'vpc.desired.cidr', '10.7.0.0/16'),
  'network.availabilityZones': network({ availabilityZones: 4 }, '[subnet/private/4].desired.zoneId', 'd'),
  'network.publicSubnetCidrs': network(chosen, '[subnet/public/1].desired.cidr', '10.0.10.0/24'),
  'network.privateSubnetCidrs': network(chosen, '[subnet/private/3].desired.cidr', '10.0.22.0/24'),
  'network.natGateways': network(
    { natGateways: 'Single' },
    '[route/private/2/internet].desired.target',
    'nat-gateway/1-id',
  ),
  'network.flowLogs.mode': network(
    { flowLogs: { mode: 'Enabled' } },
    '[flow-log].desired.trafficType',
    'ALL',
  ),
  'network.flowLogs.retentionDays': network(
    { flowLogs: { retentionDays: 7 } },
    '[log-group/flow-logs].desired.retentionDays',
    7,
  ),
  'network.gatewayEndpoints': network(
    { gatewayEndpoints: ['dynamodb'] },
    '[endpoint/dynamodb].desired.serviceName',
    'com.amazonaws.eu-central-1.dynamodb',
  ),
  'network.existing.vpcId': network({ existing }, '[existing-network].desired.vpcId', existing.vpcId),
  'network.existing.privateSubnetIds': network(
    { existing },
    '[existing-network].desired.privateSubnetIds',
    existing.privateSubnetIds,
  ),
  'network.existing.publicSubnetIds': network(
    { existing: { ...existing, publicSubnetIds: ['subnet-2a1b2c3d'] } },
    '[existing-network].desired.publicSubnetIds',
    ['subnet-2a1b2c3d'],
  ),
  'kubernetes.enabled': 'whether the others are read: environment.test.ts',
  'kubernetes.version': kubernetes({ version: '1.36' }, 'cluster.desired.targetVersion', '1.36'),
  'kubernetes.endpoint.public': 'goes with publicCidrs, as admission asks',
  'kubernetes.endpoint.publicCidrs': kubernetes(
    { endpoint: { public: true, publicCidrs: ['203.0.113.0/24'] } },
    'cluster.desired.publicCidrs',
    ['203.0.113.0/24'],
  ),
  'kubernetes.nodeGroup.instanceTypes': nodes({ instanceTypes: ['m7g.large'] }, 'instanceTypes', [
    'm7g.large',
  ]),
  'kubernetes.nodeGroup.minSize': nodes({ minSize: 2 }, 'minSize', 2),
  'kubernetes.nodeGroup.maxSize': nodes({ maxSize: 7 }, 'maxSize', 7),
  'kubernetes.nodeGroup.diskGiB': kubernetes(
    { nodeGroup: { diskGiB: 77 } },
    '[launch-template].desired.data.BlockDeviceMappings.0.Ebs.VolumeSize',
    77,
  ),
  'kubernetes.nodeGroup.capacity': nodes({ capacity: 'Spot' }, 'capacityType', 'SPOT'),
  'kubernetes.nodeGroup.amiType': nodes({ amiType: 'BOTTLEROCKET_ARM_64' }, 'amiType', 'BOTTLEROCKET_ARM_64'),
  'kubernetes.nodeGroup.image': nodes({ image: 'Latest' }, 'releaseVersion', '1.35.4-20261101'),
  'kubernetes.nodeGroup.labels': nodes({ labels: { pool: 'main' } }, 'labels.pool', 'main'),
  'kubernetes.nodeGroup.taints[].key': nodes({ taints: [taint] }, 'taints.0.key', 'dedicated'),
  'kubernetes.nodeGroup.taints[].value': nodes({ taints: [taint] }, 'taints.0.value', 'x'),
  'kubernetes.nodeGroup.taints[].effect': nodes({ taints: [taint] }, 'taints.0.effect', 'NO_SCHEDULE'),
  'kubernetes.nodeGroup.updateMaxUnavailablePercent': nodes(
    { updateMaxUnavailablePercent: 50 },
    'maxUnavailablePercentage',
    50,
  ),
  'kubernetes.admins[].principalArn': admin({}, 'principalArn', principalArn),
  'kubernetes.admins[].policy': admin(
    { policy: 'View' },
    'policies.0.policyArn',
    'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
  ),
  'kubernetes.admins[].namespaces': admin({ namespaces: ['shop'] }, 'policies.0.namespaces', ['shop']),
  'kubernetes.addons[].name': addon('vpc-cni', {}, '.name', expect.stringMatching(/\/vpc-cni$/)),
  'kubernetes.addons[].mode': 'whether it is there: environment.test.ts',
  'kubernetes.addons[].version': addon(
    'coredns',
    { version: 'v1.12.4-eksbuild.1' },
    '.desired.version',
    'v1.12.4-eksbuild.1',
  ),
  'kubernetes.addons[].configuration': addon(
    'vpc-cni',
    { configuration: '{"env":{"A":"b"}}' },
    '.desired.configuration.env.A',
    'b',
  ),
  'kubernetes.controllerRoles.externalDns': 'whether there is one: environment.test.ts',
  'kubernetes.controllerRoles.loadBalancerController': 'whether there is one: environment.test.ts',
  'kubernetes.controllerRoles.clusterAutoscaler': 'whether there is one: environment.test.ts',
  'kubernetes.logRetentionDays': kubernetes(
    { logRetentionDays: 7 },
    '[log-group/cluster].desired.retentionDays',
    7,
  ),
  'kubernetes.supportType': kubernetes(
    { supportType: 'Extended' },
    'cluster.desired.supportType',
    'EXTENDED',
  ),
  'kubernetes.deletionProtection': kubernetes(
    { deletionProtection: false },
    'cluster.desired.deletionProtection',
    false,
  ),
  'kubernetes.existing.clusterName': {
    spec: { kubernetes: { existing: { clusterName: 'main' } } },
    at: 'cluster.desired.clusterName',
    is: 'main',
  },
  'dns.domain': {
    spec: { dns: { domain: 'dev.example.com' } },
    at: 'zone.desired.domain',
    is: 'dev.example.com',
  },
  'dns.existingZoneId': {
    spec: { dns: { domain: 'dev.example.com', existingZoneId: 'Z0123456789' } },
    at: '[existing-zone].desired.zoneId',
    is: 'Z0123456789',
  },
  'dns.delegationCheck': {
    spec: { dns: { domain: 'dev.example.com', delegationCheck: 'Resolver' } },
    at: 'delegation.desired.domain',
    is: 'dev.example.com',
  },
  'dns.certificate': {
    spec: { dns: { domain: 'dev.example.com', certificate: true } },
    at: 'certificate.desired.alternativeNames',
    is: ['*.dev.example.com'],
  },
};
