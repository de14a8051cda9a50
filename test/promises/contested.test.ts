import { CreateQueueCommand, ListQueueTagsCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createBarrier } from '../support/barrier.ts';
import { isTrue } from '../support/settle.ts';
import { areReady, type Lookup, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import {
  bucket,
  environment,
  type Manifest,
  plainEnvironment,
  plainQueue,
  queue,
  REGION,
} from '../support/world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.cluster.namespace('team-a');
  await stage.cluster.namespace('team-b');
});
afterAll(() => stage?.close());
afterEach(() => stage.clear());

const ALL = { allowedNamespaces: { from: 'All' } };
const NAME = 'the-one-name';

function environmentNamed(name: string, region: string = REGION, spec: object = {}): Manifest {
  return { ...environment({ region, logBucket: { mode: 'Disabled' }, ...ALL, ...spec }), name };
}

function bucketIn(namespace: string, at: string): Manifest {
  return { ...bucket('data', { environment: at, name: NAME, accessLogs: 'Disabled' }), namespace };
}

/** One is Ready and the other says that it is not its own. */
function isDecided(look: Lookup, kind: string, pair: readonly string[]): boolean {
  const states = pair.map(at => standing(look(kind, at))).sort();
  return states.join() === 'Ready=False Conflict,Ready=True Ready';
}

async function staysSo(drift: () => Promise<void>, pair: readonly [string, string][]): Promise<void> {
  const versions = () =>
    Promise.all(pair.map(async ([kind, at]) => (await stage.cluster.get(kind, at)).metadata.resourceVersion));
  const before = await versions();
  const mark = stage.mark();
  await drift();
  expect(await versions()).toEqual(before);
  expect(stage.writesSince(mark)).toEqual([]);
  contests += 1;
}

const GRANTS = { adopt: [{ namespace: 'shop', kind: 'Queue', ids: ['legacy'] }] };
const ADOPTING = {
  adopt: { name: 'legacy' },
  encryption: 'EnvironmentKey',
  deadLetter: { mode: 'Disabled' },
};
/** What goes to and fro does so from one pass to the next; a loser is looked at every 15 minutes, which is three of them. */
const PASSES = 6;
const ORDERS = plainQueue('orders');

afterAll(() => {
  console.log(
    `covered: ${contests} contests for one name, each with one winner after ${PASSES} further passes`,
  );
});
let contests = 0;

describe('two objects that want one name', () => {
  test.each([
    { what: 'two namespaces', region: REGION, environments: ['one', 'one'] },
    { what: 'two environments of one account', region: REGION, environments: ['one', 'two'] },
    { what: 'us-east-1, where a second create succeeds', region: 'us-east-1', environments: ['one', 'one'] },
    { what: 'us-east-1 in two environments', region: 'us-east-1', environments: ['one', 'two'] },
  ])('$what: one wins, the other says so, and it stays so', async ({ region, environments }) => {
    const { cluster } = stage;
    const [a = '', b = ''] = environments;
    const homes = [...new Set(environments)].map(name => environmentNamed(name, region));
    await cluster.apply(...homes);
    const barrier = createBarrier(2, call => call.operation === 'HeadBucket' && isLooking);
    let isLooking = false;
    const acting = await stage.operator({ around: barrier.around });
    await acting.until(areReady(...homes));
    isLooking = true;
    await cluster.apply(bucketIn('team-a', a), bucketIn('team-b', b));
    const pair = ['team-a/data', 'team-b/data'];
    await acting.until(look => isDecided(look, 'Bucket', pair));
    expect(barrier.passed).toBe(2);
    await staysSo(
      () => acting.driftPasses(PASSES),
      [
        ['Bucket', 'team-a/data'],
        ['Bucket', 'team-b/data'],
      ],
    );
    const objects = await Promise.all(pair.map(at => cluster.get('Bucket', at)));
    const loser = objects.find(one => !isTrue(one, 'Ready'));
    const winner = objects.find(one => isTrue(one, 'Ready'));
    expect(messageOf(loser)).toContain(`s3/bucket ${NAME} exists and is not this object's`);

    // The loser leaves without a trace; when the winner leaves, the name is free for the next.
    const at = (one: typeof loser) => `${one?.metadata.namespace}/data`;
    await cluster.delete('Bucket', at(loser));
    await acting.until(look => look('Bucket', at(loser)) === undefined);
    expect((await stage.world.aws.state()).buckets[NAME]).toBeDefined();
    await cluster.apply(at(loser) === 'team-a/data' ? bucketIn('team-a', a) : bucketIn('team-b', b));
    await acting.until(look => standing(look('Bucket', at(loser))) === 'Ready=False Conflict');
    await cluster.delete('Bucket', at(winner));
    await acting.until(
      look => look('Bucket', at(winner)) === undefined && isTrue(look('Bucket', at(loser)), 'Ready'),
    );
  });

  test('an existing queue that both may adopt: the first approved has it, and the other is refused', async () => {
    const { cluster, world } = stage;
    const { QueueUrl } = await world.aws.sqs.send(new CreateQueueCommand({ QueueName: 'legacy' }));
    await cluster.apply(
      environment({ logBucket: { mode: 'Disabled' }, grants: GRANTS }),
      queue('a', ADOPTING),
      queue('b', ADOPTING),
    );
    const acting = await stage.operator();
    await acting.until(look =>
      ['a', 'b'].every(name => standing(look('Queue', name)) === 'Ready=False ApprovalRequired'),
    );
    const tags = async () => (await world.aws.sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags ?? {};
    expect(await tags()).toEqual({});
    const hash = async (name: string) => (await cluster.get('Queue', name)).status?.plan?.hash ?? '';
    const hashOfB = await hash('b');
    await cluster.annotate('Queue', 'a', { 'opta.dev/approve': await hash('a') });
    await acting.until(look => isDecided(look, 'Queue', ['shop/a', 'shop/b']));
    expect(await tags()).toMatchObject({ 'opta.dev/name': 'a' });
    await cluster.annotate('Queue', 'b', { 'opta.dev/approve': hashOfB });
    await acting.driftPasses(1);
    await staysSo(
      () => acting.driftPasses(PASSES),
      [
        ['Queue', 'a'],
        ['Queue', 'b'],
      ],
    );
    expect(await tags()).toMatchObject({ 'opta.dev/name': 'a' });
    expect(messageOf(await cluster.get('Queue', 'b'))).toMatch(
      /legacy.*that of Queue shop\/a of this cluster/,
    );
  });

  test('an existing queue that both may adopt, approved at the same moment: one takes it', async () => {
    const { cluster, world } = stage;
    await world.aws.sqs.send(new CreateQueueCommand({ QueueName: 'legacy' }));
    await cluster.apply(
      environment({ logBucket: { mode: 'Disabled' }, grants: GRANTS }),
      queue('a', ADOPTING),
      queue('b', ADOPTING),
    );
    const before = await stage.operator();
    await before.until(look =>
      ['a', 'b'].every(name => standing(look('Queue', name)) === 'Ready=False ApprovalRequired'),
    );
    await before.end();
    for (const name of ['a', 'b'])
      await cluster.annotate('Queue', name, {
        'opta.dev/approve': (await cluster.get('Queue', name)).status?.plan?.hash ?? '',
      });
    const barrier = createBarrier(2, call => call.operation === 'ListQueueTags');
    const mark = stage.mark();
    const acting = await stage.operator({ around: barrier.around });
    await acting.until(look => isDecided(look, 'Queue', ['shop/a', 'shop/b']));
    expect(barrier.passed).toBe(2);
    const tagged = stage.writesSince(mark).filter(entry => entry.operation === 'TagQueue');
    expect(tagged).toHaveLength(1);
  });
});

describe('two operators in one cluster, each with its own environments', () => {
  test.each([REGION, 'us-east-1'])(
    'one bucket name in %s: one wins, the other says so, and it stays so',
    async region => {
      const { cluster } = stage;
      await cluster.apply(environmentNamed('one', region), environmentNamed('two', region));
      await cluster.patch('OptaEnvironment', 'one', { metadata: { labels: { site: 'a' } } });
      await cluster.patch('OptaEnvironment', 'two', { metadata: { labels: { site: 'b' } } });
      let isLooking = false;
      const barrier = createBarrier(2, call => call.operation === 'HeadBucket' && isLooking);
      const start = (installation: string, environmentSelector: string) =>
        stage.operator({ around: barrier.around, settings: { installation, environmentSelector } });
      const [a, b] = [await start('test', 'site=a'), await start('second', 'site=b')];
      const both = stage.together(a, b);
      await a.until(areReady(environmentNamed('one')));
      await b.until(areReady(environmentNamed('two')));
      const from = [a, b].map(one => one.life.writes.length);
      isLooking = true;
      await cluster.apply(bucketIn('team-a', 'one'), bucketIn('team-b', 'two'));
      await both.until(look => isDecided(look, 'Bucket', ['team-a/data', 'team-b/data']));
      // Whoever came second asked for it once, and touched nothing of it.
      const asked = [a, b].map((one, at) =>
        one.life.writes
          .slice(from[at])
          .filter(write => write.side === 'aws')
          .map(write => write.what),
      );
      const winner = isTrue(await cluster.get('Bucket', 'team-a/data'), 'Ready') ? 0 : 1;
      expect(asked[1 - winner]).toEqual(['s3:CreateBucket']);
      expect(barrier.passed).toBe(2);
      const drift = async (passes: number) => {
        for (let pass = 0; pass < passes; pass++) {
          stage.world.clock.advance(5 * 60_000);
          await both.quiet();
        }
      };
      // The loser of the create says another thing at its next look, after 15 minutes; from then on nothing.
      await drift(4);
      await staysSo(
        () => drift(PASSES),
        [
          ['Bucket', 'team-a/data'],
          ['Bucket', 'team-b/data'],
          ['OptaEnvironment', 'one'],
          ['OptaEnvironment', 'two'],
        ],
      );
    },
  );

  test('an environment that loses the label is not served, and says so; with it again it is', async () => {
    const { cluster } = stage;
    const label = (site: string | null) =>
      cluster.patch('OptaEnvironment', 'dev', { metadata: { labels: { site } } });
    await cluster.apply(plainEnvironment());
    await label('a');
    const acting = await stage.operator({ settings: { environmentSelector: 'site=a' } });
    await acting.until(areReady(plainEnvironment()));
    await label(null);
    await acting.quiet();
    // The API server is asked whether it is there still before that is told, which no pass waits for.
    await expect
      .poll(async () =>
        (await cluster.events('OptaEnvironment', 'dev')).filter(one => one.type === 'Warning'),
      )
      .toEqual([expect.objectContaining({ reason: 'NotServed', note: expect.stringContaining('site=a') })]);
    await cluster.apply(ORDERS);
    await acting.quiet();
    expect((await cluster.get('Queue', 'orders')).status).toBeUndefined();
    await label('a');
    await acting.until(areReady(plainEnvironment(), ORDERS));
  });

  test('an object whose environment is served by nobody is told so once, by either', async () => {
    const { cluster } = stage;
    await cluster.apply(queue('lonely', { environment: 'nowhere' }));
    const [a, b] = [
      await stage.operator({ settings: { environmentSelector: 'site=a' } }),
      await stage.operator({ settings: { installation: 'second', environmentSelector: 'site=b' } }),
    ];
    const both = stage.together(a, b);
    await both.until(look => standing(look('Queue', 'lonely')) === 'Ready=False EnvironmentMissing');
    const before = await cluster.versions();
    stage.world.clock.advance(60 * 60_000);
    await both.quiet();
    expect(await cluster.versions()).toEqual(before);
  });
});
