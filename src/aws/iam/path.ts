/** Where all that we make in IAM is: the operator's own policy lets it write nowhere else. */
export function iamPath(installation: string): string {
  return `/opta/${installation}/`;
}
