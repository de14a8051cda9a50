/**
 * Whether what AWS shows holds all that is wanted: AWS adds its own defaults, which are left alone. Lists hold the same
 * number of items, in any order.
 */
export function holds(shown: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(shown) || shown.length !== wanted.length) return false;
    const left = [...shown];
    for (const item of wanted) {
      const at = left.findIndex(other => holds(other, item));
      if (at < 0) return false;
      left.splice(at, 1);
    }
    return true;
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof shown !== 'object' || shown === null) return false;
    const has = shown as Record<string, unknown>;
    return Object.entries(wanted).every(([key, value]) => value === undefined || holds(has[key], value));
  }
  return shown === wanted;
}
