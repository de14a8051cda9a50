/** What the tests of this folder need around an EKS resource. */
import { CreateClusterCommand, type CreateClusterCommandInput } from '@aws-sdk/client-eks';
import { AT_ONCE, type EksControl, eksControl } from '../../../hack/bench/aws/eks/index.ts';
import { type FakeAccount, fakeAccount } from '../../../hack/bench/aws/eks/testing.ts';
import type { World } from '../conformance/world.ts';

/** The release calendar of this day, so that the tests do not age. */
const TODAY = Date.parse('2026-11-25');
const NOTHING = { instanceType: false, image: false, subnet: false, instanceProfile: false };

export interface EksParts {
  readonly control: EksControl;
  readonly account: FakeAccount;
  readonly cluster: string;
  readonly clusterRole: string;
  readonly nodeRole: string;
  readonly podRoles: readonly [string, string];
  readonly keyArns: readonly [string, string];
  /** In two zones; the third and fourth are others of the same zones. */
  readonly subnets: readonly [string, string, string, string];
  readonly groups: readonly [string, string];
  readonly templateId: string;
}

/** An account with a VPC, roles, keys and a launch template of two versions, as EKS sees it; nothing takes time. */
export function eksParts(world: World): EksParts {
  const control = eksControl(world.gateway);
  const account = fakeAccount();
  control.settings.neighbours = account;
  control.settings.durations = AT_ONCE;
  control.settings.failures = [];
  control.settings.asOf = TODAY;
  const { accountId, region } = world.scope;
  const role = (name: string, service: string) => {
    const arn = `arn:aws:iam::${accountId}:role/${name}`;
    account.roles.set(arn, { trusts: [service] });
    return arn;
  };
  const key = (name: string) => {
    const arn = `arn:aws:kms:${region}:${accountId}:key/${name}`;
    account.keys.set(arn, { arn, state: 'Enabled' });
    return arn;
  };
  const subnet = (id: string, zone: string) => {
    account.subnets.set(id, { id, vpcId: 'vpc-1', zone: `${region}${zone}`, zoneId: `az-${zone}` });
    return id;
  };
  const group = (id: string) => {
    account.groups.set(id, { vpcId: 'vpc-1' });
    return id;
  };
  for (const version of ['1', '2'])
    account.templates.set(version, { id: 'lt-1', name: 'nodes', version, has: NOTHING });
  return {
    control,
    account,
    cluster: `opta-${world.unique}`,
    clusterRole: role('cluster', 'eks.amazonaws.com'),
    nodeRole: role('node', 'ec2.amazonaws.com'),
    podRoles: [role('pod-1', 'pods.eks.amazonaws.com'), role('pod-2', 'pods.eks.amazonaws.com')],
    keyArns: [key('one'), key('two')],
    subnets: [
      subnet('subnet-a1', 'a'),
      subnet('subnet-b1', 'b'),
      subnet('subnet-a2', 'a'),
      subnet('subnet-b2', 'b'),
    ],
    groups: [group('sg-1'), group('sg-2')],
    templateId: 'lt-1',
  };
}

/** An active cluster of version 1.34 that something is made in. */
export async function withCluster(
  world: World,
  parts: EksParts,
  changes: Partial<CreateClusterCommandInput> = {},
): Promise<void> {
  await world.scope.eks.send(
    new CreateClusterCommand({
      name: parts.cluster,
      version: '1.34',
      roleArn: parts.clusterRole,
      resourcesVpcConfig: { subnetIds: [parts.subnets[0], parts.subnets[1]] },
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
      ...changes,
    }),
  );
}
