/** One resource of a network, cluster or domain, as an account shows it to a person with all rights. */
export interface Part {
  /** `VPC`, `node group`. */
  readonly sort: string;
  /** As the inventory of its object has it. */
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  /** What AWS answers of it, without times and without what says how far something has come. */
  readonly of: unknown;
}

/** What differs between two runs that come to the same: times, tokens, and what AWS numbers as it likes. */
const VOLATILE =
  /(Time|Timestamp|^Date|At|CreateDate|UpdateDate|Token|CallerReference|PrivateIpAddress|PrivateIp|AvailableIpAddressCount|certificateAuthority|ThumbprintList|DefaultForAz|Serial)$/;

export function part(
  sort: string,
  id: string | undefined,
  of: unknown,
  tags: Readonly<Record<string, string>> = tagsIn(of),
): Part {
  return { sort, id: id ?? '', tags, of: lasting(of) };
}

function lasting(value: unknown): unknown {
  if (value instanceof Date) return undefined;
  if (Array.isArray(value)) return value.map(lasting);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !VOLATILE.test(key) && key !== 'Tags' && key !== 'tags' && key !== '$metadata')
      .map(([key, one]) => [key, lasting(one)]),
  );
}

/** Services write tags as a map or as a list of Key and Value. */
function tagsIn(of: unknown): Readonly<Record<string, string>> {
  const { Tags, tags } = Object(of) as { Tags?: unknown; tags?: unknown };
  return tagMap(Tags ?? tags);
}

export function tagMap(given: unknown): Readonly<Record<string, string>> {
  if (!Array.isArray(given)) return { ...Object(given) };
  return Object.fromEntries(given.map(({ Key, Value }) => [String(Key), String(Value)]));
}
