import {
  type ACMClient,
  DescribeCertificateCommand,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
} from '@aws-sdk/client-acm';
import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand as ListTagsOfLogGroupCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
} from '@aws-sdk/client-iam';
import {
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  ListTagsForResourceCommand as ListTagsOfZoneCommand,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { type Part, part, tagMap } from './part.ts';

/** Policies and identity providers; roles are read by `role-view.ts`. */
export async function iamParts(iam: IAMClient): Promise<readonly Part[]> {
  const [{ Policies = [] }, { OpenIDConnectProviderList = [] }] = await Promise.all([
    iam.send(new ListPoliciesCommand({ Scope: 'Local', MaxItems: 1000 })),
    iam.send(new ListOpenIDConnectProvidersCommand({})),
  ]);
  const policies = Policies.map(async ({ Arn: PolicyArn, DefaultVersionId: VersionId }) => {
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
    const document = decodeURIComponent(PolicyVersion?.Document ?? '');
    const attached = Policy?.PermissionsBoundaryUsageCount;
    return part('policy', PolicyArn, { PolicyArn, document, attached, Tags: Policy?.Tags });
  });
  const providers = OpenIDConnectProviderList.map(async ({ Arn }) =>
    part(
      'OIDC provider',
      Arn,
      await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn })),
    ),
  );
  return Promise.all([...policies, ...providers]);
}

export async function logParts(logs: CloudWatchLogsClient): Promise<readonly Part[]> {
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  return Promise.all(
    logGroups.map(async ({ logGroupName, arn, retentionInDays, kmsKeyId }) => {
      const resourceArn = (arn ?? '').replace(/:\*$/, '');
      const { tags } = await logs.send(new ListTagsOfLogGroupCommand({ resourceArn }));
      return part('log group', logGroupName, { logGroupName, retentionInDays, kmsKeyId }, tags ?? {});
    }),
  );
}

/** A zone with its records, which have no tags. */
export async function zoneParts(route53: Route53Client): Promise<readonly Part[]> {
  const { HostedZones = [] } = await route53.send(new ListHostedZonesCommand({}));
  return Promise.all(
    HostedZones.map(async zone => {
      const id = (zone.Id ?? '').replace('/hostedzone/', '');
      const { ResourceRecordSets } = await route53.send(
        new ListResourceRecordSetsCommand({ HostedZoneId: id }),
      );
      const { ResourceTagSet } = await route53.send(
        new ListTagsOfZoneCommand({ ResourceType: 'hostedzone', ResourceId: id }),
      );
      return part('zone', id, { ...zone, records: ResourceRecordSets }, tagMap(ResourceTagSet?.Tags));
    }),
  );
}

export async function certificateParts(acm: ACMClient): Promise<readonly Part[]> {
  const { CertificateSummaryList = [] } = await acm.send(new ListCertificatesCommand({}));
  return Promise.all(
    CertificateSummaryList.map(async ({ CertificateArn }) => {
      const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn }));
      const { Tags } = await acm.send(new ListTagsForCertificateCommand({ CertificateArn }));
      return part('certificate', CertificateArn, Certificate, tagMap(Tags));
    }),
  );
}
