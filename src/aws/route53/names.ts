/**
 * A domain name as people write it: lower case, no dot at its end, and `*` where Route 53 shows an octal code; Amazon
 * Route 53 Developer Guide, "DNS domain name format".
 */
export function domainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '').replaceAll('\\052', '*');
}

/** `Z1`, of `/hostedzone/Z1`: calls about tags take it without its path only. */
export function zoneId(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/** In a status anything may stand: only what may be an id is asked for. */
export function isZoneId(id: string): boolean {
  return /^Z[A-Z0-9]{1,31}$/.test(id);
}
