import { CloudError } from '../../engine/errors.ts';

// IAM User Guide, "Troubleshooting IAM", "Changes that I make are not always immediately visible"; it names no bound. Two
// minutes is what the Terraform provider for AWS waits (internal/service/iam, propagationTimeout).
export const IAM_SETTLE_MS = 2 * 60_000;
const AGAIN_MS = 5_000;

/** A write whose subject, and whatever else it names, was made before it: NotFound means that IAM does not show it yet. */
export async function whenVisible<T>(call: Promise<T>, what: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (error.class === 'NotFound') throw notYet(`IAM does not show ${what} yet`, error);
    // IAM User Guide, "IAM JSON policy elements: Principal": one that was made a moment ago is refused as invalid.
    if (error.code === 'MalformedPolicyDocumentException' && /invalid principal/i.test(error.message))
      throw notYet('IAM does not show a principal that the policy names yet', error);
    throw error;
  }
}

function notYet(what: string, cause: CloudError): CloudError {
  const message = `${what}: ${cause.message}`;
  return new CloudError('NotYet', message, { code: cause.code, retryAfterMs: AGAIN_MS, cause });
}

/** A create whose name is taken: ours of a lost answer, or somebody else's. Their tags tell, once IAM shows them. */
export async function orExisting<T>(
  error: unknown,
  what: string,
  look: () => Promise<readonly T[]>,
): Promise<T> {
  if (!(error instanceof CloudError) || error.code !== 'EntityAlreadyExistsException') throw error;
  const [existing] = await look();
  if (existing !== undefined) return existing;
  const message = `${what} exists and IAM does not show it yet, or one whose name differs in case only is in its place`;
  throw new CloudError('NotYet', message, { retryAfterMs: AGAIN_MS, cause: error });
}
