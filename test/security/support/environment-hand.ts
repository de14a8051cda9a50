import { DeleteCertificateCommand } from '@aws-sdk/client-acm';
import {
  AssociateKmsKeyCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DisassociateKmsKeyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateVersionCommand,
  CreateRouteCommand,
  DeleteFlowLogsCommand,
  DeleteRouteCommand,
  type IpPermission,
  type LaunchTemplateVersion,
  ModifyLaunchTemplateCommand,
  ModifySubnetAttributeCommand,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
  type RequestLaunchTemplateData,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DeletePodIdentityAssociationCommand,
  UpdateClusterConfigCommand,
  type UpdateClusterConfigCommandInput,
  UpdateNodegroupVersionCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { ChangeResourceRecordSetsCommand, DeleteHostedZoneCommand } from '@aws-sdk/client-route-53';
import type { EnvironmentWorld } from './environment-world.ts';
import { byHand, type Edit, edited } from './hand.ts';
import { nodeOf } from './network-state.ts';
import { readSecurity } from './state.ts';

function there<T>(one: T | undefined, what: string): T {
  if (one === undefined) throw new Error(`AWS has no ${what}`);
  return one;
}

/** What somebody with all rights does to an environment past the operator. */
export async function environmentByHand({
  world,
  clients,
  state,
}: Pick<EnvironmentWorld, 'world' | 'clients' | 'state'>) {
  const { ec2, eks, iam, logs, route53, acm } = clients;
  const { network, clusters, roles, policies, providers, zones, certificates } = await state();
  const { cluster, nodegroups, podIdentities } = there(clusters[0], 'cluster');
  const { name = '' } = cluster;
  const group = (id: string) =>
    there(
      network.groups.find(one => nodeOf(one) === id || one.GroupName === id),
      `security group ${id}`,
    );
  const table = (id: string) =>
    there(
      network.tables.find(one => nodeOf(one) === id),
      `route table ${id}`,
    );
  const subnet = (id: string) =>
    there(
      network.subnets.find(one => nodeOf(one) === id),
      `subnet ${id}`,
    );
  const role = (id: string) =>
    there(
      roles.find(one => one.node === id),
      id,
    );
  const policy = (id: string) =>
    there(
      policies.find(one => one.node === id),
      id,
    );
  const template = there(nodegroups[0]?.launchTemplate, 'launch template');
  const identity = (account: string) =>
    there(
      podIdentities.find(one => one.serviceAccount === account),
      `Pod Identity of ${account}`,
    );
  const internetGateway = there(
    table('route-table/public').Routes?.find(one => one.GatewayId?.startsWith('igw-')),
    'way out of public subnets',
  ).GatewayId;
  const provider = there(providers[0], 'OIDC provider').arn;
  const flowLog = there(network.flowLogs[0], 'flow log');
  const groupNames = {
    'flow-logs': (flowLog.LogDestination ?? '').replace(/^.*log-group:/, ''),
    cluster: `/aws/eks/${name}/cluster`,
  };

  async function updateCluster(change: Omit<UpdateClusterConfigCommandInput, 'name'>): Promise<void> {
    await eks.send(new UpdateClusterConfigCommand({ name, ...change }));
    // EKS takes its time; nobody looks before it is done.
    world.clock.advance(2_000);
  }

  function associationOf(id: string, { Associations = [] }: RouteTable): string | undefined {
    return Associations.find(one => one.SubnetId === subnet(id).SubnetId)?.RouteTableAssociationId;
  }

  async function validation(change: 'DELETE' | 'UPSERT', Value?: string): Promise<void> {
    const zone = there(zones[0], 'zone');
    const record = there(
      zone.records.find(one => one.Type === 'CNAME'),
      'validation record',
    );
    const ResourceRecordSet = Value === undefined ? record : { ...record, ResourceRecords: [{ Value }] };
    const ChangeBatch = { Changes: [{ Action: change, ResourceRecordSet }] };
    await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone.zone.Id, ChangeBatch }));
  }

  return {
    ...byHand(world.aws, await readSecurity(world.aws)),
    publicAddresses: (id: string) =>
      ec2.send(
        new ModifySubnetAttributeCommand({
          SubnetId: subnet(id).SubnetId,
          MapPublicIpOnLaunch: { Value: true },
        }),
      ),
    route: (id: string, DestinationCidrBlock: string) =>
      ec2.send(
        new CreateRouteCommand({
          RouteTableId: table(id).RouteTableId,
          DestinationCidrBlock,
          GatewayId: internetGateway,
        }),
      ),
    routeOut: (id: string, to: { NatGatewayId?: string | undefined } = { NatGatewayId: undefined }) =>
      ec2.send(
        new ReplaceRouteCommand({
          RouteTableId: table(id).RouteTableId,
          DestinationCidrBlock: '0.0.0.0/0',
          ...(to.NatGatewayId === undefined ? { GatewayId: internetGateway } : to),
        }),
      ),
    natOf: (id: string) =>
      there(
        network.nats.find(one => nodeOf(one) === id),
        id,
      ).NatGatewayId,
    noRoute: (id: string) =>
      ec2.send(
        new DeleteRouteCommand({
          RouteTableId: table(id).RouteTableId,
          DestinationCidrBlock: '0.0.0.0/0',
        }),
      ),
    move: (id: string, from: string, to: string) =>
      ec2.send(
        new ReplaceRouteTableAssociationCommand({
          AssociationId: associationOf(id, table(from)),
          RouteTableId: table(to).RouteTableId,
        }),
      ),
    letIn: (id: string, permission: IpPermission) =>
      ec2.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: group(id).GroupId,
          IpPermissions: [permission],
        }),
      ),
    letOut: (id: string, permission: IpPermission) =>
      ec2.send(
        new AuthorizeSecurityGroupEgressCommand({ GroupId: group(id).GroupId, IpPermissions: [permission] }),
      ),
    /** Another default version, whose number it gives; `isUsed`: nodes are of it instead. */
    async template(change: RequestLaunchTemplateData, isUsed = false) {
      const { id: LaunchTemplateId } = template;
      const isDefault = (one: LaunchTemplateVersion) =>
        one.LaunchTemplateId === LaunchTemplateId && one.DefaultVersion === true;
      const { MetadataOptions, BlockDeviceMappings } =
        network.templates.find(isDefault)?.LaunchTemplateData ?? {};
      const before = { MetadataOptions, BlockDeviceMappings } as RequestLaunchTemplateData;
      const LaunchTemplateData = { ...before, ...change };
      const { LaunchTemplateVersion: made } = await ec2.send(
        new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData }),
      );
      const version = String(made?.VersionNumber);
      if (!isUsed) {
        await ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: version }));
        return version;
      }
      const { nodegroupName } = there(nodegroups[0], 'node group');
      const launchTemplate = { id: LaunchTemplateId, version };
      await eks.send(new UpdateNodegroupVersionCommand({ clusterName: name, nodegroupName, launchTemplate }));
      world.clock.advance(4_000);
      return version;
    },
    updateCluster,
    async access(principalArn: string, policy: string) {
      const of = { clusterName: name, principalArn };
      await eks.send(new CreateAccessEntryCommand(of)).catch(() => {});
      const policyArn = `arn:aws:eks::aws:cluster-access-policy/AmazonEKS${policy}Policy`;
      await eks.send(
        new AssociateAccessPolicyCommand({ ...of, policyArn, accessScope: { type: 'cluster' } }),
      );
    },
    attach: (id: string, policy: string) =>
      iam.send(
        new AttachRolePolicyCommand({
          RoleName: role(id).name,
          PolicyArn: `arn:aws:iam::aws:policy/${policy}`,
        }),
      ),
    detach: (id: string, policy: string) =>
      iam.send(
        new DetachRolePolicyCommand({
          RoleName: role(id).name,
          PolicyArn: `arn:aws:iam::aws:policy/${policy}`,
        }),
      ),
    inline: (id: string, PolicyName: string, statement: object) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName: role(id).name,
          PolicyName,
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', ...statement }],
          }),
        }),
      ),
    noBoundary: (id: string) =>
      iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: role(id).name })),
    boundary: (id: string, policy: string) =>
      iam.send(
        new PutRolePermissionsBoundaryCommand({
          RoleName: role(id).name,
          PermissionsBoundary: `arn:aws:iam::aws:policy/${policy}`,
        }),
      ),
    policy: (id: string, edit: Edit) =>
      iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn: policy(id).arn,
          PolicyDocument: edited(policy(id).document, edit),
          SetAsDefault: true,
        }),
      ),
    noPolicy: (id: string) => iam.send(new DeletePolicyCommand({ PolicyArn: policy(id).arn })),
    noInline: (id: string, PolicyName = role(id).inline[0]) =>
      iam.send(new DeleteRolePolicyCommand({ RoleName: role(id).name, PolicyName })),
    trust: (id: string, edit: Edit) =>
      iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: role(id).name,
          PolicyDocument: edited(role(id).trust, edit),
        }),
      ),
    audience: (ClientID: string) =>
      iam.send(
        new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider, ClientID }),
      ),
    noAudience: () =>
      iam.send(
        new RemoveClientIDFromOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: provider,
          ClientID: 'sts.amazonaws.com',
        }),
      ),
    noProvider: () =>
      iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider })),
    identity: (account: string, id: string) =>
      eks.send(
        new UpdatePodIdentityAssociationCommand({
          clusterName: name,
          associationId: identity(account).associationId,
          roleArn: role(id).arn,
        }),
      ),
    noIdentity: (account: string) =>
      eks.send(
        new DeletePodIdentityAssociationCommand({
          clusterName: name,
          associationId: identity(account).associationId,
        }),
      ),
    /** With its nodes, which EKS asks for. */
    async noCluster() {
      await updateCluster({ deletionProtection: false });
      for (const { nodegroupName } of nodegroups)
        await eks.send(new DeleteNodegroupCommand({ clusterName: name, nodegroupName }));
      world.clock.advance(3_000);
      await eks.send(new DeleteClusterCommand({ name }));
      world.clock.advance(4_000);
    },
    async noZone() {
      await validation('DELETE');
      await route53.send(new DeleteHostedZoneCommand({ Id: zones[0]?.zone.Id }));
    },
    noFlowLog: () => ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [flowLog.FlowLogId ?? ''] })),
    noRetention: (of: keyof typeof groupNames) =>
      logs.send(new DeleteRetentionPolicyCommand({ logGroupName: groupNames[of] })),
    noLogKey: (of: keyof typeof groupNames) =>
      logs.send(new DisassociateKmsKeyCommand({ logGroupName: groupNames[of] })),
    logKey: (of: keyof typeof groupNames, kmsKeyId: string) =>
      logs.send(new AssociateKmsKeyCommand({ logGroupName: groupNames[of], kmsKeyId })),
    noLogGroup: (of: keyof typeof groupNames) =>
      logs.send(new DeleteLogGroupCommand({ logGroupName: groupNames[of] })),
    noValidation: () => validation('DELETE'),
    otherValidation: () => validation('UPSERT', '_x.acm-validations.aws.'),
    noCertificate: () =>
      acm.send(new DeleteCertificateCommand({ CertificateArn: certificates[0]?.CertificateArn })),
  };
}

export type EnvironmentHand = Awaited<ReturnType<typeof environmentByHand>>;
