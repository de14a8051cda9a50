import { createHash } from 'node:crypto';
import type { Identity } from '../engine/adaptor.ts';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/** Shorter than the limit of every service that we give one to (EC2: 64). */
const LENGTH = 32;

/**
 * The idempotency token of a create: the same for the same resource, whichever process asks. The SDK's own would be
 * random, so that a create repeated after a crash were another one. `epoch` rises when the resource is confirmed to be
 * gone or failed, because a token stays used.
 */
export function requestToken({ owner, node, epoch }: Identity): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([owner.uid, node, epoch]))
    .digest();
  return Array.from(digest.subarray(0, LENGTH), byte => BASE32[byte % 32]).join('');
}
