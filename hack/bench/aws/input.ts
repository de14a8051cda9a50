import { type CallInput, isForm, type Protocol } from './overlay.ts';

/** The body as the protocol means it. A body that cannot be read gives an empty object, as the emulator would see it. */
export function parseInput(protocol: Protocol, body: Buffer, query: URLSearchParams): CallInput {
  if (protocol === 'restJson') return restInput(body, query);
  if (protocol === 'restXml') return body.toString('utf8');
  if (isForm(protocol)) return parseForm(body, query);
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** Body and query as one; a name that stands in the query more than once is a list. */
function restInput(body: Buffer, query: URLSearchParams): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of query.keys()) {
    const values = query.getAll(name);
    fields[name] = values.length > 1 ? values : values[0];
  }
  const parsed = parseInput('json11', body, query);
  return typeof parsed === 'string' ? fields : { ...fields, ...parsed };
}

function parseForm(body: Buffer, query: URLSearchParams): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of query) fields[name] = value;
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) fields[name] = value;
  return fields;
}

export function encodeInput(protocol: Protocol, input: CallInput): Buffer {
  if (typeof input === 'string') return Buffer.from(input, 'utf8');
  if (!isForm(protocol)) return Buffer.from(JSON.stringify(input), 'utf8');
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) form.set(name, String(value));
  return Buffer.from(form.toString(), 'utf8');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
