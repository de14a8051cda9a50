import { createHash } from 'node:crypto';
import type { Identity } from '../engine/adaptor.ts';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/** Within every service's rule; the shortest is EC2's 64. */
const LENGTH = 32;

/**
 * The client token of a create: the same after a crash, another one for another epoch. The SDK would make up a random one.
 * `more`: what else tells this call from others about the same resource.
 */
export function clientToken({ owner, node, epoch }: Identity, ...more: readonly string[]): string {
  return tokenOf(owner.uid, node, String(epoch), ...more);
}

/** A function of the parts alone. */
export function tokenOf(...parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  return [...digest.subarray(0, LENGTH)].map(byte => BASE32[byte % 32]).join('');
}
