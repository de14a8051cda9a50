/** A gateway with the EKS model and neighbours that tests fill by hand; no emulator runs. */
import { randomInt } from 'node:crypto';
import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { type Gateway, startGateway } from '../gateway.ts';
import { AT_ONCE, type EksControl, eksControl } from './index.ts';
import type { Key, LaunchTemplate, Neighbours, Role, SecurityGroup, Subnet } from './neighbours.ts';

const REGION = 'eu-central-1';

/** An account as EKS sees it; things made by EKS are in `groups` and `interfaces`. */
export interface FakeAccount extends Neighbours {
  roles: Map<string, Role>;
  users: Set<string>;
  subnets: Map<string, Subnet>;
  groups: Map<string, SecurityGroup & { name?: string }>;
  interfaces: Map<string, { subnetId: string; groupIds: readonly string[]; description: string }>;
  templates: Map<string, LaunchTemplate>;
  keys: Map<string, Key>;
  /** Written to. */
  logGroups: Set<string>;
}

export function fakeAccount(): FakeAccount {
  let made = 0;
  const roles = new Map<string, Role>();
  const users = new Set<string>();
  const subnets = new Map<string, Subnet>();
  const groups: FakeAccount['groups'] = new Map();
  const interfaces: FakeAccount['interfaces'] = new Map();
  const templates = new Map<string, LaunchTemplate>();
  const keys = new Map<string, Key>();
  const logGroups = new Set<string>();
  return {
    roles,
    users,
    subnets,
    groups,
    interfaces,
    templates,
    keys,
    logGroups,
    role: async (_, arn) => roles.get(arn),
    user: async (_, arn) => (users.has(arn) ? true : undefined),
    subnet: async (_, id) => subnets.get(id),
    securityGroup: async (_, id) => groups.get(id),
    launchTemplate: async (_, { id, name, version = '1' }) => {
      const found = [...templates.values()].find(
        one => (one.id === id || one.name === name) && one.version === version,
      );
      return found;
    },
    key: async (_, reference) => keys.get(reference),
    volumeKeyProblem: async (_, reference) =>
      keys.get(reference)?.state === 'Enabled' ? undefined : `Client.InternalError: ${reference}`,
    async makeClusterGroup(_, { name, vpcId }) {
      made += 1;
      groups.set(`sg-made-${made}`, { vpcId, name });
      return `sg-made-${made}`;
    },
    async removeGroup(_, id) {
      groups.delete(id);
    },
    async makeInterface(_, of) {
      made += 1;
      interfaces.set(`eni-made-${made}`, of);
      return `eni-made-${made}`;
    },
    async removeInterface(_, id) {
      interfaces.delete(id);
    },
    async writeLogs(_, group) {
      logGroups.add(group);
    },
  };
}

export interface EksBench {
  gateway: Gateway;
  control: EksControl;
  stop(): Promise<void>;
}

export async function startEksBench(): Promise<EksBench> {
  const gateway = await startGateway({ upstreams: { ministack: 'http://127.0.0.1:9' } });
  const control = eksControl(gateway);
  control.settings.durations = AT_ONCE;
  control.settings.asOf = Date.parse('2026-11-25');
  return { gateway, control, stop: () => gateway.stop() };
}

export interface EksWorld {
  eks: EKSClient;
  place: { accountId: string; region: string };
  account: FakeAccount;
  clusterRole: string;
  nodeRole: string;
  podRole: string;
  keyArn: string;
}

/** An empty account with a VPC over three zones and the roles that a cluster needs. */
export function eksWorld(bench: EksBench): EksWorld {
  const accountId = String(randomInt(1e11, 9e11));
  const account = fakeAccount();
  bench.control.settings.neighbours = account;
  const role = (name: string, service: string) => {
    const arn = `arn:aws:iam::${accountId}:role/${name}`;
    account.roles.set(arn, { trusts: [service] });
    return arn;
  };
  for (const zone of ['a', 'b', 'c']) {
    const id = `subnet-${zone}`;
    account.subnets.set(id, { id, vpcId: 'vpc-1', zone: `${REGION}${zone}`, zoneId: `euc1-az-${zone}` });
  }
  account.subnets.set('subnet-other', { id: 'subnet-other', vpcId: 'vpc-2', zone: 'x', zoneId: 'x' });
  const keyArn = `arn:aws:kms:${REGION}:${accountId}:key/one`;
  account.keys.set(keyArn, { arn: keyArn, state: 'Enabled' });
  return {
    eks: new EKSClient({
      endpoint: bench.gateway.url,
      region: REGION,
      credentials: { accessKeyId: accountId, secretAccessKey: 'bench' },
      maxAttempts: 1,
    }),
    place: { accountId, region: REGION },
    account,
    clusterRole: role('cluster', 'eks.amazonaws.com'),
    nodeRole: role('node', 'ec2.amazonaws.com'),
    podRole: role('pod', 'pods.eks.amazonaws.com'),
    keyArn,
  };
}

/** And an active cluster `prod` of version 1.34. */
export async function worldWithCluster(
  bench: EksBench,
  authenticationMode: 'API' | 'CONFIG_MAP' = 'API',
): Promise<EksWorld> {
  const made = eksWorld(bench);
  const bootstrapClusterCreatorAdminPermissions = authenticationMode !== 'API';
  await made.eks.send(
    new CreateClusterCommand({
      name: 'prod',
      version: '1.34',
      roleArn: made.clusterRole,
      resourcesVpcConfig: { subnetIds: ['subnet-a', 'subnet-b'] },
      accessConfig: { authenticationMode, bootstrapClusterCreatorAdminPermissions },
    }),
  );
  return made;
}

/** The error's name, or `accepted`. */
export function outcomeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}
