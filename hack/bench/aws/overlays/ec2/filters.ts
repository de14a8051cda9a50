/** Filters of a Describe that the gateway judges itself. "Amazon EC2 API Reference", Filter: wildcards, any of the values. */
import { type Call, jsonInput } from '../../overlay.ts';

export interface Filter {
  name: string;
  values: string[];
}

/** The filters of the call. */
export function filtersOf(call: Call): Filter[] {
  const input = jsonInput(call);
  const filters: Filter[] = [];
  for (let index = 1; input[`Filter.${index}.Name`] !== undefined; index += 1) {
    const values: string[] = [];
    for (let value = 1; input[`Filter.${index}.Value.${value}`] !== undefined; value += 1) {
      values.push(String(input[`Filter.${index}.Value.${value}`]));
    }
    filters.push({ name: String(input[`Filter.${index}.Name`]), values });
  }
  return filters;
}

/** Takes the filters of these names out of the call, so that the emulator does not see them. */
export function takeFilters(call: Call, isOwn: (name: string) => boolean): Filter[] {
  const filters = filtersOf(call);
  const own = filters.filter(({ name }) => isOwn(name));
  if (own.length === 0) return own;
  const input = jsonInput(call);
  for (const field of Object.keys(input)) if (field.startsWith('Filter.')) delete input[field];
  const others = filters.filter(({ name }) => !isOwn(name));
  for (const [index, { name, values }] of others.entries()) {
    input[`Filter.${index + 1}.Name`] = name;
    for (const [place, value] of values.entries()) input[`Filter.${index + 1}.Value.${place + 1}`] = value;
  }
  return own;
}

/** Whether a thing with these fields passes; a field may have several values, as the keys of its tags. */
export function passes(
  filters: readonly Filter[],
  fieldOf: (name: string) => string | readonly string[] | undefined,
): boolean {
  return filters.every(({ name, values }) => {
    const found = [fieldOf(name) ?? []].flat();
    return values.some(value => found.some(one => pattern(value).test(one)));
  });
}

function pattern(value: string): RegExp {
  const source = value
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[\\s\\S]*')
    .replaceAll('?', '[\\s\\S]');
  return new RegExp(`^${source}$`);
}
