/** The foremost names, and how many more there are: `a, b and 3 more`, or by semicolons `a; b; and 3 more`. */
export function few(
  names: readonly string[],
  of: { readonly most?: number; readonly by?: ', ' | '; ' } = {},
): string {
  const { most = 5, by = ', ' } = of;
  if (names.length <= most) return names.join(by);
  const and = by === ', ' ? ' and' : '; and';
  return `${names.slice(0, most).join(by)}${and} ${names.length - most} more`;
}
