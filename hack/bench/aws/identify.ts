/** Who asks what: from the SigV4 scope, the target header, the form's Action, or S3's method and path. */

import type { Accounts } from './accounts.ts';
import { ec2Resource } from './ec2-resources.ts';
import { resourceOf, routeOf } from './eks/routes.ts';
import { identifyS3, UNKNOWN } from './identify-s3.ts';
import { type CallInput, type Identity, isForm, type Protocol } from './overlay.ts';
import { route53Resource, route53Route } from './route53-routes.ts';

export interface Request {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
}

interface Scope {
  accessKeyId: string;
  region: string;
  service: string;
}

const DEFAULT_REGION = 'us-east-1';

/** "AWS Signature Version 4 for API requests": Credential=key/date/region/service/aws4_request, in a header or the query. */
function credentialScope(headers: Record<string, string>, query: URLSearchParams): Scope | undefined {
  const authorization = headers.authorization ?? '';
  const credential = /Credential=([^,\s]+)/.exec(authorization)?.[1] ?? query.get('X-Amz-Credential');
  if (!credential) return undefined;
  const [accessKeyId = '', , region = DEFAULT_REGION, service = ''] = credential.split('/');
  return { accessKeyId, region, service };
}

const SERVICE_OF_TARGET: Record<string, string> = {
  AmazonSQS: 'sqs',
  TrentService: 'kms',
  ResourceGroupsTaggingAPI_20170126: 'tagging',
  CertificateManager: 'acm',
  Logs_20140328: 'logs',
  AmazonSSM: 'ssm',
};

/** Query services say which they are by the version of their API. */
const SERVICE_OF_VERSION: Record<string, string> = {
  '2011-06-15': 'sts',
  '2010-03-31': 'sns',
  '2012-11-05': 'sqs',
  '2010-05-08': 'iam',
  '2016-11-15': 'ec2',
  '2015-12-01': 'elasticloadbalancing',
  '2012-06-01': 'elasticloadbalancing',
  '2014-10-31': 'rds',
  '2015-02-02': 'elasticache',
};

function protocolOf(request: Request, scope: Scope | undefined): Protocol {
  const type = request.headers['content-type'] ?? '';
  if (request.headers['x-amz-target'] !== undefined) return type.includes('json-1.0') ? 'json10' : 'json11';
  if (scope?.service === 'eks') return 'restJson';
  if (scope?.service === 's3') return 'restXml';
  if (type.startsWith('application/x-www-form-urlencoded') || request.query.has('Action'))
    return scope?.service === 'ec2' ? 'ec2Query' : 'query';
  if (type.startsWith('application/json')) return 'json11';
  return 'restXml';
}

/** The protocol decides how the body is read; `input` is asked for at most once. */
export function identify(
  request: Request,
  input: (protocol: Protocol) => CallInput,
  accounts: Accounts,
): Identity {
  const scope = credentialScope(request.headers, request.query);
  const protocol = protocolOf(request, scope);
  const accessKeyId = scope?.accessKeyId ?? '';
  const caller = {
    protocol,
    region: scope?.region ?? DEFAULT_REGION,
    accessKeyId,
    accountId: accounts.accountOf(accessKeyId),
    callerArn: accounts.callerArn(accessKeyId),
  };
  if (protocol === 'json10' || protocol === 'json11') {
    const [prefix = '', operation = UNKNOWN] = (request.headers['x-amz-target'] ?? '').split('.');
    const service = scope?.service ?? SERVICE_OF_TARGET[prefix] ?? '';
    const fields = input(protocol);
    return {
      ...caller,
      service,
      operation,
      resource: typeof fields === 'string' ? '' : namedResource(fields),
    };
  }
  if (isForm(protocol)) {
    const fields = input(protocol);
    if (typeof fields === 'string') return { ...caller, service: '', operation: UNKNOWN, resource: '' };
    const service = scope?.service ?? SERVICE_OF_VERSION[String(fields.Version)] ?? '';
    const operation = String(fields.Action ?? UNKNOWN);
    const resource = service === 'ec2' ? ec2Resource(operation, fields) : namedResource(fields);
    return { ...caller, service, operation, resource };
  }
  if (protocol === 'restJson') {
    const route = routeOf(request.method, request.path);
    const fields = input(protocol);
    return {
      ...caller,
      service: scope?.service ?? '',
      operation: route?.operation ?? UNKNOWN,
      resource: route === undefined || typeof fields === 'string' ? '' : resourceOf(route, fields),
    };
  }
  const service = scope?.service ?? 's3';
  if (service === 'route53') {
    const route = route53Route(request.method, request.path);
    const resource = route === undefined ? '' : route53Resource(route);
    return { ...caller, service, operation: route?.operation ?? UNKNOWN, resource };
  }
  if (service !== 's3') return { ...caller, service, operation: UNKNOWN, resource: '' };
  const copy = request.headers['x-amz-copy-source'] !== undefined;
  const { operation, bucket } = identifyS3(request.method, request.path, request.query, copy);
  return { ...caller, service, operation, resource: bucket };
}

/** Request fields that name the resource, the most telling first. `Name` is CreateTopic's. */
const RESOURCE_FIELDS = [
  'QueueName',
  'SubscriptionArn',
  'TopicArn',
  'ResourceArn',
  'ResourceARN',
  'AliasName',
  'KeyId',
  'TargetArn',
  'RoleArn',
  'SourceArn',
  'Name',
  'CertificateArn',
  'DomainName',
  'resourceArn',
  'logGroupName',
  'logGroupNamePrefix',
  'InstanceProfileName',
  'RoleName',
  'UserName',
  'GroupName',
  'PolicyArn',
  'PolicyName',
  'OpenIDConnectProviderArn',
  'Url',
  'AWSServiceName',
  'ResourceName',
  'DBSubnetGroupName',
  'CacheSubnetGroupName',
  'LoadBalancerArn',
  'LoadBalancerName',
  'TargetGroupArn',
];

function namedResource(fields: Record<string, unknown>): string {
  if (typeof fields.QueueUrl === 'string') return fields.QueueUrl.slice(fields.QueueUrl.lastIndexOf('/') + 1);
  for (const name of RESOURCE_FIELDS) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}
