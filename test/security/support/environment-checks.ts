import { environmentKeyOf, keyPolicies } from './checks.ts';
import { clusterAccess, s6, s7, s8, s9, s31 } from './cluster-checks.ts';
import type { EnvironmentState } from './environment-state.ts';
import { when } from './judge.ts';
import { s1, s2, s3, s4, s5, s20 } from './network-checks.ts';
import { s21, s22, s24, systemRoles, workloadBound } from './role-checks.ts';

/** A promise about an environment as a function of what AWS has: answers what does not hold. */
export type EnvironmentCheck = (state: EnvironmentState, asked: EnvironmentAsked) => readonly string[];

/** What its spec asked for, and what people are told. */
export interface EnvironmentAsked {
  readonly region: string;
  readonly zones: number;
  readonly domain: string;
  /** None: the endpoint is private. */
  readonly publicCidrs: readonly string[];
  /** Access policies, by the principal that has them. */
  readonly admins: Readonly<Record<string, string>>;
  /** In ms since 1970. */
  readonly now: number;
  /** Conditions of the object that are true. */
  readonly told: readonly string[];
}

/** S26: one zone, and one certificate for the domain and all names below it that the zone validates. */
export const s26: EnvironmentCheck = ({ zones, certificates }, { domain }) => {
  const [zone, ...others] = zones.filter(one => one.zone.Name === `${domain}.`);
  const [certificate, ...more] = certificates;
  const names = [...(certificate?.SubjectAlternativeNames ?? [])].sort();
  return [
    ...when(zone === undefined || others.length > 0, `there are ${zones.length} zones`),
    ...when(zone?.zone.Config?.PrivateZone === true, 'the zone is private'),
    ...when(certificate === undefined || more.length > 0, `there are ${certificates.length} certificates`),
    ...when(certificate?.Status !== 'ISSUED', `the certificate is ${certificate?.Status}`),
    ...when(
      names.join() !== [`*.${domain}`, domain].join(),
      `the certificate is for ${names.join() || '(nothing)'}`,
    ),
    ...(certificate?.DomainValidationOptions ?? []).flatMap(option => {
      const { Name, Type, Value = '' } = option.ResourceRecord ?? {};
      const record = zone?.records.find(one => one.Name === Name && one.Type === Type);
      const values = (record?.ResourceRecords ?? []).map(one => one.Value ?? '');
      return [
        ...when(
          option.ValidationMethod !== 'DNS',
          `${option.DomainName} is validated by ${option.ValidationMethod}`,
        ),
        ...when(
          values.map(withoutDot).join() !== withoutDot(Value),
          `the zone says ${values.join() || 'nothing'} of ${Name}, which validates ${option.DomainName}`,
        ),
      ];
    }),
  ];
};

function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}

const LOG_TYPES = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];

/** S29: all traffic and all five sorts of the control plane's logs, encrypted and kept for a time. */
export const s29: EnvironmentCheck = state => {
  const { network, clusters, logGroups, roles } = state;
  const key = environmentKeyOf(state)?.metadata.Arn;
  const vpcId = network.vpcs[0]?.VpcId;
  const ofVpc = network.flowLogs.filter(one => one.ResourceId === vpcId);
  const role = roles.find(one => one.node === 'role/flow-logs');
  const destinations = [
    ...ofVpc.map(one => (one.LogDestination ?? '').replace(/^.*log-group:/, '')),
    ...clusters.map(({ cluster }) => `/aws/eks/${cluster.name}/cluster`),
  ];
  return [
    ...when(ofVpc.length !== 1, `there are ${ofVpc.length} flow logs`),
    ...ofVpc.flatMap(one => [
      ...when(one.FlowLogStatus !== 'ACTIVE', `the flow log is ${one.FlowLogStatus}`),
      ...when(one.DeliverLogsStatus !== 'SUCCESS', `its delivery is ${one.DeliverLogsStatus}`),
      ...when(one.TrafficType !== 'ALL', `it logs ${one.TrafficType} traffic`),
      ...when(one.DeliverLogsPermissionArn !== role?.arn, `it is written by ${one.DeliverLogsPermissionArn}`),
    ]),
    ...clusters.flatMap(({ cluster }) => {
      const on = (cluster.logging?.clusterLogging ?? [])
        .filter(one => one.enabled === true)
        .flatMap(one => one.types ?? []);
      return when(
        [...on].sort().join() !== LOG_TYPES.join(),
        `the control plane logs ${on.join() || '(nothing)'}`,
      );
    }),
    ...destinations.flatMap(name => {
      const group = logGroups.find(one => one.logGroupName === name);
      return [
        ...when(group === undefined, `there is no log group ${name}`),
        ...when(group?.kmsKeyId !== key, `the key of ${name} is ${group?.kmsKeyId}`),
        ...when(group?.retentionInDays === undefined, `${name} is kept for ever`),
      ];
    }),
  ];
};

/** S30: the environment's key, of which much hangs. */
export const s30: EnvironmentCheck = state => {
  const key = environmentKeyOf(state);
  return [
    ...keyPolicies(state),
    ...when(key === undefined, 'there is no key of the environment, or it is to be deleted'),
    ...when(key?.metadata.KeyState !== 'Enabled', `the key is ${key?.metadata.KeyState}`),
    ...when(key?.metadata.KeyManager !== 'CUSTOMER', `the key is ${key?.metadata.KeyManager}'s`),
    ...when(key?.isRotated !== true, 'the key is not rotated'),
    ...when(key?.aliases.length !== 1, `aliases of the key are ${key?.aliases.join() || '(none)'}`),
  ];
};

/** All of them, by what they promise. */
export const ENVIRONMENT_ROWS: Readonly<Record<string, EnvironmentCheck>> = {
  'S1: it is in one region': s1,
  'S2: it has a network of its own over several zones': s2,
  'S3: public subnets are for load balancers and NAT gateways': s3,
  'S4: what runs is in private subnets': s4,
  'S5: nothing external reaches it': s5,
  'S6: nodes are one group, with encrypted disks and without metadata for pods': s6,
  'S7: Kubernetes and images of nodes get their fixes, or people are told': s7,
  'S8: the endpoint is as public as the spec says': s8,
  'S9: secrets are encrypted with its key': s9,
  'S20: stores let the VPC in to their port': s20,
  'S21: nodes can join and pull images': s21,
  'S22: service accounts have roles by its issuer or Pod Identity': s22,
  'S22: each role may do what its component needs': systemRoles,
  'S24: each role has a boundary': s24,
  'S24: there is one for roles of teams': workloadBound,
  'S22: the cluster is for whom the spec names': clusterAccess,
  'S26: there is one zone and one certificate': s26,
  'S29: traffic and control plane are logged': s29,
  'S30: its key is used for this account only': s30,
  'S31: the cluster is not deleted by surprise': s31,
};
