import { routeOf } from '../../../hack/bench/aws/eks/routes.ts';
import { isRecord } from '../../../hack/bench/aws/input.ts';
import { jsonInput, textField } from '../../../hack/bench/aws/overlay.ts';
import { requestTags } from '../../../hack/bench/aws/request-tags.ts';
import { nodesOf } from './ec2.ts';
import { type Asked, ofTagKeys, ofTags, passing, type Question } from './question.ts';

/** What AWS knows all of: versions, and which clusters there are. */
const OF_ALL = new Set(['DescribeAddonVersions', 'DescribeClusterVersions', 'ListClusters']);
/** Done on a part of a cluster that is there; all others on the cluster. */
const OF_PARTS: readonly (readonly [RegExp, string, string])[] = [
  [/^(Delete|Describe|Update)Nodegroup/, 'nodegroup', 'nodegroupName'],
  [/^(Delete|Describe|Update)Addon$/, 'addon', 'addonName'],
  [/^(Delete|Describe|Update)AccessEntry$|AccessPolic/, 'access-entry', 'principalArn'],
  [/^(Delete|Describe|Update)PodIdentityAssociation$/, 'podidentityassociation', 'associationId'],
];

export function eksQuestions(asked: Asked): readonly Question[] {
  const { call } = asked;
  const { operation } = call;
  const action = `eks:${operation}`;
  if (OF_ALL.has(operation)) return [{ action, resource: '*' }];
  const labels: Readonly<Record<string, string>> = routeOf(call.method, call.path)?.labels ?? {};
  const field = (name: string) => labels[name] ?? textField(call, name);
  const tags = ofTags(requestTags(call) ?? {});
  if (labels.resourceArn !== undefined) {
    const keys = call.query.getAll('tagKeys');
    return [{ action, resource: labels.resourceArn, context: { ...tags, ...ofTagKeys(keys) } }];
  }
  const cluster = field('clusterName') || field('name');
  const [, type, name = ''] = OF_PARTS.find(([pattern]) => pattern.test(operation)) ?? [];
  // Those of parts end in an id that EKS gives them.
  const rest = type === undefined ? `cluster/${cluster}` : `${type}/${cluster}/${partOf(field(name))}/0a`;
  const resource = asked.arn('eks', rest);
  const isTagged = requestTags(call) !== undefined;
  return [
    { action, resource, context: tags },
    ...(isTagged ? [{ action: 'eks:TagResource', resource, context: tags }] : []),
    ...besides(asked),
  ];
}

/** An access entry's ARN has its principal in words of its own. */
function partOf(name: string): string {
  const [, account, type, path] = /^arn:[^:]+:iam::(\d+):(role|user)\/(.+)$/.exec(name) ?? [];
  return type === undefined ? name : `${type}/${account}/${path?.split('/').at(-1)}`;
}

/** What else is asked of who calls: Service Authorization Reference, Amazon EKS, "Dependent actions", and EKS's user guide. */
function besides(asked: Asked): readonly Question[] {
  const { call } = asked;
  const input = jsonInput(call);
  const template = isRecord(input.launchTemplate) ? String(input.launchTemplate.id ?? '') : '';
  const roles = [
    ...passing(textField(call, 'nodeRole'), 'ec2.amazonaws.com'),
    ...passing(textField(call, 'serviceAccountRoleArn'), 'eks.amazonaws.com'),
    ...passing(
      textField(call, 'roleArn'),
      call.operation === 'CreateCluster' ? 'eks.amazonaws.com' : 'pods.eks.amazonaws.com',
    ),
  ];
  // "Encrypt Kubernetes secrets with KMS".
  const keys = (Array.isArray(input.encryptionConfig) ? input.encryptionConfig : []).flatMap(
    ({ provider }: { provider?: { keyArn?: string } }) => provider?.keyArn ?? [],
  );
  return [
    ...roles,
    ...keys.flatMap(resource => ['kms:DescribeKey', 'kms:CreateGrant'].map(action => ({ action, resource }))),
    ...(/Nodegroup/.test(call.operation) ? nodesOf(asked, template) : []),
  ];
}
