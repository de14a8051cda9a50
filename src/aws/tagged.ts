import {
  GetResourcesCommand,
  type ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import type { Freshness } from '../engine/adaptor.ts';
import type { Clock } from '../engine/clock.ts';
import { TAG_PREFIX, type Tags } from '../engine/owner.ts';

/**
 * All resources of one type with our installation's tag, by one paginated call that serves every object which asks at
 * the same time. `shared` may be 15 s old; `fresh` was begun after the question.
 */
export interface TaggedResources {
  list(resourceType: string, freshness: Freshness): Promise<ReadonlyMap<string, Tags>>;
  /** All types with the tag of one environment of ours, asked anew. */
  inEnvironment(environment: string): Promise<ReadonlyMap<string, Tags>>;
}

const SHARED_MS = 15_000;

interface Listing {
  readonly at: number;
  readonly result: Promise<ReadonlyMap<string, Tags>>;
}

export function createTaggedResources(
  client: ResourceGroupsTaggingAPIClient,
  installation: string,
  clock: Clock,
): TaggedResources {
  const last = new Map<string, Listing>();
  const running = new Map<string, Promise<unknown>>();
  const queued = new Map<string, Promise<ReadonlyMap<string, Tags>>>();

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

  function begin(resourceType: string): Promise<ReadonlyMap<string, Tags>> {
    const result = read({ ResourceTypeFilters: [resourceType] });
    last.set(resourceType, { at: clock.monotonic(), result });
    const settled = result.catch(() => {
      if (last.get(resourceType)?.result === result) last.delete(resourceType);
    });
    running.set(resourceType, settled);
    void settled.then(() => {
      if (running.get(resourceType) === settled) running.delete(resourceType);
    });
    return result;
  }

  /** One listing runs; all who ask meanwhile share the next. */
  function fresh(resourceType: string): Promise<ReadonlyMap<string, Tags>> {
    const current = running.get(resourceType);
    if (current === undefined) return begin(resourceType);
    const waiting = queued.get(resourceType);
    if (waiting !== undefined) return waiting;
    const next = current.then(() => {
      queued.delete(resourceType);
      return begin(resourceType);
    });
    queued.set(resourceType, next);
    return next;
  }

  return {
    list(resourceType, freshness) {
      const listing = last.get(resourceType);
      if (freshness === 'shared' && listing !== undefined && clock.monotonic() - listing.at < SHARED_MS) {
        return listing.result;
      }
      return fresh(resourceType);
    },
    inEnvironment: environment => read({ environment }),
  };
}
