import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  type CreateKeyCommandOutput,
} from '@aws-sdk/client-kms';
import { CloudError } from '../../engine/errors.ts';
import type { AwsScope } from '../scope.ts';
import { refusing } from '../unseen.ts';

const isLockedOut = refusing(
  /will not allow you to update the key policy in the future/i,
  'MalformedPolicyDocumentException',
);

/**
 * AWS KMS API Reference, CreateKey, Policy: it "must allow the calling principal to make a subsequent PutKeyPolicy request". Who
 * is allowed that by a tag of the key is not, of a key that is not there yet. The account's root is let in by each policy of ours,
 * so nobody is locked out of a key that is made without that check.
 */
export async function createKey(
  { kms }: Pick<AwsScope, 'kms'>,
  input: CreateKeyCommandInput,
): Promise<CreateKeyCommandOutput> {
  try {
    return await kms.send(new CreateKeyCommand(input));
  } catch (error) {
    if (!(error instanceof CloudError) || !isLockedOut(error)) throw error;
    // Refused, it made nothing: there is no second key.
    const unchecked = new CreateKeyCommand({ ...input, BypassPolicyLockoutSafetyCheck: true });
    return await kms.send(unchecked).catch(second => {
      throw isFinal(second) ? neither(error, second) : second;
    });
  }
}

function isFinal(error: unknown): error is CloudError {
  return error instanceof CloudError && (error.class === 'Denied' || isLockedOut(error));
}

function neither(checked: CloudError, unchecked: CloudError): CloudError {
  const helps =
    'allow the operator kms:PutKeyPolicy on keys that have no tags yet, or kms:CreateKey where ' +
    'kms:BypassPolicyLockoutSafetyCheck is true';
  const message = `${checked.message}; nor is that check left out: ${unchecked.message} (what helps: ${helps})`;
  return new CloudError('Denied', message, { code: checked.code, cause: unchecked });
}
