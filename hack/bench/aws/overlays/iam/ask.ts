/** What the rules of IAM ask of the emulator, and how they refuse. */
import type { Answer, BenchContext, Call } from '../../overlay.ts';
import { childOf, itemsOf, parseXml, type XmlElement } from '../../xml-tree.ts';
import type { Place } from '../questions.ts';

/** The `<…Result>` of a call of our own; undefined where it is refused. */
export async function ask(
  bench: BenchContext,
  { region, accountId }: Place,
  operation: string,
  input: Record<string, string>,
): Promise<XmlElement | undefined> {
  const answer = await bench.forward({ service: 'iam', region, accountId, operation, input });
  if (answer.status !== 200) return undefined;
  return childOf(parseXml(answer.body.toString('utf8')), `${operation}Result`);
}

/** All roles, or all policies of the account's own. */
export async function listAll(
  bench: BenchContext,
  place: Place,
  what: 'Roles' | 'Policies',
): Promise<XmlElement[]> {
  const input = { MaxItems: '1000', ...(what === 'Policies' ? { Scope: 'Local' } : {}) };
  return itemsOf(await ask(bench, place, `List${what}`, input), what);
}

const STATUS: Readonly<Record<string, number>> = {
  NoSuchEntityException: 404,
  EntityAlreadyExistsException: 409,
  DeleteConflictException: 409,
};

/** "IAM API Reference", Errors of each operation: 400 unless it is listed. */
export function refuse(call: Call, bench: BenchContext, code: string, message: string): Answer {
  return bench.error(call, { status: STATUS[code] ?? 400, code, message });
}
