import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { Checksum, SourceData } from '@smithy/types';
import { onceFor } from '../engine/once-for.ts';

/**
 * SHA-256, and its HMAC where there is a secret, as the SDK signs by it. The SDK's own has OpenSSL set up a key anew for each
 * use of it, although a day's calls are signed with one: that took half of the time of signing.
 */
export class Sha256 implements Checksum {
  readonly digestLength = 32;
  readonly #key: KeyObject | undefined;
  #parts: Uint8Array[] = [];

  constructor(secret?: SourceData) {
    this.#key = secret === undefined ? undefined : keyOf(secret);
  }

  update(part: Uint8Array): void {
    this.#parts.push(part);
  }

  async digest(): Promise<Uint8Array> {
    const [only] = this.#parts;
    const whole = only !== undefined && this.#parts.length === 1 ? only : Buffer.concat(this.#parts);
    if (this.#key === undefined) return hash('sha256', whole, 'buffer');
    return createHmac('sha256', this.#key).update(whole).digest();
  }

  reset(): void {
    this.#parts = [];
  }
}

/** The SDK keeps a signing key for as long as it serves: so does this. */
const keyOfBytes = onceFor((secret: Exclude<SourceData, string>) => createSecretKey(bytesOf(secret)));
/** Secret access keys: as many as roles are assumed at once; the oldest is forgotten first. */
const ofTexts = new Map<string, KeyObject>();
const MOST_TEXTS = 32;

function keyOf(secret: SourceData): KeyObject {
  if (typeof secret === 'string') {
    const known = ofTexts.get(secret);
    if (known !== undefined) return known;
    const key = createSecretKey(secret, 'utf8');
    ofTexts.set(secret, key);
    const [oldest] = ofTexts.keys();
    if (ofTexts.size > MOST_TEXTS && oldest !== undefined) ofTexts.delete(oldest);
    return key;
  }
  return keyOfBytes(secret);
}

function bytesOf(secret: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret);
}
