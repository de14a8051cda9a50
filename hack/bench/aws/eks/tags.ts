/** Tags of all kinds of EKS resources. Source: Amazon EKS API Reference, TagResource, UntagResource. */
import type { EksCall, Handler } from './call.ts';
import { type Json, text, textMap, texts } from './input.ts';
import { invalid, Refusal } from './refusal.ts';
import type { Cluster } from './state.ts';

/** "Maximum number of tags per resource - 50"; "Do not use aws: ... as a prefix for either keys or values". */
export function tagsOf(input: Json): Record<string, string> {
  const tags = textMap(input, 'tags') ?? {};
  if (Object.keys(tags).length > 50) throw invalid('A resource can have at most 50 tags');
  const reserved = Object.keys(tags).find(key => /^aws:/i.test(key) || key.length > 128);
  if (reserved !== undefined) throw invalid(`Tag key ${reserved} is not allowed`);
  return tags;
}

function wires(cluster: Cluster): Json[] {
  const children = [cluster.nodegroups, cluster.addons, cluster.accessEntries, cluster.associations];
  return [cluster.wire, ...children.flatMap(map => [...map.values()].map(one => one.wire))];
}

function tagged({ account, input }: EksCall): { tags: Record<string, string> } {
  const arn = text(input, 'resourceArn') ?? '';
  for (const cluster of account.clusters.values()) {
    for (const wire of wires(cluster)) {
      const own = [
        wire.arn,
        wire.nodegroupArn,
        wire.addonArn,
        wire.accessEntryArn,
        wire.associationArn,
      ].includes(arn);
      if (own) return wire as unknown as { tags: Record<string, string> };
    }
  }
  throw new Refusal('NotFoundException', `The resource ${arn} does not exist`);
}

const tagResource: Handler = call => {
  const wire = tagged(call);
  wire.tags = { ...wire.tags, ...tagsOf(call.input) };
  if (Object.keys(wire.tags).length > 50)
    throw new Refusal('BadRequestException', 'A resource can have at most 50 tags');
  return {};
};

const untagResource: Handler = call => {
  const wire = tagged(call);
  const keys = texts(call.input, 'tagKeys') ?? [];
  wire.tags = Object.fromEntries(Object.entries(wire.tags).filter(([key]) => !keys.includes(key)));
  return {};
};

export const tagHandlers: Record<string, Handler> = {
  TagResource: tagResource,
  UntagResource: untagResource,
  ListTagsForResource: call => ({ tags: tagged(call).tags }),
};
