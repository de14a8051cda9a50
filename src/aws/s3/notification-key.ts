/**
 * How S3 compares keys with the filters of notifications. Amazon S3 User Guide, "Configuring event notifications using object
 * key name filtering": a space as +, all but "Safe characters" of "Naming Amazon S3 objects" percent-encoded.
 */

/** What a filter says for this part of a key. */
export function encodedKey(plain: string): string {
  // Of what is not safe there `encodeURIComponent` leaves ~ alone as it is.
  return encodeURIComponent(plain.toWellFormed())
    .replaceAll('~', '%7E')
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');
}

/** One text for all that say the same; what S3 does not take for encoded matches no key, and is left as it is. */
export function canonicalKey(encoded: string): string {
  if (!/^([A-Za-z0-9!_.*'()/+-]|%[0-9A-Fa-f]{2})*$/.test(encoded)) return encoded;
  try {
    return encodedKey(decodeURIComponent(encoded.replaceAll('+', ' ')));
  } catch {
    // Half a character.
    return encoded;
  }
}
