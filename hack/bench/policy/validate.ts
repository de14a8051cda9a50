/**
 * What AWS refuses in a policy document. Sources: IAM user guide, "Grammar of the IAM JSON policy language" and the
 * pages of each element; S3 user guide, "Bucket policies" and the MalformedPolicy messages of its API; SNS and SQS API,
 * InvalidParameter and InvalidAttributeValue; KMS API, MalformedPolicyDocumentException.
 */
import { isConditionOperator } from './condition.ts';
import { isObject, listOf, type PolicyInput, type PolicyKind, statementsOf } from './document.ts';

export interface ValidateOptions {
  kind: PolicyKind;
  /** The bucket's, queue's, topic's ARN: S3 takes no statement about another bucket. */
  resourceArn?: string;
}

const statementElements = new Set(
  'Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition'.split(' '),
);
const policyElements = new Set(['Version', 'Id', 'Statement']);

/** Greatest length in bytes: S3 "Bucket policies" 20 KB, SNS quotas 30 KB, KMS quotas 32 KB, IAM quotas. */
const greatestSize: Partial<Record<PolicyKind, number>> = {
  s3: 20_480,
  sns: 30_720,
  kms: 32_768,
  'iam-role': 4_096,
};

/** The problems that make AWS refuse the document, in reading order; empty for a good one. Pure; never throws. */
export function validate(input: PolicyInput, options: ValidateOptions): string[] {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  if (Buffer.byteLength(text) > (greatestSize[options.kind] ?? Number.POSITIVE_INFINITY))
    return ['Policy is too long'];
  const document = parseJson(text);
  if (!isObject(document)) return ['This policy contains invalid Json'];

  const problems: string[] = [];
  for (const name of Object.keys(document))
    if (!policyElements.has(name)) problems.push(`Unknown field ${name}`);
  if (
    document.Version !== undefined &&
    document.Version !== '2012-10-17' &&
    document.Version !== '2008-10-17'
  )
    problems.push('The policy must contain a valid version string');
  const statements = statementsOf(document);
  if (statements.length === 0) problems.push('Missing required field Statement');

  const sids = new Set<string>();
  for (const statement of statements) {
    if (!isObject(statement)) {
      problems.push('A statement must be a JSON object');
      continue;
    }
    problems.push(...statementProblems(statement, options));
    const { Sid } = statement;
    if (typeof Sid !== 'string' || Sid === '') continue;
    if (sids.has(Sid)) problems.push(`Statement IDs (SID) in a single policy must be unique: ${Sid}`);
    sids.add(Sid);
  }
  return problems;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function statementProblems(statement: Record<string, unknown>, options: ValidateOptions): string[] {
  return [
    ...Object.keys(statement)
      .filter(name => !statementElements.has(name))
      .map(name => `Unknown field ${name}`),
    ...(statement.Effect === 'Allow' || statement.Effect === 'Deny'
      ? []
      : [`Invalid effect: ${statement.Effect}`]),
    ...principalProblems(statement, options),
    ...actionProblems(statement, options),
    ...resourceProblems(statement, options),
    ...conditionProblems(statement.Condition),
  ];
}

function principalProblems(statement: Record<string, unknown>, { kind }: ValidateOptions): string[] {
  const given = ['Principal', 'NotPrincipal'].filter(name => statement[name] !== undefined);
  if (kind === 'iam-identity')
    return given.length > 0 ? [`Policy document should not specify a principal`] : [];
  if (given.length === 0) return ['Missing required field Principal'];
  if (given.length === 2) return ['Principal and NotPrincipal exclude each other'];
  if (statement.NotPrincipal !== undefined && statement.Effect === 'Allow')
    return ['Allow with NotPrincipal is not allowed'];
  return badPrincipals(statement.Principal ?? statement.NotPrincipal)
    .filter(name => kind !== 's3' || !isOriginAccessIdentity(name))
    .map(name => `Invalid principal in policy: ${name}`);
}

function badPrincipals(principal: unknown): string[] {
  if (principal === '*') return [];
  if (!isObject(principal) || Object.keys(principal).length === 0) return [JSON.stringify(principal)];
  const bad: string[] = [];
  for (const [type, names] of Object.entries(principal)) {
    if (!['AWS', 'Service', 'Federated', 'CanonicalUser'].includes(type)) bad.push(type);
    else bad.push(...listOf(names).filter(name => !isPrincipalName(type, name)));
  }
  return bad;
}

/** "You cannot use a wildcard to match part of a principal name or ARN." A unique id stands for a deleted role. */
function isPrincipalName(type: string, name: string): boolean {
  if (type === 'Service') return /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(name);
  if (type !== 'AWS') return name.length > 0;
  if (name === '*' || /^\d{12}$/.test(name) || /^A(ROA|IDA)[A-Z0-9]+$/.test(name)) return true;
  return /^arn:aws[a-z-]*:(iam::\d{12}:(root|user\/|role\/)|sts::\d{12}:(assumed-role|federated-user)\/)[^*?]*$/.test(
    name,
  );
}

/** CloudFront developer guide, "Use an origin access identity". */
function isOriginAccessIdentity(name: string): boolean {
  return /^arn:aws[a-z-]*:iam::cloudfront:user\/CloudFront Origin Access Identity E[A-Z0-9]+$/.test(name);
}

function actionProblems(statement: Record<string, unknown>, { kind }: ValidateOptions): string[] {
  const given = ['Action', 'NotAction'].filter(name => statement[name] !== undefined);
  if (given.length !== 1) return ['Missing required field Action'];
  const service = kind === 'iam-role' ? 'sts' : kind;
  const problems: string[] = [];
  for (const action of listOf(statement.Action ?? statement.NotAction)) {
    if (action === '*') continue;
    const [, prefix] = /^([A-Za-z0-9-]+):[A-Za-z0-9*?]+$/.exec(action) ?? [];
    if (!prefix) problems.push(`Policy has invalid action: ${action}`);
    else if (kind !== 'iam-identity' && prefix.toLowerCase() !== service)
      problems.push(`Policy statement action out of service scope: ${action}`);
  }
  return problems;
}

function resourceProblems(
  statement: Record<string, unknown>,
  { kind, resourceArn }: ValidateOptions,
): string[] {
  const given = ['Resource', 'NotResource'].filter(name => statement[name] !== undefined);
  if (kind === 'iam-role') return given.length > 0 ? ['Has prohibited field Resource'] : [];
  if (given.length === 2) return ['Resource and NotResource exclude each other'];
  // AWS's own example of a topic policy has no Resource ("Variables and tags").
  if (given.length === 0) return kind === 'sqs' || kind === 'sns' ? [] : ['Missing required field Resource'];
  const resources = listOf(statement.Resource ?? statement.NotResource);
  const bad = resources.filter(resource => !isResource(resource, kind, resourceArn));
  if (bad.length > 0) return bad.map(resource => `Policy has invalid resource: ${resource}`);
  if (kind === 's3' && typeof statement.Action === 'string')
    return bucketActionProblems(statement.Action, resources);
  return [];
}

function isResource(resource: string, kind: PolicyKind, resourceArn: string | undefined): boolean {
  if (kind === 's3')
    return !resourceArn || resource === resourceArn || resource.startsWith(`${resourceArn}/`);
  return resource === '*' || resource.startsWith('arn:');
}

/** S3: "Action does not apply to any resource(s) in statement". Said only of actions whose level is beyond doubt. */
function bucketActionProblems(action: string, resources: string[]): string[] {
  const onObjects = /^s3:(Get|Put|Delete|Restore|Replicate)Object(Acl|Tagging|Version)?$/i.test(action);
  const onBucket =
    /^s3:(ListBucket|ListBucketVersions|Get(Bucket|Lifecycle).*|PutBucket.*|DeleteBucket)$/i.test(action);
  const some = (isObjects: boolean) => resources.some(resource => resource.includes('/') === isObjects);
  if ((onObjects && !some(true)) || (onBucket && !some(false)))
    return [`Action does not apply to any resource(s) in statement: ${action}`];
  return [];
}

function conditionProblems(condition: unknown): string[] {
  if (condition === undefined) return [];
  if (!isObject(condition)) return ['Condition must be a JSON object'];
  const problems: string[] = [];
  for (const [operator, keys] of Object.entries(condition)) {
    if (!isConditionOperator(operator)) problems.push(`Invalid Condition type: ${operator}`);
    if (!isObject(keys)) problems.push(`Conditions of ${operator} must be a JSON object`);
    else
      for (const [key, value] of Object.entries(keys))
        if (!isConditionValue(value)) problems.push(`Bad value of ${key}`);
  }
  return problems;
}

function isConditionValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(item => !Array.isArray(item) && isConditionValue(item));
  return ['string', 'number', 'boolean'].includes(typeof value);
}
