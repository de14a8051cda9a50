import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../../engine/testing/fake-clock.ts';
import { createListings } from '../listing.ts';
import { createPatience } from '../patience.ts';
import type { AwsScope } from '../scope.ts';
import type { NameServerAnswer } from './delegation.ts';
import { delegationAdaptor } from './delegation-check.ts';

const desired = { domain: 'example.com', nameServers: ['ns-1.awsdns-01.com'] };

function check() {
  const clock = createFakeClock();
  const asked: string[] = [];
  let answer: NameServerAnswer = { is: 'none' };
  const scope = {
    listings: createListings(clock),
    patience: createPatience(clock),
    nameServersOf: async (domain: string) => {
      asked.push(domain);
      return answer;
    },
  } as Partial<AwsScope> as AwsScope;
  const look = (freshness: 'shared' | 'fresh' = 'fresh', of: typeof desired | undefined = desired) =>
    delegationAdaptor.find(scope, {} as never, { desired: of, recorded: [], freshness });
  const say = (given: NameServerAnswer) => {
    answer = given;
  };
  return { clock, asked, look, say };
}

describe('the delegation of a domain', () => {
  test('is judged by what DNS says at the time', async () => {
    const { look, say } = check();
    expect((await look())[0]?.state.verdict).toBe('NotDelegated');
    say({ is: 'named', nameServers: desired.nameServers });
    const [found] = await look();
    expect(found).toMatchObject({ id: 'example.com', tags: 'inherited', state: { verdict: 'Delegated' } });
  });

  test('is asked for once by all who look at the same time, and again 15 seconds later', async () => {
    const { clock, asked, look, say } = check();
    await Promise.all([look('shared'), look('shared')]);
    say({ is: 'named', nameServers: desired.nameServers });
    expect((await look('shared'))[0]?.state.verdict).toBe('NotDelegated');
    expect(asked).toHaveLength(1);
    await clock.advance(15_000);
    expect((await look('shared'))[0]?.state.verdict).toBe('Delegated');
  });

  test('is not known while DNS fails to answer, and not right once it did so for ten minutes on end', async () => {
    const { clock, look, say } = check();
    const verdict = async () => (await look())[0]?.state.verdict;
    say({ is: 'failed' });
    expect(await verdict()).toBe('Unknown');
    await clock.advance(599_000);
    expect(await verdict()).toBe('Unknown');
    say({ is: 'unknown', why: 'ETIMEOUT' });
    expect(await verdict()).toBe('Unknown');
    await clock.advance(1_000);
    say({ is: 'failed' });
    expect(await verdict()).toBe('NotServed');
    say({ is: 'named', nameServers: desired.nameServers });
    expect(await verdict()).toBe('Delegated');
    say({ is: 'failed' });
    expect(await verdict()).toBe('Unknown');
  });

  test('is nothing while the zone has no name servers yet', async () => {
    const { asked, look } = check();
    expect(
      await delegationAdaptor.find({} as never, {} as never, {
        desired: undefined,
        recorded: [],
        freshness: 'fresh',
      }),
    ).toEqual([]);
    await look('fresh');
    expect(asked).toEqual(['example.com']);
  });

  test('is never held against readiness, and never written', async () => {
    const { look, say } = check();
    say({ is: 'unknown', why: 'ETIMEOUT' });
    const [found] = await look();
    if (found === undefined) throw new Error('not found');
    expect(delegationAdaptor.readiness(found.state)).toEqual({ is: 'ready' });
    expect(delegationAdaptor.diff(desired, found.state, [])).toEqual([]);
    await expect(delegationAdaptor.create({} as never, {} as never, desired, {})).rejects.toThrow(
      /only looked at/,
    );
  });
});
