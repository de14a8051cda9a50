import {
  GetResourcesCommand,
  type ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import type { Freshness } from '../engine/adaptor.ts';
import { TAG_PREFIX, type Tags } from '../engine/owner.ts';
import type { Listings } from './listing.ts';

/** All resources of one type with our installation's tag, by one paginated call. */
export interface TaggedResources {
  list(resourceType: string, freshness: Freshness): Promise<ReadonlyMap<string, Tags>>;
  /** All types with the tag of one environment of ours, asked anew. */
  inEnvironment(environment: string): Promise<ReadonlyMap<string, Tags>>;
}

export function createTaggedResources(
  client: ResourceGroupsTaggingAPIClient,
  installation: string,
  listings: Listings,
): TaggedResources {
  async function read(
    filter: { ResourceTypeFilters: string[] } | { environment: string },
  ): Promise<ReadonlyMap<string, Tags>> {
    const ours = { Key: `${TAG_PREFIX}installation`, Values: [installation] };
    const narrowed =
      'environment' in filter
        ? { TagFilters: [ours, { Key: `${TAG_PREFIX}environment`, Values: [filter.environment] }] }
        : { TagFilters: [ours], ...filter };
    const found = new Map<string, Tags>();
    let token: string | undefined;
    do {
      const page = await client.send(
        new GetResourcesCommand({
          ...narrowed,
          ResourcesPerPage: 100,
          PaginationToken: token,
        }),
      );
      for (const one of page.ResourceTagMappingList ?? []) {
        const tags = (one.Tags ?? []).map(tag => [tag.Key ?? '', tag.Value ?? ''] as const);
        if (one.ResourceARN !== undefined) found.set(one.ResourceARN, Object.fromEntries(tags));
      }
      token = page.PaginationToken || undefined;
    } while (token !== undefined);
    return found;
  }

  return {
    list: (resourceType, freshness) =>
      listings.get(resourceType, freshness, () => read({ ResourceTypeFilters: [resourceType] })),
    inEnvironment: environment => read({ environment }),
  };
}
