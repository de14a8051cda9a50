import { CloudError } from '../../engine/errors.ts';
import { steady } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { onceSeen, refusing, type Unseen } from '../unseen.ts';

/**
 * What EKS says of a role, user, subnet or key that was made a moment ago, or of a right to the key: IAM, EC2 and KMS are
 * eventually consistent. Texts as the Terraform provider waits for (internal/service/eks: cluster.go, access_entry.go,
 * pod_identity_association.go) and as people quote them (aws-cdk issue 16037, terraform-provider-aws issue 49247).
 */
const isUnseenParameter = refusing(
  /does not exist|cannot be found|Error in role params|could not be assumed|doesn't have the Amazon EKS Managed Policies|policy must include|invalid principal|unable to assume the service-linked role|keyArn in encryptionConfig|explicit deny policy or revoked grant/i,
  'InvalidParameterException',
);

/** An update names no role: that of the cluster is part of its state, and told with the code of that. */
const isUnseenRole = refusing(/could not be assumed/i, 'InvalidRequestException');

const UNSEEN: Unseen = {
  is: error => isUnseenParameter(error) || isUnseenRole(error),
  hint: 'made a moment ago, it is not visible to EKS yet; otherwise it is missing',
  missing: 'it is missing, or is not as EKS needs it',
  retryAfterMs: 10_000,
  // The provider waits for two minutes; roles of clusters were seen to take up to five.
  patienceMs: 5 * 60_000,
};

/** A refusal that passes by itself is "not yet", never the spec's fault; `what` names the write. */
export function whenVisible<T>(
  scope: Pick<AwsScope, 'patience'>,
  what: string,
  call: Promise<T>,
): Promise<T> {
  return onceSeen(scope, what, call, UNSEEN);
}

/** Amazon EKS API Reference, ResourceInUseException: something uses it, or is under way. */
export function isInUse(error: unknown): error is CloudError {
  return error instanceof CloudError && error.code === 'ResourceInUseException';
}

/**
 * What a create gives that finds its name taken: ours of a lost answer with other values, or somebody else's; its tags
 * tell. Other errors pass: EKS says ResourceInUseException too while the cluster is being changed.
 */
export async function orExisting<T>(
  error: unknown,
  what: string,
  find: () => Promise<readonly T[]>,
): Promise<T> {
  if (!isInUse(error)) throw error;
  const [existing] = await find();
  if (existing !== undefined) return existing;
  if (!/already/i.test(error.message)) throw error;
  throw new CloudError('NotYet', `${what} exists and EKS does not show it yet`, { cause: error });
}

/** Health issues in one line for a condition. */
export function issuesText(
  issues:
    | readonly {
        readonly code?: string | undefined;
        readonly message?: string | undefined;
        readonly resourceIds?: readonly string[] | undefined;
      }[]
    | undefined,
): string {
  return (issues ?? [])
    .map(({ code, message, resourceIds }) => {
      const resources = (resourceIds ?? []).length > 0 ? ` (${(resourceIds ?? []).join(', ')})` : '';
      return `${code ?? 'Unknown'}: ${steady(message ?? '')}${resources}`;
    })
    .join('; ');
}
