/** What moto serves. An operation that is not listed is a 501: nobody has looked at what moto makes of it. */

import { table } from './operation-table.ts';

export const ec2 = table({
  reads: `DescribeAccountAttributes DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones
    DescribeDhcpOptions DescribeFlowLogs DescribeImages DescribeInstanceAttribute DescribeInstanceStatus
    DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeInstances DescribeInternetGateways
    DescribeLaunchTemplateVersions DescribeLaunchTemplates DescribeManagedPrefixLists
    DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaceAttribute DescribeNetworkInterfaces DescribePrefixLists
    DescribeRegions DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSnapshots
    DescribeSubnets DescribeTags DescribeVolumes DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcEndpointServices
    DescribeVpcPeeringConnections DescribeVpcs DescribeVpnGateways GetEbsEncryptionByDefault GetLaunchTemplateData
    GetManagedPrefixListEntries`,
  writes: `AllocateAddress AssociateAddress AssociateDhcpOptions AssociateRouteTable AssociateVpcCidrBlock
    AttachInternetGateway AttachNetworkInterface AttachVolume AuthorizeSecurityGroupEgress
    AuthorizeSecurityGroupIngress CreateDefaultSubnet CreateDefaultVpc CreateFlowLogs CreateInternetGateway
    CreateLaunchTemplate CreateLaunchTemplateVersion CreateManagedPrefixList CreateNatGateway CreateNetworkAcl
    CreateNetworkAclEntry CreateNetworkInterface CreateRoute CreateRouteTable CreateSecurityGroup CreateSnapshot
    CreateSubnet CreateTags CreateVolume CreateVpc CreateVpcEndpoint CreateVpcPeeringConnection DeleteFlowLogs
    DeleteInternetGateway DeleteLaunchTemplate DeleteManagedPrefixList DeleteNatGateway DeleteNetworkAcl
    DeleteNetworkAclEntry DeleteNetworkInterface DeleteRoute DeleteRouteTable DeleteSecurityGroup DeleteSnapshot
    DeleteSubnet DeleteTags DeleteVolume DeleteVpc DeleteVpcEndpoints DeleteVpcPeeringConnection
    DetachInternetGateway DetachNetworkInterface DetachVolume DisassociateAddress DisassociateRouteTable
    DisassociateVpcCidrBlock ModifyInstanceAttribute ModifyInstanceMetadataOptions ModifyLaunchTemplate
    ModifyManagedPrefixList ModifyNetworkInterfaceAttribute ModifySecurityGroupRules ModifySubnetAttribute
    ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress ReplaceNetworkAclAssociation ReplaceRoute
    ReplaceRouteTableAssociation RevokeSecurityGroupEgress RevokeSecurityGroupIngress RunInstances StartInstances
    StopInstances TerminateInstances`,
  // An overlay answers it.
  lackingWrites: 'DeleteLaunchTemplateVersions',
});

export const iam = table({
  reads: `GetAccessKeyLastUsed GetAccountAuthorizationDetails GetAccountSummary GetGroup GetGroupPolicy
    GetInstanceProfile GetLoginProfile GetOpenIDConnectProvider GetPolicy GetPolicyVersion GetRole GetRolePolicy
    GetServiceLinkedRoleDeletionStatus GetUser GetUserPolicy ListAccessKeys ListAccountAliases
    ListAttachedGroupPolicies ListAttachedRolePolicies ListAttachedUserPolicies ListEntitiesForPolicy
    ListGroupPolicies ListGroups ListGroupsForUser ListInstanceProfiles ListInstanceProfilesForRole ListMFADevices
    ListOpenIDConnectProviderTags ListOpenIDConnectProviders ListPolicies ListPolicyTags ListPolicyVersions
    ListRolePolicies ListRoleTags ListRoles ListSigningCertificates ListSSHPublicKeys ListUserPolicies ListUserTags
    ListUsers`,
  writes: `AddRoleToInstanceProfile AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreateAccessKey
    CreateGroup CreateInstanceProfile CreateLoginProfile CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion
    CreateRole CreateServiceLinkedRole CreateUser DeleteAccessKey DeleteGroup DeleteGroupPolicy DeleteInstanceProfile
    DeleteLoginProfile DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion DeleteRole
    DeleteRolePermissionsBoundary DeleteRolePolicy DeleteServiceLinkedRole DeleteUser DeleteUserPolicy
    DetachGroupPolicy DetachRolePolicy DetachUserPolicy PutGroupPolicy PutRolePermissionsBoundary PutRolePolicy
    PutUserPolicy RemoveRoleFromInstanceProfile RemoveUserFromGroup SetDefaultPolicyVersion TagInstanceProfile
    TagOpenIDConnectProvider TagPolicy TagRole TagUser UntagInstanceProfile UntagOpenIDConnectProvider UntagPolicy
    UntagRole UntagUser UpdateAccessKey UpdateAssumeRolePolicy UpdateGroup UpdateLoginProfile
    UpdateOpenIDConnectProviderThumbprint UpdateRole UpdateRoleDescription UpdateUser`,
  // Overlays answer them.
  lackingWrites: `AddClientIDToOpenIDConnectProvider DeleteUserPermissionsBoundary PutUserPermissionsBoundary
    RemoveClientIDFromOpenIDConnectProvider`,
});

/** Both APIs of Elastic Load Balancing. */
export const elasticloadbalancing = table({
  reads: `DescribeListeners DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeTags DescribeTargetGroups`,
  writes: `AddTags CreateListener CreateLoadBalancer CreateTargetGroup DeleteListener DeleteLoadBalancer
    DeleteTargetGroup ModifyLoadBalancerAttributes RemoveTags`,
});

export const acm = table({
  reads: 'DescribeCertificate GetAccountConfiguration GetCertificate ListCertificates ListTagsForCertificate',
  writes: `AddTagsToCertificate DeleteCertificate ImportCertificate PutAccountConfiguration RemoveTagsFromCertificate
    RequestCertificate`,
  // An overlay answers it.
  lackingWrites: 'UpdateCertificateOptions',
});
