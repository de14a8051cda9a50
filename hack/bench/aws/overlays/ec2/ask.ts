/** What the rules of EC2 ask of the emulator, and how they refuse. */

import type { Answer, BenchContext, Call } from '../../overlay.ts';
import { itemsOf, parseXml, type XmlElement } from '../../xml-tree.ts';
import type { Place } from '../questions.ts';

export type Filters = Readonly<Record<string, string>>;

/** The answer of a call of our own. Throws where moto fails. */
export async function ask(
  bench: BenchContext,
  { region, accountId }: Place,
  operation: string,
  input: Record<string, unknown>,
): Promise<{ status: number; root: XmlElement }> {
  const answer = await bench.forward({ service: 'ec2', region, accountId, operation, input });
  return { status: answer.status, root: parseXml(answer.body.toString('utf8')) };
}

/** The answer to a call that has no reason to fail. */
export async function mustAsk(
  bench: BenchContext,
  place: Place,
  operation: string,
  input: Record<string, unknown>,
): Promise<XmlElement> {
  const { status, root } = await ask(bench, place, operation, input);
  if (status !== 200)
    throw new Error(`moto refuses ${operation} of the bench's own: ${JSON.stringify(root)}`);
  return root;
}

/** The items of a Describe; none where it is refused, as for an id that does not exist. */
export async function list(
  bench: BenchContext,
  place: Place,
  operation: string,
  set: string,
  filters: Filters,
): Promise<XmlElement[]> {
  const { status, root } = await ask(bench, place, operation, filterFields(filters));
  return status === 200 ? itemsOf(root, set) : [];
}

function filterFields(filters: Filters): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [index, [name, value]] of Object.entries(filters).entries()) {
    fields[`Filter.${index + 1}.Name`] = name;
    fields[`Filter.${index + 1}.Value.1`] = value;
  }
  return fields;
}

export const interfacesWhere = (bench: BenchContext, place: Place, filters: Filters) =>
  list(bench, place, 'DescribeNetworkInterfaces', 'networkInterfaceSet', filters);

export const routeTablesWhere = (bench: BenchContext, place: Place, filters: Filters) =>
  list(bench, place, 'DescribeRouteTables', 'routeTableSet', filters);

export function refuse(call: Call, bench: BenchContext, code: string, message: string): Answer {
  return bench.error(call, { status: 400, code, message });
}

/** Values of a list in a form: `VpcId.1`, `VpcId.2`. */
export function listField(call: Call, name: string): string[] {
  const values: string[] = [];
  const input = typeof call.input === 'string' ? {} : call.input;
  for (const [field, value] of Object.entries(input)) {
    if (new RegExp(`^${name}\\.\\d+$`).test(field)) values.push(String(value));
  }
  return values;
}

/** Same answer, its document changed in place. */
export function changed(
  answer: Answer,
  change: (root: XmlElement) => void,
  write: (root: XmlElement) => string,
): Answer {
  const root = parseXml(answer.body.toString('utf8'));
  change(root);
  return { ...answer, body: Buffer.from(write(root), 'utf8') };
}
