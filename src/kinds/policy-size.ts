import type { PolicyDocument } from '../aws/policy.ts';
import type { Problem } from './kind.ts';

export interface PolicyQuota {
  readonly service: string;
  readonly bytes: number;
}

/** What a policy that is too long is for its object: the service would refuse all that is set in the same call. */
export function policySizeProblem(
  policy: PolicyDocument,
  quota: PolicyQuota,
  of: { readonly field: string; readonly helps: string },
): Problem | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(policy));
  if (bytes <= quota.bytes) return undefined;
  const message = `the policy would have ${bytes} bytes, and ${quota.service} takes ${quota.bytes}: ${of.helps}`;
  return { field: of.field, reason: 'InvalidSpec', message };
}
