import { GetKeyPolicyCommand } from '@aws-sdk/client-kms';
import { orAbsent } from './errors.ts';
import { canonicalPolicy, type Statement, statementsOf } from './policy.ts';
import type { AwsScope } from './scope.ts';

/** True when a policy, as AWS gives it, has this very statement: both sides of a link compute the same one. */
export function includesStatement(policy: string | undefined, statement: Statement): boolean {
  if (policy === undefined || policy === '') return false;
  const wanted = canonicalPolicy(JSON.stringify(statement));
  return statementsOf(policy).some(one => canonicalPolicy(JSON.stringify(one)) === wanted);
}

/** True when the key's policy has one of the statements. Without a key there is nothing to allow with. */
export async function keyAllows(
  scope: AwsScope,
  key: string | undefined,
  statements: readonly Statement[],
): Promise<boolean> {
  if (key === undefined || key === '') return false;
  const answer = await orAbsent(
    scope.kms.send(new GetKeyPolicyCommand({ KeyId: key, PolicyName: 'default' })),
  );
  return statements.some(statement => includesStatement(answer?.Policy, statement));
}
