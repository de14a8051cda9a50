import { z } from 'zod';
import { ORIGIN_ACCESS_IDENTITY } from './bucket-policy.ts';
import { choice, listBy, namespaceName, setOf, text } from './fields.ts';

const principal = new RegExp(
  `^([0-9]{12}|arn:aws[a-z-]*:iam::([0-9]{12}:(root|(role|user)/[A-Za-z0-9+=,.@_/-]+)|${ORIGIN_ACCESS_IDENTITY}))$`,
);
const policyArn = /^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy\/[A-Za-z0-9+=,.@_/-]+$/;

const Adoption = z.object({
  namespace: namespaceName('Namespace of the object that adopts.'),
  kind: choice(['Queue', 'Topic', 'Bucket'], 'Kind of the object that adopts.'),
  ids: setOf(
    text(
      {
        pattern: /^[A-Za-z0-9._:/-]+$/,
        says: 'must be the name or id of a resource in AWS: letters, digits and . _ : / - only',
        max: 256,
      },
      'Name or id.',
    ),
    1,
    100,
    'Names or ids in AWS that may be adopted.',
  ),
});

const ServiceAccountNamespace = z.object({
  namespace: namespaceName('Namespace of the IamRole.'),
  clusterNamespaces: setOf(
    namespaceName('Namespace.'),
    1,
    100,
    'Namespaces whose service accounts its IamRoles may name.',
  ),
});

/** What a team may not decide alone. Nothing is granted by default. */
export const Grants = z.object({
  publicBuckets: z
    .object({
      namespaces: setOf(
        namespaceName('Namespace.'),
        0,
        1000,
        'Namespaces that may set publicRead on a Bucket.',
      ),
    })
    .describe('Who may have public buckets. Default: nobody.')
    .optional(),
  managedPolicies: setOf(
    text(
      {
        pattern: policyArn,
        says: 'must be the ARN of a managed IAM policy, such as arn:aws:iam::aws:policy/ReadOnlyAccess',
        max: 640,
      },
      'ARN.',
    ),
    0,
    100,
    'Managed IAM policies that teams may attach. Of no effect in this version, which has no IamRole. Default: none.',
  ).optional(),
  principals: setOf(
    text(
      {
        pattern: principal,
        says: 'must be an account id of 12 digits, or the ARN of an IAM role, user, account root or CloudFront origin access identity',
        max: 640,
      },
      'Principal.',
    ),
    0,
    200,
    'Principals of other accounts, and CloudFront origin access identities, that teams may let in. An account id stands for all of that account. Default: none.',
  ).optional(),
  serviceAccountNamespaces: listBy(
    ['namespace'],
    ServiceAccountNamespace,
    100,
    'Whose IamRoles may name service accounts of other namespaces. Of no effect in this version, which has no IamRole. Default: nobody.',
  ).optional(),
  adopt: listBy(
    ['namespace', 'kind'],
    Adoption,
    100,
    'Existing AWS resources that objects of a namespace may take into care. Default: none.',
  ).optional(),
});
export type Grants = z.infer<typeof Grants>;
