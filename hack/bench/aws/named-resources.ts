/** IAM, Logs, Route 53, ACM and subnet groups: what brings a resource, its one name, and what an unknown one is told. */

import type { AwsError, Call } from './overlay.ts';
import { xmlText } from './xml.ts';

/** Operations that make something, and those that take it away again. */
export const NAMED_CREATES: readonly string[] = [
  'CreateRole',
  'CreatePolicy',
  'CreateOpenIDConnectProvider',
  'CreateServiceLinkedRole',
  'CreateLogGroup',
  'CreateHostedZone',
  'RequestCertificate',
  'CreateDBSubnetGroup',
  'CreateCacheSubnetGroup',
];
export const NAMED_DELETES: readonly string[] = [
  'DeleteRole',
  'DeletePolicy',
  'DeleteOpenIDConnectProvider',
  'DeleteLogGroup',
  'DeleteHostedZone',
  'DeleteCertificate',
  'DeleteDBSubnetGroup',
  'DeleteCacheSubnetGroup',
];

/** Of what AWS names itself, from its answer; undefined where the request names it. */
export function createdNamed({ operation }: Call, answer: string): string | undefined {
  if (operation === 'CreateHostedZone') return xmlText(answer, 'Id');
  if (operation === 'RequestCertificate') return /"CertificateArn":\s*"([^"]+)"/.exec(answer)?.[1];
  if (operation === 'CreateServiceLinkedRole') return xmlText(answer, 'RoleName');
  return undefined;
}

/** ARN, path, URL and name of one resource come down to the same. */
export function plainName(service: string, resource: string): string {
  switch (service) {
    case 'iam':
      if (resource.includes(':oidc-provider/')) return resource.replace(/^.*:oidc-provider\//, '');
      return resource.startsWith('arn:')
        ? resource.replace(/^.*\//, '')
        : resource.replace(/^https:\/\//, '');
    case 'logs':
      return resource.replace(/^arn:.*:log-group:/, '').replace(/:\*$/, '');
    case 'route53':
      return resource.replace(/^\/?hostedzone\//, '');
    case 'rds':
    case 'elasticache':
      return resource.replace(/^arn:.*:/, '');
    default:
      return resource;
  }
}

/** What the service says of a resource that it does not know. */
export function namedNotFound({ service }: Call, resource: string): AwsError | undefined {
  const message = `${resource} cannot be found.`;
  switch (service) {
    case 'iam':
      return { status: 404, code: 'NoSuchEntity', message };
    case 'logs':
      return { status: 400, code: 'ResourceNotFoundException', message };
    case 'acm':
      return { status: 400, code: 'ResourceNotFoundException', message };
    case 'route53':
      return { status: 404, code: 'NoSuchHostedZone', message: `No hosted zone found with ID: ${resource}` };
    case 'rds':
      return { status: 404, code: 'DBSubnetGroupNotFoundFault', message };
    case 'elasticache':
      return { status: 400, code: 'CacheSubnetGroupNotFoundFault', message };
    default:
      return undefined;
  }
}
