import { hash } from 'node:crypto';

/** Twelve hex digits of SHA-256: enough for a person to compare, and that no two texts of one object share it by chance. */
export function shortHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 12);
}
