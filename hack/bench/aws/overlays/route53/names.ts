/** Domain names as Route 53 keeps them. */

/** In lower case, with the last dot, and the asterisk as an octal code ("DNS domain name format"). */
export function fullName(name: string): string {
  if (name === '') return '';
  const text = name.toLowerCase().replaceAll('*', '\\052');
  return text.endsWith('.') ? text : `${text}.`;
}

/** "In ASCII order, with the labels reversed": `com.example.www` ("ListResourceRecordSets"). */
export function nameOrder(a: string, b: string): number {
  const [left, right] = [reversed(a), reversed(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function reversed(name: string): string {
  return name.split('.').reverse().join('.');
}

export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}
