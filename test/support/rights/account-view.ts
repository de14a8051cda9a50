import { ACMClient, ListTagsForCertificateCommand } from '@aws-sdk/client-acm';
import { DescribeRouteTablesCommand, DescribeTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DescribeTagsCommand as DescribeTagsOfClassicCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  DescribeTagsCommand as DescribeTagsOfBalancersCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetOpenIDConnectProviderCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, KMSClient, ListResourceTagsCommand } from '@aws-sdk/client-kms';
import type { Gateway } from '../../../hack/bench/aws/gateway.ts';
import { observerOptions } from '../aws-view.ts';
import { ACCOUNT } from '../manifests.ts';
import { tagMap } from '../parts/part.ts';
import type { Tags } from './question.ts';

/** What IAM knows of an account and a request does not say, as it stands before the call. */
export interface AccountView {
  /** Of the services whose statements ask for them; of others none. */
  tagsOf(arn: string): Promise<Tags>;
  /** With its path. Undefined: there is none. */
  role(name: string): Promise<{ readonly arn: string; readonly boundary: string | undefined } | undefined>;
  /** Of a key's id, ARN or alias. Undefined: there is none. */
  keyArn(id: string): Promise<string | undefined>;
  /** Route table and subnet, by their ids. */
  routeTableAssociation(id: string): Promise<readonly string[]>;
  close(): void;
}

export function accountView(gateway: Gateway, region: string): AccountView {
  const options = observerOptions(gateway, ACCOUNT, region);
  const [ec2, kms, acm, iam] = [
    new EC2Client(options),
    new KMSClient(options),
    new ACMClient(options),
    new IAMClient(options),
  ];
  const [elb, classic] = [new ElasticLoadBalancingV2Client(options), new ElasticLoadBalancingClient(options)];
  const idOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);

  const readers: Readonly<Record<string, (arn: string) => Promise<unknown>>> = {
    ec2: async arn => {
      const Filters = [{ Name: 'resource-id', Values: [idOf(arn)] }];
      return (await ec2.send(new DescribeTagsCommand({ Filters }))).Tags;
    },
    kms: async arn => {
      if (!arn.includes(':key/')) return [];
      const { Tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId: idOf(arn) }));
      return Tags.map(({ TagKey: Key, TagValue: Value }) => ({ Key, Value }));
    },
    acm: async CertificateArn => (await acm.send(new ListTagsForCertificateCommand({ CertificateArn }))).Tags,
    iam: async OpenIDConnectProviderArn => {
      if (!OpenIDConnectProviderArn.includes(':oidc-provider/')) return [];
      return (await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).Tags;
    },
    elasticloadbalancing: async arn => {
      const name = /:loadbalancer\/([^/]+)$/.exec(arn)?.[1];
      const answer = await (name === undefined
        ? elb.send(new DescribeTagsOfBalancersCommand({ ResourceArns: [arn] }))
        : classic.send(new DescribeTagsOfClassicCommand({ LoadBalancerNames: [name] })));
      return answer.TagDescriptions?.[0]?.Tags;
    },
  };

  return {
    async tagsOf(arn) {
      const read = arn.endsWith('*') ? undefined : readers[arn.split(':')[2] ?? ''];
      return read === undefined ? {} : tagMap((await unlessMissing(read(arn))) ?? []);
    },
    async role(RoleName) {
      const answer = await unlessMissing(iam.send(new GetRoleCommand({ RoleName })));
      const { Arn = '', PermissionsBoundary } = answer?.Role ?? {};
      return Arn === '' ? undefined : { arn: Arn, boundary: PermissionsBoundary?.PermissionsBoundaryArn };
    },
    keyArn: async KeyId =>
      (await unlessMissing(kms.send(new DescribeKeyCommand({ KeyId }))))?.KeyMetadata?.Arn,
    async routeTableAssociation(id) {
      const Filters = [{ Name: 'association.route-table-association-id', Values: [id] }];
      const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
      const subnets = RouteTables.flatMap(({ Associations = [] }) =>
        Associations.filter(one => one.RouteTableAssociationId === id).map(one => one.SubnetId),
      );
      return [...RouteTables.map(one => one.RouteTableId), ...subnets].flatMap(one => one ?? []);
    },
    close() {
      for (const client of [ec2, kms, acm, iam, elb, classic]) client.destroy();
    },
  };
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (/NotFound|NoSuchEntity/.test(error instanceof Error ? error.name : '')) return undefined;
    throw error;
  }
}
