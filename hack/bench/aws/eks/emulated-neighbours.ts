/** The emulators behind the gateway, asked as EKS would ask EC2, IAM and KMS. */
import { isObject } from '../../policy/document.ts';
import { upstreamOf } from '../operations.ts';
import type { Answer, BenchContext } from '../overlay.ts';
import { plantInterface, uprootInterface } from '../overlays/ec2/interfaces.ts';
import { roleMadeAt } from '../overlays/iam/propagation.ts';
import { findKey, type Place } from '../overlays/questions.ts';
import { unescapeXml, xmlText } from '../xml.ts';
import type { Neighbours, Role } from './neighbours.ts';
import { volumeKeyProblem } from './volume-key.ts';

/** Nobody serves EC2 or IAM in a bench without their emulator: then everything is taken to be there. */
function serves(service: string, operation: string): boolean {
  return upstreamOf(service, operation) !== undefined;
}

export function emulatedNeighbours(bench: BenchContext): Neighbours {
  async function ask(
    place: Place,
    service: string,
    operation: string,
    input: Record<string, string>,
  ): Promise<string | undefined> {
    const answer: Answer = await bench.forward({ service, ...place, operation, input });
    return answer.status === 200 ? answer.body.toString('utf8') : undefined;
  }

  async function make(place: Place, operation: string, input: Record<string, string>): Promise<string> {
    const text = await ask(place, 'ec2', operation, input);
    if (text === undefined) throw new Error(`EC2 did not answer ${operation} for the bench's EKS`);
    return text;
  }

  return {
    async role(place, arn) {
      if (!serves('iam', 'GetRole')) return 'unknown';
      const text = await ask(place, 'iam', 'GetRole', { RoleName: arn.slice(arn.lastIndexOf('/') + 1) });
      if (text === undefined || unescapeXml(xmlText(text, 'Arn') ?? '') !== arn) return undefined;
      const madeAt = roleMadeAt(bench, arn);
      return { ...roleFrom(text), ...(madeAt === undefined ? {} : { createdAt: madeAt }) };
    },
    async user(place, arn) {
      if (!serves('iam', 'GetUser')) return 'unknown';
      const text = await ask(place, 'iam', 'GetUser', { UserName: arn.slice(arn.lastIndexOf('/') + 1) });
      return text === undefined ? undefined : true;
    },
    async subnet(place, id) {
      if (!serves('ec2', 'DescribeSubnets')) return 'unknown';
      const text = await ask(place, 'ec2', 'DescribeSubnets', { 'SubnetId.1': id });
      const field = (name: string) => xmlText(text ?? '', name) ?? '';
      if (text === undefined || field('subnetId') !== id) return undefined;
      return {
        id,
        vpcId: field('vpcId'),
        zone: field('availabilityZone'),
        zoneId: field('availabilityZoneId'),
      };
    },
    async securityGroup(place, id) {
      if (!serves('ec2', 'DescribeSecurityGroups')) return 'unknown';
      const text = await ask(place, 'ec2', 'DescribeSecurityGroups', { 'GroupId.1': id });
      const vpcId = xmlText(text ?? '', 'vpcId');
      return vpcId === undefined ? undefined : { vpcId };
    },
    async launchTemplate(place, { id, name, version }) {
      if (!serves('ec2', 'DescribeLaunchTemplateVersions')) return 'unknown';
      const text = await ask(place, 'ec2', 'DescribeLaunchTemplateVersions', {
        ...(id === undefined ? {} : { LaunchTemplateId: id }),
        ...(name === undefined ? {} : { LaunchTemplateName: name }),
        'LaunchTemplateVersion.1': version ?? '$Default',
      });
      const whole = text ?? '';
      const number = xmlText(whole, 'versionNumber');
      if (number === undefined) return undefined;
      const metadataTags = xmlText(whole, 'instanceMetadataTags');
      return {
        ...(metadataTags === undefined ? {} : { showsTags: metadataTags === 'enabled' }),
        id: xmlText(whole, 'launchTemplateId') ?? '',
        name: xmlText(whole, 'launchTemplateName') ?? '',
        version: number,
        has: {
          instanceType: /<instanceType>[^<]/.test(whole),
          image: /<imageId>[^<]/.test(whole),
          subnet: /<subnetId>[^<]/.test(whole),
          instanceProfile: /<iamInstanceProfile>\s*</.test(whole),
        },
        volumeKeys: [...whole.matchAll(/<kmsKeyId>([^<]+)</g)].map(([, key = '']) => unescapeXml(key)),
      };
    },
    async key(place, reference) {
      const key = await findKey(bench, reference, place);
      return key === undefined ? undefined : { arn: key.arn, state: key.state };
    },
    volumeKeyProblem: (place, reference) => volumeKeyProblem(bench, place, reference),
    async makeClusterGroup(place, { name, cluster, vpcId }) {
      const tags: Record<string, string> = {
        Name: name,
        'aws:eks:cluster-name': cluster,
        [`kubernetes.io/cluster/${cluster}`]: 'owned',
      };
      const made = await make(place, 'CreateSecurityGroup', {
        GroupName: name,
        GroupDescription:
          'EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.',
        VpcId: vpcId,
        ...tagFields('security-group', tags),
      });
      const groupId = xmlText(made, 'groupId') ?? '';
      await make(place, 'AuthorizeSecurityGroupIngress', {
        GroupId: groupId,
        'IpPermissions.1.IpProtocol': '-1',
        'IpPermissions.1.Groups.1.GroupId': groupId,
      });
      return groupId;
    },
    async removeGroup(place, id) {
      await ask(place, 'ec2', 'DeleteSecurityGroup', { GroupId: id });
    },
    async makeInterface(place, { subnetId, groupIds, description }) {
      // EKS makes them with its service-linked role (AmazonEKSServiceRolePolicy: ec2:CreateNetworkInterface), so they are
      // not requester-managed; they are attached to instances of another account.
      const planted = {
        ...place,
        subnetId,
        groupIds: [...groupIds],
        description,
        interfaceType: 'interface',
      };
      return (await plantInterface(bench, planted)).id;
    },
    removeInterface: (place, id) => uprootInterface(bench, place, { id, associationId: undefined }),
    async writeLogs(place, logGroupName) {
      // One that is there already is refused, and stays as it is.
      if (serves('logs', 'CreateLogGroup')) await ask(place, 'logs', 'CreateLogGroup', { logGroupName });
    },
  };
}

function tagFields(type: string, tags: Record<string, string>): Record<string, string> {
  const fields = Object.entries(tags).flatMap(([key, value], index) => [
    [`TagSpecification.1.Tag.${index + 1}.Key`, key],
    [`TagSpecification.1.Tag.${index + 1}.Value`, value],
  ]);
  return { 'TagSpecification.1.ResourceType': type, ...Object.fromEntries(fields) };
}

/** The trust policy comes percent-encoded: IAM API Reference, GetRole. */
function roleFrom(text: string): Role {
  const document = decodeURIComponent(unescapeXml(xmlText(text, 'AssumeRolePolicyDocument') ?? '{}'));
  const created = Date.parse(xmlText(text, 'CreateDate') ?? '');
  return { trusts: servicesOf(document), ...(Number.isNaN(created) ? {} : { createdAt: created }) };
}

function servicesOf(document: string): string[] {
  const parsed: unknown = JSON.parse(document);
  const statements = isObject(parsed) ? [parsed.Statement].flat() : [];
  return statements.filter(isObject).flatMap(({ Principal: principal }) => {
    const service = isObject(principal) ? principal.Service : undefined;
    return [service].flat().filter(one => typeof one === 'string');
  });
}
