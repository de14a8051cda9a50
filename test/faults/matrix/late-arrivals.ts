import { afterAll, expect, test } from 'vitest';
import type { JournalEntry } from '../../../hack/bench/aws/journal.ts';
import { FULL_TIMEOUT_MS, isFull, seed } from '../../../hack/vitest/mode.ts';
import { ledgerDifference, ledgerOf } from '../../support/ledger.ts';
import type { Life } from '../../support/life.ts';
import { pass } from '../../support/settle.ts';
import { begin, goOn, type Reference, type Story, verdict } from '../../support/story.ts';
import type { TestWorld } from '../../support/world.ts';
import { disturbances } from './disturbances.ts';
import type { References } from './references.ts';

const SAMPLE = 3;
/** As long as a lease lasts unless told otherwise. In ms. */
const LEASE_MS = 60_000;
/** AWS takes no request that was signed longer ago (IAM User Guide, "AWS Signature Version 4"). In ms. */
const SIGNATURE_MS = 5 * 60_000;
/** What a late call changed is put right at the next drift check. In ms. */
const REPAIRED_MS = 6 * 60_000;

/** Just before the next leader does its first write, or when it has done all of its own; a signature's time at the most. */
const AT_FIRST_WRITE = 'with the first write of the next leader';
const ARRIVALS = [AT_FIRST_WRITE, 'after its last one'] as const;

interface Late {
  readonly reference: Reference;
  /** Of the story, from 0. */
  readonly write: number;
  readonly arrival: (typeof ARRIVALS)[number];
}

/**
 * A write of a leader that has passed its guard is held up by the network until its lease is over and the next leader is at
 * work: there is one of each, and what it changed is as the spec says.
 */
export function lateArrivals(references: References, what: string, stories: readonly Story[]): void {
  const lates = disturbances<Late>(references, {
    of: latesOf,
    nameOf,
    differenceWith: late => arrivesLate(references.world, late),
  });

  afterAll(() => {
    console.log(
      `covered: writes of ${what} that arrive when another operator leads: ${lates.made} of ${lates.all}${isFull ? '' : ` (seed ${seed})`}`,
    );
  });

  test(
    `writes of ${what} that arrive when another operator leads make nothing twice`,
    async () => {
      expect(await lates.differences(stories, isFull ? undefined : SAMPLE)).toEqual([]);
    },
    FULL_TIMEOUT_MS,
  );
}

function latesOf(reference: Reference): readonly Late[] {
  return reference.writes.flatMap(({ side }, write) =>
    side === 'aws' ? ARRIVALS.map(arrival => ({ reference, write, arrival })) : [],
  );
}

function nameOf({ reference, write, arrival }: Late): string {
  return `${reference.story.name}, write ${write} (${reference.writes[write]?.what}) ${arrival}`;
}

async function arrivesLate(
  world: TestWorld,
  { reference, write, arrival }: Late,
): Promise<string | undefined> {
  const run = await begin(world, reference.story);
  let held: (() => Promise<unknown>) | undefined;
  // Whoever lost its lease hears the answer no more, and its guard lets nothing more through.
  const former: Life = world.live({
    kill: { write, point: 'applied' },
    async around<T>(_: unknown, send: () => Promise<T>): Promise<T> {
      if (former.writes.length - 1 !== write || held !== undefined) return send();
      held = send;
      return undefined as T;
    },
  });
  await goOn(world, run, former);
  await former.end();
  if (held === undefined) return 'it was not held up';

  const { gateway } = world.bench;
  let arrived: Promise<number> | undefined;
  async function send(): Promise<number> {
    const before = gateway.journal.at(-1)?.id ?? 0;
    await held?.().catch(() => {});
    return before;
  }
  const arrive = () => {
    arrived ??= send();
    return arrived;
  };
  world.clock.advance(LEASE_MS);
  world.clock.setTimeout(() => void arrive(), SIGNATURE_MS - LEASE_MS);
  const next = world.live({
    async around(call, sendOwn) {
      if (call.mutating && arrival === AT_FIRST_WRITE) await arrive();
      return sendOwn();
    },
  });
  try {
    await goOn(world, run, next);
    await arrive();
    await pass(world, next, REPAIRED_MS);
  } finally {
    await next.end();
  }
  const journal = gateway.journalSince(run.since);
  const isTwice = ledgerDifference(reference.ledger, ledgerOf(journal)).length > 0;
  const operation = reference.writes[write]?.what.split(':')[1];
  const before = await arrive();
  const late = journal.find(entry => entry.id > before && entry.operation === operation);
  return verdict(
    world,
    reference,
    run,
    isTwice && late !== undefined ? [late, ...wayOut(journal, late)] : [],
  );
}

/** What takes no token and has no name of ours is made by whoever comes last: it is found and taken away again. */
const TAKEN_AWAY: Readonly<Record<string, string>> = {
  CreateVpc: 'DeleteVpc',
  CreateInternetGateway: 'DeleteInternetGateway',
  AllocateAddress: 'ReleaseAddress',
  RequestCertificate: 'DeleteCertificate',
};

function wayOut(journal: readonly JournalEntry[], late: JournalEntry): readonly JournalEntry[] {
  const wanted = TAKEN_AWAY[late.operation];
  const found = journal.find(({ id, operation }) => id > late.id && operation === wanted);
  return found === undefined ? [] : [found];
}
