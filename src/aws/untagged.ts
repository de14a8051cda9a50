import type { Identity } from '../engine/adaptor.ts';
import { CLUSTER_TAG, identityTags, type Tags } from '../engine/owner.ts';

/**
 * The tags of what is proved to be ours by other means and bears none yet: enough for the engine to take it up, which
 * writes what is missing. The adaptor's `tag` then writes these too.
 */
export function claimTags({ owner, node }: Identity): Tags {
  return { ...identityTags(owner, node), [CLUSTER_TAG]: owner.cluster };
}
