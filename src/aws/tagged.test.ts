import type {
  GetResourcesCommandInput,
  GetResourcesCommandOutput,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../engine/testing/fake-clock.ts';
import { createListings } from './listing.ts';
import { createTaggedResources } from './tagged.ts';

type Answer = Partial<GetResourcesCommandOutput>;

/** A service that answers as told, one question after the other; the last answer stays. */
function service(...answers: readonly (Answer | Error)[]) {
  const asked: GetResourcesCommandInput[] = [];
  const open: (() => void)[] = [];
  const send = async ({ input }: { input: GetResourcesCommandInput }) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(input);
    await new Promise<void>(resolve => open.push(resolve));
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const clock = createFakeClock();
  const client = { send } as unknown as ResourceGroupsTaggingAPIClient;
  const tagged = createTaggedResources(client, 'opta', createListings(clock));
  /** Answers what is asked now. */
  async function answer(): Promise<void> {
    for (const go of open.splice(0)) go();
    await new Promise<void>(resolve => setImmediate(resolve));
  }
  return { asked, answer, clock, tagged };
}

function page(arns: readonly string[], PaginationToken = ''): Answer {
  const ResourceTagMappingList = arns.map(ResourceARN => ({ ResourceARN, Tags: [{ Key: 'a', Value: 'b' }] }));
  return { ResourceTagMappingList, PaginationToken };
}

test('asks for what has the tag of this installation only', async () => {
  const { asked, answer, tagged } = service(page(['arn:1']));
  const list = tagged.list('kms:key', 'fresh');
  await answer();
  expect([...(await list)]).toEqual([['arn:1', { a: 'b' }]]);
  expect(asked[0]).toMatchObject({
    ResourceTypeFilters: ['kms:key'],
    TagFilters: [{ Key: 'opta.dev/installation', Values: ['opta'] }],
  });
});

test('reads all pages', async () => {
  const { asked, answer, tagged } = service(page(['arn:1'], 'more'), page(['arn:2'], 'end'), page(['arn:3']));
  const list = tagged.list('kms:key', 'fresh');
  for (let i = 0; i < 3; i++) await answer();
  expect([...(await list).keys()]).toEqual(['arn:1', 'arn:2', 'arn:3']);
  expect(asked.map(one => one.PaginationToken)).toEqual([undefined, 'more', 'end']);
});

describe('a shared read', () => {
  test('serves all who ask within 15 s', async () => {
    const { asked, answer, clock, tagged } = service(page(['arn:1']));
    const all = [tagged.list('kms:key', 'shared'), tagged.list('kms:key', 'shared')];
    await answer();
    await Promise.all(all);
    await clock.advance(14_999);
    await tagged.list('kms:key', 'shared');
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    void tagged.list('kms:key', 'shared');
    expect(asked).toHaveLength(2);
  });

  test('of another type is another read', () => {
    const { asked, tagged } = service(page([]));
    void tagged.list('kms:key', 'shared');
    void tagged.list('sqs', 'shared');
    expect(asked).toHaveLength(2);
  });
});

describe('a fresh read', () => {
  test('was begun after the question: one that is under way does not count, and all who ask meanwhile share the next', async () => {
    const { asked, answer, tagged } = service(page(['old']), page(['new']));
    const first = tagged.list('kms:key', 'fresh');
    const second = tagged.list('kms:key', 'fresh');
    const third = tagged.list('kms:key', 'fresh');
    expect(asked).toHaveLength(1);
    await answer();
    await answer();
    expect([...(await first).keys()]).toEqual(['old']);
    expect([...(await second).keys()]).toEqual(['new']);
    expect(await third).toBe(await second);
    expect(asked).toHaveLength(2);
  });

  test('that failed is not kept, and does not hold up the next', async () => {
    const { asked, answer, tagged } = service(new Error('broken'), page(['arn:1']));
    const first = tagged.list('kms:key', 'fresh');
    const next = tagged.list('kms:key', 'fresh');
    const failed = expect(first).rejects.toThrow('broken');
    await answer();
    await failed;
    await answer();
    expect([...(await next).keys()]).toEqual(['arn:1']);
    expect(await tagged.list('kms:key', 'shared')).toBe(await next);
    expect(asked).toHaveLength(2);
  });
});
