import type { Answer, BenchContext, Call } from '../overlay.ts';

export function invalid(call: Call, bench: BenchContext, message: string): Answer {
  return bench.error(call, {
    status: 400,
    code: 'InvalidParameter',
    message: `Invalid parameter: ${message}`,
  });
}

export function isSame(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));
  } catch {
    return false;
  }
}
