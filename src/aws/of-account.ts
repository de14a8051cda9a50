import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';
import { CloudError } from '../engine/errors.ts';
import { classify } from './errors.ts';

/**
 * The same credentials, and no others than of this account: what they are renewed with may be of another one by then. `ask`
 * says whose they are. Throws CloudError before anything is signed.
 */
export function ofAccount(
  credentials: AwsCredentialIdentityProvider,
  { accountId, roleArn }: { readonly accountId: string; readonly roleArn?: string },
  ask: (identity: AwsCredentialIdentity) => Promise<string | undefined>,
): AwsCredentialIdentityProvider {
  const isRole = roleArn !== undefined;
  let known: { readonly of: string; readonly account: Promise<string | undefined> } | undefined;

  async function accountOf(identity: AwsCredentialIdentity): Promise<string | undefined> {
    // A role never changes its account.
    const of = roleArn ?? identity.accessKeyId;
    if (known?.of !== of) known = { of, account: ask(identity) };
    try {
      return await known.account;
    } catch (error) {
      known = undefined;
      throw error;
    }
  }

  async function compared(): Promise<{ identity: AwsCredentialIdentity; account: string | undefined }> {
    try {
      const identity = await credentials();
      return { identity, account: await accountOf(identity) };
    } catch (error) {
      const failed = classify('STS', isRole ? 'AssumeRole' : 'GetCallerIdentity', error);
      const who = isRole ? `spec.roleArn ${roleArn}` : "the operator's own credentials";
      const message = `${who} cannot be used: ${failed.message}`;
      throw new CloudError(failed.class, message, { code: failed.code, refused: true });
    }
  }

  async function provide(): Promise<AwsCredentialIdentity> {
    const { identity, account } = await compared();
    if (account === accountId) return identity;
    throw new CloudError(
      'Denied',
      `spec.accountId is ${accountId}, but the credentials belong to account ${account}: nothing is written. ` +
        'Set spec.roleArn to a role in that account, or correct spec.accountId',
      { code: 'WrongAccount' },
    );
  }

  // As those that are shared.
  return Object.assign(provide, { memoized: true });
}
