import {
  ChangeTagsForResourceCommand,
  ListTagsForResourceCommand,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { TAG_PREFIX, type Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';

// Amazon Route 53 API Reference, ChangeTagsForResource: ten a call, and no empty list.
const AT_ONCE = 10;

/** Undefined: no such zone. */
export async function readZoneTags(route53: Route53Client, ResourceId: string): Promise<Tags | undefined> {
  const answer = await orAbsent(
    route53.send(new ListTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId })),
  );
  if (answer === undefined) return undefined;
  const tags = answer.ResourceTagSet?.Tags ?? [];
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

export async function writeZoneTags(
  route53: Route53Client,
  ResourceId: string,
  set: Tags,
  unset: readonly string[] = [],
): Promise<void> {
  const zone = { ResourceType: 'hostedzone', ResourceId } as const;
  // What says whose it is goes in the first call, whole: a zone is known by it wherever this is cut off.
  const rank = (key: string) => (key.startsWith(TAG_PREFIX) ? 0 : 1);
  const tags = Object.entries(set)
    .map(([Key, Value]) => ({ Key, Value }))
    .sort((a, b) => rank(a.Key) - rank(b.Key));
  for (let at = 0; at < tags.length; at += AT_ONCE) {
    const AddTags = tags.slice(at, at + AT_ONCE);
    await route53.send(new ChangeTagsForResourceCommand({ ...zone, AddTags }));
  }
  for (let at = 0; at < unset.length; at += AT_ONCE) {
    const RemoveTagKeys = unset.slice(at, at + AT_ONCE);
    await route53.send(new ChangeTagsForResourceCommand({ ...zone, RemoveTagKeys }));
  }
}
